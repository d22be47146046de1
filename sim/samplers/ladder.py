"""Ladders of temperatures: checked, spaced, and tuned to equal exchange rates."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .._typing import Floats
from ..backend.checks import require_at_least
from ..errors import SimulationError

LEAST_REJECTION = 0.01
"""Added to every rejection rate, so that one that was measured as zero does not tear a gap."""


def check(temperatures: Sequence[float] | Floats) -> Floats:
    """The temperatures as an array, (T,), coldest first.

    Raises
    ------
    SimulationError
        If there is none, one is not positive and finite, or they do not increase.
    """
    values = np.asarray(temperatures, dtype=np.float64)
    if values.ndim != 1 or len(values) == 0:
        raise SimulationError("temperatures must be a list of at least one number")
    if not np.all(np.isfinite(values)) or values[0] <= 0.0:
        raise SimulationError(f"temperatures must be positive and finite, got {values.tolist()}")
    if np.any(np.diff(values) <= 0.0):
        raise SimulationError(
            f"temperatures must increase from the coldest to the hottest: got {values.tolist()}"
        )
    return values


def geometric(coldest: float, hottest: float, count: int) -> Floats:
    """``count`` temperatures at equal ratios: even exchange rates where the heat capacity is flat.

    Raises
    ------
    SimulationError
        If count < 2, or coldest does not lie below hottest.
    """
    require_at_least(2, count=count)
    return check(np.geomspace(coldest, hottest, count))


def barrier(rejection: Floats) -> float:
    """The communication barrier Λ ≈ Σ_k r_k, r_k the rejection rate between k and k + 1.

    It belongs to the model and to the two ends; the ladder in between hardly matters as long as
    no r_k is near one (S. Syed et al., J. R. Stat. Soc. B 84, 321 (2022), §4).
    """
    return float(np.sum(rejection))


def count_for(communication_barrier: float) -> int:
    """The number of temperatures, 2Λ + 1, that makes round trips per unit of work most frequent.

    Every r_k is then a half (Syed et al., §5.3).
    """
    return max(math.ceil(2.0 * communication_barrier) + 1, 2)


def equalised(temperatures: Floats, rejection: Floats, count: int) -> Floats:
    """``count`` temperatures between the same ends with equal shares of the barrier.

    The measured r_k give the barrier Λ(T) from the coldest up to T at the old temperatures;
    between them it is interpolated monotonically in ln T.
    """
    if len(temperatures) < 2:
        return temperatures
    # Imported where it is needed: workers and `inspect` start faster without it.
    from scipy.interpolate import PchipInterpolator

    rises = rejection + LEAST_REJECTION
    climbed = np.concatenate([[0.0], np.cumsum(rises)])
    log_T = PchipInterpolator(climbed, np.log(temperatures))
    tuned = np.exp(log_T(np.linspace(0.0, climbed[-1], count)))
    tuned[0], tuned[-1] = temperatures[0], temperatures[-1]
    return check(tuned)
