"""Anneal: Langevin dynamics from above the transition down, then a minimisation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from glasswell.theory.model import Model
from glasswell.theory.model.validators import one_of, validated

from ..backend import memory
from ..errors import SimulationError
from ..sample.scales import fastest_frequency, temperature
from . import mirror_moves, options
from .annealed import NOISE_EVERY, TIME_STEP, Annealed
from .base import Batch, Run, Sampler

PRECISIONS = ("double", "single")

STEPS_PER_SITE = 12
LEAST_STEPS = 1000
"""With fewer or more, a hit of the lowest state costs more (γ = 10 and 2, N = 128 … 512)."""

FIRST_SHARE = 1 / 3
"""Of the steps, for the anneal before the reheats; measured with STEPS_PER_SITE."""

COLUMNS = 4
"""Arrays (N, R) of a step: displacements, momenta, products and noise."""


@dataclass(frozen=True)
class Anneal(Sampler):
    """Cool random displacements from above the transition, and reheat what comes out.

    After the first anneal every column is warmed to within the glass and cooled again, from the
    lowest minimum that it has reached so far. Columns stay independent of each other.

    Parameters
    ----------
    starts
        Independent starts per sample, the columns R.
    steps
        Time steps of all; None takes 12 per site, 1000 at least. A third is the first anneal's.
    start_temperature, final_temperature
        Ends of the anneal in units of the model's own transition temperature.
    reheats, reheat_temperature
        How often a column is cooled again, and from where, in the same unit; 0 anneals once.
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
    '8 anneals of 3072 steps'
    """

    starts: int = field(default=32, metadata=options.COUNT)
    steps: int | None = field(default=None, metadata=options.OWN_COUNT)
    start_temperature: float = field(default=0.6, metadata=options.WITHIN)
    final_temperature: float = field(default=0.02, metadata=options.WITHIN)
    reheats: int = field(default=4, metadata=options.COUNT_OR_ZERO)
    reheat_temperature: float = field(default=0.35, metadata=options.WITHIN)
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
        for name in ("start_temperature", "reheat_temperature"):
            if self.final_temperature > getattr(self, name):
                raise SimulationError(f"an anneal cools: final_temperature must not exceed {name}")

    def steps_of(self, N: int) -> int:
        """Time steps at size N: as told, or 12 per site and 1000 at least."""
        return self.steps if self.steps is not None else max(STEPS_PER_SITE * N, LEAST_STEPS)

    def legs(self, model: Model, N: int) -> list[list[float]]:
        """T of every step, linear on each way down: the anneal, then reheats that have steps."""
        steps = self.steps_of(N)
        first = math.ceil(FIRST_SHARE * steps) if self.reheats else steps
        each = (steps - first) // self.reheats if self.reheats else 0
        ways = [(first, self.start_temperature)]
        ways += [(each, self.reheat_temperature)] * (self.reheats if each else 0)
        unit = temperature(model)
        # Numbers of Python's, which leave arrays in their precision.
        return [
            [float(T) for T in unit * np.linspace(above, self.final_temperature, steps)]
            for steps, above in ways
        ]

    def init(self, batch: Batch) -> Run:
        """The dynamics of all samples of a batch, in step."""
        return Annealed(
            batch,
            self.starts,
            self.legs(batch.model, batch.N),
            friction=self.friction,
            dtype=batch.xp.float32 if self.precision == "single" else batch.xp.float64,
        )

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
        found["mirror_moves"] = mirror_moves.PER_BATH if mirror_moves.needed(model) else 0
        found["steps"] = {str(N): self.steps_of(N) for N in sizes}
        return found

    def memory(self, N: int, S: int) -> int:
        """Columns, and the schedule."""
        return super().memory(N, S) + memory.STEP * (self.steps or 0)

    def label(self, N: int) -> str:
        """ "32 anneals of 4096 steps"."""
        return f"{self.starts} anneals of {self.steps_of(N)} steps"
