"""Dense linear algebra whose failures are values, on every backend."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import array_api_compat
import numpy as np

from .._typing import Array


def _loud(matrix: Array) -> AbstractContextManager[Any]:
    # cuSOLVER reports nothing unless told to: a failed factorisation would look like a result.
    if not array_api_compat.is_cupy_array(matrix):
        return nullcontext()
    import cupyx

    context: AbstractContextManager[Any] = cupyx.errstate(linalg="raise")
    return context


def cholesky(matrix: Array) -> Array | None:
    """L with L Lᵀ = matrix, (N, N); None where the matrix is not positive definite."""
    xp = array_api_compat.array_namespace(matrix)
    try:
        with _loud(matrix):
            factor = xp.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return None
    return factor if bool(xp.all(xp.isfinite(factor))) else None


def solve(matrix: Array, vector: Array) -> Array | None:
    """x with matrix x = vector, (N, N) and (N,); None where the matrix is singular."""
    xp = array_api_compat.array_namespace(matrix, vector)
    try:
        with _loud(matrix):
            x = xp.linalg.solve(matrix, vector[:, None])[:, 0]
    except np.linalg.LinAlgError:
        return None
    return x if bool(xp.all(xp.isfinite(x))) else None


def eigenvalues(matrix: Array) -> Array:
    """The eigenvalues of a symmetric matrix, (N, N) -> (N,), ascending."""
    xp = array_api_compat.array_namespace(matrix)
    with _loud(matrix):
        return xp.linalg.eigvalsh(matrix)


def eigenmodes(matrix: Array) -> tuple[Array, Array]:
    """Eigenvalues (N,), ascending, and normalised eigenvectors, columns of (N, N)."""
    xp = array_api_compat.array_namespace(matrix)
    with _loud(matrix):
        spectrum, vectors = xp.linalg.eigh(matrix)
    return spectrum, vectors


def lowest_mode(matrix: Array) -> Array:
    """The normalised eigenvector, (N,), of a symmetric matrix's smallest eigenvalue."""
    return eigenmodes(matrix)[1][:, 0]


def inverse(matrix: Array) -> Array:
    """matrix⁻¹, (N, N) -> (N, N), of a matrix that is known to be regular."""
    xp = array_api_compat.array_namespace(matrix)
    with _loud(matrix):
        return xp.linalg.inv(matrix)


def inverse_diagonal(matrix: Array) -> Array | None:
    """diag(matrix⁻¹), (N, N) -> (N,); None where the matrix is not positive definite."""
    factor = cholesky(matrix)
    if factor is None:
        return None
    xp = array_api_compat.array_namespace(matrix)
    identity = xp.eye(matrix.shape[0], dtype=matrix.dtype, device=array_api_compat.device(matrix))
    with _loud(matrix):
        inverse = xp.linalg.solve(factor, identity)
    return xp.sum(inverse * inverse, axis=0)
