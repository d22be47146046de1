"""How independent tasks are run: one after another, or in processes of one thread each."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait as wait_for
from multiprocessing.process import BaseProcess
from typing import TypeVar

from threadpoolctl import threadpool_limits

from ..backend.cores import available_cores
from ..backend.interrupts import Terminated, deferred
from ..errors import SimulationError

Job = TypeVar("Job")
Result = TypeVar("Result")

NAMES = ("inline", "process")

GRACE = 10.0
"""Seconds in which a worker that was told to stop may save where it is, before it is killed."""


def run(
    function: Callable[[Job], Result], jobs: Sequence[Job], *, engine: str, workers: int | None
) -> Generator[Result]:
    """Yield function(job) of every job, in the order in which they finish.

    Whoever stops early closes the generator, ``with closing(run(...)) as results``. This or an
    interrupt drops the running jobs; workers end with their parent, however it ends. The function
    must be importable by name for the process engine, and the calling script guarded by
    ``if __name__ == "__main__"``.

    Raises
    ------
    SimulationError
        If the engine is unknown, workers < 1, or a worker process died.
    Terminated
        If the workers were ended by SIGTERM, as when a batch system stops all processes of a job.
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


def _inline(function: Callable[[Job], Result], jobs: Sequence[Job]) -> Generator[Result]:
    # One thread here too: a product split over threads is summed in another order.
    with threadpool_limits(limits=1):
        for job in jobs:
            yield function(job)


def _processes(
    function: Callable[[Job], Result], jobs: Sequence[Job], workers: int
) -> Generator[Result]:
    before, children = _children(), set[BaseProcess]()
    executor = ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_become_worker
    )
    try:
        with _births():
            pending: set[Future[Result]] = {executor.submit(function, job) for job in jobs}
        children |= _children() - before
        while pending:
            finished, pending = wait(pending, return_when=FIRST_COMPLETED)
            for future in finished:
                yield future.result()
    except BrokenProcessPool as error:
        executor.shutdown(wait=True, cancel_futures=True)
        # The pool then ends the others by SIGTERM, so one that died by itself ended otherwise.
        if children and all(child.exitcode == -signal.SIGTERM for child in children):
            raise Terminated from error
        raise SimulationError(
            "a worker process died: use fewer workers if memory ran out, and guard the start of a "
            'script with if __name__ == "__main__"; finished samples are kept'
        ) from error
    except BaseException:
        # Whatever it is, it goes on its way below. Running jobs are dropped, not waited for: what
        # they had finished is on the disk.
        _end(_children() - before)
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _children() -> set[BaseProcess]:
    return set(multiprocessing.active_children())


def _end(children: set[BaseProcess]) -> None:
    try:
        for child in children:
            child.terminate()
        deadline = time.monotonic() + GRACE
        for child in children:
            child.join(max(deadline - time.monotonic(), 0.0))
    finally:
        for child in children:
            child.kill()


def _become_worker() -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Libraries that are loaded later escape the limit, so load them first (F401: for that alone).
    import scipy.linalg  # noqa: F401

    threadpool_limits(limits=1)


def _end_with_parent() -> None:
    """End this worker at once when its parent has, even by SIGKILL: a pipe between them closes."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)


@contextmanager
def _births() -> Iterator[None]:
    """Let children be born whole, and deaf to Ctrl-C, which their parent alone shall hear.

    What a parent has blocked a new process does not hear either. The signals that come meanwhile
    take effect afterwards: a child whose parent stops half way complains of what it was not told.
    """
    with deferred():
        if not hasattr(signal, "pthread_sigmask"):
            yield
            return
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
