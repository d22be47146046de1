"""Quantum levels of local potentials: -(ħ²/2m) d²ψ/dv² + U_eff(v; h) ψ = E ψ, many at once.

U_eff(v; h) = -h v - C v²/2 + G(v)/γ, an even polynomial G (physics.md §4). Potentials are taken
from the easy to the hard, and the basis of each grows until its levels no longer change: accuracy
is seen and not hoped for.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, fields
from typing import Any

import array_api_compat
import array_api_compat.numpy as numpy_namespace
import numpy as np
from threadpoolctl import threadpool_limits

from . import dvr
from .dvr import Potentials
from .errors import LevelsError, PrecisionWarning
from .model import Model

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
class Spectrum:
    """The lowest levels of many potentials; the leading axes are those of h, C and γ.

    ``energy`` (…, n) is measured from the potential's minimum ``floor`` (…). ``precision`` (…) is
    the absolute error of a level that rounding alone makes.
    """

    energy: Array
    floor: Array
    precision: Array

    @property
    def excitation(self) -> Array:
        """E_n - E_0, (…, n)."""
        return self.energy - self.energy[..., :1]

    @property
    def resolved(self) -> Array:
        """Whether E_1 - E_0 stands above rounding, (…)."""
        return self.energy[..., 1] - self.energy[..., 0] > self.precision

    @property
    def splitting(self) -> Array:
        """E_1 - E_0, (…); below ``precision`` it is rounding (see ``tunnelling.splitting``).

        Warns
        -----
        PrecisionWarning
            If some splitting is not resolved.
        """
        lost = int((~self.resolved).sum()) if self.resolved.ndim else int(not self.resolved)
        if lost:
            warnings.warn(
                f"{lost} splittings lie below double precision: take tunnelling.splitting, which "
                "does not subtract, where h = 0, and mask by .resolved elsewhere",
                PrecisionWarning,
                stacklevel=2,
            )
        return self.energy[..., 1] - self.energy[..., 0]


def levels(
    h: Array,
    C: Array,
    model: Model,
    *,
    gamma: Array | None = None,
    count: int = 40,
    hbar: float = 1.0,
    mass: float = 1.0,
    tol: float = 1e-10,
    workers: int | None = None,
) -> Spectrum:
    """The lowest levels of U_eff(v; h) = -h v - C v²/2 + G(v)/γ for arrays of h, C and γ.

    Parameters
    ----------
    h, C, gamma
        Cavity fields, coefficients of -v²/2 (J² C in terms of the theory's C) and γ; numbers or
        arrays that broadcast, of any array-API library. ``gamma`` is the model's by default.
    model
        Gives G.
    count
        Levels of each potential.
    hbar, mass
        ħ and m0.
    tol
        Relative accuracy of every level, measured from the potential's minimum, down to rounding.
    workers
        Threads, for NumPy arrays; the cores there are by default.

    Raises
    ------
    LevelsError
        If a parameter makes no sense, or ``count`` levels need more than LARGEST functions.
    """
    scale = kinetic_scale(hbar, mass)
    if count < 2:
        raise LevelsError(f"count is the number of levels, two or more, got {count}")
    potentials, shape = local_potentials(h, C, model, gamma)
    xp = array_api_compat.array_namespace(potentials.h)
    sizes = _estimated_sizes(potentials, count, scale)
    order = xp.argsort(sizes)
    on_cpu = array_api_compat.is_numpy_namespace(xp)
    # Two thread pools fight: the threads are here, and none in BLAS.
    with (
        threadpool_limits(1) if on_cpu else nullcontext(),
        ThreadPoolExecutor(workers or _cores()) as pool,
    ):
        threads = pool if on_cpu else None
        solved = []
        for group in _split(order, GROUP):
            start = int(sizes[group[group.shape[0] // 2]])
            solved.append(converged(potentials[group], count, scale, tol, start, threads))
    back = xp.argsort(order)

    def joined(parts: list[Array], *axes: int) -> Array:
        return xp.reshape(xp.take(xp.concat(parts, axis=0), back, axis=0), (*shape, *axes))

    return Spectrum(
        joined([found.energy for found in solved], count),
        joined([found.floor for found in solved]),
        joined([found.precision for found in solved]),
    )


def kinetic_scale(hbar: float, mass: float) -> float:
    """ħ/√(2m), refused unless positive and finite.

    Raises
    ------
    LevelsError
        If it is not.
    """
    for name, value in (("hbar", hbar), ("mass", mass)):
        if not 0 < value < float("inf"):
            raise LevelsError(f"{name} must be positive and finite, got {value}")
    return hbar / float(np.sqrt(2 * mass))


def local_potentials(
    h: Array, C: Array, model: Model, gamma: Array | None = None
) -> tuple[Potentials, tuple[int, ...]]:
    """The potentials of arrays h, C and γ that broadcast, flat, and their common shape.

    Raises
    ------
    LevelsError
        If some γ is not positive, or something is not finite.
    """
    given = [h, C, model.gamma if gamma is None else gamma]
    arrays = [x for x in given if array_api_compat.is_array_api_obj(x)]
    xp = array_api_compat.array_namespace(*arrays) if arrays else numpy_namespace
    device = array_api_compat.device(arrays[0]) if arrays else None
    h, C, gamma = xp.broadcast_arrays(
        *(xp.asarray(x, dtype=xp.float64, device=device) for x in given)
    )
    if not bool(xp.all(xp.isfinite(h) & xp.isfinite(C) & xp.isfinite(gamma))):
        raise LevelsError("a local potential has an h, C or γ that is not finite: leave it out")
    if not bool(xp.all(gamma > 0)):
        raise LevelsError("every γ must be positive: G(v)/γ confines v")
    fields, response, softness = (xp.reshape(x, (-1,)) for x in (h, C, gamma))
    W = model.G.shifted(-response / 2, scale=1 / softness)
    return Potentials.of(fields, W), tuple(h.shape)


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
            finished.append((active[stop], _picked(fine, stop)))
            active, fine = active[go_on], _picked(fine, go_on)
        rough = fine
        size += STEP * max(1, round(size / (12 * STEP)))
    back = xp.argsort(xp.concat([index for index, _ in finished]))
    joined = {
        field.name: xp.take(
            xp.concat([getattr(part, field.name) for _, part in finished]), back, axis=0
        )
        for field in fields(Converged)
    }
    return Converged(**joined)


def _picked(found: Converged, index: Array) -> Converged:
    xp = array_api_compat.array_namespace(found.size)
    names = [field.name for field in fields(Converged)]
    return Converged(**{name: xp.take(getattr(found, name), index, axis=0) for name in names})


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
        energy = xp.linalg.eigvalsh(dvr.hamiltonians(batch, basis, scale))[:, :count]
        precision = ROUNDING * (basis.cutoff + xp.abs(basis.floor))
        return Converged(energy, basis.floor, precision, basis.cutoff, xp.full_like(index, size))

    index = xp.arange(len(potentials), device=potentials.h.device)
    batches = _split(index, max(1, int(BATCH_BYTES / (8 * size**2))))
    parts = list(pool.map(solved, batches) if pool else map(solved, batches))
    names = [field.name for field in fields(Converged)]
    return Converged(**{name: xp.concat([getattr(part, name) for part in parts]) for name in names})


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
