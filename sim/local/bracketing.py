"""Roots of U' for a potential of which only value, slope and curvature are known.

U' is looked at on a grid, and between grid points at its extrema, which are roots of U''. So two
roots of U' are missed only if they, and two roots of U'', lie within one step of the grid, or if
between them U' does not rise above what rounding makes of it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .._typing import Bools, Floats, Indices
from ..errors import SimulationError
from ..sample.scales import DOUBLE
from .cavity_potential import CavityPotentials

STEPS = 512
"""Of the grid, from end to end."""

OCTAVE = np.geomspace(1.0, 2.0, 13)
"""Where between R and 2R it is seen whether U rises, and ever faster."""

FARTHEST, HALVINGS = 2.0**30, 110
"""Stationary points lie within |v| < FARTHEST, and are told apart down to 1e-24."""

ITERATIONS = 100
"""Bisections that no float outlasts, and Newton steps are faster."""

CHUNK = 2000
"""Potentials looked at together."""


def roots_between(potentials: CavityPotentials) -> Floats:
    """All roots of U' of every potential, ascending, (B, 2P + 1); NaN beyond the last.

    Raises
    ------
    SimulationError
        If a potential does not rise on both sides, so that v is not confined.
    """
    parts = []
    for start in range(0, len(potentials), CHUNK):
        part = potentials[np.arange(start, min(start + CHUNK, len(potentials)))]
        parts.append(_roots(part))
    widest = max(part.shape[1] for part in parts)
    return np.concatenate(
        [
            np.pad(part, ((0, 0), (0, widest - part.shape[1])), constant_values=np.nan)
            for part in parts
        ]
    )


def _roots(potentials: CavityPotentials) -> Floats:
    B = len(potentials)
    grid = _reach(potentials)[:, None] * np.linspace(-1.0, 1.0, STEPS + 1)
    row, low, high = _changes(potentials.curvature(grid), 0.0, grid)
    each = potentials[row]
    turning = bisect(lambda v: each.curvature(v[:, None])[:, 0], low, high)
    points = np.sort(np.concatenate([grid, _rows(row, turning, B)], axis=1), axis=1)
    row, low, high = _changes(potentials.slope(points), _rounding(potentials, points), points)
    steps = potentials[row]
    roots = newton_or_bisect(
        lambda v: steps.slope(v[:, None])[:, 0],
        lambda v: steps.curvature(v[:, None])[:, 0],
        low,
        high,
    )
    return _rows(row, roots, B, least=3)


def _reach(potentials: CavityPotentials) -> Floats:
    """(B,) the end R of the grid: from FARTHEST on by halves, as long as U only rises beyond."""
    reach = np.full(len(potentials), FARTHEST)
    rising = _rises_beyond(potentials, reach)
    if not rising.all():
        raise SimulationError(
            "the on-site potential does not confine v: its slope must grow faster than v on both "
            "sides"
        )
    for _ in range(HALVINGS):
        rising &= _rises_beyond(potentials, reach / 2)
        if not rising.any():
            break
        reach = np.where(rising, reach / 2, reach)
    return reach


def _rises_beyond(potentials: CavityPotentials, reach: Floats) -> Bools:
    """Whether U rises outwards, and ever faster, from ±R to ±2R; infinity counts as rising."""
    found = np.ones(len(reach), dtype=bool)
    for v in (reach[:, None] * OCTAVE, -reach[:, None] * OCTAVE):
        with np.errstate(over="ignore", invalid="ignore"):
            rise = np.sign(v[:, :1]) * potentials.slope(v)
            known = rise[:, 0] > 2 * _rounding(potentials, v[:, :1])[:, 0]
            found &= known | np.isposinf(rise[:, 0])
            found &= ~(np.diff(rise) <= 0).any(axis=1)
    return found


def _changes(f: Floats, noise: Floats | float, points: Floats) -> tuple[Indices, Floats, Floats]:
    """Rows, and ends of the intervals, where f changes sign; points with |f| ≤ noise are left out.

    The first point must not be one of these.
    """
    with np.errstate(invalid="ignore"):
        sign = np.where(np.abs(f) > noise, np.sign(f), 0.0)
    known = np.maximum.accumulate(np.where(sign != 0, np.arange(f.shape[1]), 0), axis=1)
    sign = np.take_along_axis(sign, known, axis=1)
    row, step = np.nonzero(sign[:, 1:] * sign[:, :-1] < 0)
    return row, points[row, known[row, step]], points[row, step + 1]


def _rounding(potentials: CavityPotentials, v: Floats) -> Floats:
    """The error of U' that rounding may make, at v (B, n)."""
    linear = np.abs(potentials.h[:, None]) + 2 * np.abs(potentials.C[:, None] * v)
    return np.asarray(8 * DOUBLE * (linear + np.abs(potentials.slope(v))))


def _rows(row: Indices, values: Floats, B: int, least: int = 0) -> Floats:
    """Values by row, in their order, (B, n); NaN where a row has fewer. ``row`` ascends."""
    number = np.bincount(row, minlength=B)
    place = np.arange(len(row)) - np.searchsorted(row, row, side="left")
    found = np.full((B, max(least, int(number.max()))), np.nan)
    found[row, place] = values
    return found


def bisect(function: Callable[[Floats], Floats], low: Floats, high: Floats) -> Floats:
    """One change of sign in each interval, to rounding."""
    up = function(high) > 0
    for _ in range(ITERATIONS):
        middle = (low + high) / 2
        beyond = (function(middle) > 0) == up
        low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
        if np.all(high - low <= 2e-16 * np.abs(low + high)):
            break
    return np.asarray((low + high) / 2)


def newton_or_bisect(
    function: Callable[[Floats], Floats],
    derivative: Callable[[Floats], Floats],
    low: Floats,
    high: Floats,
) -> Floats:
    """The same by Newton's method where a step stays inside, else by bisection."""
    up = function(high) > 0
    v = (low + high) / 2
    for _ in range(ITERATIONS):
        value = function(v)
        beyond = (value > 0) == up
        low, high = np.where(beyond, low, v), np.where(beyond, v, high)
        with np.errstate(divide="ignore", invalid="ignore"):
            newton = v - value / derivative(v)
        following = np.where((newton >= low) & (newton <= high), newton, (low + high) / 2)
        done = np.abs(following - v) <= 4e-16 * np.abs(v)
        v = following
        if np.all(done | (value == 0)):
            break
    return v
