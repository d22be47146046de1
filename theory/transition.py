"""One step of the recursion, from the fields of one level to those of the next, as a matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .singlesite import SiteGrid

Floats = NDArray[np.float64]

SMALL_EXPONENT = 1.0
"""Below this largest y g the step from g_l to g_{l-1} is taken relative to y = 0."""


def transition(
    h: Floats, grid: SiteGrid, g: Floats, y: float, variance: float
) -> tuple[Floats, Floats, Floats]:
    """W acting on even functions, W acting on odd functions, and g_{l-1} at the fields h.

    Off the fold both are W. Exponents are taken relative to the largest of each row, so that
    nothing overflows however large y is; where all of them are small, g_{l-1} is taken from
    E[e^{y g} - 1], or it would carry a rounding error of 1e-16/y.
    """
    distance = (h[:, None] - grid.h) ** 2 / (2 * variance)
    exponent = y * g - distance
    largest = exponent.max(axis=1, keepdims=True)
    weight = grid.weight / np.sqrt(2 * np.pi * variance)
    direct = np.exp(exponent - largest) * weight
    mirror = np.exp(-2 * h[:, None] * grid.h / variance) if grid.folded else np.zeros(())
    even, odd = direct * (1 + mirror), direct * (1 - mirror)
    norm = even.sum(axis=1, keepdims=True)
    if y * np.abs(g).max() < SMALL_EXPONENT:
        kernel = np.exp(-distance) * weight * (1 + mirror)
        g_below = np.log1p(kernel @ np.expm1(y * g) / kernel.sum(axis=1)) / y
    else:
        g_below = ((largest + np.log(norm)) / y)[:, 0]
    return even / norm, odd / norm, g_below


def gaussian(distance: Floats, variance: float, exponent: Floats) -> Floats:
    """Normal density of ``distance`` times exp(exponent), as one exponential."""
    return np.asarray(
        np.exp(exponent - distance**2 / (2 * variance)) / np.sqrt(2 * np.pi * variance)
    )
