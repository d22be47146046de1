"""Names of array types in annotations: one place for the whole package."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = Any
"""An array of any array-API library, on any device; where it says so also a number."""

HostArray = NDArray[Any]
"""A NumPy array of any type."""

Floats = NDArray[np.float64]
"""A NumPy array of real numbers."""

Complexes = NDArray[np.complex128]

Integers = NDArray[np.int64]

Indices = NDArray[np.intp]
"""Positions along an axis of another array."""

Bools = NDArray[np.bool_]
"""A NumPy array of truth values: a mask."""
