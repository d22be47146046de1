"""J v of few columns, at the speed of the arithmetic.

A library of matrix products first copies its operands to where its kernels want them. Of J with
few columns that takes as long as the product itself. OpenBLAS leaves small products where they
are, on processors with AVX-512: there J is multiplied by as many of its rows at a time as make a
product small.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

import numpy as np

from .._typing import HostArray

Product: TypeAlias = Callable[..., HostArray]
"""(J, v) or (J, v, out) -> J v, (S, N, N) and (S, N, R) -> (S, N, R), in ``out`` if it is given."""

SMALL = 1_000_000
"""Multiplications of a product that OpenBLAS calls small."""

IN_PLACE = frozenset({"SkylakeX", "Cooperlake", "SapphireRapids"})
"""OpenBLAS's names of the kernels that leave small products where they are."""

LEAST_ROWS = 12
"""With fewer rows at a time nothing is gained."""


def fastest() -> Product:
    """Of NumPy arrays, as its library is set up when this is called.

    By rows it takes 0.4 and 0.6 of the time at N = 1024 with 8 and 32 columns. A sum may then be in
    another order.
    """
    return by_rows if _small_in_place() else np.matmul


def by_rows(J: HostArray, v: HostArray, out: HostArray | None = None) -> HostArray:
    """J v on NumPy arrays, some rows of J at a time where that makes small products."""
    rows = rows_at_a_time(J.shape[-1], v.shape[-1])
    found = np.empty(v.shape, dtype=np.result_type(J, v)) if out is None else out
    # Others would be copied, or lose what is written to their copy.
    if rows == 0 or not (J.flags.c_contiguous and found.flags.c_contiguous):
        return np.matmul(J, v, out=found)
    (S, N, R), whole = v.shape, J.shape[-1] // rows
    end = whole * rows
    for s in range(S):
        blocks = J[s, :end].reshape(whole, rows, N)
        np.matmul(blocks, v[s], out=found[s, :end].reshape(whole, rows, R))
        if end < N:
            np.matmul(J[s, end:], v[s], out=found[s, end:])
    return found


def rows_at_a_time(N: int, R: int) -> int:
    """How many rows of J, (N, N), are multiplied by (N, R) at a time; 0 for all of them at once."""
    rows = SMALL // (N * R) // 4 * 4
    return rows if LEAST_ROWS <= rows < N else 0


def _small_in_place() -> bool:
    """Whether products are those of OpenBLAS with such kernels, on one thread.

    Large products go to all threads that there are, small ones to one.
    """
    found = _libraries()
    return bool(found) and all(
        library.architecture in IN_PLACE and library.num_threads == 1 for library in found
    )


@cache
def _libraries() -> list[Any]:
    """Those behind products, if all of them are OpenBLAS."""
    # Imported where it is needed: workers and `inspect` start faster without it.
    from threadpoolctl import ThreadpoolController

    found = ThreadpoolController().select(user_api="blas").lib_controllers
    return list(found) if all(one.internal_api == "openblas" for one in found) else []
