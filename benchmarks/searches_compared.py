"""Searches for the ground state, as ``searches.py`` compares them: a round of units of each.

Three are the package's own anneal. Its options were tuned, at γ = 10 and 2, on some of the samples
that are compared; those of the others were chosen by a few trials each, at γ = 10 and N = 128 and
256, on other samples.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from glasswell.sim import Anneal, minimise
from glasswell.sim.minima.descent import descend
from glasswell.sim.sample import landscape, scales
from glasswell.sim.samplers import mirror_moves
from glasswell.sim.samplers.annealed import BUDGET, COARSE, NOISE_EVERY, TIME_STEP
from glasswell.sim.samplers.base import Batch
from glasswell.sim.samplers.drive import minima_of
from glasswell.sim.samplers.ladder import geometric
from glasswell.sim.samplers.langevin import Langevin
from glasswell.sim.samplers.measurements import in_order
from glasswell.sim.samplers.quench import random_starts
from glasswell.sim.samplers.sweep_noise import Noise
from glasswell.sim.samplers.tempering import REPLICAS, Plan, Tempering
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

Floats = NDArray[np.float64]
Search = Callable[[Batch], Floats]
"""One round: the lowest energy per site of each of its units, (R,)."""

TOLERANCE = 1e-8
"""Between energies per site that are equal, in units of the squared amplitude."""

COLUMNS = 32
"""Of a round."""

# Tempering: temperatures in units of the transition's.
COLDEST, HOTTEST, RUNGS = 0.1, 1.2, 6
SWEEPS_PER_SITE, NOTES, QUENCHED = 0.5, 4, 4
"""Sweeps; how often chains are noted on the way; how many of the coldest."""

# Population annealing, from the same temperatures as the anneal.
POPULATION, POPULATION_STEPS_PER_SITE, STAGES = 8, 4, 20

# Iterated search.
FIRST_STEPS_PER_SITE, HOPS_PER_SITE = 4, 0.05
KICK = (0.3, 1.0)
"""Length of a kick, drawn evenly, in amplitudes √N ℓ."""


def annealed(batch: Batch, sampler: Anneal) -> Floats:
    """Columns of the package's own anneal."""
    minima = minima_of(sampler, batch)[0]
    return np.where(minima.converged, minima.energy, np.inf) / batch.N


def once(batch: Batch, precision: str) -> Floats:
    """One way down of 16 N steps."""
    steps = 16 * batch.N
    return annealed(batch, Anneal(COLUMNS, steps=steps, reheats=0, precision=precision))


def tempered(batch: Batch) -> Floats:
    """Two replicas of a ladder, the coldest chains of both minimised on the way and at the end."""
    unit = scales.temperature(batch.model)
    temperatures = unit * geometric(COLDEST, HOTTEST, RUNGS)
    sweeps = max(math.ceil(SWEEPS_PER_SITE * batch.N), NOTES)
    # Step sizes adapt all the time: this is a search, no measurement.
    plan = Plan(burn_in=sweeps, sweeps=10)
    noise = Noise(batch.seed + batch.attempt, batch.N, batch.numbers, batch.xp)
    starts = random_starts(batch, REPLICAS * RUNGS)[None]
    chains = Tempering(batch.J, batch.sites, temperatures, plan, noise, starts=starts)
    notes = []
    for swept in range(1, sweeps + 1):
        chains.sweep()
        if swept % (sweeps // NOTES) == 0:
            by_T = [in_order(chains.state.v, chains.chains, n)[0] for n in range(REPLICAS)]
            notes += [own[:, :QUENCHED] for own in by_T]
    energies = ends(np.concatenate(notes, axis=1), batch)
    return np.asarray(energies.reshape(-1, REPLICAS, QUENCHED).min(axis=(0, 2)))


def population(batch: Batch) -> Floats:
    """Populations that are cooled together, and drawn anew with weights exp(-(β' - β)U)."""
    rng = batch.generator()
    high, low = Anneal().start_temperature, Anneal().final_temperature
    steps = math.ceil(POPULATION_STEPS_PER_SITE * batch.N)
    T = scales.temperature(batch.model) * np.linspace(high, low, steps)
    J = batch.J.astype(np.float32)
    v = random_starts(batch, COLUMNS)[None].astype(np.float32)
    shake = None
    if mirror_moves.needed(batch.model):
        shake = mirror_moves.moves(J, batch.sites, [rng], count=mirror_moves.PER_BATH)
    stages = np.array_split(T, STAGES)
    for n, stage in enumerate(stages):
        if n:
            U = landscape.energy(v[0].astype(np.float64), batch.J[0], batch.model)
            rise = 1.0 / stage[0] - 1.0 / stages[n - 1][0]
            v = np.ascontiguousarray(v[..., _drawn(rise, U, rng)])
        frequency = scales.fastest_frequency(batch.model, stage[0])
        dynamics = Langevin(
            v,
            J,
            batch.model,
            [float(x) for x in stage],
            time_step=TIME_STEP / frequency,
            friction=Anneal().friction * frequency,
            keys=rng.integers(0, 2**32, (1, 2), dtype=np.uint32),
            noise_every=NOISE_EVERY,
            shake=shake,
        )
        dynamics.advance(len(stage))
        v = dynamics.v
    found = ends(v[0].astype(np.float64), batch)
    return np.asarray(found.reshape(-1, POPULATION).min(axis=1))


def _drawn(rise: float, energy: Floats, rng: np.random.Generator) -> NDArray[np.intp]:
    """Columns by their weights, each population's by one random number."""
    drawn = []
    places = np.arange(POPULATION) / POPULATION
    for first in range(0, len(energy), POPULATION):
        U = energy[first : first + POPULATION]
        share = np.cumsum(np.exp(-rise * (U - U.min())))
        at = np.searchsorted(share / share[-1], places + rng.random() / POPULATION)
        drawn.append(first + np.minimum(at, POPULATION - 1))
    return np.concatenate(drawn)


def iterated(batch: Batch) -> Floats:
    """A short anneal, then kicks along soft modes: what they lead to is kept where it is lower.

    A kick is along (∂²U)⁻¹ξ with Gaussian ξ, in which the part of a mode is ξ_λ/λ: soft modes lead,
    and none of them has to be computed.
    """
    rng = batch.generator()
    steps = FIRST_STEPS_PER_SITE * batch.N
    run = Anneal(COLUMNS, steps=steps, reheats=0, precision="single").init(batch)
    while not run.done:
        run.sweep()
    best, U = _descended(run.result().columns[0], batch)
    soften = [_softening(best[:, r], batch) for r in range(COLUMNS)]
    unit = scales.amplitude(batch.model) * math.sqrt(batch.N)
    for _ in range(math.ceil(HOPS_PER_SITE * batch.N)):
        noise = rng.standard_normal(best.shape)
        kick = np.stack([soften[r](noise[:, r]) for r in range(COLUMNS)], axis=1)
        kick *= unit * rng.uniform(*KICK, COLUMNS) / np.linalg.norm(kick, axis=0)
        found, new = _descended(best + kick, batch)
        lower = new < U - TOLERANCE * unit**2
        best, U = np.where(lower, found, best), np.where(lower, new, U)
        for r in np.flatnonzero(lower):
            soften[r] = _softening(best[:, r], batch)
    return ends(best, batch)


def _softening(v: Floats, batch: Batch) -> Callable[[Floats], Floats]:
    """Multiplication by (∂²U)⁻¹; by 1 where v is no minimum yet."""
    try:
        factor = cho_factor(landscape.hessian(v, batch.J[0], batch.model), check_finite=False)
    except np.linalg.LinAlgError:
        return lambda noise: noise
    return lambda noise: np.asarray(cho_solve(factor, noise, check_finite=False))


def _descended(v: Floats, batch: Batch) -> tuple[Floats, Floats]:
    """Roughly to the minima below, as an anneal does before it reheats; and their energies."""
    x, J = v[None].astype(np.float32), batch.J.astype(np.float32)
    eps = float(np.finfo(np.float32).eps)
    coarse = max(
        COARSE * scales.anharmonic_length(batch.model),
        2.0 * scales.force_rounding(batch.model, eps),
    )
    shape = (1, v.shape[1])
    found, _ = descend(x, J, batch.model, np.full(shape, coarse), np.full(shape, BUDGET))
    low = found[0].astype(np.float64)
    return low, landscape.energy(low, batch.J[0], batch.model)


def ends(v: Floats, batch: Batch) -> Floats:
    """Energies per site of the minima below the columns (N, R)."""
    minima = minimise(v, batch.J[0], batch.model, eigenvalues=False)
    return np.where(minima.converged, minima.energy, np.inf) / batch.N


DEFAULT = "anneal with reheats, single"
SEARCHES: dict[str, Search] = {
    "anneal once, double": lambda batch: once(batch, "double"),
    "anneal once, single": lambda batch: once(batch, "single"),
    DEFAULT: lambda batch: annealed(batch, Anneal(COLUMNS, precision="single")),
    "tempering, quenched": tempered,
    "population annealing": population,
    "iterated, soft kicks": iterated,
}
