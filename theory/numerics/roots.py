"""Roots of monotone functions between two bounds, for all elements of an array at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .._typing import Floats

ITERATIONS = 200
"""More than bisection of any two numbers can take."""


def bracketed_root(
    function: Callable[[Floats], Floats],
    slope: Callable[[Floats], Floats],
    low: Floats,
    high: Floats,
) -> Floats:
    """The root of a function that is monotone between ``low`` and ``high``, elementwise.

    Where it has one sign on the whole interval the nearer end is returned; NaN for NaN.
    """
    rising = function(high) > function(low)
    v = (low + high) / 2
    width = np.abs(high - low)
    for _ in range(ITERATIONS):
        value = function(v)
        above = (value > 0) == rising
        high, low = np.where(above, v, high), np.where(above, low, v)
        with np.errstate(divide="ignore", invalid="ignore"):
            newton = v - value / slope(v)
        inside = (newton > low) & (newton < high)
        new = np.where(inside, newton, (low + high) / 2)
        step = np.abs(new - v)
        v = new
        if not np.any(step > 4e-16 * (width + np.abs(v))):
            break
    return v


def inverse(function: Callable[[Floats], Floats], x: Floats, left: float, right: float) -> Floats:
    """Where a monotone function of one variable passes each x, clipped to [left, right].

    Chandrupatla's method (Adv. Eng. Softw. 28, 145 (1997)): inverse quadratic interpolation where
    the last three points promise it to work, else bisection.
    """
    ends = function(np.array([left, right]))
    wanted = np.clip(x, ends.min(), ends.max())
    a, b = np.full(x.shape, left), np.full(x.shape, right)
    f_a, f_b = ends[0] - wanted, ends[1] - wanted
    c, f_c = a, f_a
    t = np.full(x.shape, 0.5)
    for _ in range(ITERATIONS):
        new = a + t * (b - a)
        f_new = function(new) - wanted
        same = np.sign(f_new) == np.sign(f_a)
        c, f_c = np.where(same, a, b), np.where(same, f_a, f_b)
        b, f_b = np.where(same, b, a), np.where(same, f_b, f_a)
        a, f_a = new, f_new
        best = np.where(np.abs(f_a) < np.abs(f_b), a, b)
        tolerance = 2e-16 * (np.abs(best) + abs(right - left)) / np.maximum(np.abs(b - a), 1e-300)
        settled = (tolerance > 0.5) | (np.minimum(np.abs(f_a), np.abs(f_b)) == 0.0)
        if settled.all():
            break
        with np.errstate(divide="ignore", invalid="ignore"):
            xi, phi = (a - b) / (c - b), (f_a - f_b) / (f_c - f_b)
            good = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi)
            step = f_a / (f_b - f_a) * f_c / (f_b - f_c)
            step += (c - a) / (b - a) * f_a / (f_c - f_a) * f_b / (f_c - f_b)
        t = np.where(good, step, 0.5)
        t = np.clip(t, np.minimum(tolerance, 0.5), np.maximum(1 - tolerance, 0.5))
    return np.asarray(best)
