"""What a tempering run measured at one size: observables against temperature, with errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from .._typing import Bools, Floats
from ..errors import CompareError
from ..statistics.bootstrap import Estimate


@dataclass(frozen=True)
class ThermalData:
    """Values and errors by key of each observable that was measured, (T,) each, at size N.

    Raises
    ------
    CompareError
        If the temperatures are not positive and ascending, or a shape is not (T,).

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.compare import ThermalData
    >>> T = np.array([0.5, 1.0])  # uncoupled oscillators of stiffness 2: q̂ = T/2, C = 1/2
    >>> values = {"heat_capacity": np.full(2, 0.5), "q_hat": T / 2}
    >>> errors = {"heat_capacity": np.full(2, 0.01), "q_hat": np.full(2, 0.01)}
    >>> data = ThermalData(64, T, values, errors)
    >>> sorted(data.values)
    ['heat_capacity', 'q_hat']
    """

    N: int
    temperatures: Floats
    values: Mapping[str, Floats]
    errors: Mapping[str, Floats]

    def __post_init__(self) -> None:
        T = self.temperatures
        if T.ndim != 1 or not len(T) or not np.all(np.diff(T) > 0) or not T[0] > 0:
            raise CompareError("temperatures must be positive and in ascending order")
        if set(self.values) != set(self.errors):
            raise CompareError("every observable needs both values and errors")
        arrays = {**self.values, **{f"error of {key}": x for key, x in self.errors.items()}}
        for key, x in arrays.items():
            if x.shape != T.shape:
                raise CompareError(f"{key} must have one entry per temperature, got {x.shape}")

    def without_errors(self, where: Bools) -> ThermalData:
        """The same with its errors refused at some temperatures, (T,)."""
        errors = {key: np.where(where, np.nan, x) for key, x in self.errors.items()}
        return replace(self, errors=errors)

    def index(self, temperature: float) -> int | None:
        """Where this temperature is on the ladder, up to rounding; None if it is not."""
        near = np.flatnonzero(np.isclose(self.temperatures, temperature, rtol=1e-9, atol=0.0))
        return int(near[0]) if len(near) else None

    def estimate(self, key: str, temperature: float) -> Estimate | None:
        """One observable at one temperature; None where it was not measured."""
        n = self.index(temperature)
        if n is None or key not in self.values:
            return None
        return Estimate(float(self.values[key][n]), float(self.errors[key][n]))
