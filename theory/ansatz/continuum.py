"""The solution of Parisi's equations, at resolutions that give a limit with an error.

At T > 0 y(q) ends at β x(q_EA), and so it does at T = 0 where v* does not jump. Where it jumps, y
grows as (q̂ - q)^(-1/2) without end and so does s, up to its depth, and P(h) is that of the
pseudogap down to fields ~ 1/y.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from .._typing import Floats
from ..model.model import Model
from ..numerics.limits import Limit
from ..recursion.continuum import levels_of_flow
from ..recursion.intervals import Intervals, stretched, unstretched
from ..recursion.path import Path
from ..site.ground import GroundSite
from .continuum_equations import Equations, Solved
from .solution import Solution, Status

DENSITIES, STEPS = (7.0, 14.0, 28.0), (0.1, 0.05, 0.025)
"""Intervals per unit of u(s), and steps of the lines of fields: errors fall as their fourth power,
by one and the same factor of 16."""

DEPTHS = (14.0, 20.0, 26.0)
"""Largest s where v* jumps, approached in steps: each solution is where the next begins. What lies
beyond the last changes C, say, by ~ e^(-s/2)."""

SHALLOWER = 4.0
"""By so much less for one more solution, which shows what lies beyond the depth."""

LAYER = 2.0
"""Within this from the largest s, m is still the sharp v*(h): y follows its asymptote."""

KNOTS, KNOTS_PER_UNIT = 8, 2.0
"""Numbers that y(q) is made of: so many, and more per unit of u."""

SHALLOWEST, BEYOND = 2.0, 2.0
"""The depth where y hardly grows, and by how much it exceeds 2 ln[y(q_EA)/y(q_½)]."""

SAME_DEPTH, TRIALS = 1.0, 4
"""A depth this close to the right one is good enough; how often it is mended."""

LAST_RISE = 1.6
"""y at q_EA over the last breakpoint of a staircase, roughly."""

FALL_OF_C = 0.97
"""C of the continuum over that of a staircase at T > 0, roughly."""

SETTLED = 0.25
"""Part of the last change of an extrapolated number that is in doubt."""

BEYOND_DOUBT = 0.1
"""Part of what lies beyond the depth that is in doubt."""


@dataclass(frozen=True)
class Resolved:
    """The same equations with few intervals, more and most, and, at jumps, with less depth."""

    coarse: Solution
    middle: Solution
    fine: Solution
    shallow: Solution | None = None

    @property
    def gapless(self) -> bool:
        """True if v* does not jump: J² ∫P (dv*/dh)² = 1 puts the Hessian's soft end at zero."""
        return self.fine.temperature == 0.0 and self.fine.C_jump == 0.0

    def limit_of(self, quantity: Callable[[Solution], float]) -> Limit:
        """A number's limit of many intervals and of infinite depth.

        What intervals and steps leave is of fourth order, and what that extrapolation changes from
        one halving of them to the next bounds its error.
        """
        coarse, middle, fine = (float(quantity(s)) for s in (self.coarse, self.middle, self.fine))
        before, limit = ((16 * b - a) / 15 for a, b in ((coarse, middle), (middle, fine)))
        error = SETTLED * abs(limit - before)
        if self.shallow is None:
            return Limit(limit, error)
        beyond = (middle - float(quantity(self.shallow))) / math.expm1(SHALLOWER / 2)
        return Limit(limit + beyond, error + BEYOND_DOUBT * abs(beyond))


def applies(staircase: Solution) -> bool:
    """True where replica symmetry is broken."""
    return staircase.rsb > 0 and staircase.status is Status.CONVERGED


def resolved(staircase: Solution) -> Resolved | None:
    """Solutions at all resolutions, begun from a staircase; None if one does not converge.

    Parameters
    ----------
    staircase
        A solution for which ``applies``.
    """
    task = _Task(staircase.model, staircase.temperature)
    try:
        found = task.at_jumps(staircase) if task.temperature == 0 else task.thermal(staircase)
    except _NotSolvedError:
        return None
    return found if _is_state(found.fine, staircase) else None


class _NotSolvedError(Exception):
    """An iteration has not converged."""


@dataclass(frozen=True)
class _Task:
    model: Model
    temperature: float

    def at_jumps(self, staircase: Solution) -> Resolved:
        """At T = 0, ever deeper while v* jumps at the C that is found."""
        path = _start(staircase, DEPTHS[0], DEPTHS[0] - LAYER)
        for depth in DEPTHS:
            coarse = self._solved(path.on(_knots(depth), depth, depth - LAYER), 0)
            path = coarse.path
            if not _jumps(self.model, path.C):
                return self._smooth(path.on(*_smooth_shape(path)))
        middle, fine = self._finer(coarse)
        depth = DEPTHS[-1] - SHALLOWER
        shallow = self._solved(middle.path.on(_knots(depth), depth, depth - LAYER), 1)
        return Resolved(*(self._solution(s) for s in (coarse, middle, fine, shallow)))

    def thermal(self, staircase: Solution) -> Resolved:
        """At T > 0, where m is smooth at q_EA."""
        depth = _depth_of_staircase(staircase)
        return self._smooth(_start(staircase, depth, depth))

    def _smooth(self, path: Path) -> Resolved:
        """At a depth that follows from the solution itself."""
        coarse = self._solved(path, 0)
        for _ in range(TRIALS):
            shape = _smooth_shape(coarse.path)
            if abs(shape[1] - coarse.path.depth) < SAME_DEPTH:
                break
            coarse = self._solved(coarse.path.on(*shape), 0)
        found = [self._solution(solved) for solved in (coarse, *self._finer(coarse))]
        return Resolved(*found)

    def _finer(self, coarse: Solved) -> tuple[Solved, Solved]:
        middle = self._solved(coarse.path, 1, coarse.inverse)
        return middle, self._solved(middle.path, 2, middle.inverse)

    def _solved(self, path: Path, level: int, inverse: Floats | None = None) -> Solved:
        """The solution on the intervals and lines of one resolution.

        Raises
        ------
        _NotSolvedError
            If the iteration does not converge.
        """
        intervals = Intervals(path.depth, DENSITIES[level], path.last == path.depth)
        equations = Equations(self.model, self.temperature, intervals, STEPS[level], path)
        found = equations.solve(inverse)
        if not found.converged:
            raise _NotSolvedError
        return found

    def _solution(self, solved: Solved) -> Solution:
        levels = levels_of_flow(self.model, solved.flow, self.temperature)
        intervals = len(solved.flow.intervals.gaps)
        return Solution(levels, intervals, solved.residual, solved.evaluations, Status.CONVERGED)


def _start(staircase: Solution, depth: float, last: float) -> Path:
    """y(q) through the middles of a staircase's jumps."""
    q, y = staircase.overlaps, staircase.levels.order.y
    polarised = staircase.levels.order.p != 0.0
    q_0 = float(q[0]) if polarised else 0.0
    C = staircase.C_reg if staircase.temperature == 0 else FALL_OF_C * staircase.C
    path = Path(staircase.p, C, q_0, float(q[-1]), depth, last, np.zeros(_knots(depth)))
    s = -np.log1p(_middles(staircase) * np.expm1(-depth))
    a = np.log(y) - path.asymptote(s)
    return replace(path, values=np.interp(unstretched(path.knots), s, a))


def _middles(staircase: Solution) -> Floats:
    """(q - q_0)/(q_EA - q_0) in the middles of the jumps."""
    q = staircase.overlaps
    low = float(q[0]) if staircase.p != 0.0 else 0.0
    return np.asarray(((q[1:] + q[:-1]) / 2 - low) / (q[-1] - low))


def _depth_of_staircase(staircase: Solution) -> float:
    y = staircase.levels.order.y
    half = float(np.exp(np.interp(0.5, _middles(staircase), np.log(y))))
    return _depth(LAST_RISE * float(y[-1]) / half)


def _smooth_shape(path: Path) -> tuple[int, float, float]:
    """Knots, depth and end of the knots that fit a y(q) that ends at q_EA."""
    half = -math.log1p(math.expm1(-path.depth) / 2)
    first, last = path.y(np.array([half, path.last]))
    depth = _depth(float(last / first))
    return _knots(depth), depth, depth


def _depth(rise: float) -> float:
    return min(max(SHALLOWEST, BEYOND + 2 * math.log(rise)), DEPTHS[-1])


def _knots(depth: float) -> int:
    return KNOTS + round(KNOTS_PER_UNIT * float(stretched(depth)))


def _jumps(model: Model, C: float) -> bool:
    return any(GroundSite.of(site, C).jumps for _, site in model.sites())


def _is_state(solution: Solution, staircase: Solution) -> bool:
    """Whether f lies above the staircase's, x below one, and p along the field."""
    order = solution.levels.order
    above = solution.free_energy > staircase.free_energy - 1e-7 * abs(staircase.free_energy)
    along = order.p * solution.model.field >= 0.0 and order.p * staircase.p >= 0.0
    return bool(above and along and solution.temperature * order.y[-1] < 1.0)
