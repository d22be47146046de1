"""Intervals of q on which Parisi's equations are stepped, and the rules that belong to them.

    q = q_0 + (q_EA - q_0) (1 - e^(-s))/(1 - e^(-S)),   s from 0 to the depth S

puts a layer below q_EA on a scale of its own: where y grows as (q* - q)^(-1/2) with q* just beyond
q_EA everything is smooth in s. Intervals of s widen from one length to four times as much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .._typing import Floats

WIDEST, TURN = 4.0, 2.0
"""The ratio of their lengths at large and at small s, and the s about which they widen."""

SPLIT = np.array([1 / 16, 1 / 8, 1 / 4, 1 / 2])
"""Where the first interval is split, and the last one from its end: a multistep rule begins with
shorter steps, and P from a point mass with a narrower Gaussian."""

GAUSS = np.array([0.5 - np.sqrt(3) / 6, 0.5 + np.sqrt(3) / 6])
"""Gauss's two points."""

MEMORY = 4
"""Nodes from which drifts are interpolated: to fourth order."""


def stretched(s: Floats | float) -> Floats:
    """u(s), in which intervals are of one length: analytic, for y is to be a polynomial of it."""
    s = np.asarray(s, dtype=np.float64)
    return np.asarray(s / WIDEST + (1 - 1 / WIDEST) * TURN * s / (TURN + s))


def unstretched(u: Floats | float) -> Floats:
    """s(u)."""
    u = np.asarray(u, dtype=np.float64)
    half = WIDEST * (TURN - u) / 2
    root = np.sqrt(half**2 + WIDEST * TURN * u)
    # Of the two forms of the positive root the one without cancellation.
    with np.errstate(divide="ignore", invalid="ignore"):
        small = WIDEST * TURN * u / (half + root)
    return np.where(half > 0, small, root - half)


@dataclass(frozen=True)
class Intervals:
    """Nodes s_0 = 0 … s_n = S, about ``density`` of them per unit of u.

    ``split_top`` says whether m is smooth at q_EA, so that its first steps should be short.
    """

    depth: float
    density: float
    split_top: bool

    @cached_property
    def main(self) -> NDArray[np.int_]:
        """Indices of the nodes of which no two are ends of a part of a split interval."""
        first = len(SPLIT)
        count = self._count
        inner = first + np.arange(1, count)
        return np.concatenate([[0], inner, [len(self.s) - 1]])

    @property
    def _count(self) -> int:
        return max(8, int(np.ceil(self.density * float(stretched(self.depth)))))

    @cached_property
    def s(self) -> Floats:
        """(n + 1,)."""
        u = np.linspace(0.0, float(stretched(self.depth)), self._count + 1)
        step = u[1]
        parts = [u[:1], SPLIT * step, u[1:-1]]
        if self.split_top:
            parts.append(u[-1] - SPLIT[::-1] * step)
        s = unstretched(np.concatenate([*parts, u[-1:]]))
        s[-1] = self.depth
        return s

    @cached_property
    def whole(self) -> float:
        """1 - e^(-S)."""
        return float(-np.expm1(-self.depth))

    def fraction(self, s: Floats) -> Floats:
        """(q - q_0)/(q_EA - q_0) at s."""
        return np.asarray(-np.expm1(-s) / self.whole)

    @cached_property
    def gaps(self) -> Floats:
        """Differences of ``fraction``, (n,): to rounding however small they are."""
        return np.asarray(-np.exp(-self.s[:-1]) * np.expm1(-np.diff(self.s)) / self.whole)

    @cached_property
    def points(self) -> Floats:
        """s at Gauss's points, (n, 2), ascending."""
        return np.asarray(self.s[:-1, None] + np.diff(self.s)[:, None] * GAUSS)

    @cached_property
    def weights(self) -> Floats:
        """Of Gauss's rule for an integral over ``fraction``, (n, 2)."""
        return np.exp(-self.points) / self.whole * np.diff(self.s)[:, None] / 2

    @cached_property
    def predictors(self) -> list[tuple[slice, Floats]]:
        """For each interval the nodes above, and how they make values at its Gauss points."""
        last = len(self.s) - 1
        return [self._rule(n, n + 1, min(n + MEMORY, last)) for n in range(last)]

    @cached_property
    def correctors(self) -> list[tuple[slice, Floats]]:
        """The same from nodes that include the lower end."""
        last = len(self.s) - 1
        return [self._rule(n, n, min(n + MEMORY - 1, last)) for n in range(last)]

    def _rule(self, interval: int, first: int, last: int) -> tuple[slice, Floats]:
        nodes = slice(first, last + 1)
        return nodes, lagrange(self.s[nodes], self.points[interval])


def lagrange(nodes: Floats, x: Floats | Sequence[float]) -> Floats:
    """Matrix from values at ``nodes`` to those of the polynomial through them at x."""
    x = np.asarray(x, dtype=np.float64)
    columns = []
    for n, node in enumerate(nodes):
        others = np.delete(nodes, n)
        columns.append(np.prod((x[:, None] - others) / (node - others), axis=1))
    return np.stack(columns, axis=1)
