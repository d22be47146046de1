"""A task: some samples of one size, computed and kept as one shard."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from glasswell.theory.model import Model

from .._typing import HostArray
from ..archive import writing
from ..archive.layout import Provenance
from ..backend.devices import resolve
from ..config import SimulationConfig
from ..records.sizes import SizeData
from ..sample import Sample
from ..sample.couplings_file import Given
from ..samplers.base import Arrays, Batch, Draw
from ..samplers.drive import prepared, search
from ..samplers.search_state import SAVE_EVERY, Keeper
from . import checkpoint, shards, status
from .provenance import versions
from .taking_up import Search


@dataclass(frozen=True)
class Task:
    """What a worker needs to know to make one shard."""

    N: int
    samples: tuple[int, ...]
    shard: Path
    provenance: Provenance
    device_name: str
    shared: Mapping[str, HostArray] = field(default_factory=dict)
    """What ``Sampler.prepare`` has returned for this size."""
    save_every: float = SAVE_EVERY
    """Seconds between two checkpoints."""
    further: Search | None = None
    """What is done in place of a search from the beginning, where samples are there already."""

    def only(self, samples: Sequence[int], further: Search | None) -> Task:
        """The task of some of its samples, with what is done in place of their search."""
        shard = self.shard.with_name(shards.name(self.N, samples[0]))
        return replace(self, samples=tuple(samples), shard=shard, further=further)

    @property
    def status(self) -> Path:
        """Where it tells how far it is."""
        return self.shard.parent / status.FOLDER / self.shard.stem

    @property
    def checkpoint(self) -> Path:
        """Where the search of just these samples is kept while it runs."""
        last = self.samples[-1]
        return self.shard.with_suffix(f".to-{last:06d}-{len(self.samples)}.checkpoint")


@dataclass(frozen=True)
class Report:
    """What a finished task tells: its samples are in its shard."""

    N: int
    samples: int
    lowest: float
    """Energy per site U/N; nan where every start of every sample was lost."""
    seconds: float
    """By the clock, where it ran."""
    notices: tuple[str, ...] = ()
    """What a user should know, a line each."""


def drawing(
    model: Model, config: SimulationConfig, N: int, *, device: str, shared: Arrays | None = None
) -> Draw:
    """What makes batches of samples of size N, by their numbers; of a file those that it has.

    Raises
    ------
    DeviceError
        If the device is not there.
    """
    xp, seed, source = resolve(device), config.seed, config.couplings

    def draw(numbers: Sequence[int]) -> Batch:
        if isinstance(source, Given):
            numbers = [number for number in numbers if number < source.samples_of(N)]
        samples = [Sample(model, N, seed=seed, number=number, source=source) for number in numbers]
        return Batch.of(samples, seed=seed, xp=xp, shared=shared)

    return draw


def prepare(
    model: Model, config: SimulationConfig, N: int, *, device: str, keeper: Keeper | None = None
) -> Arrays:
    """What all samples of one size share; ``keeper`` lets it be interrupted.

    Raises
    ------
    DeviceError, SimulationError
        If the device is not there, or the sampler does not do for this model.
    """
    draw = drawing(model, config, N, device=device)
    return prepared(config.sampler, model, N, draw, keeper)


def run_sample(
    model: Model, config: SimulationConfig, N: int, sample: int, *, device: str = "cpu"
) -> SizeData:
    """One disorder sample from couplings to cavity fields; S = 1.

    The result depends on (model, config, N, sample) only.

    Raises
    ------
    DeviceError, SimulationError
        As ``prepare``.
    """
    shared = prepare(model, config, N, device=device)
    draw = drawing(model, config, N, device=device, shared=shared)
    return search(config.sampler, (sample,), draw, config.goal)


def run(task: Task) -> Report:
    """Make a task's shard.

    Raises
    ------
    DeviceError, ArchiveError
        If the device is not there, or the shard cannot be written.
    """
    began = time.monotonic()
    model, config = task.provenance.model, task.provenance.config
    identity = task.provenance.config_hash
    notices, sign = list[str](), status.Sign(task.status, status.PATIENCE)
    keeper = Keeper(
        load=lambda: checkpoint.load(task.checkpoint, identity, notices.append),
        save=lambda arrays: checkpoint.save(task.checkpoint, arrays, identity),
        every=task.save_every,
        sign=sign,
    )
    draw = drawing(model, config, task.N, device=task.device_name, shared=task.shared)
    try:
        if task.further is None:
            data = search(config.sampler, task.samples, draw, config.goal, keeper)
        else:
            data = task.further.run(config, task.samples, draw, keeper)
    finally:
        sign.remove()
    # Of this machine, which need not be the one that planned the task.
    here = replace(task.provenance, versions=versions(task.device_name, model))
    writing.write(task.shard, {task.N: data}, here)
    checkpoint.remove(task.checkpoint)
    lowest = float(np.fmin.reduce(data.energy, axis=None))
    seconds = time.monotonic() - began
    return Report(task.N, len(task.samples), lowest, seconds, tuple(notices))
