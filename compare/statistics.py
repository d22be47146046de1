"""Disorder averages with bootstrap errors.

Samples are resampled, never sites: the sites of one sample share its couplings. Everything
measured is a ratio of sums over samples, Σ_s x_s / Σ_s w_s, so that one matrix of resampling
weights serves all quantities of a size, and their errors are those of one common resampling.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .errors import CompareError

Floats = NDArray[np.float64]

FEWEST_SAMPLES = 8
"""A bootstrap of fewer samples underestimates its own spread by 7 % or more, so it is refused."""


@dataclass(frozen=True)
class Estimate:
    """A measured number: value ± error, where error is one standard deviation."""

    value: float
    error: float

    def z(self, prediction: float) -> float:
        """(measured - predicted)/error; NaN where there is no error to compare with."""
        if not (self.error > 0 and math.isfinite(prediction)):
            return math.nan
        return (self.value - prediction) / self.error

    def __str__(self) -> str:
        if not self.error > 0 or not math.isfinite(self.error):
            return f"{self.value:.4g}"
        digits = max(0, 1 - math.floor(math.log10(self.error)))
        return f"{self.value:.{digits}f} ± {self.error:.{digits}f}"


@dataclass(frozen=True)
class Resampling:
    """Bootstrap weights: how often each of S samples occurs in each of B resamples, (B, S)."""

    counts: Floats

    @classmethod
    def draw(cls, samples: int, resamples: int, rng: np.random.Generator) -> Resampling:
        """Draw S of S samples with replacement, B times.

        Raises
        ------
        CompareError
            If there are too few samples for an error bar.
        """
        if samples < FEWEST_SAMPLES:
            raise CompareError(
                f"{samples} samples are too few for error bars: simulate at least {FEWEST_SAMPLES}"
            )
        weights = np.full(samples, 1 / samples)
        return cls(rng.multinomial(samples, weights, size=resamples).astype(np.float64))

    def ratio(self, x: Floats, w: Floats) -> tuple[Floats, Floats]:
        """Σ_s x_s/Σ_s w_s, and its values under resampling.

        Parameters
        ----------
        x
            Sums per sample, shape (S,) or (S, n).
        w
            Weights per sample, shape (S,).

        Returns
        -------
        value, replicas
            Shapes () and (B,), or (n,) and (B, n); NaN where all weights are zero.
        """
        with np.errstate(invalid="ignore", divide="ignore"):
            value = x.sum(axis=0) / w.sum()
            total = self.counts @ w
            replicas = (self.counts @ x) / (total if x.ndim == 1 else total[:, None])
        return value, replicas

    def estimate(self, x: Floats, w: Floats) -> Estimate:
        """The ratio as a value with its bootstrap error; x of shape (S,)."""
        value, replicas = self.ratio(x, w)
        return Estimate(float(value), spread(replicas))


def spread(replicas: Floats) -> float:
    """Standard deviation over the resamples in which the quantity exists."""
    exists = replicas[np.isfinite(replicas)]
    return float(np.std(exists)) if len(exists) > len(replicas) / 2 else math.nan


def counted(estimate: Estimate, trials: float) -> Estimate:
    """An estimate of a frequency, its error no smaller than that of one event in ``trials``.

    A bootstrap of no event at all gives no error; the absence of an event still leaves a
    frequency of order one event in all trials open.
    """
    return Estimate(estimate.value, max(estimate.error, 1.0 / trials))


@dataclass(frozen=True)
class Histogram:
    """A density per site in bins, with errors: edges (n+1,), density and error (n,)."""

    edges: Floats
    density: Floats
    error: Floats
    replicas: Floats
    """Densities under resampling, (B, n)."""
    events: Floats
    """Events per bin, (n,)."""

    @cached_property
    def centres(self) -> Floats:
        """Middles of the bins."""
        return (self.edges[1:] + self.edges[:-1]) / 2

    @cached_property
    def widths(self) -> Floats:
        """Widths of the bins."""
        return np.diff(self.edges)

    def deviation(self, expected: Floats) -> Deviation:
        """How far the histogram lies from expected bin densities, in units of chance.

        The statistic is Σ_b [(n_b - e_b)/σ_b]² over bins with σ_b > 0; its chance distribution
        is taken from the resamples about their own mean, so that correlations between sites
        of a sample, and between bins, are in it.
        """
        used = self.error > 0
        scale = self.error[used]
        observed = float((((self.density - expected)[used] / scale) ** 2).sum())
        null = (((self.replicas - self.density)[:, used] / scale) ** 2).sum(axis=1)
        extremes = int(np.count_nonzero(null >= observed))
        total_variation = float((np.abs(self.density - expected) * self.widths).sum() / 2)
        return Deviation(observed, float(null.mean()), extremes, len(null), total_variation)


@dataclass(frozen=True)
class Deviation:
    """A goodness of fit: the statistic, its mean by chance, and how often chance exceeds it."""

    statistic: float
    expected: float
    exceeded: int
    resamples: int
    total_variation: float

    @property
    def p_value(self) -> float:
        """(exceeded + 1)/(resamples + 1): never zero, since resamples are finite in number."""
        return (self.exceeded + 1) / (self.resamples + 1)

    @property
    def z(self) -> float:
        """The one-sided p-value as a number of sigmas; a lower bound once nothing exceeds."""
        return float(-special.ndtri(self.p_value))


def histogram(
    values: Floats, weight: Floats, edges: Floats, resampling: Resampling, per_sample: float
) -> Histogram:
    """Density per site of ``values`` (S, n) in bins, with bootstrap errors.

    Parameters
    ----------
    values
        One row per sample; NaN entries count as sites without the quantity.
    weight
        Weight of each entry, broadcastable to ``values``.
    per_sample
        What one sample's weights are divided by: the number of sites.
    """
    S, bins = values.shape[0], len(edges) - 1
    place = np.searchsorted(edges, values, side="right") - 1
    inside = np.isfinite(values) & (place >= 0) & (place < bins)
    weights = np.broadcast_to(weight, values.shape)
    row = np.broadcast_to(np.arange(S)[:, None], values.shape)
    flat = row[inside] * bins + place[inside]
    sums = np.bincount(flat, weights[inside], S * bins).reshape(S, bins)
    events = np.bincount(place[inside], minlength=bins)
    density, replicas = resampling.ratio(sums / np.diff(edges), np.full(S, per_sample))
    return Histogram(edges, density, replicas.std(axis=0), replicas, events.astype(np.float64))
