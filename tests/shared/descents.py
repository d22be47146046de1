"""The descent of one sample's columns, (N, R)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from glasswell.sim.minima import descent


def descend(
    v: Any,
    J: Any,
    model: Any,
    targets: Sequence[float],
    budgets: Sequence[int],
    kernels: str | None = None,
) -> tuple[Any, list[int]]:
    """As ``descent.descend`` of a single sample."""
    aims, limits = np.asarray([targets], dtype=np.float64), np.asarray([budgets])
    ends, used = descent.descend(v[None, ...], J[None, ...], model, aims, limits, kernels)
    return ends[0, ...], used[0].tolist()
