"""Split R̂: do the halves of all chains look like draws from one distribution?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from .._typing import Floats
from ..errors import ShapeError

LARGEST_RHAT = 1.1
"""Beyond this chains disagree. Four half chains with 100 independent measurements reach it by
chance once in 2000 cases: R̂² - 1 = (F - 1)/25 with F of (3, ∞) degrees of freedom."""

FEWEST_TIMES = 4
"""Measurements of a chain that can be judged: two in each half."""


def split_rhat(x: ArrayLike) -> Floats:
    """R̂ = √(1 - 1/n + B/W) of the half chains of length n; (..., chain, time) -> (...).

    B is the variance of their means and W the mean of their variances (Gelman et al., Bayesian
    Data Analysis, 3rd ed.). Infinite where all halves stand still, but apart. NaN where all stand
    still at one value: that says nothing of whether they mix.

    Raises
    ------
    ShapeError
        If there is no (chain, time), or fewer than FEWEST_TIMES times.
    """
    return _rhat(_halves(x))


def ranked_rhat(x: ArrayLike) -> Floats:
    """The rank-normalised split R̂; (..., chain, time) -> (...).

    The larger of R̂ of the values and R̂ of their distances from the median, each replaced by its
    normal score, z = Φ⁻¹((rank - 3/8)/(n + 1/4)) among all chains: it sees heavy tails and chains
    that agree in their means but not in their spread (Vehtari et al., Bayesian Anal. 16, 667
    (2021)). Raises as ``split_rhat``.
    """
    halves = _halves(x)
    # Imported where it is needed: workers and `inspect` start faster without it.

    pooled = halves.reshape(*halves.shape[:-2], -1)
    folded = np.abs(halves - np.median(pooled, axis=-1)[..., None, None])
    # What stands still apart may all be equally far from the median: one of the two then knows.
    return np.asarray(np.fmax(_rhat(_scores(halves)), _rhat(_scores(folded))))


def largest(rhats: ArrayLike) -> Floats:
    """The R̂ of several quantities together, (quantity, ...) -> (...).

    The largest where chains disagree in one of them. Else NaN where one of them says nothing: no
    evidence from that one is no agreement.
    """
    values = np.asarray(rhats, dtype=np.float64)
    most = np.fmax.reduce(values, axis=0)
    silent = np.isnan(values).any(axis=0)
    return np.where(silent & ~(most > LARGEST_RHAT), np.nan, most)


def _halves(x: ArrayLike) -> Floats:
    """(..., chain, time) -> (..., 2 chain, time // 2); the middle of an odd number is left out."""
    series = np.asarray(x, dtype=np.float64)
    if series.ndim < 2 or series.shape[-1] < FEWEST_TIMES:
        raise ShapeError(f"R̂ needs (..., chain, time) with four times or more, got {series.shape}")
    half = series.shape[-1] // 2
    return np.concatenate([series[..., :half], series[..., -half:]], axis=-2)


def _rhat(halves: Floats) -> Floats:
    n = halves.shape[-1]
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        # Of what stands still, exactly: the mean of equal numbers differs from them by rounding.
        still = np.ptp(halves, axis=-1) == 0.0
        means = np.where(still, halves[..., 0], halves.mean(axis=-1))
        within = np.where(still, 0.0, halves.var(axis=-1, ddof=1)).mean(axis=-1)
        between = np.where(np.ptp(means, axis=-1) == 0.0, 0.0, means.var(axis=-1, ddof=1))
        return np.asarray(np.sqrt((n - 1) / n + between / within))


def _scores(halves: Floats) -> Floats:
    # Imported where it is needed: workers and `inspect` start faster without it.
    from scipy import stats

    pooled = halves.reshape(*halves.shape[:-2], -1)
    ranks = stats.rankdata(pooled, axis=-1, nan_policy="propagate")
    scores = special.ndtri((ranks - 0.375) / (pooled.shape[-1] + 0.25))
    return np.asarray(scores.reshape(halves.shape))
