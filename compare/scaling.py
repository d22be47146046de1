"""Extrapolation to N → ∞: X_N = X_∞ + b N^(-ω), with ω = 2/3 for ground-state energies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import CompareError
from .statistics import Estimate, spread

Floats = NDArray[np.float64]

OMEGA = 2 / 3
"""The exponent of this universality class (physics.md §5)."""


@dataclass(frozen=True)
class Extrapolation:
    """A weighted straight line in N^(-ω): X_∞ at its end, and how well it fits."""

    sizes: Floats
    measured: tuple[Estimate, ...]
    limit: Estimate
    slope: Estimate
    omega: float
    chi2: float

    @property
    def degrees_of_freedom(self) -> int:
        """Sizes beyond the two parameters."""
        return len(self.sizes) - 2

    def at(self, N: Floats | float) -> Floats:
        """The fitted line at size N."""
        return np.asarray(self.limit.value + self.slope.value * np.asarray(N) ** -self.omega)


def extrapolate(
    sizes: Floats, values: Floats, replicas: Floats, omega: float = OMEGA
) -> Extrapolation:
    """Fit X_∞ + b N^(-ω) to sizes that were measured independently.

    Parameters
    ----------
    sizes
        N, shape (n,), n ≥ 2.
    values, replicas
        Measured values (n,) and their bootstrap resamples (B, n); every resample is fitted.

    Raises
    ------
    CompareError
        If there is one size only.
    """
    if len(sizes) < 2:
        raise CompareError("an extrapolation in N needs two sizes or more: add to sizes")
    errors = np.array([spread(column) for column in replicas.T])
    design = np.stack([np.ones(len(sizes)), np.asarray(sizes) ** -omega], axis=1)
    pseudo_inverse = np.linalg.pinv(design / errors[:, None]) / errors
    limit, slope = pseudo_inverse @ values
    limits, slopes = pseudo_inverse @ replicas.T
    residuals = (values - design @ np.array([limit, slope])) / errors
    return Extrapolation(
        sizes=np.asarray(sizes, dtype=np.float64),
        measured=tuple(Estimate(float(v), float(e)) for v, e in zip(values, errors, strict=True)),
        limit=Estimate(float(limit), spread(limits)),
        slope=Estimate(float(slope), spread(slopes)),
        omega=omega,
        chi2=float(residuals @ residuals),
    )
