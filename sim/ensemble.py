"""Many samples: planned as independent tasks, resumed where they stopped, merged at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from glasswell.theory import Model
from threadpoolctl import threadpool_limits

from . import archive, engines, memory, shards, tasks, temper
from .archive_layout import Archive, Provenance
from .config import SimulationConfig
from .devices import resolve
from .errors import ArchiveError, SimulationError
from .provenance import describe

Progress = Callable[[int, int], None]
"""Called with the number of samples done, and of all."""

CHUNK = 4
"""Samples per task: what an interruption can lose, per worker."""


def simulate(
    model: Model,
    config: SimulationConfig,
    path: str | Path,
    *,
    engine: str = "inline",
    workers: int | None = None,
    device: str = "cpu",
    resume: bool = False,
    overwrite: bool = False,
    chunk: int = CHUNK,
    progress: Progress | None = None,
    config_text: str | None = None,
) -> Archive:
    """Find the lowest minima of every sample and write them to an HDF5 archive.

    The archive depends on model, config and device, bit for bit, and on nothing else: not on
    engine, workers, chunk, or on having been interrupted.

    Parameters
    ----------
    path
        The archive; finished tasks wait in ``path + ".shards"`` until it is whole.
    engine, workers
        "inline", or "process" with that many single-threaded processes (all cores by default).
    device
        "cpu" or "cuda".
    resume
        Continue from the shards of an interrupted run.
    overwrite
        Replace an archive that exists.
    chunk
        Samples per task.
    progress
        Called with (done, all) samples.
    config_text
        The configuration file's text, kept in the archive.

    Raises
    ------
    ArchiveError
        If the archive exists, cannot be written, or the shards are another configuration's.
    DeviceError
        If the device is not there.
    SimulationError
        If the engine is unknown, workers or chunk below 1, memory is short, or a worker died.
    KeyboardInterrupt
        On Ctrl-C; finished tasks are kept.
    """
    engines.check(engine, workers)
    if chunk < 1:
        raise SimulationError(f"chunk must be at least 1 sample, got {chunk}")
    provenance = describe(model, config, device=device, config_text=config_text)
    archive.check_writable(path)
    if Path(path).exists() and not overwrite:
        return _existing(path, provenance, resume)
    if config.method == "temper":
        temper.check(model)
    check_memory(config, engine=engine, workers=workers, device=device, chunk=chunk)
    _open_shards(path, resume)
    done = shards.finished(path, provenance.config_hash)
    jobs = plan(config, done, path, provenance, device, chunk)
    total = sum(config.samples_of(N) for N in config.sizes)
    count = total - sum(len(job.samples) for job in jobs)
    report = progress or _silent
    report(count, total)
    for finished in engines.run(tasks.run, jobs, engine=engine, workers=workers):
        count += finished
        report(count, total)
    done = shards.finished(path, provenance.config_hash)
    data = {N: shards.merge(done.get(N, []), config.samples_of(N)) for N in config.sizes}
    archive.write(path, data, provenance)
    shards.remove(path)
    return archive.read(path)


def check_memory(
    config: SimulationConfig,
    *,
    engine: str,
    workers: int | None,
    device: str,
    chunk: int = CHUNK,
) -> None:
    """Refuse a run that memory is too short for, before anything is made; as ``simulate`` does.

    Raises
    ------
    DeviceError
        If the device is not there.
    SimulationError
        Saying what is needed, what is free and what would fit.
    """
    tasks_ = sum(-(-config.samples_of(N) // chunk) for N in config.sizes)
    processes = engines.processes(engine, workers, tasks_)
    memory.check(memory.Load.of(config, chunk), processes, resolve(device))


def _silent(_done: int, _total: int) -> None:
    """No progress wanted."""


def _existing(path: str | Path, provenance: Provenance, resume: bool) -> Archive:
    if not resume:
        raise ArchiveError(f"{path} exists: choose another name, or overwrite it explicitly")
    existing = archive.read(path)
    same = existing.provenance.config_hash == provenance.config_hash
    if not same or existing.config != provenance.config:
        raise ArchiveError(f"{path} holds another configuration: choose another name")
    return existing


def _open_shards(path: str | Path, resume: bool) -> None:
    folder = shards.folder(path)
    if folder.exists() and not resume and any(folder.iterdir()):
        raise ArchiveError(f"{folder} holds an interrupted run: resume it, or delete the folder")
    folder.mkdir(exist_ok=True)


def plan(
    config: SimulationConfig,
    done: shards.Finished,
    path: str | Path,
    provenance: Provenance,
    device: str,
    chunk: int = CHUNK,
) -> list[tasks.Task]:
    """The tasks that remain, largest sizes first: the last to finish should be short ones."""
    jobs = []
    for N in sorted(config.sizes, reverse=True):
        have = {int(s) for part in done.get(N, []) for s in part.sample}
        missing = [s for s in range(config.samples_of(N)) if s not in have]
        for samples in _chunks(missing, chunk):
            shard = shards.folder(path) / shards.name(N, samples[0])
            jobs.append(tasks.Task(N, samples, shard, provenance, device))
    if config.method != "temper":
        return jobs
    model, xp = provenance.model, resolve(device)
    with threadpool_limits(limits=1):
        ladders = {
            N: tuple(temper.ladder_of(model, config, N, xp).tolist())
            for N in sorted({job.N for job in jobs})
        }
    return [replace(job, temperatures=ladders[job.N]) for job in jobs]


def _chunks(items: Sequence[int], length: int) -> list[tuple[int, ...]]:
    return [tuple(items[i : i + length]) for i in range(0, len(items), length)]
