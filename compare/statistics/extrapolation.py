"""The limit N → ∞ of what is measured at a few sizes: X_N = X_∞ + b N^(-ω).

Where replica symmetry is stable, corrections are those of a saddle point without soft modes,
ω = 1. In the glass phase the ground-state energy has ω = 2/3 (physics.md §5), and so have its
derivatives with respect to the stiffness and to a field, the self-overlap and the polarisation:
∂e/∂k = [v²]/(2γ), ∂e/∂H = -[v]. For anything else in the glass phase ω is not known, and
``remaining`` only estimates how far the largest size may still be from the limit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .._typing import Floats
from ..errors import CompareError
from .bootstrap import Estimate, spread
from .histogram import Histogram

OMEGA_STABLE, OMEGA_GLASS = 1.0, 2 / 3
"""ω where replica symmetry is stable, and that of the ground-state energy of a glass."""

LEAST_ERROR = 1e-6
"""Of the largest error of all sizes: a size without an error must not take all the weight."""


@dataclass(frozen=True)
class Extrapolation:
    """A weighted straight line in N^(-ω): X_∞ at its end, and how well it fits.

    The errors of ``limit`` and ``slope`` are statistical ones times ``scale``.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.compare import extrapolate
    >>> N = np.array([64.0, 128.0, 256.0])
    >>> values = -4.25 + 2.0 * N ** (-2 / 3)
    >>> replicas = values + 0.01 * np.random.default_rng(1).standard_normal((200, 3))
    >>> found = extrapolate(N, values, replicas)
    >>> round(found.omega, 4), found.chi2 < 1e-6
    (0.6667, True)
    """

    sizes: Floats
    limit: Estimate
    slope: Estimate
    omega: float
    chi2: float

    @property
    def degrees_of_freedom(self) -> int:
        """Sizes beyond the two parameters."""
        return len(self.sizes) - 2

    @property
    def scale(self) -> float:
        """√(χ²/dof) where that exceeds 1: a poor fit must not claim a good error.

        The rule of the Particle Data Group for measurements that disagree.
        """
        return _scale(self.chi2, self.degrees_of_freedom)

    def at(self, N: Floats | float) -> Floats:
        """The fitted line at size N."""
        return np.asarray(self.limit.value + self.slope.value * np.asarray(N) ** -self.omega)


def extrapolate(
    sizes: Floats, values: Floats, replicas: Floats, omega: float = OMEGA_GLASS
) -> Extrapolation:
    """Fit X_∞ + b N^(-ω) to sizes that were measured independently.

    Parameters
    ----------
    sizes
        N, shape (n,), n ≥ 2.
    values, replicas
        Measured values (n,) and their bootstrap resamples (B, n); every resample is fitted.
    omega
        The exponent ω.

    Raises
    ------
    CompareError
        If there is one size only.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.compare import extrapolate
    >>> N = np.array([64.0, 128.0, 256.0])
    >>> values = -4.25 + 2.0 * N ** (-2 / 3)
    >>> replicas = values + 0.01 * np.random.default_rng(1).standard_normal((200, 3))
    >>> found = extrapolate(N, values, replicas)
    >>> round(found.limit.value, 6), round(found.slope.value, 6)
    (-4.25, 2.0)
    """
    N = np.asarray(sizes, dtype=np.float64)
    if len(N) < 2:
        raise CompareError("an extrapolation in N needs two sizes or more: add to sizes")
    line = fit_line(N, values, replicas, omega)
    scale = _scale(line.chi2, len(N) - 2)
    return Extrapolation(
        sizes=N,
        limit=Estimate(line.limit, scale * spread(line.limits)),
        slope=Estimate(line.slope, scale * spread(line.slopes)),
        omega=omega,
        chi2=line.chi2,
    )


def extrapolate_errors(
    sizes: Floats, values: Floats, errors: Floats, omega: float
) -> Extrapolation:
    """The same from errors alone, (n,): Gaussian, and independent from size to size.

    Raises
    ------
    CompareError
        If there is one size only, or an error is not positive.
    """
    N = np.asarray(sizes, dtype=np.float64)
    if len(N) < 2:
        raise CompareError("an extrapolation in N needs two sizes or more: add to sizes")
    if not np.all(errors > 0):
        raise CompareError("an extrapolation in N needs a positive error of every size")
    solver = _pseudo_inverse(N, errors, omega)
    limit, slope = solver @ values
    chi2 = float(np.sum(((values - limit - slope * N**-omega) / errors) ** 2))
    spreads = _scale(chi2, len(N) - 2) * np.sqrt((solver * errors) ** 2 @ np.ones(len(N)))
    return Extrapolation(
        sizes=N,
        limit=Estimate(float(limit), float(spreads[0])),
        slope=Estimate(float(slope), float(spreads[1])),
        omega=omega,
        chi2=chi2,
    )


@dataclass(frozen=True)
class Line:
    """A least-squares fit X_∞ + b N^(-ω): to the values, and to each of B resamples (B,)."""

    limit: float
    slope: float
    limits: Floats
    slopes: Floats
    chi2: float


def fit_line(N: Floats, values: Floats, replicas: Floats, omega: float) -> Line:
    """Fit values (n,) and their resamples (B, n), weighted by the spread of the resamples."""
    spreads = np.array([spread(column) for column in replicas.T])
    least = LEAST_ERROR * spreads.max()
    errors = np.maximum(spreads, least) if least > 0 else np.ones(len(N))
    solver = _pseudo_inverse(N, errors, omega)
    limit, slope = solver @ values
    limits, slopes = solver @ replicas.T
    residuals = (values - limit - slope * N**-omega) / errors
    return Line(float(limit), float(slope), limits, slopes, float(residuals @ residuals))


def _pseudo_inverse(N: Floats, errors: Floats, omega: float) -> Floats:
    """What maps values (n,) to X_∞ and b of the weighted least-squares fit, (2, n)."""
    design = np.stack([np.ones(len(N)), N**-omega], axis=1)
    return np.asarray(np.linalg.pinv(design / errors[:, None]) / errors)


def _scale(chi2: float, degrees_of_freedom: int) -> float:
    return math.sqrt(max(1.0, chi2 / degrees_of_freedom)) if degrees_of_freedom > 0 else 1.0


def limit_of_histograms(
    sizes: Sequence[int], histograms: Sequence[Histogram], omega: float | None
) -> Histogram:
    """The histogram of the last size or, given ω and several sizes, each bin's limit N → ∞.

    All histograms have the same edges.
    """
    largest = histograms[-1]
    if omega is None or len(histograms) < 2:
        return largest
    N = np.array(sizes, dtype=np.float64)
    fits = [
        fit_line(
            N,
            np.array([histogram.density[n] for histogram in histograms]),
            np.stack([histogram.replicas[:, n] for histogram in histograms], axis=1),
            omega,
        )
        for n in range(len(largest.density))
    ]
    replicas = np.stack([fit.limits for fit in fits], axis=1)
    return Histogram(
        edges=largest.edges,
        density=np.array([fit.limit for fit in fits]),
        error=replicas.std(axis=0),
        replicas=replicas,
        events=largest.events,
    )


def remaining(smaller: Estimate, larger: Estimate, sizes: tuple[int, int], omega: float) -> float:
    """How far ``larger`` may still be from N → ∞, judged by how far it is from ``smaller``.

        |X_N2 - X_∞| = |X_N1 - X_N2| / [(N2/N1)^ω - 1]

    for a correction N^(-ω), after the part of the difference that noise explains is removed in
    quadrature. Zero where that is all of it, or where there is no error to tell.
    """
    if not (math.isfinite(smaller.error) and math.isfinite(larger.error)):
        return 0.0
    drift = (larger.value - smaller.value) ** 2 - smaller.error**2 - larger.error**2
    growth = float((sizes[1] / sizes[0]) ** omega)
    return math.sqrt(max(drift, 0.0)) / (growth - 1.0)
