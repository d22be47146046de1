"""Enlarge the basis until levels no longer change: the engine under ``levels``."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, fields

import array_api_compat
import numpy as np

from .._typing import Array
from ..model.errors import LevelsError
from . import dvr
from .dvr import Basis, Potentials

ROUNDING = 64 * float(np.finfo(np.float64).eps)
"""Error of an eigenvalue in units of the cut-off energy and of min U; seen to be a third of it."""

STEP = 8
"""Numbers of basis functions are multiples of this."""

SMALL = 64
"""Below this number of functions a second diagonalisation is cheap, and all levels are compared."""

CONTRACTION = 3.0
"""A basis larger by a step has errors smaller by about 30, seldom by less than this: where it
changes levels by CONTRACTION tol, what is left is tol."""

LARGEST = 1024
"""Basis functions at most."""

GROUP = 512
"""Potentials that start from one number of basis functions."""

BATCH_BYTES = 4e6
"""Matrices that are made at a time, by each thread: they should stay in the cache."""


@dataclass(frozen=True)
class Converged:
    """Levels (B, n) above the minimum; the other fields are (B,).

    ``size`` is the number of basis functions, and ``settled`` whether they suffice.
    """

    energy: Array
    floor: Array
    precision: Array
    size: Array
    settled: Array


def converged(
    potentials: Potentials,
    count: int,
    scale: float,
    tol: float,
    size: int,
) -> Converged:
    """Enlarge the basis, from ``size`` on, of those whose levels still change with it.

    Raises
    ------
    LevelsError
        If more than LARGEST functions are needed.
    """
    xp = array_api_compat.array_namespace(potentials.h)
    # With a step less there must still be as many functions as levels.
    size = STEP * max(1 + math.ceil(1.25 * count / STEP), round(size / STEP))
    active = xp.arange(len(potentials), device=potentials.h.device)
    finished: list[tuple[Array, Converged]] = []
    while active.shape[0]:
        if size > LARGEST:
            raise LevelsError(
                f"{count} levels need more than {LARGEST} basis functions: ask for fewer, or leave "
                "out potentials that are much wider than the others"
            )
        found = _solve(potentials[active], size, count, scale, tol)
        (stop,), (go_on,) = xp.nonzero(found.settled), xp.nonzero(~found.settled)
        finished.append((active[stop], picked(found, stop)))
        active = active[go_on]
        size += _step(size)
    back = xp.argsort(xp.concat([index for index, _ in finished]))
    return picked(joined([part for _, part in finished]), back)


def _step(size: int) -> int:
    """About a twelfth."""
    return STEP * max(1, round(size / (12 * STEP)))


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
    each = pool.map if pool else map

    def estimated(part: Array) -> Array:
        return dvr.estimated_size(potentials[part], count, scale)

    def solved(group: Array) -> Converged:
        start = int(sizes[group[group.shape[0] // 2]])
        return converged(potentials[group], count, scale, tol, start)

    index = xp.arange(len(potentials), device=potentials.h.device)
    sizes = xp.concat(list(each(estimated, _split(index, GROUP))))
    order = xp.argsort(sizes)
    found = joined(list(each(solved, _split(order, GROUP))))
    return picked(found, xp.argsort(order))


def joined(parts: list[Converged]) -> Converged:
    """One after the other."""
    xp = array_api_compat.array_namespace(parts[0].size)
    names = [field.name for field in fields(Converged)]
    return Converged(**{name: xp.concat([getattr(part, name) for part in parts]) for name in names})


def _split(index: Array, length: int) -> Iterator[Array]:
    """Consecutive parts of an array, ``length`` long but the last."""
    total = index.shape[0]
    for start in range(0, total, length):
        yield index[start : min(start + length, total)]


def _solve(potentials: Potentials, size: int, count: int, scale: float, tol: float) -> Converged:
    """Diagonalise with one number of basis functions, in batches that fit into the cache.

    A basis with a step less must have the same levels, to CONTRACTION tol.
    """
    xp = array_api_compat.array_namespace(potentials.h)
    basis = dvr.place(potentials, size, scale)
    smaller = dvr.place(potentials, size - _step(size), scale)
    precision = ROUNDING * (basis.cutoff + xp.abs(basis.floor))

    def solved(index: Array) -> tuple[Array, Array]:
        batch = potentials[index]
        energy = _eigenvalues(dvr.hamiltonians(batch, basis[index], scale))[:, :count]
        allowed = CONTRACTION * tol * energy + xp.take(precision, index)[:, None]
        return energy, _same(batch, smaller[index], energy, allowed, scale)

    index = xp.arange(len(potentials), device=potentials.h.device)
    batches = _split(index, max(1, int(BATCH_BYTES / (8 * size**2))))
    energy, same = (xp.concat(part) for part in zip(*map(solved, batches), strict=True))
    # Where a second well opens, a larger basis may only widen the box: no evidence.
    larger = basis.cutoff > (1 + _step(size) / (2 * size)) * smaller.cutoff
    return Converged(energy, basis.floor, precision, xp.full_like(index, size), same & larger)


def _same(
    potentials: Potentials, smaller: Basis, energy: Array, allowed: Array, scale: float
) -> Array:
    """Whether the levels (B, n) of a smaller basis differ from ``energy`` by less than ``allowed``.

    The highest converges last and is enough to look at where levels are many, unless it lies below
    a barrier: then each well has a highest of its own.
    """
    xp = array_api_compat.array_namespace(energy)
    highest = energy[:, -1]
    U = potentials.value(smaller.points) - smaller.floor[:, None]
    inside = xp.astype(U < highest[:, None], U.dtype)
    ends = xp.sum(xp.abs(inside[:, 1:] - inside[:, :-1]), axis=1)
    if smaller.N < SMALL or bool(xp.any(ends > 2.0)):
        others = _eigenvalues(dvr.hamiltonians(potentials, smaller, scale))
        return xp.all(xp.abs(others[:, : energy.shape[1]] - energy) <= allowed, axis=1)
    relative = dvr.hamiltonians(potentials, smaller, scale, origin=highest)
    return xp.abs(_smallest_eigenvalue(relative)) <= allowed[:, -1]


def _smallest_eigenvalue(H: Array) -> Array:
    """The eigenvalue next to zero of each H (B, N, N), by one inverse iteration.

    Its error is of second order in it: nothing where it is within a tolerance of zero.
    """
    xp = array_api_compat.array_namespace(H)
    i = xp.arange(H.shape[1], dtype=H.dtype, device=array_api_compat.device(H))
    # Orthogonal to no eigenvector, of either parity.
    start = xp.broadcast_to(xp.cos(i**2)[:, None], (*H.shape[:2], 1))
    x = xp.linalg.solve(H, start)
    return xp.sum(x * start, axis=(1, 2)) / xp.sum(x * x, axis=(1, 2))


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
