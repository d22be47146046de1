"""Arrays of any library, looked at on the host."""

from __future__ import annotations

from typing import Any

import numpy as np


def host(array: Any) -> Any:
    """The array as NumPy; CuPy's say themselves that they are to be copied."""
    return array.get() if hasattr(array, "get") else np.asarray(array)
