"""What remains to be done, as independent tasks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from glasswell.theory.model import Model
from threadpoolctl import threadpool_limits

from ..archive.layout import Provenance
from ..backend.devices import resolve
from ..config import SimulationConfig
from . import shards, tasks
from .growth import Growth

CHUNK = 4
"""Samples per task: what an interruption can lose, per worker."""


def plan(
    config: SimulationConfig,
    done: shards.Finished,
    path: str | Path,
    provenance: Provenance,
    device: str,
    chunk: int = CHUNK,
    growth: Growth | None = None,
) -> list[tasks.Task]:
    """The tasks that remain, largest sizes first: the last to finish should be short ones."""
    model, jobs = provenance.model, []
    for N in sorted(config.sizes, reverse=True):
        have = {int(s) for part in done.sizes.get(N, []) for s in part.sample}
        missing = [s for s in provenance.samples_of(N) if s not in have]
        if not missing:
            continue
        shared = None if growth is None else growth.shared(N)
        if shared is None:
            with threadpool_limits(limits=1):
                shared = tasks.prepare(model, config, N, device=device)
        for samples in _chunks(missing, samples_per_task(model, config, N, device, chunk)):
            # Workers elsewhere may stand in another folder.
            shard = shards.folder(Path(path).absolute()) / shards.name(N, samples[0])
            jobs.append(tasks.Task(N, samples, shard, provenance, device, shared))
    return jobs if growth is None else growth.tasks(jobs)


def samples_per_task(
    model: Model, config: SimulationConfig, N: int, device: str, chunk: int
) -> int:
    """``chunk``, or as many as fill a device at once: one batch of them is one task at least."""
    if device == "cpu" or config.sampler.together:
        return chunk
    return max(chunk, config.sampler.side_by_side(model, N, resolve(device)))


def _chunks(items: Sequence[int], length: int) -> list[tuple[int, ...]]:
    return [tuple(items[i : i + length]) for i in range(0, len(items), length)]
