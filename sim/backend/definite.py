"""Whether matrices diag(d) - J are positive definite: all that is asked of their factors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import array_api_compat
import numpy as np

from .._typing import Array, Floats
from .linalg import cholesky

STACK = 1 << 28
"""Bytes of matrices that are factored at once on a device."""


def definite(J: Array, which: Sequence[int], diagonals: Sequence[Floats], dtype: Any) -> list[bool]:
    """Whether diag(d) - J_s is positive definite in the arithmetic of ``dtype``, for K pairs.

    Parameters
    ----------
    J
        (S, N, N) with a diagonal of zeros.
    which
        K numbers s, in ascending order.
    diagonals
        K of (N,), on the host.
    """
    if not which:
        return []
    if array_api_compat.is_numpy_array(J):
        return _on_host(J, which, diagonals, dtype)
    return _on_device(J, which, diagonals, dtype)


def _on_host(J: Array, which: Sequence[int], diagonals: Sequence[Floats], dtype: Any) -> list[bool]:
    """One by one in one buffer: LAPACK's own factor, half of what NumPy's takes at N = 512."""
    # Imported where it is needed: workers and `inspect` start faster without it.
    from scipy.linalg.lapack import dpotrf, spotrf

    N = J.shape[-1]
    buffer = np.empty((N, N), dtype=dtype, order="F")
    factor = spotrf if buffer.dtype == np.float32 else dpotrf
    found, last = [], -1
    for s, diagonal in zip(which, diagonals, strict=True):
        if s != last:
            minus, last = np.asfortranarray(-J[s, ...], dtype=dtype), s
        np.copyto(buffer, minus)
        np.fill_diagonal(buffer, diagonal)
        _, info = factor(buffer, lower=True, clean=False, overwrite_a=True)
        found.append(info == 0 and bool(np.isfinite(diagonal).all()))
    return found


def _on_device(
    J: Array, which: Sequence[int], diagonals: Sequence[Floats], dtype: Any
) -> list[bool]:
    """In stacks: one factorisation for as many matrices as fit, halved where one has no factor."""
    xp, device = array_api_compat.array_namespace(J), array_api_compat.device(J)
    N = int(J.shape[-1])
    identity = xp.eye(N, dtype=dtype, device=device)
    most = max(1, STACK // (8 * N * N))
    found: list[bool] = []
    for first in range(0, len(which), most):
        part = slice(first, first + most)
        index = xp.asarray(list(which[part]), dtype=xp.int64, device=device)
        d = xp.asarray(np.stack(diagonals[part]), dtype=dtype, device=device)
        stack = d[:, :, None] * identity - xp.astype(xp.take(J, index, axis=0), dtype)
        found += _halving(stack)
    return found


def _halving(stack: Array) -> list[bool]:
    """Which matrices of a stack have a factor: all, or those of its halves that have."""
    K = int(stack.shape[0])
    if cholesky(stack) is not None:
        return [True] * K
    if K == 1:
        return [False]
    return _halving(stack[: K // 2, ...]) + _halving(stack[K // 2 :, ...])
