"""The exponent of a density near zero, P(x) ~ x^θ, from all values in a window.

In low < x < high a truncated power law has one sufficient statistic, the mean of ln x; maximum
likelihood sets it equal to its expectation. Nothing is binned, and since that mean is a ratio of
sums over samples, the error of θ is that of resampled samples. Windows that slide over x show
whether there is a power law: then the exponent does not change from one to the next.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .._typing import Floats
from .bootstrap import Estimate, Resampling, spread

WINDOW = 4.0
"""high/low of a sliding window: N values determine θ to 2.5/√N there, and in a factor of 2 to
5/√N."""

FEWEST_EVENTS = 25
"""With fewer values in a window the error would be a half or more: there is none."""

NODES = 64
"""Gauss nodes of an integral over a window; where a spectrum begins inside, 1e-3 in θ."""

THETA = np.linspace(-30.0, 30.0, 6001)
"""Exponents at which the expectation is tabulated; it is smooth and increases."""


@dataclass(frozen=True)
class PowerLaw:
    """P(x) ~ x^θ in low < x < high, from that many values; NaN if they are too few."""

    low: float
    high: float
    exponent: Estimate
    events: int

    @property
    def middle(self) -> float:
        """The geometric middle of the window."""
        return math.sqrt(self.low * self.high)


def mean_logarithm(theta: Floats, low: float, high: float) -> Floats:
    """E[ln x] for P(x) ~ x^θ in low < x < high.

    About the middle of ln x it is (L/2) [coth t - 1/t] with L = ln(high/low), t = (θ + 1) L/2.
    """
    length = math.log(high / low)
    t = (theta + 1) * length / 2
    small = np.abs(t) < 1e-3
    safe = np.where(small, 1.0, t)
    langevin = np.where(small, t / 3, 1 / np.tanh(safe) - 1 / safe)
    return np.asarray(math.log(low) + length * (1 + langevin) / 2)


def exponent_of(mean: Floats, low: float, high: float) -> Floats:
    """The θ whose E[ln x] is ``mean``."""
    return np.interp(mean, mean_logarithm(THETA, low, high), THETA)


def measured(values: Floats, low: float, high: float, resampling: Resampling) -> PowerLaw:
    """θ of the values in a window, by maximum likelihood.

    Parameters
    ----------
    values
        One row per sample, (S, n); what is NaN or outside does not count.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.compare import Resampling, powerlaw
    >>> rng = np.random.default_rng(1)
    >>> omega = rng.uniform(0.0, 1.0, (100, 64)) ** (1 / 5)  # of density 5 ω⁴
    >>> law = powerlaw.measured(omega, 0.2, 1.0, Resampling.draw(100, 200, rng))
    >>> abs(law.exponent.z(4.0)) < 3
    True
    """
    inside = (values > low) & (values < high)
    counts = inside.sum(axis=1).astype(np.float64)
    logarithms = np.log(np.where(inside, values, 1.0)).sum(axis=1)
    events = int(counts.sum())
    # As anywhere: what only a few samples have gets no error.
    if events < FEWEST_EVENTS or not math.isfinite(resampling.estimate(logarithms, counts).error):
        return PowerLaw(low, high, Estimate(math.nan, math.nan), events)
    mean, replicas = resampling.ratio(logarithms, counts)
    value = float(exponent_of(mean, low, high))
    return PowerLaw(low, high, Estimate(value, spread(exponent_of(replicas, low, high))), events)


def predicted(density: Callable[[Floats], Floats], low: float, high: float) -> float:
    """The θ that infinitely many values from a density would give; NaN where there are none.

    Examples
    --------
    >>> from glasswell.compare import powerlaw
    >>> round(powerlaw.predicted(lambda omega: omega**4, 0.1, 1.0), 3)
    4.0
    """
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    length = math.log(high / low)
    logarithm = math.log(low) + length * (1 + nodes) / 2
    mass = weights * density(np.exp(logarithm)) * np.exp(logarithm)
    if not mass.sum() > 0.0:
        return math.nan
    return float(exponent_of(mass @ logarithm / mass.sum(), low, high))


def windows(low: float, high: float, ratio: float = WINDOW) -> list[tuple[float, float]]:
    """Windows of one ratio that cover low … high, each half way from the last on a log scale."""
    if not 0 < low < high:
        return []
    count = max(1, math.ceil(2 * math.log(high / low) / math.log(ratio)) - 1)
    starts = np.geomspace(low, max(high / ratio, low), count)
    return [(float(start), float(start * ratio)) for start in starts]


def scan(values: Floats, resampling: Resampling, ratio: float = WINDOW) -> list[PowerLaw]:
    """θ in windows that slide from the smallest values upwards to their median."""
    positive = np.sort(values[values > 0])
    if len(positive) < FEWEST_EVENTS:
        return []
    low, high = positive[FEWEST_EVENTS // 5], float(np.median(positive))
    found = [measured(values, *window, resampling) for window in windows(low, high, ratio)]
    return [law for law in found if math.isfinite(law.exponent.error)]
