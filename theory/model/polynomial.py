"""The even polynomials: what solvers ask of a potential, in closed form or by companion matrices.

Values use only ``+`` and ``*``, so that they work on floats and on the arrays of any array-API
library, with coefficients that are numbers or arrays (one per site).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from .._typing import Array, Floats
from .errors import ModelError

REAL = 1e-9
"""Roots whose imaginary part is below this, relative to their size, are real."""


@dataclass(frozen=True)
class EvenPolynomial:
    """G(v) = Σ_n c_n v^(2n), n = 1, 2, …

    >>> EvenPolynomial.quartic(k=1.0, a=1.0).slope(3.0)
    7.5

    Parameters
    ----------
    coefficients
        (c_1, c_2, …): the factors of v², v⁴, … Each a float, or an array that broadcasts
        against v (one value per site).
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

    @property
    def parameters(self) -> tuple[Array, ...]:
        """The coefficients."""
        return self.coefficients

    def with_parameters(self, values: Iterable[Array]) -> EvenPolynomial:
        """Other coefficients."""
        return EvenPolynomial(tuple(values))

    @property
    def closed_form(self) -> bool:
        """True for the degree four."""
        return len(self.coefficients) == 2

    @property
    def two_wells_at_most(self) -> bool:
        """True for the degree four: every two powers more allow for another well."""
        return self.closed_form

    @property
    def stiffening(self) -> bool:
        """True if no coefficient beyond v² is negative."""
        return bool(min(self.coefficients[1:]) >= 0)

    @property
    def entire(self) -> bool:
        """True."""
        return True

    @property
    def horizon(self) -> float:
        """∞: powers of all displacements that occur are numbers."""
        return math.inf

    @property
    def length(self) -> float:
        """L at which the highest power c_n v^(2n) gives (2n)! c_n L^(2n) = L²."""
        n = len(self.coefficients)
        leading = float(self.coefficients[-1])
        return float((math.factorial(2 * n) * leading) ** (-1.0 / (2 * n - 2)))

    def inflections(self, shape: tuple[int, ...] = ()) -> Floats:
        """Positive roots of W'', (…, n - 1) for the degree 2n."""
        # As a polynomial in w = v².
        curvature = [2 * n * (2 * n - 1) * c for n, c in self._numbered()]
        if len(curvature) == 2:  # the quartic: an eigenvalue problem would cost ten times as much
            square = -curvature[0] / curvature[1]
            if shape == ():
                return np.array([math.sqrt(square) if square > 0 else math.nan])
            square = np.broadcast_to(square, shape)
            return np.sqrt(np.where(square > 0, square, np.nan))[..., None]
        rows = np.stack([np.broadcast_to(c, shape) for c in curvature], axis=-1)
        n = rows.shape[-1] - 1
        companion = np.zeros((*shape, n, n))
        companion[..., 1:, :-1] = np.eye(n - 1)
        companion[..., :, -1] = -rows[..., :-1] / rows[..., -1:]
        roots = np.linalg.eigvals(companion).astype(complex)
        real = (np.abs(roots.imag) <= REAL * np.abs(roots)) & (roots.real > 0)
        return np.sort(np.sqrt(np.where(real, roots.real, np.nan)), axis=-1)

    def rest_points(self) -> Floats:
        """Positive roots of W'."""
        slope = [2 * n * c for n, c in self._numbered()]
        if len(slope) == 2:
            square = -slope[0] / slope[1]
            return np.sqrt([square]) if square > 0 else np.zeros(0)
        roots = np.roots(slope[::-1])
        real = roots[np.abs(roots.imag) <= REAL * np.abs(roots)].real
        return np.sort(np.sqrt(real[real > 0]))

    def reach(self, h: Floats, last: Floats) -> Floats:  # noqa: ARG002
        """A bound on all roots of W'(v) - h (Fujiwara), and so by Gauss and Lucas on those of W''.

        It needs no ``last``.
        """
        slopes = [2 * n * c for n, c in self._numbered()]
        leading, degree = slopes.pop(), self.degree - 1
        bounds = [
            np.abs(c / leading) ** (1 / (degree - power))
            for power, c in zip(range(1, degree, 2), slopes, strict=True)
        ]
        bounds.append(np.abs(h / leading) ** (1 / degree))
        largest = np.max(np.broadcast_arrays(*bounds), axis=0)
        return np.asarray(np.maximum(2.1 * largest, 1.0))

    def beyond(self, h: float, above: float) -> float:
        """By doubling."""
        v = 2 * above + 1.0
        while self.slope(v) <= h:
            v *= 2
        return v

    def width(self, depth: float) -> float:
        """Where the highest power alone has risen by it."""
        return float(float(depth / self.coefficients[-1]) ** (1 / self.degree))

    def _numbered(self) -> enumerate[Array]:
        return enumerate(self.coefficients, start=1)

    @staticmethod
    def _horner(w: Array, coefficients: Sequence[Array]) -> Array:
        *lower, total = coefficients
        if not lower:
            return total + 0 * w
        for c in reversed(lower):
            total = total * w + c
        return total
