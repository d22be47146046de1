"""What functions ask of their arguments: whole numbers large enough, states that fit together."""

from __future__ import annotations

import array_api_compat
import numpy as np

from .._typing import Array
from ..errors import ShapeError, SimulationError


def require_at_least(least: int, **counts: object) -> None:
    """Refuse counts that are no whole numbers, or too small.

    Raises
    ------
    SimulationError
        Naming the first that is.
    """
    for name, count in counts.items():
        if isinstance(count, bool) or not isinstance(count, (int, np.integer)):
            raise SimulationError(f"{name} must be an integer of at least {least}, got {count!r}")
        if count < least:
            raise SimulationError(f"{name} must be at least {least}, got {count}")


def require_columns(v: Array) -> None:
    """Refuse displacements of no column at all, or that are not floating-point numbers.

    Raises
    ------
    ShapeError
        If an axis is empty.
    SimulationError
        If they are of another type.
    """
    if 0 in v.shape:
        raise ShapeError(f"there are no displacements: got an empty array of shape {v.shape}")
    if not array_api_compat.array_namespace(v).isdtype(v.dtype, "real floating"):
        raise SimulationError(f"displacements must be floating-point numbers, got {v.dtype}")


def require_finite(v: Array) -> None:
    """Refuse displacements that are nan or infinite.

    Raises
    ------
    SimulationError
        If some are.
    """
    xp = array_api_compat.array_namespace(v)
    if not bool(xp.all(xp.isfinite(v))):
        raise SimulationError("displacements must be finite: found nan or inf")


def require_shape(J: Array, axes: int, **states: Array) -> None:
    """Refuse states that are not all (N,), or all (N, P) with one P ≥ 1, of the N of J, (N, N).

    Raises
    ------
    ShapeError
        Naming the first that is not.
    """
    shapes = {name: tuple(v.shape) for name, v in states.items()}
    first = next(iter(shapes.values()))
    wanted = "(N,)" if axes == 1 else "(N, P)"
    for name, shape in shapes.items():
        fits = len(shape) == axes and shape == first and 0 not in shape
        if J.ndim != 2 or not fits or shape[0] != J.shape[0]:
            raise ShapeError(
                f"{' and '.join(shapes)} must be {wanted} with J (N, N): got {name} of shape "
                f"{shape} and J of shape {tuple(J.shape)}"
            )
