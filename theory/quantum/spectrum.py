"""Quantum levels of local potentials: -(ħ²/2m) d²ψ/dv² + U_eff(v; h) ψ = E ψ, many at once.

U_eff(v; h) = -h v - C v²/2 + G(v)/γ, an even polynomial G (physics.md §4). Potentials are taken
from the easy to the hard, and the basis of each grows until its levels no longer change: accuracy
is seen and not hoped for.
"""

from __future__ import annotations

import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass

import array_api_compat
import array_api_compat.numpy as numpy_namespace
import numpy as np
from threadpoolctl import threadpool_limits

from .._typing import Array
from ..model.errors import LevelsError, PrecisionWarning
from ..model.potential import SitePotential
from .diagonalise import by_difficulty
from .dvr import Potentials

FARTHEST = 1e60
"""Of h, C and γ: times v⁴ of the widest box that is tried, 1e108, a float still holds them."""


@dataclass(frozen=True)
class Spectrum:
    """The lowest levels of many potentials; the leading axes are those of h, C and γ.

    ``energy`` (…, n) is measured from the potential's minimum ``floor`` (…). ``precision`` (…) is
    the absolute error of a level that rounding alone makes.

    Examples
    --------
    >>> from glasswell.theory import Model, levels
    >>> spectrum = levels(0.0, 0.0, Model(gamma=1.0, a=1e-12), count=3)
    >>> spectrum.energy.round(6)  # of an oscillator with ω = 1, above the potential's minimum
    array([0.5, 1.5, 2.5])
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
    model: SitePotential,
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
        Gives G, with numbers or, for flat h, arrays as its coefficients.
    count
        Levels of each potential.
    hbar, mass
        ħ and m0.
    tol
        Relative accuracy of every level, measured from the potential's minimum, down to rounding.
    workers
        Threads, for NumPy arrays; ``available_cores`` by default.

    Raises
    ------
    LevelsError
        If a parameter makes no sense, or ``count`` levels need more than LARGEST functions.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.theory import Model, levels
    >>> h = np.array([0.0, 0.01])
    >>> E = levels(h, 1.5, Model(gamma=1.0), count=2).energy
    >>> (E[:, 1] - E[:, 0]).round(4)  # a field splits the levels of a double well further
    array([0.2612, 0.2623])
    """
    scale = kinetic_scale(hbar, mass)
    if count < 2:
        raise LevelsError(f"count is the number of levels, two or more, got {count}")
    potentials, shape = local_potentials(h, C, model, gamma)
    if not len(potentials):
        raise LevelsError("there are no potentials: h, C or γ is empty")
    xp = array_api_compat.array_namespace(potentials.h)
    on_cpu = array_api_compat.is_numpy_namespace(xp)
    # Two thread pools fight: the threads are here, and none in BLAS.
    with (
        threadpool_limits(1) if on_cpu else nullcontext(),
        ThreadPoolExecutor(workers or available_cores()) as pool,
    ):
        found = by_difficulty(potentials, count, scale, tol, pool if on_cpu else None)
    return Spectrum(
        xp.reshape(found.energy, (*shape, count)),
        xp.reshape(found.floor, shape),
        xp.reshape(found.precision, shape),
    )


def kinetic_scale(hbar: float, mass: float) -> float:
    """ħ/√(2m), refused unless it and its square are positive and finite.

    Raises
    ------
    LevelsError
        If it is not.
    """
    for name, value in (("hbar", hbar), ("mass", mass)):
        if not 0 < value < float("inf"):
            raise LevelsError(f"{name} must be positive and finite, got {value}")
    scale = hbar / float(np.sqrt(2 * mass))
    if not 1 / FARTHEST <= scale <= FARTHEST:
        raise LevelsError(
            f"hbar/sqrt(2 mass) is {scale:g}, beyond {FARTHEST:g} or its inverse: take a larger "
            "hbar or a smaller mass, or the other way round"
        )
    return scale


def local_potentials(
    h: Array, C: Array, model: SitePotential, gamma: Array | None = None
) -> tuple[Potentials, tuple[int, ...]]:
    """The potentials of arrays h, C and γ that broadcast, flat, and their common shape.

    Raises
    ------
    LevelsError
        If some γ is not positive, or something is not finite.
    ModelError
        If the sites of the model differ.
    """
    G = model.G
    given = [h, C, model.gamma if gamma is None else gamma]
    arrays = [x for x in given if array_api_compat.is_array_api_obj(x)]
    xp = array_api_compat.array_namespace(*arrays) if arrays else numpy_namespace
    device = array_api_compat.device(arrays[0]) if arrays else None
    h, C, gamma = xp.broadcast_arrays(
        *(xp.asarray(x, dtype=xp.float64, device=device) for x in given)
    )
    if not all(bool(xp.all(xp.abs(x) <= FARTHEST)) for x in (h, C, gamma)):
        raise LevelsError(
            f"a local potential has an h, C or γ that is not finite, or beyond {FARTHEST:g}: leave "
            "it out"
        )
    if not bool(xp.all(gamma > 0)):
        raise LevelsError("every γ must be positive: G(v)/γ confines v")
    fields, response, softness = (xp.reshape(x, (-1,)) for x in (h, C, gamma))
    W = G.shifted(-response / 2, scale=1 / softness)
    return Potentials.of(fields, W), tuple(h.shape)


def available_cores() -> int:
    """The cores this process may use, which a batch queue may have made fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
