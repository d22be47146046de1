"""Densities in bins, with errors over samples, and how far they lie from expected ones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .._typing import Floats, Indices
from .bootstrap import Resampling

LEAST_EXPECTED = 1e-6
"""Floor of a bin's expected density in units of the largest measured one: next to nothing, yet
something to divide by."""

AT_ONCE = 2**20
"""Values that are put into bins at once, about: a few arrays of as many stay small."""


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
    S, n = values.shape
    weights = np.broadcast_to(weight, values.shape)
    binned = _Binned.empty(edges, resampling)
    step = max(1, AT_ONCE // max(n, 1))
    for first in range(0, S, step):
        part = slice(first, first + step)
        row = np.broadcast_to(np.arange(S)[part, None], values[part].shape)
        binned.add(values[part], weights[part], row)
    return binned.histogram(per_sample, float(np.max(weight)))


def histogram_of_events(
    values: Floats, sample: Indices, edges: Floats, resampling: Resampling, per_sample: float
) -> Histogram:
    """The same of events, (n,) each: their values, and the samples that they are of."""
    binned = _Binned.empty(edges, resampling)
    for first in range(0, len(values), AT_ONCE):
        part = slice(first, first + AT_ONCE)
        binned.add(values[part], np.ones(len(values[part])), sample[part])
    return binned.histogram(per_sample, 1.0)


@dataclass(frozen=True)
class _Binned:
    """Sums of weights per group of samples and bin, (G, b), and events per bin, (b,)."""

    edges: Floats
    resampling: Resampling
    group: Indices
    """(S,) of every sample."""
    sums: Floats
    events: Floats

    @classmethod
    def empty(cls, edges: Floats, resampling: Resampling) -> _Binned:
        groups, bins = resampling.counts.shape[1], len(edges) - 1
        first = resampling.first
        lengths = np.diff(np.append(first, resampling.samples))
        group = np.repeat(np.arange(groups), lengths)
        return cls(edges, resampling, group, np.zeros((groups, bins)), np.zeros(bins))

    def add(self, values: Floats, weights: Floats, sample: Indices) -> None:
        """Count more values, all of one shape."""
        bins = len(self.edges) - 1
        place = np.searchsorted(self.edges, values, side="right") - 1
        inside = np.isfinite(values) & (place >= 0) & (place < bins)
        flat = self.group[sample[inside]] * bins + place[inside]
        # Only over groups that these are of: of all, each part would sum up everything anew.
        low = int(flat.min(initial=self.sums.size)) // bins
        high = int(flat.max(initial=-1)) // bins + 1
        if low < high:
            found = np.bincount(flat - low * bins, weights[inside], (high - low) * bins)
            self.sums[low:high] += found.reshape(-1, bins)
        self.events[:] += np.bincount(place[inside], minlength=bins)

    def histogram(self, per_sample: float, largest: float) -> Histogram:
        """Densities; ``largest`` is the weight of one event."""
        widths, S = np.diff(self.edges), self.resampling.samples
        number = per_sample * self.resampling.grouped(np.ones(S))
        density, replicas = self.resampling.ratio_of_groups(self.sums / widths, number)
        one = largest / (S * per_sample * widths)
        error = np.where(self.events > 0, replicas.std(axis=0), one)
        return Histogram(self.edges, density, error, replicas, self.events)
