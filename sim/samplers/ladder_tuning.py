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
from ..records.packed import part, prefixed
from ..sample.sites import AnyModel
from . import hmc, ladder
from .base import Arrays, Preparation
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
    tuning = Tuning(
        J,
        model,
        coldest,
        hottest,
        noise=noise,
        count=count,
        rounds=rounds,
        leapfrog_steps=leapfrog_steps,
        kernels=kernels,
    )
    while not tuning.done:
        tuning.sweep()
    return tuning.ladder()


class Tuning(Preparation):
    """What ``tune`` does, sweep by sweep; with its parameters and refusals."""

    def __init__(
        self,
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
    ) -> None:
        require_at_least(1, rounds=rounds)
        ladder.check([coldest, hottest])
        self._J, self._model, self._noise = J, model, noise
        self._count, self._rounds = count, rounds
        self._leapfrog_steps, self._kernels = leapfrog_steps, kernels
        self._round, self._barrier = 0, math.nan
        first = _first_count(J.shape[-1], coldest, hottest) if count is None else count
        self._temperatures = ladder.geometric(coldest, hottest, first)
        self._starts: Array | None = None
        self._step_size: Floats | None = None
        self._run = self._begin()

    def _begin(self) -> Tempering:
        """The run of the round that is next."""
        half = FIRST_ROUND * 2**self._round // 2
        return Tempering(
            self._J,
            self._model,
            self._temperatures,
            Plan(half, half, measure_every=half, leapfrog_steps=self._leapfrog_steps),
            replace(self._noise, epoch=self._noise.epoch + 1 + self._round),
            starts=self._starts,
            step_size=self._step_size,
            kernels=self._kernels,
        )

    @property
    def done(self) -> bool:
        return self._round == self._rounds

    @property
    def progress(self) -> float:
        """By sweeps: each round has twice as many as the one before."""
        swept = 0 if self.done else self._run.swept
        return float((2**self._round - 1 + swept / FIRST_ROUND) / (2**self._rounds - 1))

    def sweep(self) -> None:
        """One sweep, and after the last one of a round the temperatures of the next."""
        self._run.sweep()
        if not self._run.done:
            return
        run = self._run
        rejection = 1.0 - run.result().swap_acceptance.mean(axis=0)
        self._barrier = ladder.barrier(rejection)
        count = self._count or ladder.count_for(self._barrier)
        tuned = ladder.equalised(self._temperatures, rejection, count)
        self._starts, self._step_size = _nearest(run, tuned), _interpolated(run, tuned)
        self._temperatures = tuned
        self._round += 1
        if not self.done:
            self._run = self._begin()

    def ladder(self) -> Ladder:
        """What was found, once it is done."""
        assert self._step_size is not None
        return Ladder(self._temperatures, self._barrier, self._step_size, self._starts)

    def result(self) -> Arrays:
        """The temperatures."""
        return {"temperatures": self._temperatures}

    def checkpoint(self) -> Arrays:
        """The temperatures of the round, and its run."""
        kept = {"round": np.asarray(self._round), "ladder": self._temperatures.copy()}
        return kept if self.done else kept | prefixed("run", self._run.checkpoint())

    def restore(self, arrays: Arrays) -> None:
        self._round, self._temperatures = int(arrays["round"]), np.array(arrays["ladder"])
        # Where the run of a round began is of no account any more.
        self._starts = self._step_size = None
        if not self.done:
            self._run = self._begin()
            self._run.restore(part("run", arrays))


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
