"""First guesses: a staircase with one more step, cut from the last one.

A k-step solution is a staircase that follows q(y), the function of full replica-symmetry breaking.
Its jumps at y_l sit where q(y) passes the middle of each rise. Where v* jumps, q(y) approaches its
limit as a power of y, and the rises follow (to a few per cent for γ from 1 to 100 and k up to 8)

    (q_k - q_l)/(q_k - q_0) = (1 - l/k)^2.6;

where it does not, q(y) is nearly linear up to a last breakpoint and the rises are equal. So the
overlaps of the next staircase are known, and its breakpoints follow by interpolation.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .rsb import Order

Floats = NDArray[np.float64]

RISE = 2.6
"""Exponent of the rises, a fit to solutions; it affects where Newton starts, not where it ends."""

EQUAL_RISES = 1.0
"""The exponent for a q(y) that is linear."""

SLOPE_BELOW, SLOPE_ABOVE = 0.95, 0.85
"""d ln y / d ln odds outside the breakpoints known: q ~ y at small y, 1 - q ~ y^-1.2 at large y."""


def refined(order: Order, rsb: int, rise: float = RISE) -> Order:
    """A guess with ``rsb`` steps from a solution with one or more; ``rise`` matters after one."""
    span = order.q[-1] - order.q[0]
    heights = _heights((order.q - order.q[0]) / span, rsb, rise)
    known = (order.q[1:] + order.q[:-1] - 2 * order.q[0]) / (2 * span)
    wanted = (heights[1:] + heights[:-1]) / 2
    y = _linear(known, order.y, wanted) if rise == EQUAL_RISES else _power(known, order.y, wanted)
    C = order.C * (1 - 0.3 / rsb**2)
    return Order(order.p, C, order.q[0] + span * heights, y)


def _heights(known: Floats, rsb: int, rise: float) -> Floats:
    """(q_l - q_0)/(q_k - q_0) of the next staircase, with the shape of the last one.

    The exponent in 1 - height = (1 - l/k)^exponent varies little with l/k and less with k.
    """
    place = np.arange(rsb + 1) / rsb
    steps = len(known) - 1
    exponent = np.full(rsb - 1, rise)
    if steps > 1:
        inner = np.arange(1, steps) / steps
        exponent = np.interp(place[1:-1], inner, np.log1p(-known[1:-1]) / np.log1p(-inner))
    return np.concatenate([[0.0], 1 - (1 - place[1:-1]) ** exponent, [1.0]])


def _linear(known: Floats, y: Floats, wanted: Floats) -> Floats:
    """Breakpoints of a q(y) that is linear outside those known."""
    inside = np.interp(wanted, known, y)
    below, above = wanted < known[0], wanted > known[-1]
    inside[below] = y[0] * wanted[below] / known[0]
    inside[above] = y[-1] * wanted[above] / known[-1]
    return inside


def _power(known: Floats, y: Floats, wanted: Floats) -> Floats:
    """Breakpoints of a q(y) that follows power laws outside those known."""
    known, wanted = _log_odds(known), _log_odds(wanted)
    log_y = np.interp(wanted, known, np.log(y))
    log_y += SLOPE_BELOW * np.minimum(wanted - known[0], 0.0)
    log_y += SLOPE_ABOVE * np.maximum(wanted - known[-1], 0.0)
    return np.exp(log_y)


def _log_odds(fraction: Floats) -> Floats:
    return np.log(fraction / (1 - fraction))
