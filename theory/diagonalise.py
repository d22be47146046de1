"""Enlarge the basis until levels no longer change: the engine under ``levels``."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, fields
from typing import Any

import array_api_compat
import numpy as np

from . import dvr
from .dvr import Potentials
from .errors import LevelsError

Array = Any

ROUNDING = 64 * float(np.finfo(np.float64).eps)
"""Error of an eigenvalue in units of the cut-off energy and of min U; seen to be a third of it."""

STEP = 8
"""Numbers of basis functions are multiples of this. A step adds about a twelfth and takes the error
down by about 30, so that what it changes is more than what is left."""

LARGEST = 1024
"""Basis functions at most."""

GROUP = 512
"""Potentials that start from one number of basis functions."""

BATCH_BYTES = 4e6
"""Matrices that are made at a time, by each thread: they should stay in the cache."""


@dataclass(frozen=True)
class Converged:
    """Levels (B, n) above the minimum; the other fields are (B,).

    ``cutoff`` is the basis's energy, ``size`` its number of functions.
    """

    energy: Array
    floor: Array
    precision: Array
    cutoff: Array
    size: Array


def converged(
    potentials: Potentials,
    count: int,
    scale: float,
    tol: float,
    size: int,
    pool: Executor | None = None,
) -> Converged:
    """Enlarge the basis, from ``size`` on, of those whose levels still change with it.

    Raises
    ------
    LevelsError
        If more than LARGEST functions are needed.
    """
    xp = array_api_compat.array_namespace(potentials.h)
    size = STEP * max(1, round(size / STEP))
    active = xp.arange(len(potentials), device=potentials.h.device)
    rough: Converged | None = None
    finished: list[tuple[Array, Converged]] = []
    while active.shape[0]:
        if size > LARGEST:
            raise LevelsError(
                f"{count} levels need more than {LARGEST} basis functions: ask for fewer, or leave "
                "out potentials that are much wider than the others"
            )
        fine = _solve(potentials[active], size, count, scale, pool)
        if rough is not None:
            allowed = tol * fine.energy + fine.precision[:, None]
            same = xp.all(xp.abs(fine.energy - rough.energy) <= allowed, axis=1)
            # Where a second well opens, a larger basis may only widen the box: no evidence.
            rise = 1 + STEP / (2 * size)
            done = same & (fine.cutoff > rise * rough.cutoff)
            (stop,), (go_on,) = xp.nonzero(done), xp.nonzero(~done)
            finished.append((active[stop], picked(fine, stop)))
            active, fine = active[go_on], picked(fine, go_on)
        rough = fine
        size += STEP * max(1, round(size / (12 * STEP)))
    back = xp.argsort(xp.concat([index for index, _ in finished]))
    return picked(joined([part for _, part in finished]), back)


def picked(found: Converged, index: Array) -> Converged:
    """Some of them, in any order."""
    xp = array_api_compat.array_namespace(found.size)
    names = [field.name for field in fields(Converged)]
    return Converged(**{name: xp.take(getattr(found, name), index, axis=0) for name in names})


def by_difficulty(
    potentials: Potentials, count: int, scale: float, tol: float, pool: Executor | None = None
) -> Converged:
    """``converged`` for many potentials, from the easy to the hard, in groups of a kind.

    Raises
    ------
    LevelsError
        As ``converged``.
    """
    xp = array_api_compat.array_namespace(potentials.h)
    sizes = _estimated_sizes(potentials, count, scale)
    order = xp.argsort(sizes)
    found = []
    for group in _split(order, GROUP):
        start = int(sizes[group[group.shape[0] // 2]])
        found.append(converged(potentials[group], count, scale, tol, start, pool))
    return picked(joined(found), xp.argsort(order))


def joined(parts: list[Converged]) -> Converged:
    """One after the other."""
    xp = array_api_compat.array_namespace(parts[0].size)
    names = [field.name for field in fields(Converged)]
    return Converged(**{name: xp.concat([getattr(part, name) for part in parts]) for name in names})


def _estimated_sizes(potentials: Potentials, count: int, scale: float) -> Array:
    xp = array_api_compat.array_namespace(potentials.h)
    index = xp.arange(len(potentials), device=potentials.h.device)
    parts = [potentials[part] for part in _split(index, GROUP)]
    return xp.concat([dvr.estimated_size(part, count, scale) for part in parts])


def _split(index: Array, length: int) -> Iterator[Array]:
    """Consecutive parts of an array, ``length`` long but the last."""
    total = index.shape[0]
    for start in range(0, total, length):
        yield index[start : min(start + length, total)]


def _solve(
    potentials: Potentials, size: int, count: int, scale: float, pool: Executor | None
) -> Converged:
    """Diagonalise with one number of basis functions, in batches that fit into memory."""
    xp = array_api_compat.array_namespace(potentials.h)

    def solved(index: Array) -> Converged:
        batch = potentials[index]
        basis = dvr.place(batch, size, scale)
        energy = _eigenvalues(dvr.hamiltonians(batch, basis, scale))[:, :count]
        precision = ROUNDING * (basis.cutoff + xp.abs(basis.floor))
        return Converged(energy, basis.floor, precision, basis.cutoff, xp.full_like(index, size))

    index = xp.arange(len(potentials), device=potentials.h.device)
    batches = _split(index, max(1, int(BATCH_BYTES / (8 * size**2))))
    return joined(list(pool.map(solved, batches) if pool else map(solved, batches)))


def _eigenvalues(H: Array) -> Array:
    """All eigenvalues of a stack of symmetric matrices, ascending, (B, N)."""
    xp = array_api_compat.array_namespace(H)
    if not array_api_compat.is_cupy_namespace(xp):
        return xp.linalg.eigvalsh(H)
    import cupyx

    # cuSOLVER takes a stack by Jacobi rotations, which are for matrices of 32 rows or fewer, and
    # reports nothing unless told to.
    with cupyx.errstate(linalg="raise"):
        return xp.stack([xp.linalg.eigvalsh(H[n]) for n in range(H.shape[0])])
