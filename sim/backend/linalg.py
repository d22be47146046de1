"""Dense linear algebra whose failures are values, on every backend."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import array_api_compat
import numpy as np
from scipy.linalg import cho_factor, cho_solve, eigh

from .._typing import Array, Floats, HostArray

LANCZOS_SEED = 0
"""Of the vector that Lanczos starts from."""

LANCZOS_FROM = 300
"""N from which Lanczos is faster than a tridiagonal form."""


def _loud(matrix: Array) -> AbstractContextManager[Any]:
    # cuSOLVER reports nothing unless told to: a failed factorisation would look like a result.
    if not array_api_compat.is_cupy_array(matrix):
        return nullcontext()
    import cupyx

    context: AbstractContextManager[Any] = cupyx.errstate(linalg="raise")
    return context


def cholesky(matrix: Array) -> Array | None:
    """L with L Lᵀ = matrix, (N, N) or a stack; None where one is not positive definite."""
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


def softest_mode(matrix: Array) -> tuple[float, Array]:
    """The smallest eigenvalue of a symmetric matrix, and its normalised eigenvector (N,)."""
    if not array_api_compat.is_numpy_array(matrix):
        spectrum, vectors = eigenmodes(matrix)
    else:
        found = lowest_modes(matrix, 1) if len(matrix) >= LANCZOS_FROM else None
        spectrum, vectors = found or eigh(matrix, subset_by_index=[0, 0], check_finite=False)
    return float(spectrum[0]), vectors[:, 0]


def lowest_modes(matrix: HostArray, count: int) -> tuple[Floats, Floats] | None:
    """The ``count`` smallest eigenvalues, ascending, and eigenvectors of a positive matrix.

    Lanczos on the inverse, whose largest eigenvalues are far apart: a few dozen solutions with one
    Cholesky factor. None where the matrix is not positive definite.
    """
    try:
        factor = cho_factor(matrix, check_finite=False)
    except np.linalg.LinAlgError:
        return None
    # Imported where it is needed: workers and `inspect` start faster without it.
    from scipy.sparse.linalg import LinearOperator, eigsh

    N = len(matrix)
    inverse = LinearOperator(
        (N, N), matvec=lambda x: cho_solve(factor, x, check_finite=False), dtype=np.float64
    )
    start = np.random.default_rng(LANCZOS_SEED).standard_normal(N)
    values, vectors = eigsh(inverse, k=count, which="LA", v0=start)
    order = np.argsort(-values)
    return 1 / values[order], vectors[:, order]


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
    inverse = _triangular_inverse(factor)
    return xp.sum(inverse * inverse, axis=0)


def _triangular_inverse(factor: Array) -> Array:
    """L⁻¹ of a lower triangle, (N, N): an eighth of what a general solver takes."""
    if array_api_compat.is_numpy_array(factor):
        from scipy.linalg.lapack import dtrtri, strtri

        invert = strtri if factor.dtype == np.float32 else dtrtri
        # Fortran's view of a C array is its transpose, an upper triangle.
        return invert(factor.T, lower=False)[0].T
    xp = array_api_compat.array_namespace(factor)
    identity = xp.eye(factor.shape[0], dtype=factor.dtype, device=array_api_compat.device(factor))
    if array_api_compat.is_cupy_array(factor):
        from cupyx.scipy.linalg import solve_triangular

        return solve_triangular(factor, identity, lower=True)
    return xp.linalg.solve(factor, identity)
