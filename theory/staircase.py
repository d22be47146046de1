"""First guesses: a staircase with one more step, cut from the last one.

A k-step solution is a staircase that follows q(y), the function of full replica-symmetry breaking.
Its jumps at y_l sit where q(y) passes the middle of each rise. The rises follow

    (q_k - q_l)/(q_k - q_0) = (1 - l/k)^r

with r = 1 where q(y) is linear up to a last breakpoint, as near T_g, and r = 2.6 at T = 0 where v*
jumps and q(y) approaches its limit as a power of y; in between r is read off the last staircase.
So the overlaps of the next one are known, and its breakpoints follow by interpolation.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .rsb import Order

Floats = NDArray[np.float64]

LINEAR_RISE, POWER_RISE = 1.0, 2.6
"""The exponent r at both ends: fits to solutions; they affect where Newton starts, not the end."""

SLOPE_BELOW, SLOPE_ABOVE = 0.95, 0.85
"""d ln y / d ln odds outside the breakpoints known: q ~ y at small y, 1 - q ~ y^-1.2 at large y."""


def rise_of(order: Order) -> float:
    """The exponent r of a staircase with two steps or more."""
    heights = (order.q[1:-1] - order.q[0]) / (order.q[-1] - order.q[0])
    place = np.arange(1, order.rsb) / order.rsb
    return float(np.clip(np.mean(np.log1p(-heights) / np.log1p(-place)), 0.7, 3.5))


def refined(order: Order, rsb: int, rise: float) -> Order:
    """A guess with ``rsb`` steps from a solution with one or more."""
    heights = 1 - (1 - np.arange(rsb + 1) / rsb) ** rise
    span = order.q[-1] - order.q[0]
    known = (order.q[1:] + order.q[:-1] - 2 * order.q[0]) / (2 * span)
    wanted = (heights[1:] + heights[:-1]) / 2
    power = np.clip((rise - LINEAR_RISE) / (POWER_RISE - LINEAR_RISE), 0.0, 1.0)
    inside = (wanted >= known[0]) & (wanted <= known[-1])
    weight = np.where(inside, min(2 * power, 1.0), power)
    log_y = (1 - weight) * _linear(known, order.y, wanted) + weight * _power(known, order.y, wanted)
    y = np.exp(log_y)
    C = order.C * (1 - 0.3 * power / rsb**2)
    return Order(order.p, C, order.q[0] + span * heights, y)


def _linear(known: Floats, y: Floats, wanted: Floats) -> Floats:
    """ln y for a q(y) that is linear outside the breakpoints known."""
    inside = np.interp(wanted, known, y)
    below, above = wanted < known[0], wanted > known[-1]
    inside[below] = y[0] * wanted[below] / known[0]
    inside[above] = y[-1] * wanted[above] / known[-1]
    return np.asarray(np.log(inside))


def _power(known: Floats, y: Floats, wanted: Floats) -> Floats:
    """ln y for a q(y) that follows power laws outside the breakpoints known."""
    known, wanted = _log_odds(known), _log_odds(wanted)
    log_y = np.interp(wanted, known, np.log(y))
    log_y += SLOPE_BELOW * np.minimum(wanted - known[0], 0.0)
    log_y += SLOPE_ABOVE * np.maximum(wanted - known[-1], 0.0)
    return np.asarray(log_y)


def _log_odds(fraction: Floats) -> Floats:
    return np.asarray(np.log(fraction / (1 - fraction)))
