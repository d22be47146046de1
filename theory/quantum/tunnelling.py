"""Tunnelling: splittings of any size, and the two-level picture of a double well.

For a symmetric potential the even and odd state ψ_±, of energies E_±, obey exactly

    (E_- - E_+) ∫_0^∞ ψ_+ ψ_- dv = (ħ²/2m) ψ_+(0) ψ_-'(0),

which subtracts nothing. ψ_+(0) and ψ_-'(0) are found by integrating outwards from v = 0, where the
wanted solution is the growing one, to the state's largest amplitude: relative precision is kept
however small the splitting. What is smaller than the smallest float, e^-745, is zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import integrate

from .._typing import Floats
from ..model.errors import LevelsError, ModelError
from ..model.model import Model
from ..site.geometry import Geometry, geometry
from . import dvr
from .diagonalise import converged
from .dvr import Potentials
from .spectrum import kinetic_scale, local_potentials

ENERGY_TOL = 1e-12
"""Of the energies at which the wavefunctions are taken."""

EXTRA = 32
"""Functions beyond those: a wavefunction converges at half the rate of its energy."""

SUBTRACTED = 1e-4
"""Splittings above this part of the energy are differences, right to 1e-10 all the same."""

ODE_TOL = 1e-12
"""Of the integration through the barrier: the splitting is good to about 100 times that."""

LARGEST_GROWTH = 1e250
"""Beyond which a wavefunction is scaled back on its way: a step of the integration adds little."""

UNDERFLOW = 1000.0
"""ln ψ beyond which it need not be followed: the splitting, ~ 1/ψ², is far below any float."""


def splitting(
    C: ArrayLike,
    model: Model,
    *,
    gamma: ArrayLike | None = None,
    pair: int = 0,
    hbar: float = 1.0,
    mass: float = 1.0,
) -> Floats:
    """E_(2n+1) - E_(2n) of the symmetric potentials -C v²/2 + G(v)/γ, for the pair n.

    To a relative accuracy of 1e-9 over all decades that a float holds, zero below them; of a single
    well it is the distance of two levels. ``C`` and ``gamma`` broadcast; the result has their
    shape. The potentials must be symmetric, so there is no h: a field of 1e-20 would localise what
    tunnels with 1e-20.

    Raises
    ------
    LevelsError
        If ``pair`` is negative or a parameter makes no sense.
    """
    if pair < 0:
        raise LevelsError(f"pair counts the doublets from 0, got {pair}")
    scale = kinetic_scale(hbar, mass)
    response = np.asarray(C, dtype=np.float64)
    potentials, shape = local_potentials(np.zeros(()), response, model, gamma)
    gaps = np.empty(len(potentials))
    for n in range(len(potentials)):
        gaps[n] = _wronskian(potentials[np.array([n])], pair, scale)
    return gaps.reshape(shape)


def _wronskian(potential: Potentials, pair: int, scale: float) -> float:
    """The splitting of one potential."""
    count = 2 * pair + 2
    start = int(dvr.estimated_size(potential, count, scale)[0])
    size = int(converged(potential, count, scale, ENERGY_TOL, start).size[0]) + EXTRA
    basis = dvr.place(potential, size, scale)
    spacing = float(basis.spacing[0])
    v = (np.arange(size // 2) + 0.5) * spacing
    H = dvr.hamiltonians(potential, basis, scale)[0]
    right, mirrored = H[size // 2 :, size // 2 :], H[size // 2 :, size // 2 - 1 :: -1]
    energies, vectors = np.linalg.eigh(np.stack([right + mirrored, right - mirrored]))
    even, odd = energies[:, pair]
    if odd - even > SUBTRACTED * odd:
        return float(odd - even)
    amplitudes = []
    for parity in (0, 1):
        state = np.abs(vectors[parity, :, pair])
        peak = int(np.argmax(state))
        energy = float(energies[parity, pair] + basis.floor[0])
        grown = _log_grown(potential, energy, float(v[peak]), scale, even=parity == 0)
        amplitudes.append(math.log(state[peak] / math.sqrt(spacing)) - grown)
    slope = math.exp(sum(amplitudes))
    overlap = abs(float(vectors[0, :, pair] @ vectors[1, :, pair]))
    # ψ_+ψ_- starts at v = 0 with this slope, and a sum over midpoints owes Euler and Maclaurin
    # that; the next term is of order (κδ)² of this one.
    barrier = float(potential.value(np.zeros((1, 1)))[0, 0] - basis.floor[0] - odd) / scale**2
    overlap += slope * spacing**2 * (-1 / 24 + 7 / 1440 * barrier * spacing**2)
    return float(scale**2 * slope / overlap)


def _log_grown(
    potential: Potentials, energy: float, end: float, scale: float, *, even: bool
) -> float:
    """ln |ψ(end)| of the solution with ψ(0) = 1, ψ' = 0 (even) or ψ(0) = 0, ψ' = 1.

    It may grow beyond what a float holds: on its way it is scaled back and the scales are noted.
    A lower bound once that is beyond UNDERFLOW.
    """

    W = potential.W.with_parameters(float(c[0]) for c in potential.W.parameters)

    def equation(v: float, state: Floats) -> list[float]:
        return [state[1], (W.value(v) - energy) / scale**2 * state[0]]

    def too_large(_v: float, state: Floats) -> float:
        return float(np.abs(state).max()) - LARGEST_GROWTH

    too_large.terminal = True  # type: ignore[attr-defined]  # how scipy is told
    start, state, log_scale = 0.0, np.array([1.0, 0.0] if even else [0.0, 1.0]), 0.0
    while start < end and log_scale < UNDERFLOW:
        found = integrate.solve_ivp(
            equation,
            (start, end),
            state,
            method="DOP853",
            rtol=ODE_TOL,
            atol=ODE_TOL * 1e-3,
            events=too_large,
        )
        start, state = float(found.t[-1]), found.y[:, -1]
        if start < end:
            largest = float(np.abs(state).max())
            log_scale += math.log(largest)
            state = state / largest
    return log_scale + math.log(abs(float(state[0])))


@dataclass(frozen=True)
class TwoLevel:
    """Double wells as two-level systems, arrays of one shape; NaN where there is a single well.

    ``asymmetry`` Δ, ``tunnelling`` Δ0 and ``energy`` E = √(Δ² + Δ0²).
    """

    asymmetry: Floats
    tunnelling: Floats
    energy: Floats


def two_level(
    h: ArrayLike,
    C: ArrayLike,
    model: Model,
    *,
    hbar: float = 1.0,
    mass: float = 1.0,
    wkb: bool = False,
) -> TwoLevel:
    """The two-level approximation of double wells, E = √(Δ² + Δ0²) with Δ0 = ħω0 e^-λ.

    λ = d √(2 m0 V)/ħ as in the paper, or 2/3 of it, the WKB exponent, with ``wkb``. Δ is the
    difference of the minima corrected by that of the zero-point energies ħω/2 of the two wells;
    ω0 is the mean of their frequencies. It parts from the full spectrum where Δ reaches ħω0, and
    close to the spinodal, where the upper well holds no state.

    Raises
    ------
    ModelError
        If G allows for more than two wells.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.theory import Model, two_level
    >>> pair = two_level(np.array([0.0, 0.05]), 1.5, Model(gamma=1.0))
    >>> pair.tunnelling.round(4), pair.asymmetry.round(4)
    (array([0.0498, 0.0491]), array([0.    , 0.1296]))
    """
    kinetic_scale(hbar, mass)
    if not model.G.two_wells_at_most:
        raise ModelError(
            "two-level systems are made of two wells, and this G may have more: take levels(…)"
        )
    wells = geometry(h, C, model)
    low, high = frequencies(wells, C, model, mass)
    zero_point = np.sign(np.asarray(h)) * hbar * (low - high) / 2
    asymmetry = np.abs(wells.asymmetry + zero_point)
    exponent = (wells.wkb_exponent if wkb else wells.exponent) * np.sqrt(mass) / hbar
    tunnelling = hbar * (low + high) / 2 * np.exp(-exponent)
    return TwoLevel(asymmetry, tunnelling, np.hypot(asymmetry, tunnelling))


def frequencies(
    wells: Geometry, C: ArrayLike, model: Model, mass: float = 1.0
) -> tuple[Floats, Floats]:
    """ω = √(U_eff''/m0) in the wells at smaller and at larger v; NaN where there is one well."""
    C = np.asarray(C, dtype=np.float64)
    curvatures = [
        np.asarray(model.G.curvature(v) / model.gamma - C) for v in (wells.lower, wells.upper)
    ]
    low, high = (np.sqrt(np.maximum(curvature, 0.0) / mass) for curvature in curvatures)
    return low, high
