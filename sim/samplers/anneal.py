"""Anneal: Langevin dynamics from above the transition down, then a minimisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from glasswell.theory.model import Model
from glasswell.theory.model.validators import one_of, validated

from .._typing import Floats
from ..backend import memory
from ..backend.devices import to_host
from ..errors import SimulationError
from ..sample.rng import Purpose
from ..sample.scales import fastest_frequency, temperature
from ..sample.sites import AnyModel, beside
from . import mirror_moves, options
from .anneal_noise import keys, set_state, state_of
from .base import Arrays, Batch, Found, Run, Sampler
from .langevin import Langevin
from .quench import random_starts, towards_field

PRECISIONS = ("double", "single")

TIME_STEP = 1.0
"""In units of 1/ω of the fastest mode; BAOAB is unstable above 2, and a mode stiffens where a
site makes an excursion."""

NOISE_EVERY = 4
"""Steps between two encounters with the heat bath: as good a search as 1 at 0.9 of the cost, 0.8 in
single precision, and two thirds where nothing is compiled (32 starts, N = 256)."""

MIRROR_MOVES = 16
"""Sites tried per encounter with the heat bath, where G itself is a double well."""

STEPS_PER_SITE = 16
LEAST_STEPS = 1000
"""At γ = 10 with 32 starts the lowest state is then found twice or more in 100, 93 and 90 % of the
samples of N = 64, 128 and 256; beyond 16 N steps, more starts buy more hits than more steps do."""

COLUMNS = 4
"""Arrays (N, R) of a step: displacements, momenta, products and noise."""

SWEEP = 16
"""Time steps between two looks at the clock."""


@dataclass(frozen=True)
class Anneal(Sampler):
    """Cool random displacements from above the transition; every sample by itself.

    Parameters
    ----------
    starts
        Independent starts per sample, the columns R.
    steps
        Time steps; None takes 16 per site, 1000 at least.
    start_temperature, final_temperature
        Ends of the anneal in units of the model's own transition temperature.
    friction
        Friction of the Langevin dynamics in units of its fastest frequency.
    precision
        "single" anneals in float32, half the memory and up to twice the speed, and minimises what
        comes out in float64 all the same: states are as exact as with "double".

    Raises
    ------
    SimulationError
        If a value makes no sense.

    >>> Anneal(starts=8).label(256)
    '8 anneals of 4096 steps'
    """

    starts: int = field(default=32, metadata=options.COUNT)
    steps: int | None = field(default=None, metadata=options.OWN_COUNT)
    start_temperature: float = field(default=0.6, metadata=options.WITHIN)
    final_temperature: float = field(default=0.02, metadata=options.WITHIN)
    friction: float = field(default=0.05, metadata=options.WITHIN)
    precision: str = field(default="double", metadata=validated(one_of(*PRECISIONS)))

    def __post_init__(self) -> None:
        """Options that make sense one by one may not do so together.

        Raises
        ------
        SimulationError
            If one makes no sense, or the anneal would not cool.
        """
        super().__post_init__()
        if self.final_temperature > self.start_temperature:
            raise SimulationError(
                "an anneal cools: final_temperature must not exceed start_temperature"
            )

    def steps_of(self, N: int) -> int:
        """Time steps at size N: as told, or 16 per site and 1000 at least."""
        return self.steps if self.steps is not None else max(STEPS_PER_SITE * N, LEAST_STEPS)

    def schedule(self, model: Model, N: int) -> list[float]:
        """T of every step, linear; the same for all samples of a model."""
        ends = (self.start_temperature, self.final_temperature)
        T: Floats = temperature(model) * np.linspace(*ends, self.steps_of(N))
        # Numbers of Python's, which leave arrays in their precision.
        return [float(x) for x in T]

    def init(self, batch: Batch) -> Run:
        """The dynamics of all samples of a batch, in step."""
        return _Annealed(self, batch)

    def side_by_side(self, model: Model, N: int, xp: Any) -> int:
        """As many as fill a device or a cache; one where each has a time step of its own."""
        return 1 if model.random else memory.side_by_side(N, self.starts, COLUMNS, xp)

    def settings(self, model: Model, sizes: Sequence[int]) -> dict[str, Any]:
        """Time step and friction, where all sites are alike; steps of every size; moves."""
        found: dict[str, Any] = {}
        # Where sites differ, the stiffest of every sample sets its time step and friction.
        if not model.random:
            frequency = fastest_frequency(model, self.start_temperature * temperature(model))
            found["time_step"] = TIME_STEP / frequency
            found["friction"] = self.friction * frequency
        found["noise_every"] = NOISE_EVERY
        found["mirror_moves"] = MIRROR_MOVES if mirror_moves.needed(model) else 0
        found["steps"] = {str(N): self.steps_of(N) for N in sizes}
        return found

    def memory(self, N: int, S: int) -> int:
        """Columns, and the schedule."""
        return super().memory(N, S) + memory.STEP * (self.steps or 0)

    def label(self, N: int) -> str:
        """ "32 anneals of 4096 steps"."""
        return f"{self.starts} anneals of {self.steps_of(N)} steps"


class _Annealed(Run):
    """The columns (S, N, R) of a batch on their way down."""

    def __init__(self, sampler: Anneal, batch: Batch) -> None:
        xp, S = batch.xp, len(batch.numbers)
        self._batch = batch
        starts = [random_starts(batch, sampler.starts, s) for s in range(S)]
        v = batch.on_device(np.stack(starts))
        self._dtype = v.dtype
        dtype = xp.float32 if sampler.precision == "single" else xp.float64
        temperatures = sampler.schedule(batch.model, batch.N)
        frequency = _frequency(batch.sites, temperatures[0])
        coarse, J = xp.astype(v, dtype), xp.astype(batch.J, dtype)
        self._mirrors: list[np.random.Generator] = []
        shake = None
        if any(mirror_moves.needed(own) for own in batch.sites):
            self._mirrors = [np.random.Generator(batch.stream(Purpose.MIRROR, s)) for s in range(S)]
            shake = mirror_moves.moves(J, batch.sites, self._mirrors, count=MIRROR_MOVES)
        self._dynamics = Langevin(
            coarse,
            J,
            beside(batch.all_sites, coarse),
            temperatures,
            time_step=TIME_STEP / frequency,
            friction=sampler.friction * frequency,
            keys=keys(batch),
            noise_every=NOISE_EVERY,
            shake=shake,
        )

    @property
    def done(self) -> bool:
        return self._dynamics.done

    def sweep(self) -> None:
        """Some time steps."""
        self._dynamics.advance(SWEEP)

    def result(self) -> Found:
        xp = self._batch.xp
        v = xp.astype(self._dynamics.v, self._dtype)
        sites = self._batch.sites
        return Found(xp.stack([towards_field(v[s, ...], own) for s, own in enumerate(sites)]))

    def checkpoint(self) -> Arrays:
        dynamics = self._dynamics
        kept = {
            "v": to_host(dynamics.v).copy(),
            "p": to_host(dynamics.p).copy(),
            "step": np.asarray(dynamics.step),
        }
        for s, generator in enumerate(self._mirrors):
            kept[f"mirror{s}"] = state_of(generator)
        return kept

    def restore(self, arrays: Arrays) -> None:
        dtype = self._dynamics.v.dtype
        v, p = (self._batch.on_device(arrays[name], dtype=dtype) for name in ("v", "p"))
        self._dynamics.restore(v, p, int(arrays["step"]))
        for s, generator in enumerate(self._mirrors):
            set_state(generator, arrays[f"mirror{s}"])


def _frequency(sites: Sequence[AnyModel], T: float) -> float:
    """The fastest of all samples: they move in step.

    Raises
    ------
    SimulationError
        If they differ, so that the time step of one would depend on the others.
    """
    fastest = {float(fastest_frequency(own, T)) for own in sites}
    if len(fastest) > 1:
        raise SimulationError(
            "samples whose sites differ have time steps of their own: anneal them one by one"
        )
    return fastest.pop()
