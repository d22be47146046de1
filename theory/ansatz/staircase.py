"""First guesses: a staircase with one more step, cut from the last one.

A k-step solution is a staircase that follows q(y), the function of full replica-symmetry breaking.
Its jumps at y_l sit where q(y) passes the middle of each rise. In every model tried the rises
follow, to a few per cent, from the range 1 - D < q/q_k < 1 that q(y) covers (D = 1 without field
and polarisation):

    1 - q_l/q_k = D [(k - l)/(k + 1/2)]^e,   l = 0 … k.

Where v* jumps, q(y) approaches its limit as a power of y and e is 2 to 3; where it does not, q(y)
is nearly linear up to a last breakpoint and e is between 1 and 1.7. e varies little with k and l,
so it is taken from the last staircase; breakpoints follow by interpolation. All of this affects
where Newton's iteration starts, not where it ends.
"""

from __future__ import annotations

import numpy as np

from .._typing import Floats
from ..recursion.recursion import Order

STEEP, EVEN = 2.2, 1.3
"""e where v* jumps, and where it does not: where the first staircases start."""

LARGEST_M = 0.9
"""Guesses of m_k beyond this are bent back."""

SLOPE_BELOW, SLOPE_ABOVE = 0.95, 0.85
"""d ln y / d ln odds outside the breakpoints known: q ~ y at small y, 1 - q ~ y^-1.2 at large y."""

SLOPE_FROM_PLATEAU = 0.3
"""The same below, in a field or polarised: there q(y) is constant up to some y > 0."""


def refined(order: Order, rise: float, temperature: float, *, polarised: bool) -> Order:
    """A guess with one step more than a solution that has one or more."""
    k = order.rsb
    falls = 1 - order.q[:-1] / order.q[-1]
    places = (k - np.arange(k)) / (k + 0.5)
    depth = min(1.0, float(falls[0] / places[0] ** rise)) if polarised else 1.0
    exponents = np.log(falls / depth) / np.log(places)
    next_places = (k + 1 - np.arange(k + 1)) / (k + 1.5)
    next_exponents = np.interp(next_places, places[::-1], exponents[::-1])
    next_falls = np.append(next_places**next_exponents, 0.0)
    known = _middles(np.append(falls / depth, 0.0))
    C = order.C * (1 - 0.3 / (k + 1.5) ** 2)
    q = order.q[-1] * (1 - depth * next_falls)
    below = SLOPE_FROM_PLATEAU if polarised else SLOPE_BELOW
    y = _breakpoints(known, order.y, _middles(next_falls), below)
    y = below_beta(y, temperature)
    return Order(order.p, C, q, y)


def below_beta(y: Floats, temperature: float) -> Floats:
    """Breakpoints as they are if m = T y stays below LARGEST_M, else all bent to do so."""
    m = temperature * y
    if m.max(initial=0.0) < LARGEST_M:
        return y
    return np.asarray(y / (1 + m * (1 / LARGEST_M - 1 / m.max())))


def _middles(falls: Floats) -> Floats:
    return 1 - (falls[1:] + falls[:-1]) / 2


def _breakpoints(known: Floats, y: Floats, wanted: Floats, slope_below: float) -> Floats:
    """y where q(y) passes the fractions ``wanted`` of its range, from those known."""
    known, wanted = _log_odds(known), _log_odds(wanted)
    log_y = np.interp(wanted, known, np.log(y))
    log_y += slope_below * np.minimum(wanted - known[0], 0.0)
    log_y += SLOPE_ABOVE * np.maximum(wanted - known[-1], 0.0)
    return np.exp(log_y)


def _log_odds(fraction: Floats) -> Floats:
    return np.log(fraction / (1 - fraction))
