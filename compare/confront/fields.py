"""The distribution of cavity fields: P_k(h) of theory in the bins of the measured histogram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from glasswell.theory import Theory

from .._typing import Floats
from ..measured.lowest_states import LowestStates
from ..statistics.bins import ends, told_apart
from ..statistics.extrapolation import limit_of_histograms
from ..statistics.histogram import Deviation, Histogram

BINS = 40
"""Bins of histograms and of the goodness of fit."""

FEWEST_PER_BIN = 25
"""Sites per bin of a goodness of fit, at least: sums of so many are Gaussian."""

CENTRAL = (0.001, 0.999)
"""Quantiles of the measured fields between which bins lie."""


@dataclass(frozen=True)
class Fit:
    """How well one theory's density fits the measured histogram."""

    theory: str
    deviation: Deviation


def bin_density(solution: Theory, edges: Floats, *, signed: bool) -> Floats:
    """P_k(h) averaged over each bin; unsigned: the even part, for bins of |h|.

    A point mass, P(h) = δ(h - H - J0 p) where q = 0 or J = 0, is in the bin that holds it.
    """
    if not signed:
        right = bin_density(solution, edges, signed=True)
        left = bin_density(solution, -edges[::-1], signed=True)[::-1]
        return np.asarray((right + left) / 2)
    model = solution.model
    if solution.q_hat * model.J == 0:
        counts, _ = np.histogram([model.field + model.J0 * solution.p], edges)
        return np.asarray(counts / np.diff(edges))
    nodes, weights = np.polynomial.legendre.leggauss(24)
    half = np.diff(edges)[:, None] / 2
    density = solution.field_density((edges[1:] + edges[:-1])[:, None] / 2 + half * nodes)
    return np.asarray(density @ weights / 2)


def equal_widths(states: LowestStates, bins: int = BINS) -> Floats:
    """Edges of bins of one width over the measured fields, for the eye; |h| where unsigned."""
    values = _values(states)
    low, high = (float(end) for end in np.quantile(values, CENTRAL))
    return np.linspace(*ends(low if states.signed else 0.0, high, bins), bins + 1)


def equal_counts(states: LowestStates, bins: int = BINS) -> Floats:
    """Edges of bins that hold equally many fields, for a test: no bin is without an error."""
    values = _values(states)
    bins = max(1, min(bins, values.size // FEWEST_PER_BIN))
    edges = told_apart(np.quantile(values, np.linspace(*CENTRAL, bins + 1)))
    if not states.signed:
        edges[0] = 0.0
    return edges


def _values(states: LowestStates) -> Floats:
    return states.field if states.signed else np.abs(states.field)


def tested_histogram(measured: Sequence[LowestStates], omega: float | None) -> Histogram:
    """P(h) in bins of equal counts: at the largest N or, given ω, each bin's limit N → ∞."""
    return field_histogram(measured, equal_counts(measured[-1]), omega)


def field_histogram(
    measured: Sequence[LowestStates], edges: Floats, omega: float | None
) -> Histogram:
    """P(h) in given bins: at the largest N or, given ω, each bin's limit N → ∞."""
    histograms = [states.field_histogram(edges) for states in measured]
    return limit_of_histograms([states.N for states in measured], histograms, omega)


def field_fits(
    solutions: Mapping[str, Theory], measured: Sequence[LowestStates], omega: float | None
) -> tuple[Fit, ...]:
    """The goodness of fit of every theory whose P(h) is not a point mass."""
    densities = {name: s for name, s in solutions.items() if s.q_hat * s.model.J > 0}
    # Fields that are all the same: their P(h) is a point mass, whatever the theory's is.
    if not densities or len(equal_counts(measured[-1])) < 2:
        return ()
    histogram = tested_histogram(measured, omega)
    signed = measured[-1].signed
    return tuple(
        Fit(name, histogram.deviation(bin_density(s, histogram.edges, signed=signed)))
        for name, s in densities.items()
    )
