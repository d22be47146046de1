"""Integrated autocorrelation times, and error bars that are refused where a chain is too short.

    τ = 1 + 2 Σ_{t≥1} ρ(t),   error² = σ² τ/n,   n_eff = n/τ

for n measurements in all, ρ the normalised autocovariance. τ is in units of the time between two
measurements and 1 for independent ones. Several chains are taken about their common mean, so that
chains that sit apart count as slow (Wolff, Comput. Phys. Commun. 156, 143 (2004)).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import fft, special

from .._typing import Floats
from ..errors import ShapeError
from .jackknife import LIMIT

WINDOW = 3.0
"""The sum over ρ ends at the first lag M ≥ WINDOW max(τ(M), 1/τ(M)), Sokal's automatic window.

Of ρ = φ^t, where τ = (1 + φ)/(1 - φ), this leaves out e^(-6), a quarter of a per cent, whatever
the sign of φ; lags beyond would add noise only.
"""

LEAST_N_EFF = 50.0
"""Shorter chains get no error bar: τ itself is uncertain by √((4 WINDOW - 2)/n_eff), a half."""

CHANCE = math.erfc(LIMIT / math.sqrt(2.0))
"""Chains whose means lie as far apart as chance lets them this rarely, LIMIT σ, disagree."""


@dataclass(frozen=True)
class AutocorrelationTime:
    """τ ± error, summed up to lag ``window``; infinite where no window closes."""

    tau: float
    error: float
    window: int


@dataclass(frozen=True)
class Estimate:
    """A time average: mean ± error; the error is NaN, and ``reason`` says why, unless reliable."""

    mean: float
    error: float
    tau: float
    n_eff: float
    reliable: bool
    reason: str = ""

    def __str__(self) -> str:
        if not self.reliable:
            return f"{self.mean:.6g} (no error: {self.reason})"
        digits = max(0, 1 - math.floor(math.log10(self.error)))
        return f"{self.mean:.{digits}f} ± {self.error:.{digits}f} [τ {self.tau:.2g}]"


def as_chains(x: ArrayLike) -> Floats:
    """A series as (chain, time); (time,) is one chain.

    Raises
    ------
    ShapeError
        If it is neither, or has fewer than two times.
    """
    series = np.atleast_2d(np.asarray(x, dtype=np.float64))
    if series.ndim != 2 or series.shape[1] < 2:
        raise ShapeError(
            "a series must be (time,) or (chain, time) with two times or more, "
            f"got {np.shape(x)}: pass one sample and one temperature at a time"
        )
    return series


def autocovariance(x: ArrayLike) -> Floats:
    """A(t) = mean of (x_s - x̄)(x_{s+t} - x̄) over chains and the n_t pairs at lag t; (time,).

    By the fast Fourier transform, x̄ the mean of all chains together.
    """
    series = as_chains(x)
    chains, times = series.shape
    length = fft.next_fast_len(2 * times, real=True)
    spectrum = fft.rfft(series - series.mean(), length, axis=-1)
    sums = fft.irfft(np.sum(np.abs(spectrum) ** 2, axis=0), length)[:times]
    return np.asarray(sums / (chains * np.arange(times, 0, -1)))


def integrated_time(x: ArrayLike) -> AutocorrelationTime:
    """τ = 1 + 2 Σ_{t=1}^M A(t)/A(0) of (chain, time), and its error.

    The mean is estimated from the same data, which lowers every A(t), t = 0 included, by σ²τ/n on
    average; the factor 1 + (2M + 1 - τ)/n makes up for it. The error is τ √(2 (2M + 1 - τ)/n)
    (both Wolff, after Madras and Sokal, J. Stat. Phys. 50, 109 (1988)). NaN for a series that
    never moves.
    """
    series = as_chains(x)
    n = series.size
    if np.ptp(series) == 0.0:
        return AutocorrelationTime(math.nan, math.nan, 0)
    A = autocovariance(_of_order_one(series)[0])
    partial = 2.0 * np.cumsum(A / A[0]) - 1.0
    positive = np.maximum(partial, 1.0 / n)
    closed = np.flatnonzero(np.arange(len(A)) >= WINDOW * np.maximum(positive, 1.0 / positive))
    if not len(closed):
        return AutocorrelationTime(math.inf, math.inf, len(A) - 1)
    M = int(closed[0])
    tau = float(positive[M])
    # Positive, since M ≥ 3τ.
    relative = (2 * M + 1 - tau) / n
    return AutocorrelationTime(tau * (1.0 + relative), tau * math.sqrt(2.0 * relative), M)


def _of_order_one(series: Floats) -> tuple[Floats, int]:
    """The series over a power of two, which rounds nothing, and its exponent.

    Its range is then of order one: the squares of small numbers would vanish.
    """
    exponent = math.frexp(float(np.ptp(series)))[1]
    return np.ldexp(series, -exponent), exponent


def estimate(x: ArrayLike, least: float = LEAST_N_EFF) -> Estimate:
    """The mean of (chain, time) with its error √(σ²τ/n), or without one and a reason why.

    An error is refused where the series is not finite or never moves, where n < ``least`` τ, and
    where the chains' means differ by more than five of their own errors. One chain alone cannot
    know of a valley that it has never entered.
    """
    series = as_chains(x)
    mean = float(series.mean())
    if not np.all(np.isfinite(series)):
        return _refused(math.nan, math.nan, math.nan, "the series is not finite")
    time = integrated_time(series)
    if math.isnan(time.tau):
        return _refused(mean, math.nan, 0.0, "the series never moves")
    n_eff = series.size / time.tau
    if n_eff < least:
        found = f"only {n_eff:.0f} independent measurements where {least:.0f} are needed"
        return _refused(mean, time.tau, n_eff, f"{found}: run longer")
    scaled, exponent = _of_order_one(series)
    variance = float(scaled.var())
    if _apart(scaled.mean(axis=1), variance * time.tau / series.shape[1]):
        return _refused(mean, time.tau, n_eff, "the chains disagree: they sit in different valleys")
    return Estimate(
        mean, math.ldexp(math.sqrt(variance / n_eff), exponent), time.tau, n_eff, reliable=True
    )


def _refused(mean: float, tau: float, n_eff: float, reason: str) -> Estimate:
    return Estimate(mean, math.nan, tau, n_eff, reliable=False, reason=reason)


def _apart(means: Floats, variance: float) -> bool:
    """True if chain means of this variance differ by more than chance explains."""
    if len(means) < 2:
        return False
    chi2 = float(np.sum((means - means.mean()) ** 2)) / variance
    return bool(special.chdtrc(len(means) - 1, chi2) < CHANCE)
