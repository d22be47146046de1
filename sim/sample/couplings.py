"""Gaussian couplings from (seed, N, sample): the same numbers on every machine and worker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import array_api_compat
import numpy as np
from glasswell.theory.model import Model

from ..errors import CouplingError
from .rng import Floats, Purpose, bit_stream, normals

Array = Any


def sample(model: Model, N: int, *, seed: int, sample: int = 0) -> Floats:
    """One disorder sample J_ij = J_ji ~ Normal(J0/N, J²/N), J_ii = 0 (physics.md §1).

    The underlying normals depend on (seed, N, sample) only: two models that differ in J and J0
    have couplings that differ by a scale and a shift.

    Returns
    -------
    (N, N) float64 array.

    Raises
    ------
    SimulationError
        If N < 2, or seed or sample is not a non-negative integer.
    """
    bits = bit_stream(Purpose.COUPLINGS, seed=seed, N=N, sample=sample)
    rows, columns = np.triu_indices(N, k=1)
    couplings = np.zeros((N, N))
    couplings[rows, columns] = model.J0 / N + model.J / np.sqrt(N) * normals(bits, len(rows))
    return couplings + couplings.T


def batch(model: Model, N: int, *, seed: int, samples: Sequence[int]) -> Floats:
    """The couplings of several samples, (S, N, N) in the order of ``samples``."""
    if not len(samples):
        return np.zeros((0, N, N))
    return np.stack([sample(model, N, seed=seed, sample=s) for s in samples])


def check(J: Array) -> None:
    """Refuse what is not a coupling matrix, (N, N), or a stack of them, (S, N, N).

    Raises
    ------
    CouplingError
        If J is not square with N ≥ 2, not finite, not symmetric, or has a diagonal.
    """
    xp = array_api_compat.array_namespace(J)
    if J.ndim not in (2, 3) or J.shape[-1] != J.shape[-2] or J.shape[-1] < 2:
        raise CouplingError(f"couplings must be (N, N) or (S, N, N) with N ≥ 2, got {J.shape}")
    if not xp.isdtype(J.dtype, "real floating"):
        raise CouplingError(f"couplings must be real floating-point numbers, got {J.dtype}")
    if not bool(xp.all(xp.isfinite(J))):
        raise CouplingError("couplings must be finite: found nan or inf")
    if not bool(xp.all(xp.matrix_transpose(J) == J)):
        raise CouplingError(
            "couplings must be symmetric: pass (J + J.T)/2 if that is what is meant"
        )
    if bool(xp.any(xp.linalg.diagonal(J) != 0.0)):
        raise CouplingError("couplings must have a zero diagonal: put J_ii v_i²/2 into G instead")
