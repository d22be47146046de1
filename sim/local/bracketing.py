"""Roots of U' for a potential of which only value, slope and curvature are known.

U' is looked at on a grid, and between grid points at its extrema, which are roots of U''. So two
roots of U' are missed only if they, and two roots of U'', lie within one step of the grid.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..errors import SimulationError
from ..sample.rng import Floats
from .cavity_potential import CavityPotentials

STEPS = 512
"""Of the grid, from end to end."""

BEYOND = np.array([1.0, 1.5, 2.0, 3.0, 4.0])
"""U must rise, and ever faster, at these multiples of the grid's ends."""

DOUBLINGS = 60

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
    row, low, high = _changes(potentials.curvature(grid), grid)
    each = potentials[row]
    turning = bisect(lambda v: each.curvature(v[:, None])[:, 0], low, high)
    points = np.sort(np.concatenate([grid, _rows(row, turning, B)], axis=1), axis=1)
    row, low, high = _changes(potentials.slope(points), points)
    steps = potentials[row]
    roots = newton_or_bisect(
        lambda v: steps.slope(v[:, None])[:, 0],
        lambda v: steps.curvature(v[:, None])[:, 0],
        low,
        high,
    )
    return _rows(row, roots, B, least=3)


def _reach(potentials: CavityPotentials) -> Floats:
    """(B,) an end R of the grid, beyond which U only rises."""
    reach = np.ones(len(potentials))
    for _ in range(DOUBLINGS):
        v = reach[:, None] * BEYOND
        with np.errstate(over="ignore", invalid="ignore"):
            up, down = potentials.slope(v), -potentials.slope(-v)
        good = (up[:, 0] > 0) & (down[:, 0] > 0)
        good &= np.all(np.diff(up) > 0, axis=1) & np.all(np.diff(down) > 0, axis=1)
        good |= ~np.isfinite(up).all(axis=1)
        if good.all():
            return reach
        reach = np.where(good, reach, 2 * reach)
    raise SimulationError(
        "the on-site potential does not confine v: its slope must grow faster than v on both sides"
    )


def _changes(f: Floats, points: Floats) -> tuple[NDArray[np.intp], Floats, Floats]:
    """Rows, and ends of the steps, where f changes sign; zero counts as negative."""
    up = f > 0
    there = (up[:, 1:] != up[:, :-1]) & np.isfinite(points[:, 1:])
    row, step = np.nonzero(there)
    return row, points[row, step], points[row, step + 1]


def _rows(row: NDArray[np.intp], values: Floats, B: int, least: int = 0) -> Floats:
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
