"""How well a sample follows a theory of double wells."""

from __future__ import annotations

import numpy as np
from glasswell.theory import DoubleWells
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def deviation(values: Floats, wells: DoubleWells, quantity: str) -> float:
    """Kolmogorov's √n max|F_n - F| of a sample against the theory's counts; 2 is a rare event."""
    at = np.quantile(values, np.linspace(0.01, 0.99, 50))
    F = wells.count_below(quantity, at) / wells.fraction
    steps = np.searchsorted(np.sort(values), at) / len(values)
    return float(np.sqrt(len(values)) * np.abs(F - steps).max())
