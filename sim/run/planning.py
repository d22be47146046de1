"""What remains to be done, as independent tasks of about half a minute, cut as they are begun."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from glasswell.theory.model import Model
from threadpoolctl import threadpool_limits

from .._typing import Integers
from ..archive.layout import Provenance
from ..backend.devices import resolve
from ..backend.memory import CACHE
from ..config import SimulationConfig
from ..errors import SimulationError
from ..samplers.base import Arrays
from ..samplers.search_state import SAVE_EVERY
from . import checkpoint, preparing, shards, tasks
from .growth import Growth
from .waiting import Division

TASK = 30.0
"""Seconds of a task: what an interruption can lose, per worker."""

SHORTEST = 1.0
"""Seconds of the last tasks, which are small so that workers finish together."""

FIRST = 4
"""Samples of a task before it is known how long they take."""

GROWTH = 4
"""A task has at most so many times the samples of the largest one that was measured."""

TOGETHER = (4, 16)
"""Samples that are searched as one batch, where a sampler asks for all of a task: at the least, and
while their couplings fit into a core's cache (a tempering of N = 8 is twice as fast with 16 as
with 4, and slower again with 64)."""

PIECES = 64
"""A task at which workers die every time is divided into so many at most: 4,000 samples twice."""


@dataclass
class _Size:
    """What remains of one size."""

    N: int
    missing: Integers
    """Numbers of the samples, ascending."""
    shared: Arrays
    batch: int
    """Samples that are searched side by side."""
    least: int
    """Samples of a task."""
    begun: int = 0
    """How many of them are in a task."""
    rate: float | None = None
    """Seconds per sample, if any was measured."""
    _seconds: float = 0.0
    _samples: float = 0.0

    @property
    def left(self) -> int:
        """Samples that are in no task."""
        return len(self.missing) - self.begun

    def learn(self, report: tasks.Report) -> None:
        """The last tasks count most: the first has libraries to load and kernels to compile."""
        self._seconds = self._seconds / 2 + report.seconds
        self._samples = self._samples / 2 + report.samples
        self.rate = self._seconds / self._samples


class Plan:
    """The tasks of a run, largest sizes first: the last to finish should be short ones.

    Nothing that is computed depends on how samples are divided into tasks.

    Parameters
    ----------
    chunk
        Samples per task; None for as many as take half a minute, which the first tasks tell.
    growth
        The archive that is to become larger, if there is one.
    workers
        How many work at a time.
    save_every
        Seconds between two checkpoints of a task.
    notice
        Called with lines about what all samples of a size share, if that takes long.
    """

    def __init__(
        self,
        done: shards.Finished,
        path: str | Path,
        provenance: Provenance,
        device: str,
        *,
        growth: Growth | None = None,
        chunk: int | None = None,
        workers: int = 1,
        save_every: float = SAVE_EVERY,
        notice: shards.Notice | None = None,
    ) -> None:
        self._provenance, self._device, self._growth = provenance, device, growth
        config = provenance.config
        self._save_every, self._notice = save_every, notice
        self._chunk, self._workers = chunk, workers
        # Workers elsewhere may stand in another folder.
        self._folder = shards.folder(Path(path).absolute())
        self._largest = 0
        self.total = sum(len(provenance.samples_of(N)) for N in config.sizes)
        self._sizes = [
            size for N in sorted(config.sizes, reverse=True) if (size := self._size(N, done))
        ]
        self.finished = self.total - sum(size.left for size in self._sizes)
        """Samples that stand already."""

    def _size(self, N: int, done: shards.Finished) -> _Size | None:
        config, model = self._provenance.config, self._provenance.model
        missing = np.fromiter(self._provenance.samples_of(N), np.int64)
        for part in done.sizes.get(N, []):
            missing = missing[~np.isin(missing, part.sample)]
        if not len(missing):
            return None
        shared = None if self._growth is None else self._growth.shared(N)
        if shared is None:
            shared = self._prepared(N)
        least = samples_per_task(model, config, N, self._device, self._chunk or 1)
        return _Size(N, missing, shared, batch_of(model, config, N, self._device), least)

    def _prepared(self, N: int) -> Arrays:
        made = self._provenance
        keeper = preparing.keeper(self._folder, N, made.config_hash, self._notice, self._save_every)
        with threadpool_limits(limits=1):
            return tasks.prepare(made.model, made.config, N, device=self._device, keeper=keeper)

    def jobs(self) -> Iterator[tasks.Task]:
        """One task after the other, as long as it is by what was learnt before it is asked for."""
        for job in self._jobs():
            # Those of samples that are there already go on from them, and are apart from others.
            yield from [job] if self._growth is None else self._growth.split(job)

    def _jobs(self) -> Iterator[tasks.Task]:
        for size in self._sizes:
            yield from self._interrupted(size)
        for size in self._sizes:
            while size.left:
                end = size.begun + self._length(size)
                yield self._task(size, size.missing[size.begun : end])
                size.begun = min(end, len(size.missing))

    def learn(self, report: tasks.Report) -> None:
        """A task is finished, and says how long it took."""
        self._largest = max(self._largest, report.samples)
        for size in self._sizes:
            if size.N == report.N:
                size.learn(report)

    def _task(self, size: _Size, samples: Sequence[int] | Integers) -> tasks.Task:
        numbers = tuple(int(sample) for sample in samples)
        shard = self._folder / shards.name(size.N, numbers[0])
        provenance, device = self._provenance, self._device
        return tasks.Task(size.N, numbers, shard, provenance, device, size.shared, self._save_every)

    def _interrupted(self, size: _Size) -> Iterator[tasks.Task]:
        """Tasks that have left a checkpoint: just these samples go on from it."""
        pattern = re.compile(rf"N={size.N}\.(\d+)\.to-(\d+)-(\d+)\.checkpoint(\.previous)?")
        names = sorted(file.name for file in self._folder.glob(f"N={size.N}.{checkpoint.PATTERN}"))
        for match in filter(None, map(pattern.fullmatch, names)):
            first, last, count = map(int, match.groups()[:3])
            within = (size.missing >= first) & (size.missing <= last)
            samples = size.missing[within]
            ends = len(samples) == count and (samples[0], samples[-1]) == (first, last)
            if ends:
                size.missing = size.missing[~within]
                yield self._task(size, samples)

    def _length(self, size: _Size) -> int:
        """Samples of the next task."""
        if self._chunk is not None:
            return size.least
        if self._provenance.config.sampler.together:
            # Whether they take long or not: checkpoints are kept on the way.
            return min(size.batch, max(TOGETHER[0], -(-size.left // self._workers)))
        rate = size.rate or self._guess()
        if rate is None:
            return max(min(FIRST, -(-size.left // self._workers)), size.least)
        length = min(int(self._seconds() / rate), GROWTH * self._largest)
        if length > size.batch:
            length -= length % size.batch
        return max(length, size.least)

    def _guess(self) -> float | None:
        """Seconds per sample of another size that was measured; smaller ones take less."""
        return max((other.rate for other in self._sizes if other.rate), default=None)

    def _seconds(self) -> float:
        """Seconds of the next task: fewer at the end, so that no worker is left with a long one."""
        if self._workers == 1:
            return TASK
        left = sum(size.left * (size.rate or self._guess() or 0.0) for size in self._sizes)
        return min(max(left / (2 * self._workers), SHORTEST), TASK)


def check_chunk(chunk: int | None) -> None:
    """Refuse tasks of nothing.

    Raises
    ------
    SimulationError
        If chunk < 1.
    """
    if chunk is not None and chunk < 1:
        raise SimulationError(f"chunk must be at least 1 sample, got {chunk}")


def batch_of(model: Model, config: SimulationConfig, N: int, device: str) -> int:
    """Samples of one size that are searched side by side, if there are enough."""
    if config.sampler.together:
        return together_of(N)
    return config.sampler.side_by_side(model, N, resolve(device))


def together_of(N: int) -> int:
    """Samples of a task that is one batch, where nothing else is asked for."""
    least, most = TOGETHER
    return min(max(CACHE // (8 * N**2), least), most)


def samples_per_task(
    model: Model, config: SimulationConfig, N: int, device: str, chunk: int
) -> int:
    """``chunk``, or as many as fill a device at once: one batch of them is one task at least."""
    if device == "cpu" or config.sampler.together:
        return chunk
    return max(chunk, config.sampler.side_by_side(model, N, resolve(device)))


def pieces(task: tasks.Task) -> Sequence[tasks.Task]:
    """A task of every sample, or of some where it has many."""
    length = -(-len(task.samples) // PIECES)
    parts = [task.samples[i : i + length] for i in range(0, len(task.samples), length)]
    return [task.only(part, task.further and task.further.only(part)) for part in parts]


def name(task: tasks.Task) -> str:
    """A task by its size and samples: "N = 8, samples 3 to 6"."""
    first, last = task.samples[0], task.samples[-1]
    return f"N = {task.N}, sample" + (f" {first}" if first == last else f"s {first} to {last}")


DIVISION: Division[tasks.Task] = Division(name, pieces)
"""Of tasks at which workers die."""
