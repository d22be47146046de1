"""The model: what theory and simulation share, and nothing else that they share."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

from .errors import ModelError
from .onsite import EvenPolynomial


@dataclass(frozen=True)
class Model:
    """The random-matrix glass of Kühn and Horstmann, PRL 78, 4067 (1997).

        U(v) = -½ Σ_{i≠j} J_ij v_i v_j + (1/γ) Σ_i G(v_i) - H Σ_i v_i

    with J_ij = J_ji Gaussian of mean J0/N and variance J²/N, and G(v) = k v²/2 + a v⁴/4! unless
    an even polynomial is given.

    Parameters
    ----------
    gamma
        γ > 0; tunes how many modes are unstable in the harmonic part.
    J0, J
        Ferromagnetic bias and strength of the disorder, J ≥ 0.
    k, a
        Stiffness and anharmonicity of the quartic G; a > 0.
    field
        Uniform field H.
    coefficients
        (c_1, c_2, …) of G(v) = Σ c_n v^(2n); replaces k and a when given.

    Raises
    ------
    ModelError
        If γ ≤ 0, J < 0, a parameter is not finite, or G does not grow faster than v².
    """

    gamma: float
    J0: float = 0.0
    J: float = 1.0
    k: float = 1.0
    a: float = 1.0
    field: float = 0.0
    coefficients: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        for name in ("gamma", "J0", "J", "k", "a", "field"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise ModelError(f"{name} must be a number, got {value!r}")
            if not math.isfinite(value):
                raise ModelError(f"{name} must be finite, got {value}")
        if self.gamma <= 0:
            raise ModelError(f"gamma must be positive, got {self.gamma}: G(v)/gamma confines v")
        if self.J < 0:
            raise ModelError(f"J is a standard deviation and cannot be negative, got {self.J}")
        if self.coefficients is not None:
            object.__setattr__(self, "coefficients", tuple(self.coefficients))
        _ = self.G

    @cached_property
    def G(self) -> EvenPolynomial:
        """The on-site potential G(v), before the division by γ."""
        if self.coefficients is None:
            return EvenPolynomial.checked(EvenPolynomial.quartic(self.k, self.a).coefficients)
        return EvenPolynomial.checked(self.coefficients)

    @property
    def symmetric(self) -> bool:
        """True when v → -v is a symmetry of every sample: no field."""
        return self.field == 0.0

    def rescaled(self, a: float) -> Model:
        """The same model with anharmonicity a: v = u/√a maps one onto the other.

        U_a(v; γ, J0) = U_1(u; γ, J0)/a, so T, U, f scale as 1/a, q as 1/a, p, h and H as 1/√a,
        while C, γ and J0 do not change (physics.md §1). Quartic G only.

        Raises
        ------
        ModelError
            If G was given by its coefficients.
        """
        if self.coefficients is not None:
            raise ModelError("rescaled(a) is defined for the quartic G(v) = k v²/2 + a v⁴/4! only")
        return replace(self, a=a, field=self.field * math.sqrt(self.a / a))
