"""Does a run still drift? Averages over logarithmic bins of time from its start."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .._typing import Floats
from ..errors import ShapeError
from .jackknife import Average, average
from .rhat import FEWEST_TIMES


@dataclass(frozen=True)
class Drift:
    """The history of one quantity: ``bins`` of times, earliest first, and an average in each.

    ``change`` is the last bin minus the one before, sample by sample: the second quarter and the
    second half of the run. A run has stopped drifting where that change is noise.
    """

    bins: tuple[slice, ...]
    averages: tuple[Average, ...]
    change: Average

    @property
    def z(self) -> Floats:
        """The last change in its own errors, (T,)."""
        return self.change.z()


def logarithmic_bins(times: int) -> tuple[slice, ...]:
    """[0, n/2^b), …, [n/4, n/2), [n/2, n) with n the number of times, down to single times.

    Raises
    ------
    ShapeError
        If there are fewer than four times, and so no two bins to compare.
    """
    if times < FEWEST_TIMES:
        raise ShapeError(f"logarithmic bins need four measurements or more, got {times}")
    edges = [times]
    while edges[-1] > 1:
        edges.append(edges[-1] // 2)
    ends = [0, *reversed(edges)]
    return tuple(slice(low, high) for low, high in pairwise(ends))


def drift(series: Floats) -> Drift:
    """The drift of a series (S, T, chain, time), averaged over chains and samples; (T,) a bin.

    Raises
    ------
    ShapeError
        If the shape is another, or there are fewer than four times.
    """
    if series.ndim != 4:
        raise ShapeError(f"a drift needs a series (S, T, chain, time), got {series.shape}")
    bins = logarithmic_bins(series.shape[-1])
    # About the first measurement: what stands still has means without rounding, and no change.
    first = series[..., :1]
    with np.errstate(invalid="ignore"):
        moved = series - first
        per_sample = [
            (first[..., 0] + moved[..., times].mean(axis=-1)).mean(axis=-1) for times in bins
        ]
    change = average(per_sample[-1] - per_sample[-2])
    return Drift(bins, tuple(average(x) for x in per_sample), change)
