"""J v of few columns, at the speed of the arithmetic.

A library of matrix products first copies its operands to where its kernels want them. Of J with
few columns that takes as long as the product itself. OpenBLAS leaves small products where they
are, on processors with AVX-512: there J is multiplied by as many of its rows at a time as make a
product small.
"""

from __future__ import annotations

from functools import cache

import array_api_compat
import numpy as np

from .._typing import Array

SMALL = 1_000_000
"""Multiplications of a product that OpenBLAS calls small."""

IN_PLACE = frozenset({"SkylakeX", "Cooperlake", "SapphireRapids"})
"""OpenBLAS's names of the kernels that leave small products where they are."""

LEAST_ROWS = 12
"""With fewer rows at a time nothing is gained."""


def product(J: Array, v: Array) -> Array:
    """J v, (S, N, N) and (S, N, R) -> (S, N, R), of one precision.

    By rows where that is faster: at N = 1024 with 8 and 32 columns in 0.4 and 0.6 of the time. The
    sums are the same, their order may not be.
    """
    rows = rows_at_a_time(int(J.shape[-1]), int(v.shape[-1]))
    if rows == 0 or not array_api_compat.is_numpy_array(J) or not _small_in_place():
        return J @ v
    found = np.empty(v.shape, dtype=np.result_type(J, v))
    for s in range(len(J)):
        _by_rows(J[s], v[s], rows, found[s])
    return found


def rows_at_a_time(N: int, R: int) -> int:
    """How many rows of J, (N, N), are multiplied by (N, R) at a time; 0 for all of them at once."""
    rows = SMALL // (N * R) // 4 * 4
    return rows if LEAST_ROWS <= rows < N else 0


def _by_rows(J: Array, v: Array, rows: int, found: Array) -> None:
    (N, R), whole = v.shape, len(J) // rows
    end = whole * rows
    np.matmul(J[:end].reshape(whole, rows, N), v, out=found[:end].reshape(whole, rows, R))
    if end < N:
        np.matmul(J[end:], v, out=found[end:])


@cache
def _small_in_place() -> bool:
    """Whether NumPy's products are those of OpenBLAS with such kernels."""
    # Imported where it is needed: workers and `inspect` start faster without it.
    from threadpoolctl import threadpool_info

    found = [info for info in threadpool_info() if info["user_api"] == "blas"]
    return bool(found) and all(info.get("architecture") in IN_PLACE for info in found)
