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
from glasswell.sim.equilibrium.jackknife import FEWEST_SAMPLES
from glasswell.theory.numerics.limits import Number, error_of

from .._typing import Floats
from ..errors import CompareError

LEAST_EXPECTED = 1e-6
"""Floor of a bin's expected density in units of the largest measured one: next to nothing, yet
something to divide by."""

SAME = 1e-12
"""Two numbers without an error that differ by less, relatively or absolutely, are the same; and an
error that is smaller, relatively, is none: it is rounding."""


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
    """Bootstrap weights: how often each of S samples occurs in each of B resamples, (B, S).

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

    @classmethod
    def draw(cls, samples: int, resamples: int, rng: np.random.Generator) -> Resampling:
        """Draw S of S samples with replacement, B times.

        Raises
        ------
        CompareError
            If there are too few samples for an error bar.
        """
        check_samples(samples)
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
            Shapes () and (B,), or (n,) and (B, n); NaN where all weights are zero. Resamples
            scatter with variance (S - 1)/S of the true one; the replicas are stretched about
            the value to make up for it.
        """
        S = self.counts.shape[1]
        with np.errstate(invalid="ignore", divide="ignore"):
            value = x.sum(axis=0) / w.sum()
            total = self.counts @ w
            replicas = (self.counts @ x) / (total if x.ndim == 1 else total[:, None])
        return value, value + (replicas - value) * math.sqrt(S / (S - 1))

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


@dataclass(frozen=True)
class Histogram:
    """A density per site in bins, with errors: edges (n+1,), density and error (n,).

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.compare import Resampling, histogram
    >>> rng = np.random.default_rng(1)
    >>> h = rng.uniform(0.0, 1.0, (50, 64))
    >>> bins = np.linspace(0.0, 1.0, 5)
    >>> found = histogram(h, np.array(1.0), bins, Resampling.draw(50, 200, rng), per_sample=64)
    >>> found.deviation(np.ones(4)).p_value > 0.01
    True
    """

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
        """How far the histogram lies from expected bin densities e_b, in units of chance.

        The statistic is Pearson's, Σ_b (n_b - e_b)²/e_b, over the mean that the resamples have
        about their own centre, times the number of bins: χ² as if the bins were independent.
        Its distribution is that of the resamples, so that correlations between sites of a
        sample, and between bins, are in it. Weights from e_b carry no noise; weights from
        measured errors would favour the bins that happen to be low.
        """
        weights = self.widths / np.maximum(expected, LEAST_EXPECTED * self.density.max())
        observed = float((self.density - expected) ** 2 @ weights)
        null = (self.replicas - self.density) ** 2 @ weights
        unit = float(null.mean()) / len(expected)
        # Halved densities of |h| integrate to one half: what counts is the fraction of sites.
        share = self.widths / (2 * float(self.density @ self.widths))
        chance = np.abs(self.replicas - self.density) @ share
        return Deviation(
            statistic=observed / unit if unit > 0 else math.nan,
            bins=len(expected),
            exceeded=int(np.count_nonzero(null >= observed)),
            resamples=len(null),
            misplaced=float(np.abs(self.density - expected) @ share),
            misplaced_by_chance=float(chance.mean()),
        )


@dataclass(frozen=True)
class Deviation:
    """A goodness of fit: χ², its mean by chance ``bins``, and how often chance exceeds it.

    ``misplaced`` is the total variation distance: the fraction of sites in the wrong bin.
    """

    statistic: float
    bins: int
    exceeded: int
    resamples: int
    misplaced: float
    misplaced_by_chance: float

    @property
    def p_value(self) -> float:
        """(exceeded + 1)/(resamples + 1): never zero, since resamples are finite in number."""
        return (self.exceeded + 1) / (self.resamples + 1)


def histogram(
    values: Floats, weight: Floats, edges: Floats, resampling: Resampling, per_sample: float
) -> Histogram:
    """Density per site of ``values`` (S, n) in bins, with bootstrap errors.

    The error of an empty bin is that of one event, as in ``counted``.

    Parameters
    ----------
    values
        One row per sample; NaN entries count as sites without the quantity.
    weight
        Weight of each entry, broadcastable to ``values``.
    per_sample
        What one sample's weights are divided by: the number of sites.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.compare import Resampling, histogram
    >>> rng = np.random.default_rng(1)
    >>> h = rng.uniform(0.0, 1.0, (50, 64))  # samples, sites
    >>> bins = np.linspace(0.0, 1.0, 5)
    >>> found = histogram(h, np.array(1.0), bins, Resampling.draw(50, 200, rng), per_sample=64)
    >>> round(float(found.density @ found.widths), 6)  # every site is in a bin
    1.0
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
    one = float(np.max(weight)) / (S * per_sample * np.diff(edges))
    error = np.where(events > 0, replicas.std(axis=0), one)
    return Histogram(edges, density, error, replicas, events.astype(np.float64))
