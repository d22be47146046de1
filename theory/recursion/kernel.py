"""One step of the recursion, from the fields of one level to those of the next, as a matrix."""

from __future__ import annotations

from dataclasses import dataclass

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
"""Below this largest y g, or difference of it in one step, the step is taken relative to y = 0."""


class UnresolvedError(Exception):
    """Two overlaps are so close that their Gaussians cannot be resolved."""


@dataclass(frozen=True)
class Transition:
    """The step from level l-1, at fields h (n,), to level l, at the fields of a grid (m,)."""

    even: sparse.csr_array
    """W acting on even functions, (n, m)."""
    odd: sparse.csr_array
    """W acting on odd functions; the same off the fold."""
    g: Floats
    """g_{l-1} at h."""
    slope: Floats
    """g_{l-1}' = W g_l' at h."""
    gain: Floats
    """W g_l - g_{l-1} at h, which is not negative."""
    spread: Floats
    """W (g_l')² - (g_{l-1}')² at h, which is not negative."""


def transition(
    h: Floats, grid: SiteGrid, g: Floats, slope: Floats, y: float, variance: float
) -> Transition:
    """One step, from g_l and g_l' at the fields of ``grid``.

    Fields farther apart than the tilted Gaussian reaches are left out, which makes W banded.
    Exponents are taken relative to the largest of each row, so that nothing overflows however large
    y is. Where all of them are small, g_{l-1} and the gain are taken from what y g differs by
    from its mean: else they would carry rounding errors of 1e-16/y, and the gain, of second order
    in the width, would drown. The spread is summed as one of deviations for the same reason.

    Raises
    ------
    UnresolvedError
        If the band has more than MAX_ENTRIES.
    """
    reach = TAIL * np.sqrt(variance) + y * variance * grid.slope[-1]
    columns, starts = _windows(h, grid.h, reach)
    row = np.repeat(np.arange(len(h)), np.diff(starts))
    x, to, ahead = h[row], grid.h[columns], g[columns]
    distance = (x - to) ** 2 / (2 * variance)
    weight = grid.weight[columns] / np.sqrt(2 * np.pi * variance)
    exponent = y * ahead - distance
    largest = np.maximum.reduceat(exponent, starts[:-1])
    direct = np.exp(exponent - largest[row]) * weight
    shape = (len(h), len(grid.h))
    if grid.folded:
        mirror = np.exp(-2 * x * to / variance)
        sums = np.add.reduceat(direct * (1 + mirror), starts[:-1])
        direct /= sums[row]
        even = sparse.csr_array((direct * (1 + mirror), columns, starts), shape=shape)
        odd = sparse.csr_array((direct * (1 - mirror), columns, starts), shape=shape)
    else:
        sums = np.add.reduceat(direct, starts[:-1])
        direct /= sums[row]
        even = odd = sparse.csr_array((direct, columns, starts), shape=shape)
    slope_below = odd @ slope
    there, here = slope[columns], slope_below[row]
    spreads = direct * (there - here) ** 2
    if grid.folded:
        spreads += direct * mirror * (there + here) ** 2
    spread = np.add.reduceat(spreads, starts[:-1])
    if y * min(reach * grid.slope[-1], float(np.abs(g).max())) < SMALL_EXPONENT:
        plain = np.exp(-distance) * weight
        if grid.folded:
            plain *= 1 + mirror
        g_below, gain = _shallow(plain, ahead, y, row, starts[:-1])
    else:
        g_below = (largest + np.log(sums)) / y
        gain = even @ g - g_below
    return Transition(even, odd, g_below, slope_below, gain, spread)


def _shallow(
    plain: Floats, g: Floats, y: float, row: NDArray[np.int_], starts: NDArray[np.int_]
) -> tuple[Floats, Floats]:
    """g_{l-1} and the gain from a Gaussian's weights and y g - E[y g] = x, all entry by entry.

    With E over the Gaussian and n = E[e^x - 1 - x], g_{l-1} = E g + ln(1 + n)/y and the gain is
    E[x (e^x - 1)]/(1 + n) - ln(1 + n), over y.
    """
    plain = plain / np.add.reduceat(plain, starts)[row]
    mean = np.add.reduceat(plain * g, starts)
    x = y * (g - mean[row])
    left = np.add.reduceat(plain * x, starts)
    x -= left[row]
    grown = np.expm1(x)
    beyond = np.where(
        np.abs(x) < 0.01, x**2 * (0.5 + x * (1 / 6 + x * (1 / 24 + x / 120))), grown - x
    )
    n = np.add.reduceat(plain * beyond, starts)
    lifted = np.add.reduceat(plain * x * grown, starts)
    return mean + (left + np.log1p(n)) / y, (lifted / (1 + n) - np.log1p(n)) / y


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
