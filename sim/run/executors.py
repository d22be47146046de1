"""How independent tasks are run: one after another, in processes of one thread each, or by dask."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from importlib.util import find_spec
from typing import TypeVar

from threadpoolctl import threadpool_limits

from ..backend import devices
from ..backend.cores import available_cores
from ..errors import SimulationError
from . import cluster, worker_processes
from .waiting import Division, Waiting

Job = TypeVar("Job")
Result = TypeVar("Result")

NAMES = ("inline", "process", "dask")


def run(
    function: Callable[[Job], Result],
    jobs: Iterable[Job],
    *,
    engine: str,
    workers: int | None,
    scheduler: str | None = None,
    device: str = "cpu",
    division: Division[Job] | None = None,
) -> Generator[Result]:
    """Yield function(job) of every job, in the order in which they finish.

    Jobs are asked for one by one, when there is a worker for them. One whose worker dies is tried
    again, ``waiting.ATTEMPTS`` times in all. Whoever stops early closes the generator, ``with
    closing(run(...)) as results``. This or an interrupt drops the running jobs; workers end with
    their parent, however it ends. The function must be importable by name for all engines but
    inline, and the calling script guarded by ``if __name__ == "__main__"``.

    Parameters
    ----------
    workers
        Processes; by default as many as there are cores, or devices.
    scheduler
        Address of a dask scheduler that runs already.
    device
        Where there are several GPUs, every worker takes another one.
    division
        How jobs are named and divided.

    Raises
    ------
    SimulationError
        If the engine is unknown, workers < 1, or workers die at one job at every attempt.
    Terminated
        If a worker was ended by SIGTERM, as when a batch system stops all processes of a job.
    """
    check(engine, workers, scheduler)
    if engine == "inline":
        return _inline(function, jobs)
    waiting, count = Waiting(jobs, division or Division()), capacity(engine, workers, device)
    if engine == "process":
        return worker_processes.run(function, waiting, workers=count, device=device)
    return cluster.run(function, waiting, workers=count, scheduler=scheduler, device=device)


def check(engine: str, workers: int | None, scheduler: str | None = None) -> None:
    """Refuse an engine that is not there.

    Raises
    ------
    SimulationError
        If the engine is unknown or not installed, workers < 1, or a scheduler is of no use.
    """
    if engine not in NAMES:
        raise SimulationError(f"unknown engine {engine!r}: choose one of {', '.join(NAMES)}")
    if workers is not None and workers < 1:
        raise SimulationError(f"workers must be at least 1, got {workers}")
    if scheduler is not None and engine != "dask":
        raise SimulationError(f"engine {engine!r} has no scheduler: use engine 'dask'")
    if scheduler is not None and workers is not None:
        raise SimulationError("a scheduler has workers of its own: leave out workers")
    if engine == "dask" and find_spec("distributed") is None:
        raise SimulationError(
            "engine 'dask' needs dask.distributed: install glasswell[cluster], or use engine "
            "'process'"
        )


def capacity(engine: str, workers: int | None, device: str = "cpu") -> int:
    """How many processes work at a time, if there is enough to do."""
    if engine == "inline":
        return 1
    return workers or (available_cores() if device == "cpu" else devices.count(device))


def processes(engine: str, workers: int | None, jobs: int, device: str = "cpu") -> int:
    """How many processes work at a time on so many jobs."""
    return min(capacity(engine, workers, device), max(jobs, 1))


def _inline(function: Callable[[Job], Result], jobs: Iterable[Job]) -> Generator[Result]:
    # One thread here too: a product split over threads is summed in another order.
    with threadpool_limits(limits=1):
        for job in jobs:
            yield function(job)
