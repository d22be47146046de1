"""Potentials that are no even polynomials, and polynomials of which nothing else is known."""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial
from typing import Any

from glasswell.theory.model import EvenPolynomial, Model, array_namespace

Array = Any


@dataclass(frozen=True)
class Cosh:
    """G(v) = s (cosh v - 1) - b v²/2, a double well for b > s."""

    s: float = 1.0
    b: float = 0.0

    def value(self, v: Array) -> Array:
        # cosh v - 1 without its rounding at small v.
        return 2 * self.s * array_namespace(v).sinh(v / 2) ** 2 - self.b / 2 * v * v

    def slope(self, v: Array) -> Array:
        return self.s * array_namespace(v).sinh(v) - self.b * v

    def curvature(self, v: Array) -> Array:
        return self.s * array_namespace(v).cosh(v) - self.b

    def series(self, degree: int) -> tuple[float, ...]:
        """The coefficients of v², v⁴, … up to a degree."""
        terms = [self.s / factorial(n) for n in range(2, degree + 1, 2)]
        return (terms[0] - self.b / 2, *terms[1:])


@dataclass(frozen=True)
class Opaque:
    """An even polynomial that shows its values and nothing else."""

    polynomial: EvenPolynomial

    def value(self, v: Array) -> Array:
        return self.polynomial.value(v)

    def slope(self, v: Array) -> Array:
        return self.polynomial.slope(v)

    def curvature(self, v: Array) -> Array:
        return self.polynomial.curvature(v)

    @classmethod
    def of(cls, model: Model) -> Model:
        """A model with its G behind a veil; γ may be random."""
        G = model.potential_of(model.k, model.a)
        assert isinstance(G, EvenPolynomial)
        return Model(gamma=model.gamma, J0=model.J0, J=model.J, field=model.field, potential=cls(G))


@dataclass(frozen=True)
class Ripples:
    """G(v) = v⁴/24 + A (1 - cos w v): as many wells as one likes."""

    A: float = 0.5
    w: float = 4.0

    def value(self, v: Array) -> Array:
        return v**4 / 24 + self.A * (1 - array_namespace(v).cos(self.w * v))

    def slope(self, v: Array) -> Array:
        return v**3 / 6 + self.A * self.w * array_namespace(v).sin(self.w * v)

    def curvature(self, v: Array) -> Array:
        return v**2 / 2 + self.A * self.w**2 * array_namespace(v).cos(self.w * v)


@dataclass(frozen=True)
class Logarithmic:
    """G(v) = v² ln(1 + v²/w²)/2: hardly faster than v², with singularities at v = ±i w."""

    w: float = 1.0

    def value(self, v: Array) -> Array:
        x = v * v / self.w**2
        return v * v * array_namespace(v).log1p(x) / 2

    def slope(self, v: Array) -> Array:
        x = v * v / self.w**2
        return v * (array_namespace(v).log1p(x) + x / (1 + x))

    def curvature(self, v: Array) -> Array:
        x = v * v / self.w**2
        return array_namespace(v).log1p(x) + x * (5 + 3 * x) / (1 + x) ** 2
