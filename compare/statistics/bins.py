"""Edges of bins that are wide enough to be divided by."""

from __future__ import annotations

import numpy as np

from .._typing import Floats

RESOLVED = 1e-12
"""Of the largest edge: nearer ones differ by rounding alone."""

NARROWEST = 1e-150
"""Of a bin: the density in it is finite, and so is its square."""


def told_apart(edges: Floats) -> Floats:
    """Ascending edges, without those that only rounding sets apart from the one below.

    Both ends stay, or a single edge where all are the same.

    >>> told_apart(np.array([0.0, 1.0, 1.0, 1.0 + 1e-15, 2.0]))
    array([0., 1., 2.])
    """
    ascending = np.unique(edges)
    kept = [ascending[0]]
    for edge in ascending[1:]:
        if edge - kept[-1] > least_width(ascending[0], ascending[-1]):
            kept.append(edge)
    if len(kept) > 1:
        kept[-1] = ascending[-1]
    return np.array(kept)


def least_width(low: float, high: float) -> float:
    """What a bin between these ends must at least be wide.

    >>> least_width(0.0, 2.0)
    2e-12
    """
    return max(RESOLVED * abs(low), RESOLVED * abs(high), NARROWEST)


def ends(low: float, high: float, bins: int) -> tuple[float, float]:
    """The ends as they are, or of an interval around one value, if bins between had no width.

    >>> ends(0.5, 2.0, bins=50), ends(0.5, 0.5, bins=50)
    ((0.5, 2.0), (0.5, 1.5))
    """
    if high - low > bins * least_width(low, high):
        return low, high
    return low, low + max(1.0, abs(low))
