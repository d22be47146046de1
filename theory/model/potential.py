"""The on-site potential G(v): an even polynomial that grows faster than v².

Everything here uses only ``+`` and ``*``, so that it works on floats and on the arrays of any
array-API library, with coefficients that are numbers or arrays (one per site).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .errors import ModelError

Array = Any
"""A float or an array of any array-API library."""


@dataclass(frozen=True)
class EvenPolynomial:
    """G(v) = Σ_n c_n v^(2n), n = 1, 2, …

    Parameters
    ----------
    coefficients
        (c_1, c_2, …): the factors of v², v⁴, … Each a float, or an array that broadcasts
        against v (one value per site).

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.theory import EvenPolynomial
    >>> G = EvenPolynomial((0.5, 1 / 24))  # v²/2 + v⁴/4!
    >>> v = np.array([0.0, 1.0, 2.0])
    >>> G.value(v).round(4), G.slope(v).round(4), G.curvature(v)
    (array([0.    , 0.5417, 2.6667]), array([0.    , 1.1667, 3.3333]), array([1. , 1.5, 3. ]))
    """

    coefficients: tuple[Array, ...]

    @classmethod
    def quartic(cls, k: Array = 1.0, a: Array = 1.0) -> EvenPolynomial:
        """G(v) = k v²/2 + a v⁴/4!, the potential of the model (physics.md §1)."""
        return cls((k / 2, a / 24))

    @classmethod
    def checked(cls, coefficients: Sequence[float]) -> EvenPolynomial:
        """Build from numbers, refusing what does not grow faster than v².

        Raises
        ------
        ModelError
            If the degree is below four, or the leading coefficient is not positive.
        """
        values = tuple(float(c) for c in coefficients)
        while values and values[-1] == 0.0:
            values = values[:-1]
        if not all(abs(c) < float("inf") for c in values):
            raise ModelError(f"G(v) has a coefficient that is not finite: {values}")
        if len(values) < 2 or values[-1] <= 0.0:
            raise ModelError(
                "G(v) does not stabilise the model: its highest power must be v⁴ or more, with a "
                f"positive coefficient (got {values or 'no terms'} for v², v⁴, …)"
            )
        return cls(values)

    @property
    def degree(self) -> int:
        """The highest power of v."""
        return 2 * len(self.coefficients)

    def value(self, v: Array) -> Array:
        """G(v)."""
        return self._horner(v * v, self.coefficients) * v * v

    def slope(self, v: Array) -> Array:
        """G'(v)."""
        return self._horner(v * v, [2 * n * c for n, c in self._numbered()]) * v

    def curvature(self, v: Array) -> Array:
        """G''(v)."""
        return self._horner(v * v, [2 * n * (2 * n - 1) * c for n, c in self._numbered()])

    def taylor(self, v: Array) -> list[Array]:
        """G^(m)(v)/m! for m = 0 … degree: the coefficients of x^m in G(v + x)."""
        return [
            sum(
                math.comb(2 * n, m) * c * v ** (2 * n - m)
                for n, c in self._numbered()
                if 2 * n >= m
            )
            for m in range(self.degree + 1)
        ]

    def shifted(self, c_1: Array, scale: Array = 1.0) -> EvenPolynomial:
        """The polynomial scale · G(v) + c_1 v²."""
        first, *rest = (scale * c for c in self.coefficients)
        return EvenPolynomial((first + c_1, *rest))

    def _numbered(self) -> enumerate[Array]:
        return enumerate(self.coefficients, start=1)

    @staticmethod
    def _horner(w: Array, coefficients: Sequence[Array]) -> Array:
        total = coefficients[-1] + 0 * w
        for c in reversed(coefficients[:-1]):
            total = total * w + c
        return total


class SitePotential(Protocol):
    """G(v)/γ of one site or of many: a model, or arrays that broadcast against fields and more."""

    @property
    def gamma(self) -> Array:
        """γ, a number or an array."""

    @property
    def G(self) -> EvenPolynomial:
        """G, with numbers or arrays as its coefficients."""


@dataclass(frozen=True)
class OnSite:
    """Nothing but γ and G."""

    gamma: Array
    G: EvenPolynomial
