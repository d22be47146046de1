"""q(y) and P(q): how often two states of a sample have which overlap."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy import interpolate

from .._typing import Floats
from ..model.errors import SolveError
from ..recursion.continuum import Continuum, ContinuumMixture
from ..recursion.mixture import Levels

POINTS = 400
"""Places between q_0 and q_EA at which y of a continuum is taken."""


def overlap_curve(levels: Levels) -> tuple[Floats, Floats]:
    """y, strictly increasing from 0, and q(y): of a staircase through the middles of its steps."""
    order = levels.order
    if isinstance(levels, Continuum | ContinuumMixture):
        path = levels.flow.path
        s = np.linspace(0.0, path.depth, POINTS)
        y, q = path.y(s), path.overlap(s)
        y, q = np.append(0.0, y), np.append(q[:1], q)
    else:
        y = np.concatenate([[0.0], order.y, [2 * order.y.max()]])
        q = np.concatenate([order.q[:1], (order.q[1:] + order.q[:-1]) / 2, order.q[-1:]])
    # Where y stays finite, rounding makes its last values rise and fall.
    rises = np.append(True, y[1:] > np.maximum.accumulate(y)[:-1])
    rises[-1] |= y[-1] == y.max()
    return y[rises], q[rises]


@dataclass(frozen=True)
class OverlapDistribution:
    """P(q) for T > 0: deltas at q_0 and q_EA and a density between them.

        ∫_q^∞ P = 1 - x(q):    x(q_0) at q_0,    P(q) = dx/dq,    1 - x(q_EA) at q_EA

    of two independent copies of a system in one state of symmetry: without field and polarisation
    the overlap has either sign with the same probability, and this is the distribution of |q|.

    Examples
    --------
    >>> from glasswell.theory import Model, solve
    >>> P = solve(Model(gamma=2.0), "full", 8.0).overlap_distribution
    >>> round(P.at_q_0, 6), 0 < P.at_q_EA < 1
    (0.0, True)
    """

    x: Floats
    q: Floats

    @classmethod
    def of(cls, levels: Levels) -> OverlapDistribution:
        """P(q) of a solution of the continuous equations.

        Raises
        ------
        SolveError
            At T = 0, or if the solution is a staircase, which has deltas only.
        """
        if not levels.temperature > 0:
            raise SolveError("P(q) at temperature 0 is all at q_EA: ask at a temperature above")
        if not isinstance(levels, Continuum | ContinuumMixture):
            raise SolveError("a staircase has no density of overlaps: its steps are q and m")
        y, q = overlap_curve(levels)
        first = 1 if q[1] == q[0] else 0  # where there is a plateau, x rises on it to x(q_0)
        return cls(levels.temperature * y[first:], q[first:])

    @property
    def at_q_0(self) -> float:
        """The weight of the lowest overlap; zero without field and polarisation."""
        return float(self.x[0])

    @property
    def at_q_EA(self) -> float:
        """The weight of one state with itself: 1 - x(q_EA)."""
        return float(1 - self.x[-1])

    def density(self, q: ArrayLike) -> Floats:
        """dx/dq between q_0 and q_EA, zero elsewhere; any shape."""
        q = np.asarray(q, dtype=np.float64)
        inside = (q > self.q[0]) & (q < self.q[-1])
        return np.where(inside, self._below(np.where(inside, q, self.q[0]), 1), 0.0)

    def below(self, q: ArrayLike) -> Floats:
        """The probability of an overlap of q or less, deltas included."""
        q = np.asarray(q, dtype=np.float64)
        at = self._below(np.clip(q, self.q[0], self.q[-1]))
        return np.where(q < self.q[0], 0.0, np.where(q >= self.q[-1], 1.0, at))

    def moment(self, power: int) -> float:
        """∫P(q) |q|^power."""
        nodes, weights = np.polynomial.legendre.leggauss(8)
        half = np.diff(self.q)[:, None] / 2
        q = (self.q[1:] + self.q[:-1])[:, None] / 2 + half * nodes
        inside = float((half * weights * self._below(q, 1) * q**power).sum())
        ends = self.at_q_0 * self.q[0] ** power + self.at_q_EA * self.q[-1] ** power
        return float(inside + ends)

    @cached_property
    def _below(self) -> interpolate.PchipInterpolator:
        return interpolate.PchipInterpolator(self.q, self.x)
