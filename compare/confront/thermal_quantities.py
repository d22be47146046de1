"""The thermal observables of every comparison, in the order of the table: one list."""

from __future__ import annotations

import math

import numpy as np
from glasswell.sim import observables
from glasswell.theory import FullSolution, Solution, Status, Theory, solve
from glasswell.theory.ansatz.rsb_steps import MOST_STEPS
from glasswell.theory.numerics.limits import Number

from .thermal_observable import ThermalObservable

STEP = 1e-3
"""Relative step in T of the difference quotient for c: its error is of order STEP² c, while
energies known to 1e-10 leave 1e-7 of noise."""

MARGINAL = 1e-9
"""A replicon below this is zero: the solver's equations hold to 1e-10."""


def overlap_moment(solution: Solution, power: int) -> float:
    """[q^n] of P(q) = Σ_l (m_{l+1} - m_l) δ(q - q_l), with m_0 = 0 and m_{k+1} = 1 (n even).

    At H = 0 the symmetry v → -v adds the mirror image, which leaves even moments as they are.
    """
    q = solution.overlaps
    if solution.status is Status.COLLAPSED or solution.rsb == 0:
        return float(q[-1] ** power)
    weights = np.diff([0.0, *solution.breakpoints, 1.0])
    return float(weights @ q**power)


def _heat_capacity(theory: Theory) -> Number | None:
    """de/dT by central differences; None on the transition itself, where it has two values."""
    solution, T = theory.longest, theory.longest.temperature
    near = [_beside(solution, T * factor) for factor in (1 - STEP, 1 + STEP)]
    glassy = {bool(neighbour.overlaps[-1] > 0) for neighbour in near}
    if len(glassy) > 1 or not all(neighbour.converged for neighbour in near):
        return None
    return (near[1].energy - near[0].energy) / (2 * STEP * T)


def _beside(solution: Solution, T: float) -> Solution | FullSolution:
    """The same at another temperature."""
    model, rsb = solution.model, solution.rsb
    if rsb > MOST_STEPS:
        # Of the continuous equations.
        return solve(model, "full", T)
    collapsed = solution.status is Status.COLLAPSED
    return solve(model, rsb, T, guess=None if collapsed or rsb == 0 else solution)


def _binder(solution: Solution) -> float:
    """g = ½(3 - [q⁴]/[q²]²)."""
    second = overlap_moment(solution, 2)
    if second == 0.0:
        # Overlaps are then Gaussian, of variance χ_SG T²/N.
        return 0.0
    return 0.5 * (3.0 - overlap_moment(solution, 4) / second**2)


def _chi_SG(theory: Theory) -> float | None:
    """Infinite where replica symmetry is not stable: there is nothing to compare with."""
    chi = theory.longest.chi_SG
    return chi if theory.longest.replicon > MARGINAL and math.isfinite(chi) else None


THERMAL: tuple[ThermalObservable, ...] = (
    ThermalObservable(
        key="energy",
        name="energy e",
        measured=lambda run: observables.mean(run.energy),
        predicted=lambda theory: theory.energy,
        extrapolate="always",
    ),
    ThermalObservable(
        key="q_hat",
        name="self-overlap q̂",
        measured=lambda run: observables.mean(run.q_hat),
        predicted=lambda theory: theory.q_hat,
        extrapolate="always",
    ),
    ThermalObservable(
        key="heat_capacity",
        name="heat capacity c",
        measured=lambda run: observables.heat_capacity(run.energy, run.temperatures, run.N),
        predicted=_heat_capacity,
    ),
    ThermalObservable(
        key="binder",
        name="Binder ratio g",
        measured=lambda run: observables.binder(run.overlap[:, :, None]),
        predicted=lambda theory: theory.limit_of(_binder),
        # Above T_g it is zero in theory at every temperature.
        drawn=("curve",),
    ),
    ThermalObservable(
        key="chi_SG",
        name="spin-glass susceptibility χ_SG",
        measured=lambda run: observables.chi_SG(run.overlap[:, :, None], run.temperatures, run.N),
        predicted=_chi_SG,
        # Below T_g theory has none to draw.
        drawn=("trend",),
    ),
)
"""Energy is U/N; the heat capacity is that of the displacements, without the momenta's 1/2."""
