"""Levels and the matrix elements of v between them: what a field, a strain or a probe drives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .._typing import Floats
from ..model.model import Model
from . import dvr
from .diagonalise import converged
from .spectrum import kinetic_scale, local_potentials

EXTRA = 16
"""Basis functions beyond what energies need: wavefunctions converge at half their rate."""

TOL = 1e-10
"""Of the energies."""

BATCH = 64
"""Potentials diagonalised at a time."""


@dataclass(frozen=True)
class Transitions:
    """Excitations E_n - E_0 (…, n) and |⟨m|v|n⟩|² (…, n, n) of many potentials."""

    excitation: Floats
    strength: Floats


def transitions(
    h: ArrayLike,
    C: ArrayLike,
    model: Model,
    *,
    count: int = 20,
    hbar: float = 1.0,
    mass: float = 1.0,
) -> Transitions:
    """The lowest levels of U_eff(v; h), and v between them, for h and C that broadcast.

    The elements are right to 1e-8 of the largest, so that |⟨m|v|n⟩|² of a tunnelling transition is
    rounding below 1e-28 of v²: where two wells do not talk it says so.

    Raises
    ------
    LevelsError
        As ``levels``.
    """
    scale = kinetic_scale(hbar, mass)
    potentials, shape = local_potentials(
        np.asarray(h, dtype=np.float64), np.asarray(C, dtype=np.float64), model
    )
    energies, strengths = [], []
    for start in range(0, len(potentials), BATCH):
        batch = potentials[np.arange(start, min(start + BATCH, len(potentials)))]
        first = int(np.median(dvr.estimated_size(batch, count, scale)))
        size = int(converged(batch, count, scale, TOL, first).size.max()) + EXTRA
        basis = dvr.place(batch, size, scale)
        energy, vectors = np.linalg.eigh(dvr.hamiltonians(batch, basis, scale))
        states = vectors[:, :, :count]
        # About the minimum, so that a distant well does not add its rounding to every element.
        v = basis.points - basis.bottom[:, None]
        elements = np.swapaxes(states, 1, 2) @ (v[:, :, None] * states)
        energies.append(energy[:, :count] - energy[:, :1])
        strengths.append(elements**2)
    return Transitions(
        np.concatenate(energies).reshape(*shape, count),
        np.concatenate(strengths).reshape(*shape, count, count),
    )
