"""The solution of Parisi's equations, at resolutions that give a limit with an error.

At T > 0 y(q) ends at β x(q_EA), and so it does at T = 0 where v* does not jump. Where it jumps, y
grows as (q̂ - q)^(-1/2) without end and so does s, up to its depth, and P(h) is that of the
pseudogap down to fields ~ 1/y.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from .._typing import Floats
from ..model.model import Model
from ..numerics.limits import Limit
from ..recursion.continuum import levels_of_flow
from ..recursion.intervals import Intervals
from ..recursion.path import Path
from ..site.ground import GroundSite
from .continuum_equations import Equations, Solved
from .continuum_start import (
    DEEPEST,
    depth_of_staircase,
    knots_at,
    of_staircase,
    of_symmetry,
    smooth_shape,
)
from .solution import Solution, Status

DENSITIES, STEPS = (7.0, 14.0, 28.0), (0.1, 0.05, 0.025)
"""Intervals per unit of u(s), and steps of the lines of fields: errors fall as their fourth power,
by one and the same factor of 16."""

DEPTHS = (14.0, 20.0, DEEPEST)
"""Largest s where v* jumps, approached in steps: each solution is where the next begins. What lies
beyond the last changes C, say, by ~ e^(-s/2)."""

SHALLOWER = 4.0
"""By so much less for one more solution, which shows what lies beyond the depth."""

LAYER = 2.0
"""Within this from the largest s, m is still the sharp v*(h): y follows its asymptote."""

SAME_DEPTH, TRIALS = 1.0, 4
"""A depth this close to the right one is good enough; how often it is mended."""

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


def applies(solution: Solution) -> bool:
    """True where replica symmetry is broken."""
    return solution.status is Status.CONVERGED and (solution.rsb > 0 or solution.replicon < 0)


def resolved(solution: Solution) -> Resolved | None:
    """Solutions at all resolutions, begun from one with steps or without.

    None if one of them does not converge, or to what is no state.

    Parameters
    ----------
    solution
        One for which ``applies``.
    """
    task = _Task(solution.model, solution.temperature)
    for begin in task.ways(solution):
        try:
            found = begin()
        except _NotSolvedError:
            continue
        if _is_state(found.fine, solution):
            return found
    return None


class _NotSolvedError(Exception):
    """An iteration has not converged."""


@dataclass(frozen=True)
class _Task:
    model: Model
    temperature: float

    def ways(self, solution: Solution) -> list[Callable[[], Resolved]]:
        """From where, and how, to look for a solution; the likeliest first."""
        if solution.rsb == 0:
            return [partial(self._smooth, path) for path in of_symmetry(solution)]
        if self.temperature == 0:
            return [partial(self._at_jumps, solution)]
        depth = depth_of_staircase(solution)
        return [partial(self._smooth, of_staircase(solution, depth, depth))]

    def _at_jumps(self, staircase: Solution) -> Resolved:
        """At T = 0, ever deeper while v* jumps at the C that is found."""
        path = of_staircase(staircase, DEPTHS[0], DEPTHS[0] - LAYER)
        for depth in DEPTHS:
            coarse = self._solved(path.on(knots_at(depth), depth, depth - LAYER), 0)
            path = coarse.path
            if not _jumps(self.model, path.C):
                return self._smooth(path.on(*smooth_shape(path)))
        middle, fine = self._finer(coarse)
        depth = DEPTHS[-1] - SHALLOWER
        shallow = self._solved(middle.path.on(knots_at(depth), depth, depth - LAYER), 1)
        return Resolved(*(self._solution(s) for s in (coarse, middle, fine, shallow)))

    def _smooth(self, path: Path) -> Resolved:
        """At a depth that follows from the solution itself."""
        coarse = self._solved(path, 0)
        for _ in range(TRIALS):
            shape = smooth_shape(coarse.path)
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


def _jumps(model: Model, C: float) -> bool:
    return any(GroundSite.of(site, C).jumps for _, site in model.sites())


def _is_state(found: Solution, start: Solution) -> bool:
    """Whether f lies above the start's, x below one, p along the field, and J0 χ below one."""
    order, model = found.levels.order, found.model
    above = found.free_energy > start.free_energy - 1e-7 * abs(start.free_energy)
    along = order.p * model.field >= 0.0 and order.p * start.p >= 0.0
    held = order.p == 0.0 or model.J0 * found.susceptibility < 1.0 + 1e-6
    return bool(above and along and held and found.temperature * order.y[-1] < 1.0)
