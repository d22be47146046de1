"""Quantum levels of cavity potentials: -(ħ²/2m) d²ψ/dv² + U_i(v) ψ = E ψ, site by site.

The oscillator basis of each potential grows until its levels no longer change.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from glasswell.theory.model import EvenPolynomial, LevelsError
from threadpoolctl import threadpool_limits

from .._typing import Bools, Floats, Indices
from ..backend.cores import available_cores
from .cavity_potential import CavityPotentials
from .oscillator_basis import Placed, hamiltonians, place

FILLING = 1.5
"""Functions to start from, in units of those that fill the ellipse of phase space."""

STEP = 8
"""Numbers of functions are multiples of this."""

CONTRACTION = 6.0
"""A basis that is a tenth larger has errors smaller by about 100, for a polynomial never by less
than this: a change by CONTRACTION times the tolerance leaves an error below the tolerance."""

SLOW = 0.1
"""The same for any other potential: where a derivative of G jumps errors fall as a power of the
number of functions, and what is left is up to ten times the last change."""

ROUNDING = 64 * float(np.finfo(np.float64).eps)
"""Error of a level by rounding, in units of the largest element of its matrix."""

LARGEST = 1024
"""Functions at most."""

CHUNK = 1024
"""Potentials that are placed together."""

BATCH_BYTES = 4e6
"""Matrices made at a time by each thread: they should stay in the cache."""


@dataclass(frozen=True)
class EnergyLevels:
    """The lowest levels of cavity potentials; leading axes are those of the potentials.

    >>> from glasswell.theory.model import Model
    >>> harmonic = Model(gamma=1.0, a=1e-9)
    >>> sites = CavityPotentials.of([0.0, 0.3], 0.0, harmonic)
    >>> levels = EnergyLevels.of(sites, count=3)
    >>> np.round(levels.energy + 1e-9, 6)
    array([[0.5  , 1.5  , 2.5  ],
           [0.455, 1.455, 2.455]])
    """

    energy: Floats
    """E_n, (…, n) ascending."""
    error: Floats
    """(…) what a level may still be off, by its last change and by rounding."""
    size: Indices
    """(…) functions that were needed."""

    @classmethod
    def of(
        cls,
        potentials: CavityPotentials,
        *,
        count: int = 40,
        hbar: float = 1.0,
        mass: float = 1.0,
        tol: float = 2e-9,
        workers: int | None = None,
    ) -> EnergyLevels:
        """Of measured cavity potentials, (S, N) or of any shape.

        Parameters
        ----------
        count
            Levels of each potential.
        hbar, mass
            ħ and m0.
        tol
            Accuracy of a level relative to its height above the potential's minimum.
        workers
            Threads; as many as cores may be used by default.

        Raises
        ------
        LevelsError
            If a parameter makes no sense, a potential is not finite, or more than LARGEST functions
            are needed.
        """
        for name, given in (("hbar", hbar), ("mass", mass)):
            if not 0 < given < np.inf:
                raise LevelsError(f"{name} must be positive and finite, got {given}")
        if count < 2:
            raise LevelsError(f"count is the number of levels, two or more, got {count}")
        if not len(potentials):
            raise LevelsError("there are no cavity potentials: h or C is empty")
        if not potentials.known.all():
            raise LevelsError("a cavity potential has an h or C that is not finite: leave it out")
        solver = _Solver(potentials, count, hbar / float(np.sqrt(2 * mass)), tol)
        # Two thread pools fight: the threads are here, and none in BLAS.
        with threadpool_limits(1), ThreadPoolExecutor(workers or available_cores()) as pool:
            energy, error, size = solver.converged(pool)
        shape = potentials.shape
        return cls(energy.reshape(*shape, count), error.reshape(shape), size.reshape(shape))

    @property
    def excitation(self) -> Floats:
        """E_n - E_0, (…, n)."""
        return self.energy - self.energy[..., :1]


@dataclass(frozen=True)
class _Solver:
    potentials: CavityPotentials
    count: int
    scale: float
    tol: float

    def converged(self, pool: ThreadPoolExecutor) -> tuple[Floats, Floats, Indices]:
        """Energies (B, n), errors (B,) and numbers of functions (B,)."""
        B = len(self.potentials)
        energy, error = np.empty((B, self.count)), np.empty(B)
        placed = self._placed(pool)
        least = STEP * (2 + -(-self.count // STEP))
        size = np.maximum(least, STEP * np.rint(FILLING * placed.area / STEP).astype(np.intp))
        active = np.arange(B)
        while len(active):
            if int(size[active].max()) > LARGEST:
                raise LevelsError(
                    f"{self.count} levels need more than {LARGEST} functions: ask for fewer, or "
                    "leave out potentials that are much wider than the others"
                )
            batches = list(_batches(active, size))
            solved = pool.map(
                lambda index: self._solve(index, placed, int(size[index[0]])), batches
            )
            left = []
            for index, (levels, off, settled) in zip(batches, solved, strict=True):
                energy[index], error[index] = levels, off
                left.append(index[~settled])
            active = np.concatenate(left)
            size[active] += np.asarray([_step(int(n)) for n in size[active]], dtype=np.intp)
        return energy, error, size

    def _placed(self, pool: ThreadPoolExecutor) -> Placed:
        chunks = list(_split(np.arange(len(self.potentials)), CHUNK))
        parts = list(
            pool.map(lambda index: place(self.potentials[index], self.count, self.scale), chunks)
        )
        names = ("centre", "width", "floor", "area")
        return Placed(*(np.concatenate([getattr(p, name) for p in parts]) for name in names))

    def _solve(self, index: Indices, placed: Placed, size: int) -> tuple[Floats, Floats, Bools]:
        """Levels with ``size`` functions, how far they may be off, and whether that is enough."""
        chosen, here = self.potentials[index], placed[index]
        fewer = size - _step(size)
        H = hamiltonians(chosen, here, size, self.scale)
        if not np.isfinite(H).all():
            raise LevelsError("a cavity potential overflows where its levels are: ask for fewer")
        rounding = ROUNDING * np.abs(H).max(axis=(1, 2))
        found = self._lowest(H)
        if isinstance(chosen.G, EvenPolynomial):
            smaller, contraction = H[:, :fewer, :fewer], CONTRACTION
        else:
            # With nodes of its own, so that the quadrature is judged as well.
            smaller, contraction = hamiltonians(chosen, here, fewer, self.scale), SLOW
        change = np.abs(self._lowest(smaller) - found)
        settled = np.all(
            change <= contraction * self.tol * np.abs(found) + rounding[:, None], axis=1
        )
        error = change.max(axis=1) / contraction + rounding
        return found + here.floor[:, None], error, settled

    def _lowest(self, H: Floats) -> Floats:
        return np.asarray(np.linalg.eigvalsh(H)[:, : self.count])


def _step(size: int) -> int:
    """A tenth, but at least STEP."""
    return STEP * max(1, round(size / (10 * STEP)))


def _batches(active: Indices, size: Indices) -> Iterator[Indices]:
    """Potentials of one number of functions, as many as fit into the cache."""
    for each in np.unique(size[active]):
        group = active[size[active] == each]
        yield from _split(group, max(1, int(BATCH_BYTES / (8 * int(each) ** 2))))


def _split(index: Indices, length: int) -> Iterator[Indices]:
    for start in range(0, len(index), length):
        yield index[start : start + length]
