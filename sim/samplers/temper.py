"""Temper: samples tempered together, their coldest states minimised on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import attrs
import numpy as np
from glasswell.theory.model import Model, toml
from glasswell.theory.model.validators import integer, validated

from .._typing import Floats, Integers
from ..backend import memory
from ..backend.devices import to_host
from ..errors import SimulationError
from ..minima.minimiser import Minimisation
from ..records.packed import part, prefixed
from ..sample.rng import Purpose
from ..sample.scales import temperature
from ..sample.sites import beside
from . import ladder, options, step_size, temperable
from .base import Arrays, Batch, Draw, Found, Preparation, Run, Sampler
from .hmc import LEAPFROG_STEPS
from .ladder_tuning import Tuning
from .mirror_moves import needed
from .sweep_noise import Noise
from .tempering import REPLICAS, Plan, Tempering

SWEEPS_PER_SITE = 32
LEAST_SWEEPS = 2000

PILOTS = 4
"""Samples on which a ladder is tuned; always the first, so that no ladder depends on how many
samples are asked for."""


@dataclass(frozen=True)
class Temper(Sampler):
    """Parallel tempering of two independent replicas, in equilibrium at every temperature.

    The coldest states of both replicas are noted ``starts``/2 times, evenly over the measured
    sweeps, and minimised in the end. A hit is a replica: what one of them finds twice it may
    never have left. Sites may differ, and G may have several wells of its own: a sweep then tries
    to bring every site into another one (``mirror_moves``).

    Parameters
    ----------
    starts
        Columns R that are minimised, half of them of each replica.
    coldest, hottest
        Ends of the ladder in units of the model's own transition temperature; the temperatures
        between are tuned to equal exchange rates on four samples.
    rungs
        How many temperatures; None takes what makes round trips most frequent.
    temperatures
        The whole ladder in the same units, coldest first, instead: the same at every size.
    sweeps
        Sweeps that are measured; None takes 32 per site, 2000 at least.
    burn_in
        Sweeps before them; None takes as many again.
    measure_every
        Sweeps between two measurements.
    leapfrog_steps
        Mean number of steps of a trajectory; a sweep is one trajectory of every chain.

    Raises
    ------
    SimulationError
        If a value makes no sense.

    >>> Temper(temperatures=(0.2, 0.5, 1.5)).plan_of(256).sweeps
    8192
    """

    starts: int = field(default=32, metadata=options.COUNT)
    coldest: float = field(default=0.1, metadata=options.WITHIN)
    hottest: float = field(default=1.5, metadata=options.WITHIN)
    rungs: int | None = field(
        default=None, metadata=validated(attrs.validators.optional(integer(least=2)))
    )
    temperatures: tuple[float, ...] | None = None
    sweeps: int | None = field(default=None, metadata=options.OWN_COUNT)
    burn_in: int | None = field(
        default=None, metadata=validated(attrs.validators.optional(integer(least=0)))
    )
    measure_every: int = field(default=10, metadata=options.COUNT)
    leapfrog_steps: int = field(default=LEAPFROG_STEPS, metadata=options.COUNT)

    together: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Options that make sense one by one may not do so together.

        Raises
        ------
        SimulationError
            If one makes no sense, the ladder does not climb, or starts cannot be halved.
        """
        super().__post_init__()
        if self.coldest >= self.hottest:
            raise SimulationError("a ladder climbs: coldest must lie below hottest")
        if self.temperatures is not None:
            self._check_ladder()
        if self.starts % REPLICAS:
            raise SimulationError(
                f'starts must be even with method "temper", half for each replica: {self.starts}'
            )

    def _check_ladder(self) -> None:
        values = toml.numbers("temperatures", self.temperatures, SimulationError)
        object.__setattr__(self, "temperatures", tuple(ladder.check(values).tolist()))
        low, high = options.TEMPERATURES
        if not (values and low <= values[0] <= values[-1] <= high):
            raise SimulationError(
                f"temperatures must lie between {low:g} and {high:g}, got {values}"
            )

    def plan_of(self, N: int) -> Plan:
        """Sweeps as told, or 32 per site and 2000 at least; as many before they are measured."""
        sweeps = self.sweeps or max(SWEEPS_PER_SITE * N, LEAST_SWEEPS)
        burn_in = sweeps if self.burn_in is None else self.burn_in
        return Plan(burn_in, sweeps, self.measure_every, self.leapfrog_steps)

    def check(self, model: Model, sizes: Sequence[int]) -> None:  # noqa: ARG002
        """Refuse, before anything is computed, what could not be analysed.

        Raises
        ------
        SimulationError
            As ``temperable.require_length``, for any size.
        """
        for N in sizes:
            plan = self.plan_of(N)
            temperable.require_length(plan.sweeps, plan.measure_every)

    def prepare(self, model: Model, N: int, draw: Draw) -> Arrays:
        """The temperatures, (T,), as told or tuned; the same for every sample of a size."""
        if self.temperatures is not None:
            return {"temperatures": temperature(model) * np.asarray(self.temperatures)}
        return super().prepare(model, N, draw)

    def preparation(self, model: Model, N: int, draw: Draw) -> Preparation | None:  # noqa: ARG002
        """The tuning of a ladder that is not told."""
        if self.temperatures is not None:
            return None
        pilots, unit = draw(range(PILOTS)), temperature(model)
        return Tuning(
            pilots.J,
            pilots.sites,
            unit * self.coldest,
            unit * self.hottest,
            noise=Noise(pilots.seed, pilots.N, pilots.numbers, pilots.xp, Purpose.LADDER),
            count=self.rungs,
            leapfrog_steps=self.leapfrog_steps,
        )

    def init(self, batch: Batch) -> Run:
        """The chains of all samples.

        Raises
        ------
        SimulationError
            If the batch has no temperatures.
        """
        if "temperatures" not in batch.shared:
            raise SimulationError("a tempering shares its ladder between samples: prepare it first")
        return _Tempered(self, batch)

    def settings(self, model: Model, sizes: Sequence[int]) -> dict[str, Any]:
        """Sweeps of every size; what step sizes and the ladder are tuned to and on; moves."""
        plans = {str(N): self.plan_of(N) for N in sizes}
        mirrored = {"mirror_moves": {N: int(N) for N in plans}} if needed(model) else {}
        return {
            "sweeps": {N: plan.sweeps for N, plan in plans.items()},
            "burn_in": {N: plan.burn_in for N, plan in plans.items()},
            "target_acceptance": step_size.TARGET,
            "ladder_samples": PILOTS if self.temperatures is None else 0,
            **mirrored,
        }

    def memory(self, N: int, S: int) -> int:
        """Columns of the minimisation; chains and series."""
        rungs = len(self.temperatures) if self.temperatures else self.rungs or 2
        measurements = (self.sweeps or 0) // self.measure_every
        chains = memory.tempering(S, N, REPLICAS * rungs, measurements)
        return super().memory(N, S) + sum(chains)

    def label(self, N: int) -> str:  # noqa: ARG002
        """ "a tempering"."""
        return "a tempering"


class _Tempered(Run):
    """Chains that move, and the notes of their coldest states; then the last states minimised."""

    def __init__(self, sampler: Temper, batch: Batch) -> None:
        S, N, R = len(batch.numbers), batch.N, sampler.starts
        plan, shared = sampler.plan_of(N), batch.shared
        # A tempering that has been prolonged keeps to what it was begun with (``prolonged``).
        plan = replace(plan, burn_in=int(shared.get("burn_in", plan.burn_in)))
        noise = Noise(batch.seed, N, batch.numbers, batch.xp)
        self._batch, self._sweeps = batch, plan.burn_in + plan.sweeps
        self._chains = Tempering(batch.J, batch.sites, shared["temperatures"], plan, noise)
        self._notes = np.zeros((S, N, R))
        self._due = shared.get("dates", dates(plan.burn_in, plan.sweeps, R // REPLICAS))
        self._inherent: list[Floats] = []
        self._quench: Minimisation | None = None

    @property
    def done(self) -> bool:
        return self._chains.done and len(self._inherent) == len(self._batch.numbers)

    @property
    def progress(self) -> float:
        """By sweeps, which take nearly all of the time."""
        return (self._chains.swept + len(self._inherent)) / (self._sweeps + len(self._notes))

    def sweep(self) -> None:
        """One sweep; the coldest states are noted when it is their time."""
        if self._chains.done:
            self._quench_last()
            return
        self._chains.sweep()
        for index in np.flatnonzero(self._due == self._chains.swept):
            columns = slice(REPLICAS * index, REPLICAS * (index + 1))
            self._notes[..., columns] = to_host(self._chains.coldest())

    def _quench_last(self) -> None:
        """Some of the minimisation of the last displacements, sample by sample."""
        if self._quench is None:
            self._quench = self._quenching()
        elif not self._quench.done:
            self._quench.step()
        else:
            minima, self._quench = self._quench.result(eigenvalues=False), None
            energy = to_host(minima.energy) / self._batch.N
            self._inherent.append(np.where(to_host(minima.converged), energy, np.nan))

    def _quenching(self) -> Minimisation:
        s, batch, last = len(self._inherent), self._batch, self._chains.result().displacement
        v = batch.on_device(last[s].reshape(-1, batch.N).T)
        return Minimisation(v, batch.J[s, ...], beside(batch.sites[s], v))

    def result(self) -> Found:
        batch, series = self._batch, self._chains.result()
        origin = np.arange(self._notes.shape[-1]) % REPLICAS
        inherent = np.stack(self._inherent).reshape(series.inherent_energy.shape)
        series = replace(series, inherent_energy=inherent)
        if series.last is not None:
            notes = np.ascontiguousarray(self._notes.transpose(0, 2, 1))
            series = replace(series, last=replace(series.last, notes=notes))
        return Found(batch.on_device(self._notes), origin, series)

    def checkpoint(self) -> Arrays:
        kept = {**self._chains.checkpoint(), "notes": self._notes.copy()}
        kept |= prefixed("inherent", {str(s): energy for s, energy in enumerate(self._inherent)})
        if self._quench is not None:
            kept |= prefixed("quench", self._quench.checkpoint())
        return kept

    def restore(self, arrays: Arrays) -> None:
        state = dict(arrays)
        self._notes[...] = state.pop("notes")
        inherent, quench = part("inherent", state), part("quench", state)
        mine = ("inherent.", "quench.")
        self._chains.restore({n: x for n, x in state.items() if not n.startswith(mine)})
        self._inherent = [np.array(inherent[str(s)]) for s in range(len(inherent))]
        if quench:
            self._quench = self._quenching()
            self._quench.restore(quench)


def dates(burn_in: int, sweeps: int, count: int) -> Integers:
    """The sweeps after which the coldest states are noted: evenly, the last one included."""
    return burn_in + sweeps * np.arange(1, count + 1) // count
