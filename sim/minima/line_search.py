"""How far along a line: a minimum of U for every column at once.

Newton's method within a bracket: on its left U falls and is below its start, on its right it rises
or is above, so that what lies between is a minimum that is below the start.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from .._typing import Array
from ..sample.sites import AnyModel

LINE_STEPS = 12
LINE_ACCURACY = 0.1
"""A line is minimised once its slope has fallen by this: 1e-3 saves no iteration (γ = 10,
N = 256), as Newton's first step is exact enough by itself where the end is near."""

FARTHEST = 2.0
"""Of the first step, in amplitudes of the site that moves most: beyond, G may be out of numbers."""

STEEP = 1.0
"""Newton's steps are for slopes up to this part of the first: down the wall of an exponential they
would go by one of its lengths at a time."""

ROUNDING = 8.0
"""Of a sum of energies, in units of the precision and of its terms: a rise below it is none."""


def line_minimum(xp: Any, line: Sequence[Array]) -> Array:
    """A minimum s > 0 of a polynomial that falls at first and rises in the end, per column.

    Parameters
    ----------
    line
        (S, R) coefficients of the slope, c_0 + c_1 s + …, c_0 < 0 and the last positive.

    Returns
    -------
    (S, R) s; the slope there is a tenth of the first or less, save where 12 steps were not enough.
    """
    one = xp.ones_like(line[0])
    curved = line[1] > 0.0
    leading = xp.where(line[-1] > 0.0, line[-1], one)
    # A column that has ended and moves on with others may see no fall at all.
    fall = xp.where(line[0] < 0.0, -line[0], 0.0 * one)
    far = xp.pow(fall / leading, one / (len(line) - 1))
    s = xp.where(curved, -line[0] / xp.where(curved, line[1], one), far)
    return _bracketed(xp, partial(_polynomial, line), line[0], s)


def general_minimum(
    xp: Any, model: AnyModel, v: Array, F: Array, d: Array, Jd: Array, longest: float
) -> Array:
    """The same of U(v + s d), with G evaluated at every s that is tried.

    Parameters
    ----------
    v, F, d, Jd
        (S, N, R) displacements, forces, directions downhill, and their products.
    longest
        About the amplitude of a site.

    Returns
    -------
    (S, R) s.
    """
    G, gamma = model.G, model.gamma
    onsite, pull = G.value(v) / gamma, G.slope(v) / gamma
    first = -xp.sum(d * F, axis=-2)
    bends = -xp.sum(d * Jd, axis=-2)
    falls = first - xp.sum(d * pull, axis=-2)
    noise = ROUNDING * float(xp.finfo(v.dtype).eps) * xp.sum(xp.abs(onsite), axis=-2)

    def line(s: Array) -> tuple[Array, Array, Array]:
        x = v + s[..., None, :] * d
        slope = first + bends * s + xp.sum(d * (G.slope(x) / gamma - pull), axis=-2)
        bend = bends + xp.sum(d * d * G.curvature(x) / gamma, axis=-2)
        rise = (falls + 0.5 * bends * s) * s + xp.sum(G.value(x) / gamma - onsite, axis=-2)
        return slope, bend, xp.where(xp.abs(rise) > noise, rise, 0.0 * rise)

    bend = bends + xp.sum(d * d * G.curvature(v) / gamma, axis=-2)
    one = xp.ones_like(first)
    most = xp.max(xp.abs(d), axis=-2)
    far = FARTHEST * longest / xp.where(most > 0.0, most, one)
    curved = bend > 0.0
    newton = -first / xp.where(curved, bend, one)
    s = xp.where(curved & (newton < far), newton, far)
    return _bracketed(xp, line, first, s, steepest=STEEP)


def _bracketed(
    xp: Any,
    line: Callable[[Array], tuple[Array, Array, Array]],
    first: Array,
    s: Array,
    steepest: float = math.inf,
) -> Array:
    """A minimum of each line, from its slope at zero and a first guess.

    ``line`` gives the slope, its derivative, and the rise from the start. Newton's method is used
    where the slope is below ``steepest`` times the first, bisection elsewhere.
    """
    zero, one = 0.0 * first, xp.ones_like(first)
    low, high = zero, zero + float("inf")
    for _ in range(LINE_STEPS):
        slope, bend, rise = line(s)
        right = (slope > 0.0) | (rise > 0.0)
        low, high = xp.where(right, low, s), xp.where(right, s, high)
        good = (xp.abs(slope) <= -LINE_ACCURACY * first) & (rise <= 0.0)
        if bool(xp.all(good)):
            return s
        newton = s - slope / xp.where(bend > 0.0, bend, one)
        inside = (bend > 0.0) & (newton > low) & (newton < high)
        if steepest < math.inf:
            inside = inside & (slope <= -steepest * first)
        bounded = xp.isfinite(high)
        middle = xp.where(bounded, 0.5 * (low + xp.where(bounded, high, zero)), 2.0 * s)
        s = xp.where(good, s, xp.where(inside, newton, middle))
    _, _, rise = line(s)
    return xp.where(rise <= 0.0, s, low)


def _polynomial(line: Sequence[Array], s: Array) -> tuple[Array, Array, Array]:
    """The slope, its derivative, and the polynomial itself from its start."""
    slope, bend, rise = line[-1], 0.0 * s, line[-1] / len(line)
    for k in range(len(line) - 2, -1, -1):
        bend = bend * s + slope
        slope = slope * s + line[k]
        rise = rise * s + line[k] / (k + 1)
    return slope, bend, rise * s
