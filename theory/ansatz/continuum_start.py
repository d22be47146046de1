"""Where the iteration for Parisi's equations begins: at a staircase, or at replica symmetry."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from .._typing import Floats
from ..recursion.intervals import stretched, unstretched
from ..recursion.path import Path
from .solution import Solution

SHALLOWEST, BEYOND = 2.0, 2.0
"""The depth where y hardly grows, and by how much it exceeds 2 ln[y(q_EA)/y(q_½)]."""

DEEPEST = 26.0
"""The largest depth."""

KNOTS, KNOTS_PER_UNIT = 8, 2.0
"""Numbers that y(q) is made of: so many, and more per unit of u."""

LAST_RISE = 1.6
"""y at q_EA over the last breakpoint of a staircase, roughly."""

FALL_OF_C = 0.97
"""C of the continuum over that of a staircase at T > 0, roughly."""

GAPS = (0.3, 0.1, 0.03, 0.01, 0.003)
"""(q_EA - q_0)/q_EA tried where there is no staircase, polarised or in a field."""


def of_staircase(staircase: Solution, depth: float, last: float) -> Path:
    """y(q) through the middles of a staircase's jumps."""
    q, y = staircase.overlaps, staircase.levels.order.y
    q_0 = float(q[0]) if staircase.p != 0.0 else 0.0
    C = staircase.C_reg if staircase.temperature == 0 else FALL_OF_C * staircase.C
    path = Path(staircase.p, C, q_0, float(q[-1]), depth, last, np.zeros(knots_at(depth)))
    s = -np.log1p(_middles(staircase) * np.expm1(-depth))
    a = np.log(y) - path.asymptote(s)
    return replace(path, values=np.interp(unstretched(path.knots), s, a))


def of_symmetry(symmetric: Solution) -> list[Path]:
    """Starts where RS is all there is: y from the expansion about the AT line.

        y = ∫P (g''')² / (2 ∫P (g'')³),

    constant in a field or polarised, else twice that at q_EA and falling with q. None where ⟨v⟩
    jumps.
    """
    y = _marginal(symmetric)
    if not (math.isfinite(y) and y > 0):
        return []
    q, depth, count = float(symmetric.overlaps[-1]), SHALLOWEST, knots_at(SHALLOWEST)
    path = Path(symmetric.p, symmetric.C, 0.0, q, depth, depth, np.zeros(count))
    s = unstretched(path.knots)
    if symmetric.p == 0.0:
        return [replace(path, values=math.log(2 * y) - s / 2)]
    starts = [replace(path, q_0=q * (1 - gap)) for gap in GAPS]
    return [replace(start, values=math.log(y) - start.asymptote(s)) for start in starts]


def depth_of_staircase(staircase: Solution) -> float:
    """The depth that the rise of its breakpoints suggests."""
    y = staircase.levels.order.y
    half = float(np.exp(np.interp(0.5, _middles(staircase), np.log(y))))
    return _depth(LAST_RISE * float(y[-1]) / half)


def smooth_shape(path: Path) -> tuple[int, float, float]:
    """Knots, depth and end of the knots that fit a y(q) that ends at q_EA."""
    half = -math.log1p(math.expm1(-path.depth) / 2)
    first, last = path.y(np.array([half, path.last]))
    depth = _depth(float(last / first))
    return knots_at(depth), depth, depth


def knots_at(depth: float) -> int:
    """Numbers that y(q) is made of."""
    return KNOTS + round(KNOTS_PER_UNIT * float(stretched(depth)))


def _depth(rise: float) -> float:
    return min(max(SHALLOWEST, BEYOND + 2 * math.log(rise)), DEEPEST)


def _middles(staircase: Solution) -> Floats:
    """(q - q_0)/(q_EA - q_0) in the middles of the jumps."""
    q = staircase.overlaps
    low = float(q[0]) if staircase.p != 0.0 else 0.0
    return np.asarray(((q[1:] + q[:-1]) / 2 - low) / (q[-1] - low))


def _marginal(symmetric: Solution) -> float:
    squared = cubed = 0.0
    for weight, part in symmetric.levels.parts:
        level, curvature = part.levels[-1], part.curvature
        if part.C_jump > 0 or len(level.h) < 2:
            return math.inf
        squared += weight * float(level.mass @ np.gradient(curvature, level.h) ** 2)
        cubed += weight * float(level.mass @ curvature**3)
    return squared / (2 * cubed)
