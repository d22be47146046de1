"""Many samples: planned as independent tasks, resumed where they stopped, merged at the end."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from glasswell.theory.model import Model, check_portable

from ..archive import writing
from ..archive.layout import Archive
from ..backend import durable, lock
from ..config import SimulationConfig
from ..errors import ArchiveError, SimulationError
from . import executors, memory_need, mending, merging, own_executor, shards, standing, tasks
from .planning import CHUNK, plan
from .provenance import describe

Progress = Callable[[int, int], None]
"""Called with the number of samples done, and of all."""


def simulate(
    model: Model,
    config: SimulationConfig,
    path: str | Path,
    *,
    engine: str = "inline",
    workers: int | None = None,
    executor: own_executor.Executor | None = None,
    device: str = "cpu",
    resume: bool = False,
    overwrite: bool = False,
    chunk: int = CHUNK,
    progress: Progress | None = None,
    config_text: str | None = None,
    notice: shards.Notice | None = None,
) -> Archive:
    """Find the lowest minima of every sample and write them to an HDF5 archive.

    Couplings, parameters of sites and random numbers are functions of model and config: the same
    everywhere. States are the same, bit for bit, on one kind of processor with the same versions
    of NumPy, SciPy and their BLAS, which the archive names: not a matter of engine, workers, chunk,
    or of having been interrupted. Elsewhere products differ in their last bits, and a start that
    cools chaotically may end in another minimum: averages agree within their errors. A run that is
    resumed with other versions says so, and the archive names both.

    Parameters
    ----------
    path
        The archive; finished tasks wait in ``path + ".shards"`` until it is whole.
    engine, workers
        "inline", or "process" with that many single-threaded processes (all cores by default).
    executor
        In place of an engine: anything with the interface of ``concurrent.futures.Executor``. Its
        workers must see the folder of the archive. It is not shut down.
    device
        "cpu" or "cuda".
    resume
        Continue from the shards of an interrupted run. Of one that was killed at the very end,
        when the archive was whole, only delete them. Of an archive that is damaged, keep the
        samples that are whole and make the others again.
    overwrite
        Replace an archive that exists; nothing else is ever replaced.
    chunk
        Samples per task; on a device at least as many as fill it.
    progress
        Called with (done, all) samples.
    config_text
        The configuration file's text, kept in the archive.
    notice
        Called with a line for every damaged shard, whose samples are made again, where samples
        were made with other versions, and with the memory that a large run takes.

    Raises
    ------
    ArchiveError
        If the archive exists, cannot be written, or the shards are another configuration's.
    LockError
        If another run writes this archive.
    StorageError
        If the disk is full or fails; finished tasks are kept.
    DeviceError
        If the device is not there.
    SimulationError
        If the engine is unknown, workers or chunk below 1, memory is short, or a worker died; if
        the executor does not do what it should; or if the sampler cannot do for this model, or does
        not do what it should.
    ModelError
        If other processes cannot be given the model's potential.
    KeyboardInterrupt
        On Ctrl-C; finished tasks are kept. Its subclass ``interrupts.Terminated`` if SIGTERM has
        ended the workers.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.sim import SimulationConfig, simulate
    >>> from glasswell.theory import Model
    >>> config = SimulationConfig(sizes=(8, 16), samples=8, starts=4, method="quench", states=1)
    >>> with TemporaryDirectory() as folder:
    ...     archive = simulate(Model(gamma=2.0), config, Path(folder) / "samples.h5")
    >>> archive.sizes[16].energy.shape  # samples, states
    (8, 1)
    """
    executors.check(engine, workers)
    if model.potential is not None and (engine != "inline" or executor is not None):
        check_portable(model.potential)
    if executor is not None:
        own_executor.check(executor)
        if engine != "inline" or workers is not None:
            raise SimulationError("give an executor, or an engine and workers: not both")
    if chunk < 1:
        raise SimulationError(f"chunk must be at least 1 sample, got {chunk}")
    provenance = describe(model, config, device=device, config_text=config_text)
    writing.check_writable(path)
    with lock.held(path):
        durable.remove_parts(Path(path))
        stands = durable.kind_of(Path(path)) is not None
        if stands and resume and not overwrite:
            overwrite = mending.taken_apart(path, provenance, notice)
        if stands and not overwrite:
            return standing.existing(path, provenance, resume)
        config.sampler.check(model, config.sizes)
        need = memory_need.check_run(config, chunk, engine=engine, workers=workers, device=device)
        if need and notice is not None:
            notice(need)
        if stands:
            standing.forget(path, resume)
        shards.open_folder(path, resume=resume)
        done = shards.finished(path, provenance.config_hash, notice)
        shards.say_what_differs(done, provenance.versions, notice)
        jobs = plan(config, done, path, provenance, device, chunk)
        with _naming_what_is_kept(path):
            results = (
                executors.run(tasks.run, jobs, engine=engine, workers=workers)
                if executor is None
                else own_executor.run(tasks.run, jobs, executor, returns=tasks.Report)
            )
            _work_off(jobs, config, results, progress or _silent)
            merging.merge(config, path, provenance, overwrite)
        shards.remove(path)
        return standing.with_potential(writing.read(path), model)


def _work_off(
    jobs: Sequence[tasks.Task],
    config: SimulationConfig,
    results: Generator[tasks.Report],
    report: Progress,
) -> None:
    total = sum(config.samples_of(N) for N in config.sizes)
    count = total - sum(len(job.samples) for job in jobs)
    report(count, total)
    with closing(results):
        for finished in results:
            count += finished.samples
            report(count, total)


@contextmanager
def _naming_what_is_kept(path: str | Path) -> Iterator[None]:
    try:
        yield
    except ArchiveError as error:
        kept = shards.folder(path)
        # What workers were writing when they were ended takes room, of a full disk above all.
        durable.remove_all_parts(kept)
        raise type(error)(f"{error}; finished samples are kept in {kept}: then resume") from error


def _silent(_done: int, _total: int) -> None:
    """No progress wanted."""
