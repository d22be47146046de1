"""The solution of Parisi's equations at T = 0, at resolutions that give a limit with an error.

Intervals of q end at q/q̂ = 1 - e^(-s). Where v* jumps, y grows as (1 - q/q̂)^(-1/2) without end and
so does s, up to its depth, and P(h) is that of the pseudogap down to fields ~ 1/y. Where it does
not, y may stay finite, but often grows as much on the way.

The unknowns are C, q̂ and a(s) = ln y less its asymptote, and an iteration mends each by what its
own equation lacks: C = ∫P dv*/dh, q̂ = ∫P m², and on an interval of t where the marginality differs
by δ from end to end, y by δ/(2 t ∫P (m')³). That equation for y is of the second kind, and the
iteration contracts, whereas q ← ∫P m² at fixed y is marginal like the theory itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from .._typing import Floats
from ..numerics.graded_line import GradedLine
from ..numerics.limits import Limit
from ..recursion.parisi import Continuum, Flow, flow
from ..site.ground import GroundSite
from .solution import Solution, Status

INTERVALS = (60, 120, 240)
"""Of q; errors fall as their number squared."""

DEPTHS = (16.0, 21.0, 26.0)
"""Largest s where v* jumps, approached in steps: each solution is where the next begins. What lies
beyond the last changes C, say, by ~ e^(-s/2): 2e-5 of it."""

DEPTHS_WITHOUT_JUMP = (14.0, 18.0, 22.0)
"""The same where it does not jump: y may be finite, the rest is less and rounding more."""

SHALLOWER = 4.0
"""By so much less for one more solution, which shows what lies beyond the depth."""

LAYER = 3.0
"""Within this from the largest s, m is still the sharp v*(h): y follows its asymptote."""

GRADING = 2.5
"""ln of the ratio between the last and the first interval of s."""

POINTS, REACH = 400, 1.05
"""Fields, and the largest in units of the staircase's."""

TOL, ITERATIONS = 1e-6, 60
"""Largest mismatch of C, q̂ and ln y e^(-s/4). Rounding leaves 1e-7 in ln y at small s, where y
matters least; the mismatch of C and q̂ is a tenth of the tolerance by then."""

DAMPING, MEMORY = 0.7, 8
"""Of Anderson's iteration."""


@dataclass(frozen=True)
class _Scales:
    """The intervals: ends s_0 = 0 … s_n, and where the asymptote of y begins."""

    s: Floats
    jump: bool

    @classmethod
    def of(cls, intervals: int, depth: float, *, jump: bool) -> _Scales:
        u = np.linspace(0.0, 1.0, intervals + 1)
        return cls(depth * np.expm1(GRADING * u) / np.expm1(GRADING), jump)

    @property
    def middle(self) -> Floats:
        return (self.s[1:] + self.s[:-1]) / 2

    @property
    def fractions(self) -> Floats:
        """Lengths of the intervals of q/q̂: to rounding however small they are."""
        whole = 1.0 if self.jump else -np.expm1(-self.s[-1])
        return np.asarray(-np.exp(-self.s[:-1]) * np.expm1(-np.diff(self.s)) / whole)

    @property
    def free(self) -> slice:
        """Intervals whose y has an equation; the first and those in the layer follow them."""
        last = self.s[-1] - LAYER if self.jump else self.s[-1]
        return slice(1, int(np.searchsorted(self.s[1:], last)))

    def log_y(self, a: Floats) -> Floats:
        """ln y = a + ln[q/q̂ (1 - q/q̂)^(-1/2)], from a(s) where it is free."""
        s, whole = self.middle, np.empty(len(self.s) - 1)
        whole[self.free] = a
        whole[self.free.stop :] = a[-1]
        whole[0] = a[0] - (a[1] - a[0]) * (s[1] - s[0]) / (s[2] - s[1])
        return whole + asymptote(s)


def asymptote(s: Floats) -> Floats:
    """ln y at small and at large s, up to constants: y ~ q there and (1 - q/q̂)^(-1/2) here."""
    return np.asarray(np.log(-np.expm1(-s)) + s / 2)


@dataclass(frozen=True)
class Resolved:
    """The same equations with few intervals, more and most, and with more but less deep."""

    coarse: Solution
    middle: Solution
    fine: Solution
    shallow: Solution

    @property
    def gapless(self) -> bool:
        """True if v* does not jump: J² ∫P (dv*/dh)² = 1 puts the Hessian's soft end at zero."""
        return self.fine.C_jump == 0.0

    def limit_of(self, quantity: Callable[[Solution], float]) -> Limit:
        """A number's limit of many intervals and of infinite depth.

        What the intervals leave is of second order in their number, and its error is what one
        halving of them changes; of what depth leaves, e^(-s/2), half is in doubt.
        """
        coarse, middle, fine, shallow = (
            float(quantity(s)) for s in (self.coarse, self.middle, self.fine, self.shallow)
        )
        before, limit = ((4 * b - a) / 3 for a, b in ((coarse, middle), (middle, fine)))
        beyond = (middle - shallow) / math.expm1(SHALLOWER / 2)
        return Limit(limit + beyond, abs(limit - before) + abs(beyond) / 2)


@dataclass(frozen=True)
class _Start:
    """Where an iteration begins: C, q̂ and a at some s."""

    C: float
    q_hat: float
    s: Floats
    a: Floats

    @classmethod
    def of(cls, solution: Solution, scales: _Scales) -> _Start:
        a = np.log(solution.breakpoints) - asymptote(scales.middle)
        return cls(solution.C, solution.q_hat, scales.middle, a)


def applies(staircase: Solution, C: float) -> bool:
    """True at T = 0 for like sites without field and polarisation, if v* jumps at h = 0 at most."""
    model = staircase.model
    simple = staircase.temperature == 0 and model.symmetric and not model.random
    broken = staircase.p == 0 and staircase.rsb > 1 and staircase.status is Status.CONVERGED
    return simple and broken and all(jump.h == 0 for jump in GroundSite.of(model, C).jumps)


def resolved(staircase: Solution, C: float) -> Resolved | None:
    """Solutions at all resolutions, begun from a staircase; None if one does not converge.

    Parameters
    ----------
    staircase
        A solution for which ``applies``.
    C
        An estimate of C in the limit, which says whether v* jumps.
    """
    q = staircase.overlaps
    s = -np.log1p(-(q[1:] + q[:-1]) / (2 * staircase.q_hat))
    start = _Start(C, staircase.q_hat, s, np.log(staircase.breakpoints) - asymptote(s))
    # Where jumps begin, an estimate of C may see one that is not there, or miss one.
    jump = bool(GroundSite.of(staircase.model, C).jumps)
    first = _at_all_resolutions(staircase, start, jump=jump)
    return first or _at_all_resolutions(staircase, start, jump=not jump)


def _at_all_resolutions(staircase: Solution, start: _Start, *, jump: bool) -> Resolved | None:
    """None if a solution does not converge, or jumps where it should not."""
    depths = DEPTHS if jump else DEPTHS_WITHOUT_JUMP
    first, *more = INTERVALS
    tasks = [
        *((first, depth) for depth in depths),
        *((intervals, depths[-1]) for intervals in more),
        (INTERVALS[1], depths[-1] - SHALLOWER),
    ]
    found: list[Solution] = []
    for intervals, depth in tasks:
        scales = _Scales.of(intervals, depth, jump=jump)
        solution = _solve(staircase, scales, start)
        if solution is None or (solution.C_jump > 0) != jump:
            return None
        found.append(solution)
        start = _Start.of(solution, scales)
    return Resolved(*found[len(depths) - 1 :])


class _DivergedError(Exception):
    """An iteration has left the numbers."""


def _solve(staircase: Solution, scales: _Scales, start: _Start) -> Solution | None:
    """The solution on the given intervals; None if the iteration does not converge."""
    model, free = staircase.model, scales.free
    # Fields as dense as the last interval's Gaussian is wide.
    finest = model.J * float(np.sqrt(start.q_hat * scales.fractions[-1]))
    line = GradedLine(REACH * staircase.levels.reach, finest, POINTS)
    weight = np.exp(-scales.middle[free] / 4)
    a = np.interp(scales.middle[free], start.s, start.a)

    def flow_at(x: Floats) -> Flow:
        C, q_hat = np.exp(x[:2])
        y = np.exp(scales.log_y(x[2:] / weight))
        return flow(model, float(C), q_hat * scales.fractions, y, line)

    def lacks(x: Floats) -> Floats:
        mismatch = _mismatch(flow_at(x), free, weight)
        if not np.all(np.isfinite(mismatch)):
            raise _DivergedError
        return mismatch

    first = np.concatenate([np.log([start.C, start.q_hat]), weight * a])
    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            found = optimize.root(
                lacks,
                first,
                method="anderson",
                options={
                    "fatol": TOL,
                    "maxiter": ITERATIONS,
                    "line_search": None,
                    "jac_options": {"alpha": DAMPING, "M": MEMORY},
                },
            )
    except _DivergedError:
        return None
    residual = float(np.abs(found.fun).max())
    if not residual < TOL:
        return None
    levels = Continuum.of(flow_at(found.x))
    return Solution(levels, len(scales.fractions), residual, found.nit, Status.CONVERGED)


def _mismatch(flow: Flow, free: slice, weight: Floats) -> Floats:
    """Of ln C, ln q̂ and the free ln y times ``weight``."""
    rise = np.diff(flow.marginality) / (flow.model.J**2 * flow.gaps[1:])
    between = np.sqrt(flow.skewness[1:] * flow.skewness[:-1])
    of_y = (rise / (2 * flow.y[1:] * between))[: free.stop - 1]
    C = flow.C_reg + flow.C_jump
    q_hat = flow.gaps.sum()
    means = np.log([C / flow.C, flow.overlaps[-1] / q_hat])
    return np.concatenate([means, weight * of_y])
