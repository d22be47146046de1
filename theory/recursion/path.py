"""q(y) between q_0 and q_EA, as a function of a few numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import interpolate

from .._typing import Floats
from .intervals import stretched, unstretched


@dataclass(frozen=True)
class Path:
    """Order parameters of a continuous breaking, stationary or not.

        ln y = a(s) + s/2 + ln(q/q_EA),

    so that a is smooth where y ~ q (at small q without field) and where y ~ (q* - q)^(-1/2).
    ``values`` are those of a at Chebyshev's points of u(s) from s = 0 to ``last``, beyond which it
    stays as it is: at T = 0, where v* jumps, y follows that law up to the depth.
    """

    p: float
    C: float
    q_0: float
    q: float
    depth: float
    last: float
    values: Floats

    @property
    def gap(self) -> float:
        """q_EA - q_0."""
        return self.q - self.q_0

    @cached_property
    def knots(self) -> Floats:
        """u at the points where ``values`` are."""
        return knots(len(self.values), self.last)

    def y(self, s: Floats) -> Floats:
        """y(s), any shape."""
        flat = np.ravel(s)
        a = basis(len(self.values), self.last, flat) @ self.values
        return np.exp(a + self.asymptote(flat)).reshape(np.shape(s))

    def asymptote(self, s: Floats) -> Floats:
        """s/2 + ln(q/q_EA); -∞ where q = 0."""
        with np.errstate(divide="ignore"):
            return np.asarray(s / 2 + np.log(self.overlap(s) / self.q))

    def overlap(self, s: Floats) -> Floats:
        """q(s)."""
        return np.asarray(self.q_0 + self.gap * np.expm1(-s) / np.expm1(-self.depth))

    def on(self, count: int, depth: float, last: float) -> Path:
        """Nearly the same y(q) on other knots and another depth."""
        at = unstretched(knots(count, last))
        s = at
        if self.last == self.depth:
            # y(q) ends at q_EA.
            fraction = np.expm1(-at) / np.expm1(-depth)
            s = -np.log(np.maximum(1 - fraction * -np.expm1(-self.depth), np.exp(-self.depth)))
        a = basis(len(self.values), self.last, s) @ self.values
        return replace(self, depth=depth, last=last, values=a + (s - at) / 2)


def knots(count: int, last: float) -> Floats:
    """Chebyshev's points of the second kind between 0 and u(last)."""
    angle = np.pi * np.arange(count) / (count - 1)
    return np.asarray(float(stretched(last)) * (1 - np.cos(angle)) / 2)


def basis(count: int, last: float, s: Floats) -> Floats:
    """Matrix from values at ``knots`` to those of their polynomial in u at s, (len(s), count)."""
    u = np.minimum(stretched(s), float(stretched(last)))
    polynomial = interpolate.BarycentricInterpolator(knots(count, last), np.eye(count))
    return np.asarray(polynomial(u))
