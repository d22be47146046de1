"""A task: some samples of one size, computed and kept as one shard."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from glasswell.theory import Model

from . import archive, couplings
from .archive_layout import Provenance, SizeData, concatenate
from .config import SimulationConfig
from .devices import resolve
from .search import search
from .states import collect


@dataclass(frozen=True)
class Task:
    """What a worker needs to know to make one shard."""

    N: int
    samples: tuple[int, ...]
    shard: Path
    provenance: Provenance
    device_name: str


def run_sample(
    model: Model, config: SimulationConfig, N: int, sample: int, *, device: str = "cpu"
) -> SizeData:
    """One disorder sample from couplings to cavity fields; S = 1.

    The result depends on (model, config, N, sample) only.

    Raises
    ------
    DeviceError
        If the device is not there.
    """
    xp = resolve(device)
    J = xp.asarray(couplings.sample(model, N, seed=config.seed, sample=sample))
    minima = search(model, config, J, sample=sample, device=device, xp=xp)
    return collect(sample, minima, J, model, config.kept)


def run(task: Task) -> int:
    """Make a task's shard; returns the number of samples in it.

    Raises
    ------
    DeviceError, ArchiveError
        If the device is not there, or the shard cannot be written.
    """
    model, config = task.provenance.model, task.provenance.config
    parts = [
        run_sample(model, config, task.N, sample, device=task.device_name)
        for sample in task.samples
    ]
    archive.write(task.shard, {task.N: concatenate(parts)}, task.provenance)
    return len(task.samples)
