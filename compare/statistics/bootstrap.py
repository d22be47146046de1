"""Disorder averages with bootstrap errors.

Samples are resampled, never sites: the sites of one sample share its couplings. Everything
measured is a ratio of sums over samples, Σ_s x_s / Σ_s w_s, so that one matrix of resampling
weights serves all quantities of a size, and their errors are those of one common resampling.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from glasswell.sim.equilibrium.jackknife import FEWEST_SAMPLES
from glasswell.theory.numerics.limits import Number, error_of

from .._typing import Floats, Indices
from ..errors import CompareError

SAME = 1e-12
"""Two numbers without an error that differ by less, relatively or absolutely, are the same; and an
error that is smaller, relatively, is none: it is rounding."""


GROUPS = 4096
"""Of samples that are resampled, at most: their scatter tells an error to 1.1 %, and the thousand
resamples to 2.2 %."""


def check_samples(samples: int) -> None:
    """Refuse what can have no error bars.

    Raises
    ------
    CompareError
        If there are fewer than FEWEST_SAMPLES.
    """
    if samples < FEWEST_SAMPLES:
        raise CompareError(
            f"{samples} samples are too few for error bars: simulate at least {FEWEST_SAMPLES} "
            "of each size"
        )


@dataclass(frozen=True)
class Estimate:
    """A measured number: value ± error, where error is one standard deviation.

    ``finite_size`` is how far the value may still be from its limit N → ∞; zero where that is
    not known or has been taken care of. ``per_event`` is the density of one event, where the
    value counts events.

    Examples
    --------
    >>> from glasswell.compare import Estimate
    >>> e = Estimate(-4.21, 0.02)
    >>> print(e, round(e.z(-4.25), 6))
    -4.210 ± 0.020 2.0
    """

    value: float
    error: float
    finite_size: float = 0.0
    per_event: float = 0.0

    def z(self, prediction: Number) -> float:
        """(measured - predicted)/σ, with the larger of two σ; NaN if there is none.

        σ² = error² + finite_size², and the square of the prediction's ``error`` if it has one. For
        counts the prediction fluctuates, σ² ≥ prediction × per_event (Poisson): three events
        expected and none seen is no discrepancy, though the absence of events has next to no error.
        """
        predicted, doubt = float(prediction), error_of(prediction)
        if not (math.isfinite(self.error) and math.isfinite(predicted)):
            return math.nan
        counting = max(predicted, 0.0) * self.per_event
        sigma = math.sqrt(max(self.error**2, counting) + self.finite_size**2 + doubt**2)
        if sigma <= SAME * max(abs(self.value), abs(predicted)):
            same = math.isclose(self.value, predicted, rel_tol=SAME, abs_tol=SAME)
            return 0.0 if same else math.nan
        return (self.value - predicted) / sigma

    def over(self, unit: float) -> Estimate:
        """The same in other units."""
        parts = (self.value, self.error, self.finite_size, self.per_event)
        return Estimate(*(part / unit for part in parts))

    def __str__(self) -> str:
        if not math.isfinite(self.value):
            return "-"
        if not self.error > 0 or not math.isfinite(self.error):
            return f"{self.value:.4g}"
        digits = max(0, 1 - math.floor(math.log10(self.error)))
        parts = [self.value, self.error, *([self.finite_size] if self.finite_size > 0 else [])]
        return " ± ".join(f"{part:.{digits}f}" for part in parts)


@dataclass(frozen=True)
class Resampling:
    """Bootstrap weights: how often each group of samples occurs in each of B resamples, (B, G).

    Up to GROUPS samples are a group each, G = S. More are put together with their neighbours, in
    groups as equal as can be. Sums over groups are as independent as samples, and their scatter
    tells the same variance to 1/√(2G); the weights take B G numbers and not B S.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.compare import Resampling
    >>> rng = np.random.default_rng(1)
    >>> resampling = Resampling.draw(100, 400, rng)
    >>> estimate = resampling.estimate(rng.normal(2.0, 1.0, 100), np.ones(100))
    >>> 0.07 < estimate.error < 0.13  # 1/√100
    True
    """

    counts: Floats
    samples: int

    @classmethod
    def draw(cls, samples: int, resamples: int, rng: np.random.Generator) -> Resampling:
        """Draw G of G groups of the samples with replacement, B times.

        Raises
        ------
        CompareError
            If there are too few samples for an error bar.
        """
        check_samples(samples)
        groups = min(samples, GROUPS)
        weights = np.full(groups, 1 / groups)
        counts = rng.multinomial(groups, weights, size=resamples).astype(np.float64)
        return cls(counts, samples)

    @property
    def first(self) -> Indices:
        """(G,) the first sample of every group."""
        G = self.counts.shape[1]
        return np.asarray(np.arange(G) * self.samples // G)

    def grouped(self, x: Floats) -> Floats:
        """Sums over the samples of every group: (S, ...) -> (G, ...)."""
        if self.counts.shape[1] == self.samples:
            return x
        return np.asarray(np.add.reduceat(x, self.first, axis=0))

    def means(self, x: Floats) -> Floats:
        """The mean over the samples of every resample, of one row per sample: (S, n) -> (B, n)."""
        number = self.counts @ self.grouped(np.ones(self.samples))
        return np.asarray(self.counts @ self.grouped(x) / number[:, None])

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
            Shapes () and (B,), or (n,) and (B, n); NaN where all weights are zero. Resamples
            scatter with variance (G - 1)/G of the true one; the replicas are stretched about
            the value to make up for it.
        """
        return self.ratio_of_groups(self.grouped(x), self.grouped(w))

    def ratio_of_groups(self, x: Floats, w: Floats) -> tuple[Floats, Floats]:
        """The same from sums over groups, (G,) or (G, n) and (G,)."""
        G = self.counts.shape[1]
        with np.errstate(invalid="ignore", divide="ignore"):
            value = x.sum(axis=0) / w.sum()
            total = self.counts @ w
            replicas = (self.counts @ x) / (total if x.ndim == 1 else total[:, None])
        return value, value + (replicas - value) * math.sqrt(G / (G - 1))

    def estimate(self, x: Floats, w: Floats) -> Estimate:
        """The ratio as a value with its bootstrap error; x of shape (S,).

        The error is NaN if fewer than FEWEST_SAMPLES samples carry weight: the resamples of a
        quantity that two samples have are two numbers.
        """
        value, replicas = self.ratio(x, w)
        enough = np.count_nonzero(w) >= FEWEST_SAMPLES
        return Estimate(float(value), spread(replicas) if enough else math.nan)


def spread(replicas: Floats) -> float:
    """Standard deviation over the resamples in which the quantity exists."""
    exists = replicas[np.isfinite(replicas)]
    return float(np.std(exists)) if len(exists) > len(replicas) / 2 else math.nan


def counted(estimate: Estimate, trials: float) -> Estimate:
    """An estimate of a frequency, its error no smaller than that of one event in ``trials``.

    A bootstrap of no event at all gives no error; the absence of an event still leaves a
    frequency of order one event in all trials open.
    """
    return Estimate(estimate.value, max(estimate.error, 1.0 / trials), per_event=1.0 / trials)
