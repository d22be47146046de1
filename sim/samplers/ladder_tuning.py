"""Tuning of a tempering run: how many temperatures, and which, from measured exchange rates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import array_api_compat
import numpy as np

from .._typing import Array, Floats
from ..backend.checks import require_at_least
from ..backend.kernels import Kernels
from ..sample.sites import AnyModel
from . import hmc, ladder
from .measurements import in_order
from .sweep_noise import Noise
from .tempering import REPLICAS, Plan, Tempering

FIRST_ROUND = 64
"""Sweeps of the first round; each later one is twice as long."""


@dataclass(frozen=True)
class Ladder:
    """A tuned ladder and what is known about it."""

    temperatures: Floats
    """(T,) ascending."""
    barrier: float
    """Communication barrier Λ between its ends, per replica."""
    step_size: Floats
    """(T,) ε to start from."""
    starts: Array
    """(S, N, 2T) displacements to start from, coldest first."""


def tune(
    J: Array,
    model: AnyModel | Sequence[AnyModel],
    coldest: float,
    hottest: float,
    *,
    noise: Noise,
    count: int | None = None,
    rounds: int = 5,
    leapfrog_steps: int = hmc.LEAPFROG_STEPS,
    kernels: Kernels | None = None,
) -> Ladder:
    """A ladder between two temperatures on which neighbours exchange at equal rates.

    In rounds of 64, 128, … sweeps the rejection rates are measured, averaged over samples and
    replicas, and the temperatures set to equal shares of the communication barrier: algorithm 4
    of S. Syed et al., J. R. Stat. Soc. B 84, 321 (2022).

    Parameters
    ----------
    J
        Couplings (N, N) or (S, N, N).
    model
        Of all samples; or, where sites differ, ``Sample.sites`` of each.
    count
        Number of temperatures; 2Λ + 1 by default, for most round trips per unit of work.
    rounds
        Number of rounds, at least 1.

    Raises
    ------
    CouplingError
        If J is not a coupling matrix or a stack of them.
    SimulationError
        If count < 2, rounds < 1, coldest does not lie below hottest, or the model draws
        parameters site by site.

    Examples
    --------
    >>> from glasswell.sim import Noise, couplings, ladder_tuning
    >>> from glasswell.theory import Model
    >>> model = Model(gamma=2.0)
    >>> J = couplings.batch(model, 8, seed=1, samples=[0, 1])
    >>> noise = Noise(seed=1, N=8, samples=(0, 1))
    >>> ladder = ladder_tuning.tune(J, model, 1.0, 4.0, noise=noise, count=3, rounds=1)
    >>> ladder.temperatures.shape
    (3,)
    """
    require_at_least(1, rounds=rounds)
    ladder.check([coldest, hottest])
    N = J.shape[-1]
    first = _first_count(N, coldest, hottest) if count is None else count
    temperatures = ladder.geometric(coldest, hottest, first)
    starts: Array | None = None
    step_size: Floats | None = None
    for number in range(rounds):
        half = FIRST_ROUND * 2**number // 2
        run = Tempering(
            J,
            model,
            temperatures,
            Plan(burn_in=half, sweeps=half, measure_every=half, leapfrog_steps=leapfrog_steps),
            replace(noise, epoch=noise.epoch + 1 + number),
            starts=starts,
            step_size=step_size,
            kernels=kernels,
        )
        while not run.done:
            run.sweep()
        rejection = 1.0 - run.result().swap_acceptance.mean(axis=0)
        barrier = ladder.barrier(rejection)
        tuned = ladder.equalised(temperatures, rejection, count or ladder.count_for(barrier))
        starts, step_size = _nearest(run, tuned), _interpolated(run, tuned)
        temperatures = tuned
    assert step_size is not None
    return Ladder(temperatures, barrier, step_size, starts)


def _first_count(N: int, coldest: float, hottest: float) -> int:
    """2Λ + 1 of N harmonic sites.

    Λ = ½ ∫dβ ⟨|U - U'|⟩ = √(N c/π) ln(T_hot/T_cold), with heat capacity c = ½ per site.
    """
    return ladder.count_for(math.sqrt(N / (2.0 * math.pi)) * math.log(hottest / coldest))


def _nearest(run: Tempering, temperatures: Floats) -> Array:
    """The chains of a run that are nearest to other temperatures, (S, N, 2T)."""
    xp = run.xp
    apart = np.abs(np.log(temperatures[:, None] / run.temperatures[None, :]))
    index = xp.asarray(np.argmin(apart, axis=1), device=array_api_compat.device(run.J))
    ordered = [in_order(run.state.v, run.chains, replica) for replica in range(REPLICAS)]
    return xp.concat([xp.take(v, index, axis=-1) for v in ordered], axis=-1)


def _interpolated(run: Tempering, temperatures: Floats) -> Floats:
    """The step sizes of a run, averaged over its samples, at other temperatures."""
    log_size = np.log(run.adaptation.frozen).mean(axis=0)
    log_T = np.log(run.temperatures)
    return np.asarray(np.exp(np.interp(np.log(temperatures), log_T, log_size)))
