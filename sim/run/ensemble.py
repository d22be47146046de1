"""Many samples: planned as independent tasks, resumed where they stopped, merged at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from glasswell.theory.model import Model, check_portable

from ..archive import writing
from ..archive.layout import Archive, Provenance, Stage
from ..backend import durable, lock
from ..backend.cores import available_cores
from ..config import SimulationConfig
from ..config.part import Part
from ..errors import ArchiveError, SimulationError
from ..samplers.search_state import SAVE_EVERY
from . import (
    executors,
    growth,
    memory_need,
    mending,
    merging,
    own_executor,
    shards,
    standing,
    status,
    tasks,
)
from .planning import DIVISION, Plan, check_chunk
from .provenance import describe
from .watching import Progress, Watch

Told = Callable[[tasks.Report], None]
"""Called with the report of every task that has finished."""


def simulate(
    model: Model,
    config: SimulationConfig,
    path: str | Path,
    *,
    engine: str = "inline",
    workers: int | None = None,
    scheduler: str | None = None,
    executor: own_executor.Executor | None = None,
    device: str = "cpu",
    resume: bool = False,
    overwrite: bool = False,
    chunk: int | None = None,
    progress: Progress | None = None,
    config_text: str | None = None,
    notice: shards.Notice | None = None,
    told: Told | None = None,
    save_every: float = SAVE_EVERY,
    shard: tuple[int, int] = (1, 1),
    from_archive: str | Path | None = None,
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
        "inline"; "process" with that many single-threaded processes (all cores by default, or
        devices); "dask" likewise, on a cluster of this machine (the extra ``cluster``). A worker
        that dies costs its task, which is tried again.
    scheduler
        The address of a dask scheduler that runs already, whose workers are used: they must see the
        folder of the archive.
    executor
        In place of an engine: anything with the interface of ``concurrent.futures.Executor``. Its
        workers must see the folder of the archive. It is not shut down.
    device
        "cpu" or "cuda".
    resume
        Continue from the shards of an interrupted run. Of one that was killed at the very end,
        when the archive was whole, only delete them. Let a finished archive grow to what config
        asks for, if that is more samples, sizes, starts, or sweeps of a tempering: what is there is
        kept, and stands until all of it is done. Of an archive that is damaged, keep the samples
        that are whole and make the others again.
    overwrite
        Replace an archive that exists; nothing else is ever replaced.
    chunk
        Samples per task, on a device at least as many as fill it; by default as many as take about
        half a minute, and fewer at the beginning and the end.
    progress
        Called with (done, all) samples: when some are whole, and from a thread of its own every
        second or so with a ``done`` that includes parts of those that are not, such as 0.35.
    config_text
        The configuration file's text, kept in the archive.
    notice
        Called with a line for every damaged shard, whose samples are made again, where samples
        were made with other versions, with the memory that a large run takes, and of what all
        samples of a size share, if that takes long.
    told
        Called with the report of every task that has finished: N, samples, the lowest energy per
        site, the seconds that it took.
    save_every
        Seconds between two checkpoints of a task, the most that a kill can cost; 0 saves one after
        every sweep. The one before is kept, in case that the newest is damaged.
    shard
        (I, N) makes part I of N, counted from 1, with nothing shared but model and config;
        ``merge`` joins all N into the archive of the run in one piece.
    from_archive
        A finished archive, which is left as it is and has some of what is asked for: as with
        ``resume``, that is not made again. So archives grow in parts.

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
        If the engine is unknown, workers, chunk or save_every out of range, memory is short, no
        scheduler answers, or workers died at one sample at every attempt; if the executor does not
        do what it should; or if the sampler cannot do for this model, or does not do what it
        should.
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
    executors.check(engine, workers, scheduler)
    if model.potential is not None and (engine != "inline" or executor is not None):
        check_portable(model.potential)
    if executor is not None:
        own_executor.check(executor)
        if engine != "inline" or workers is not None:
            raise SimulationError("give an executor, or an engine and workers: not both")
    check_chunk(chunk)
    if not save_every >= 0.0:
        raise SimulationError(f"save_every must be 0 seconds or more, got {save_every}")
    part = Part(*shard)

    def described(config: SimulationConfig, earlier: Sequence[Stage] = ()) -> Provenance:
        return describe(
            model, config, device=device, config_text=config_text, part=part, earlier=earlier
        )

    provenance = described(config)
    writing.check_writable(path)
    with lock.held(path):
        durable.remove_parts(Path(path))
        stands = durable.kind_of(Path(path)) is not None
        growing = None
        if stands and resume and not overwrite:
            overwrite = mending.taken_apart(path, provenance, notice)
        if stands and not overwrite:
            found = standing.existing(path, part, resume)
            growing = growth.begin(path, found, config, described)
            if growing is None:
                return standing.with_potential(found, model)
        elif from_archive is not None:
            found = writing.read(from_archive)
            growing = growth.begin(from_archive, found, config, described)
            if growing is None:
                raise ArchiveError(f"{from_archive} has all that is asked for: ask for more")
        if growing is not None:
            provenance = growing.provenance
        config.sampler.check(model, config.sizes)
        need = memory_need.check_run(
            config,
            chunk,
            engine=engine,
            workers=workers,
            device=device,
            scheduler=scheduler,
            part=part,
        )
        if need and notice is not None:
            notice(need)
        if stands and overwrite:
            standing.forget(path, resume)
        shards.open_folder(path, resume=resume)
        done = shards.finished(path, provenance.config_hash, notice, part)
        shards.say_what_differs(done.versions, provenance.versions, notice)
        if growing is not None:
            before = growing.found.provenance.versions
            shards.say_what_differs([before], provenance.versions, notice)
            done = growing.with_kept(done)
        elsewhere = executor is not None or scheduler is not None
        count = available_cores() if elsewhere else executors.capacity(engine, workers, device)
        plan = Plan(
            done,
            path,
            provenance,
            device,
            growth=growing,
            chunk=chunk,
            workers=count,
            save_every=save_every,
            notice=notice,
        )
        with _naming_what_is_kept(path):
            results = (
                executors.run(
                    tasks.run,
                    plan.jobs(),
                    engine=engine,
                    workers=workers,
                    scheduler=scheduler,
                    device=device,
                    division=DIVISION,
                )
                if executor is None
                else own_executor.run(
                    tasks.run, plan.jobs(), executor, returns=tasks.Report, division=DIVISION
                )
            )
            signs = shards.folder(path) / status.FOLDER
            watch = Watch(progress, signs, done=plan.finished, total=plan.total)
            with status.cleared(signs), closing(results), watch:
                for report in results:
                    plan.learn(report)
                    _tell(report, notice, told)
                    watch.finished(report.samples)
            merging.merge(config, path, provenance, overwrite or stands, growing)
        shards.remove(path)
        return standing.with_potential(writing.read(path), model)


def _tell(report: tasks.Report, notice: shards.Notice | None, told: Told | None) -> None:
    if notice is not None:
        for line in report.notices:
            notice(line)
    if told is not None:
        told(report)


@contextmanager
def _naming_what_is_kept(path: str | Path) -> Iterator[None]:
    try:
        yield
    except ArchiveError as error:
        kept = shards.folder(path)
        # What workers were writing when they were ended takes room, of a full disk above all.
        durable.remove_all_parts(kept)
        raise type(error)(f"{error}; finished samples are kept in {kept}: then resume") from error
