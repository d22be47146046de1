"""One step of the recursion, from the fields of one level to those of the next, as a matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .._typing import Floats
from ..site.ground import SiteGrid

TAIL = 8.5
"""Gaussians are cut at this many standard deviations, where 2e-17 of them is left."""

MAX_ENTRIES = 2_000_000
"""Largest band of a transition matrix, 16 MB; what needs more is refused, not approximated."""

SMALL_EXPONENT = 1.0
"""Below this largest y g the step from g_l to g_{l-1} is taken relative to y = 0."""


class UnresolvedError(Exception):
    """Two overlaps are so close that their Gaussians cannot be resolved."""


def transition(
    h: Floats, grid: SiteGrid, g: Floats, y: float, variance: float
) -> tuple[sparse.csr_array, sparse.csr_array, Floats]:
    """W acting on even functions, W acting on odd functions, and g_{l-1} at the fields h.

    Off the fold both are W. Fields farther apart than the tilted Gaussian reaches are left out,
    which makes W banded. Exponents are taken relative to the largest of each row, so that nothing
    overflows however large y is; where all of them are small, g_{l-1} is taken from E[e^{y g} - 1],
    or it would carry a rounding error of 1e-16/y.

    Raises
    ------
    UnresolvedError
        If the band has more than MAX_ENTRIES.
    """
    reach = TAIL * np.sqrt(variance) + y * variance * grid.slope[-1]
    columns, starts = _windows(h, grid.h, reach)
    row = np.repeat(np.arange(len(h)), np.diff(starts))
    x, to = h[row], grid.h[columns]
    distance = (x - to) ** 2 / (2 * variance)
    weight = grid.weight[columns] / np.sqrt(2 * np.pi * variance)
    exponent = y * g[columns] - distance
    largest = np.maximum.reduceat(exponent, starts[:-1])
    direct = np.exp(exponent - largest[row]) * weight
    mirror = np.exp(-2 * x * to / variance) if grid.folded else np.zeros(())
    even, odd = direct * (1 + mirror), direct * (1 - mirror)
    norm = np.add.reduceat(even, starts[:-1])
    if y * np.abs(g).max() < SMALL_EXPONENT:
        kernel = np.exp(-distance) * weight * (1 + mirror)
        grown = np.add.reduceat(kernel * np.expm1(y * g[columns]), starts[:-1])
        g_below = np.log1p(grown / np.add.reduceat(kernel, starts[:-1])) / y
    else:
        g_below = (largest + np.log(norm)) / y
    shape = (len(h), len(grid.h))
    matrices = [
        sparse.csr_array((values / norm[row], columns, starts), shape=shape)
        for values in (even, odd)
    ]
    return matrices[0], matrices[1], g_below


def gaussian(distance: Floats, variance: float, exponent: Floats) -> Floats:
    """Normal density of ``distance`` times exp(exponent), as one exponential."""
    return np.asarray(
        np.exp(exponent - distance**2 / (2 * variance)) / np.sqrt(2 * np.pi * variance)
    )


def _windows(h: Floats, to: Floats, reach: float) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Indices of the fields ``to`` within ``reach`` of each h, row after row, and rows' starts."""
    first = np.minimum(np.searchsorted(to, h - reach), len(to) - 1)
    last = np.maximum(np.searchsorted(to, h + reach), first + 1)
    starts = np.concatenate([[0], np.cumsum(last - first)])
    if starts[-1] > MAX_ENTRIES:
        raise UnresolvedError(f"a transition between {len(h)} and {len(to)} fields")
    columns = np.arange(starts[-1]) - np.repeat(starts[:-1] - first, last - first)
    return columns, starts
