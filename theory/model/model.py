"""The model: what theory and simulation share, and nothing else that they share."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import product
from typing import Any, ClassVar

from .._typing import Floats
from ..numerics.quadrature import legendre
from . import scales
from .errors import GlasswellError, ModelError
from .gauss_rule import gauss_rule
from .general_potential import General
from .polynomial import EvenPolynomial
from .potential import EvenFunction, Potential
from .potential_check import require
from .potential_description import Described
from .randomness import Random
from .validators import Named, each, number, validate, validated

Parameter = Any
"""A number, or a frozen continuous distribution of scipy.stats, which is kept as a Random."""

LOCAL = ("gamma", "k", "a")
"""Parameters that may differ from site to site, in the order in which a sample's stream serves
them: it stays as it is."""

NODES = {1: 12, 2: 8, 3: 6}
"""Nodes per random parameter of an average over sites, by how many parameters are random."""

Sites = tuple[tuple[float, "Model"], ...]
"""Weights that add up to one, each with a model whose sites are all alike."""


def _number_or_distribution(instance: object, field: Named, value: object) -> None:
    if not isinstance(value, Random):
        number(kind="a number or a frozen distribution")(instance, field, value)


def _of_the_quartic(instance: object, field: Named, value: object) -> None:
    if value is not None:
        _number_or_distribution(instance, field, value)


def _of_a_polynomial(instance: object, field: Named, values: object) -> None:
    if values is not None:
        each(number(), of="numbers")(instance, field, values)


@dataclass(frozen=True)
class Model:
    """The random-matrix glass of Kühn and Horstmann, PRL 78, 4067 (1997).

        U(v) = -½ Σ_{i≠j} J_ij v_i v_j + (1/γ) Σ_i G(v_i) - H Σ_i v_i

    with J_ij = J_ji Gaussian of mean J0/N and variance J²/N, and G(v) = k v²/2 + a v⁴/4! unless
    an even polynomial or any other ``Potential`` is given.

    >>> Model(gamma=10.0).G.value(2.0)
    2.6666666666666665

    With local randomness γ, k or a is drawn for every site on its own: pass a frozen distribution,
    e.g. ``gamma=scipy.stats.uniform(8, 4)``; several are independent of each other.

    Parameters
    ----------
    gamma
        γ > 0; tunes how many modes are unstable in the harmonic part. A number or a distribution.
    J0, J
        Ferromagnetic bias and strength of the disorder, J ≥ 0.
    k, a
        Stiffness and anharmonicity of the quartic G; a > 0. Numbers or distributions; 1 if not
        given, and None where ``coefficients`` are.
    field
        Uniform field H.
    coefficients
        (c_1, c_2, …) of G(v) = Σ c_n v^(2n), instead of k and a.
    potential
        G as an object with the methods value, slope and curvature (``Potential``), instead of k, a
        and coefficients. γ may be a distribution, which then divides the same G at every site. An
        ``EvenPolynomial`` is kept as its coefficients.

    Raises
    ------
    ModelError
        If γ ≤ 0, J < 0, a parameter is not finite, G does not grow faster than v², k or a is given
        beside coefficients or a potential, the natural scales are beyond what powers of floats can
        hold, or a distribution allows what a number may not be. If ``potential`` is none, as
        ``check_potential`` says.

    Examples
    --------
    >>> from scipy import stats
    >>> from glasswell.theory import Model
    >>> model = Model(gamma=10.0)
    >>> model
    Model(gamma=10.0, J0=0.0, J=1.0, k=1.0, a=1.0, field=0.0, coefficients=None)
    >>> model.G.value(2.0)  # v²/2 + v⁴/4!
    2.6666666666666665
    >>> Model(gamma=stats.uniform(8, 4)).random  # differs from site to site
    ('gamma',)
    """

    gamma: Parameter = dataclasses.field(metadata=validated(_number_or_distribution))
    J0: float = dataclasses.field(default=0.0, metadata=validated(number()))
    J: float = dataclasses.field(default=1.0, metadata=validated(number()))
    k: Parameter = dataclasses.field(default=None, metadata=validated(_of_the_quartic))
    a: Parameter = dataclasses.field(default=None, metadata=validated(_of_the_quartic))
    field: float = dataclasses.field(default=0.0, metadata=validated(number()))
    coefficients: tuple[float, ...] | None = dataclasses.field(
        default=None, metadata=validated(_of_a_polynomial)
    )
    potential: Potential | None = None

    refusal: ClassVar[type[GlasswellError]] = ModelError

    def __post_init__(self) -> None:
        self._complete()
        for name in LOCAL:
            value = getattr(self, name)
            if hasattr(value, "dist"):
                object.__setattr__(self, name, Random.of(name, value))
        validate(self)
        _check_positive("gamma", self.gamma, "G(v)/gamma confines v")
        if self.J < 0:
            raise ModelError(f"J is a standard deviation and cannot be negative, got {self.J}")
        self._check_potential()
        if isinstance(self.a, Random):
            _check_positive("a", self.a, "a v⁴ confines v")
        if self.polynomial and not self.random:
            scales.check(self.G.parameters, self.gamma, max(self.J, abs(self.J0)), self.field)

    @property
    def _quartic(self) -> bool:
        return self.coefficients is None and self.potential is None

    def _complete(self) -> None:
        """G by k and a, which are 1 by default, or by its coefficients or a potential alone."""
        if self._quartic:
            for name in ("k", "a"):
                if getattr(self, name) is None:
                    object.__setattr__(self, name, 1.0)
            return
        if self.coefficients is not None and self.potential is not None:
            raise ModelError("coefficients and potential are both G: give one of them")
        if isinstance(self.potential, EvenPolynomial):
            object.__setattr__(self, "coefficients", self.potential.coefficients)
            object.__setattr__(self, "potential", None)
        if self.k is not None or self.a is not None:
            name = "coefficients" if self.potential is None else "a potential"
            raise ModelError(f"k and a are not used with {name}: leave them out")
        if isinstance(self.coefficients, Iterable):
            object.__setattr__(self, "coefficients", tuple(self.coefficients))

    def _check_potential(self) -> None:
        if self.potential is not None and not isinstance(self.potential, Described):
            require(self.potential)

    def __repr__(self) -> str:
        shown = {field.name: getattr(self, field.name) for field in fields(self)}
        if self.potential is None:
            del shown["potential"]
        return f"Model({', '.join(f'{name}={value!r}' for name, value in shown.items())})"

    @property
    def random(self) -> tuple[str, ...]:
        """Names of the parameters that differ from site to site."""
        return tuple(name for name in LOCAL if isinstance(getattr(self, name), Random))

    def sites(self, resolution: float = 1.0) -> Sites:
        """Pure models whose weighted average is the average over sites.

        The product of the Gauss rules of the random parameters; the model itself if there are none.
        ``resolution`` scales the number of nodes of each.

        Raises
        ------
        ModelError
            If a distribution lacks the moments that its rule needs.
        """
        nodes = math.ceil(resolution * NODES.get(len(self.random), 1))
        return self._product(lambda random: gauss_rule(random, nodes))

    def sites_by_quantile(self, nodes: int) -> Sites:
        """The same from about ``nodes`` sites, by the Gauss–Legendre rule in the quantiles.

        Less accurate where averages are smooth, but dense where densities are asked for.
        """
        each = round(nodes ** (1 / max(len(self.random), 1)))
        at, weights = legendre(each)

        def rule(random: Random) -> tuple[tuple[float, float], ...]:
            values = random.quantile((1 + at) / 2).tolist()
            return tuple(zip((weights / 2).tolist(), values, strict=True))

        return self._product(rule)

    def site_at(self, quantiles: Floats) -> Model:
        """The pure model at given quantiles (0, 1) of the random parameters, in their order."""
        pairs = zip(self.random, quantiles, strict=True)
        return self.site({name: float(getattr(self, name).quantile(u)) for name, u in pairs})

    def site(self, values: dict[str, float]) -> Model:
        """The pure model with these values of the random parameters."""
        chosen: dict[str, Any] = dict(values)
        return replace(self, **chosen)

    def _product(self, rule: Callable[[Random], tuple[tuple[float, float], ...]]) -> Sites:
        if not self.random:
            return ((1.0, self),)
        found = []
        for nodes in product(*(rule(getattr(self, name)) for name in self.random)):
            weights, values = zip(*nodes, strict=True)
            site = self.site(dict(zip(self.random, values, strict=True)))
            found.append((math.prod(weights), site))
        return tuple(found)

    @cached_property
    def G(self) -> EvenFunction:
        """The on-site potential G(v), before the division by γ.

        Raises
        ------
        ModelError
            If the sites of the model differ.
        """
        if self.random:
            raise ModelError(
                f"sites differ in {' and '.join(self.random)}, so that there is no one on-site "
                "potential: use numbers, or the pure models of model.sites()"
            )
        return self.potential_of(self.k, self.a)

    def potential_of(self, k: Parameter, a: Parameter) -> EvenFunction:
        """G of sites with these k and a, numbers or arrays; they are used by the quartic only.

        Raises
        ------
        ModelError
            If it does not confine v.
        """
        if self.potential is not None:
            return General(self.potential)
        if self.coefficients is not None:
            return EvenPolynomial.checked(self.coefficients)
        quartic = EvenPolynomial.quartic(k, a)
        numbers = isinstance(k, (int, float)) and isinstance(a, (int, float))
        return EvenPolynomial.checked(quartic.coefficients) if numbers else quartic

    @property
    def polynomial(self) -> bool:
        """True if G is an even polynomial."""
        return self.potential is None

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
            If G was given by its coefficients or as an object, or a is random.
        """
        given = self.coefficients is not None or self.potential is not None
        if given or isinstance(self.a, Random):
            raise ModelError(
                "rescaled(a) is defined for the quartic G(v) = k v²/2 + a v⁴/4!, with one a"
            )
        return replace(self, a=a, field=self.field * math.sqrt(self.a / a))


def _check_positive(name: str, value: Parameter, why: str) -> None:
    """Refuse a number ≤ 0, and a distribution that does not vanish there."""
    low = value.support[0] if isinstance(value, Random) else value
    # As x → 0 averages are as singular as ln γ (at T > 0) and 1/a.
    vanishes = isinstance(value, Random) and low == 0.0 and value.density(0.0) == 0.0
    if low < 0.0 or (low == 0.0 and not vanishes):
        what = "have no weight at zero or below" if isinstance(value, Random) else "be positive"
        raise ModelError(f"{name} must {what}, got {value}: {why}")
