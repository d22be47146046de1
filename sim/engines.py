"""How independent tasks are run: one after another, or in processes of one thread each."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

from threadpoolctl import threadpool_limits

from .errors import SimulationError

Job = TypeVar("Job")
Result = TypeVar("Result")

NAMES = ("inline", "process")


def run(
    function: Callable[[Job], Result], jobs: Sequence[Job], *, engine: str, workers: int | None
) -> Iterator[Result]:
    """Yield function(job) of every job, in the order in which they finish.

    An interrupt drops the running jobs and propagates. The function must be importable by name
    for the process engine, and the calling script guarded by ``if __name__ == "__main__"``.

    Raises
    ------
    SimulationError
        If the engine is unknown, workers < 1, or a worker process died.
    """
    check(engine, workers)
    if engine == "inline":
        return _inline(function, jobs)
    return _processes(function, jobs, processes(engine, workers, len(jobs)))


def check(engine: str, workers: int | None) -> None:
    """Refuse an engine that is not there.

    Raises
    ------
    SimulationError
        If the engine is unknown, or workers < 1.
    """
    if engine not in NAMES:
        raise SimulationError(f"unknown engine {engine!r}: choose one of {', '.join(NAMES)}")
    if workers is not None and workers < 1:
        raise SimulationError(f"workers must be at least 1, got {workers}")


def processes(engine: str, workers: int | None, jobs: int) -> int:
    """How many processes work at a time on so many jobs."""
    return 1 if engine == "inline" else min(workers or available_cores(), max(jobs, 1))


def available_cores() -> int:
    """The cores this process may use, which a batch queue may have made fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _inline(function: Callable[[Job], Result], jobs: Sequence[Job]) -> Iterator[Result]:
    # One thread here too: a product split over threads is summed in another order.
    with threadpool_limits(limits=1):
        for job in jobs:
            yield function(job)


def _processes(
    function: Callable[[Job], Result], jobs: Sequence[Job], workers: int
) -> Iterator[Result]:
    before = set(multiprocessing.active_children())
    executor = ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_become_worker
    )
    try:
        with _children_deaf_to_interrupts():
            pending: set[Future[Result]] = {executor.submit(function, job) for job in jobs}
        while pending:
            finished, pending = wait(pending, return_when=FIRST_COMPLETED)
            for future in finished:
                yield future.result()
    except BrokenProcessPool as error:
        raise SimulationError(
            "a worker process died: use fewer workers if memory ran out, and guard the start of a "
            'script with if __name__ == "__main__"; finished samples are kept'
        ) from error
    except BaseException:
        # Running jobs are dropped, not waited for: what they had finished is on the disk.
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _become_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Libraries that are loaded later escape the limit, so load them first.
    import scipy.linalg  # noqa: F401

    threadpool_limits(limits=1)


@contextmanager
def _children_deaf_to_interrupts() -> Iterator[None]:
    """Let the parent alone hear Ctrl-C: a child inherits what is ignored when it is born."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, heard)
