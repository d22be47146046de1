"""A task: some samples of one size, computed and kept as one shard."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from glasswell.theory.model import Model

from ..archive import writing
from ..archive.layout import Provenance, SizeData, concatenate
from ..backend.devices import resolve
from ..config import SimulationConfig
from ..errors import SimulationError
from ..minima.collect import collect, lowest_hits
from ..minima.minimiser import Minima, joined
from ..sample.sample import Sample
from ..samplers import temper
from ..samplers.starts import search
from . import checkpoint


@dataclass(frozen=True)
class Task:
    """What a worker needs to know to make one shard."""

    N: int
    samples: tuple[int, ...]
    shard: Path
    provenance: Provenance
    device_name: str
    temperatures: tuple[float, ...] | None = None
    """The ladder of a tempering."""

    @property
    def checkpoint(self) -> Path:
        """Where a tempering of just these samples is kept while it runs."""
        last = self.samples[-1]
        return self.shard.with_suffix(f".to-{last:06d}-{len(self.samples)}.checkpoint")


def run_sample(
    model: Model, config: SimulationConfig, N: int, sample: int, *, device: str = "cpu"
) -> SizeData:
    """One disorder sample from couplings to cavity fields; S = 1.

    The result depends on (model, config, N, sample) only. Method "temper" needs a ladder that
    samples share, and is for ``temper.run``.

    Raises
    ------
    SimulationError
        If the method is "temper".
    DeviceError
        If the device is not there.
    """
    if config.method == "temper":
        raise SimulationError("a tempering shares its ladder between samples: use temper.run")
    xp = resolve(device)
    made = Sample(model, N, seed=config.seed, number=sample, source=config.couplings).on(xp)
    J, own = made.J, made.sites

    def attempt(n: int) -> Minima:
        return search(model, own, config, J, sample=sample, device=device, xp=xp, attempt=n)

    minima = attempt(0)
    for n in range(1, config.rounds):
        if lowest_hits(minima, own) >= config.least_hits:
            break
        minima = joined(minima, attempt(n))
    data = collect(sample, minima, J, own, config.kept)
    return replace(data, parameters={name: x[None] for name, x in made.parameters.items()})


def run(task: Task) -> int:
    """Make a task's shard; returns the number of samples in it.

    Raises
    ------
    DeviceError, ArchiveError
        If the device is not there, or the shard cannot be written.
    """
    model, config = task.provenance.model, task.provenance.config
    if config.method == "temper":
        data = _temper(task, model, config)
    else:
        parts = [
            run_sample(model, config, task.N, sample, device=task.device_name)
            for sample in task.samples
        ]
        data = concatenate(parts)
    writing.write(task.shard, {task.N: data}, task.provenance)
    task.checkpoint.unlink(missing_ok=True)
    return len(task.samples)


def _temper(task: Task, model: Model, config: SimulationConfig) -> SizeData:
    identity = task.provenance.config_hash
    keeper = temper.Keeper(
        load=lambda: checkpoint.load(task.checkpoint, identity),
        save=lambda arrays: checkpoint.save(task.checkpoint, arrays, identity),
    )
    xp = resolve(task.device_name)
    temperatures = np.asarray(task.temperatures)
    return temper.run(model, config, task.N, task.samples, temperatures, xp=xp, keeper=keeper)
