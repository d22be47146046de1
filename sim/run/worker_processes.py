"""Jobs in processes of one thread each; one that dies is replaced, and costs its job alone."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import wait as wait_for
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

from ..backend import devices
from ..backend.interrupts import Terminated, deferred
from ..errors import SimulationError
from .waiting import Attempt, Waiting, cause_of_death

Job = TypeVar("Job")
Result = TypeVar("Result")

BIRTHS = 10
"""Workers in a row that may be killed as they are started."""

GRACE = 10.0
"""Seconds in which a worker that was told to stop may save where it is, before it is killed."""


def run(
    function: Callable[[Job], Result], waiting: Waiting[Job], *, workers: int, device: str
) -> Generator[Result]:
    """Yield function(job) of every job, in the order in which they finish.

    Raises
    ------
    SimulationError
        If workers die at one job every time, cannot be started, or do not find what it needs.
    Terminated
        If a worker was ended by SIGTERM, as when a batch system stops all processes of a job.
    """
    slots: list[_Slot] = []
    try:
        while len(slots) < workers and (attempt := waiting.next()) is not None:
            slots.append(_Slot(len(slots), function, device))
            slots[-1].begin(attempt)
        while busy := {slot.future: slot for slot in slots if slot.future is not None}:
            for future in wait(busy, return_when=FIRST_COMPLETED).done:
                yield from busy[future].proceed(waiting)
            # After a death there may be more to do than there was.
            for slot in slots:
                if slot.future is None and (attempt := waiting.next()) is not None:
                    slot.begin(attempt)
            waiting.check(slot.begun for slot in slots if slot.begun is not None)
    except BaseException:
        # Whatever it is, it goes on its way below. Running jobs are dropped, not waited for: what
        # they had finished is on the disk.
        _end([process for slot in slots for process in slot.processes])
        raise
    finally:
        for slot in slots:
            slot.end()


class _Slot:
    """One worker at a time, with a pool to itself: who dies takes no other worker along."""

    def __init__(self, number: int, function: Callable[[Any], Any], device: str) -> None:
        self._number, self._function, self._device = number, function, device
        self._context, self._stillborn = _Context(), 0
        self._pool: ProcessPoolExecutor | None = None
        self._born = False
        self.begun: Attempt[Any] | None = None
        self.future: Future[Any] | None = None

    def begin(self, attempt: Attempt[Any]) -> None:
        """Do a job, when there is a worker."""
        self.begun = attempt
        if self._pool is None:
            self._bear(None)
            return
        # Packed here: what a worker cannot unpack within its queue would end it.
        packed = _packed(self._function, attempt.job)
        try:
            self.future = self._pool.submit(_unpacked_and_done, packed)
        except BrokenProcessPool as error:
            # The worker has died while it had nothing to do.
            self._bear(error)

    def proceed(self, waiting: Waiting[Any]) -> Generator[Any]:
        """Its future is done: yield a result, and begin what comes next."""
        assert self.future is not None
        future, self.future = self.future, None
        try:
            result = future.result()
        except BrokenProcessPool as error:
            self._mourn(waiting, error)
            return
        if self._born:
            self.begun = None
            yield result
            self.begun = waiting.next()
        else:
            self._born, self._stillborn = True, 0
        if self.begun is not None:
            self.begin(self.begun)

    def end(self) -> None:
        """Leave no worker; one that does something has been told to stop before."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    @property
    def processes(self) -> Sequence[BaseProcess]:
        """The worker, and those that it has replaced."""
        return [process for process in self._context.made if process.pid is not None]

    def _bear(self, replaced: BrokenProcessPool | None) -> None:
        """Start a worker; what is begun waits until it is there."""
        if replaced is not None:
            self._require_no_order(replaced)
        with births():
            self._pool = ProcessPoolExecutor(1, mp_context=self._context)
            self._born = False
            self.future = self._pool.submit(_become_worker, self._device, self._number)

    def _require_no_order(self, error: BrokenProcessPool) -> None:
        self.end()
        self.processes[-1].join()
        if self.processes[-1].exitcode == -signal.SIGTERM:
            raise Terminated from error

    def _mourn(self, waiting: Waiting[Any], error: BrokenProcessPool) -> None:
        """The worker has died: of what it did, as it was started, or because it was to stop."""
        self._require_no_order(error)
        code = self.processes[-1].exitcode
        if self._born:
            assert self.begun is not None
            waiting.died(self.begun, cause_of_death(code))
            self.begun = waiting.next()
        else:
            self._stillborn += 1
            # An exception is one every time; a signal need not be.
            if self._stillborn >= BIRTHS or (code or 0) > 0:
                raise SimulationError(
                    f"a worker process died as it was started ({cause_of_death(code)}): guard the "
                    'start of a script with if __name__ == "__main__", and use fewer workers if '
                    "memory ran out; finished samples are kept"
                ) from error
        self._pool = None
        if self.begun is not None:
            self.begin(self.begun)


class _Context(SpawnContext):
    """Processes that start as new programs do, kept in mind whether they could start or not."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[BaseProcess] = []

    def Process(self, *what: Any, **more: Any) -> BaseProcess:  # type: ignore[override]
        """A process, as pools ask for it."""
        self.made.append(SpawnProcess(*what, **more))
        return self.made[-1]


def _end(children: list[BaseProcess]) -> None:
    try:
        for child in children:
            child.terminate()
        deadline = time.monotonic() + GRACE
        for child in children:
            child.join(max(deadline - time.monotonic(), 0.0))
    finally:
        for child in children:
            child.kill()


def _packed(function: Callable[[Any], Any], job: Any) -> bytes:
    try:
        return pickle.dumps((function, job))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise SimulationError(
            f"a worker process cannot be given a job ({error}): define what it needs at the top of "
            "a module, or use engine 'inline'"
        ) from error


def _unpacked_and_done(packed: bytes) -> Any:
    try:
        function, job = pickle.loads(packed)
    except (AttributeError, ImportError) as error:
        raise SimulationError(
            f"a worker process does not find what a job needs ({error}): define it in a module "
            "that can be imported from anywhere, or use engine 'inline'"
        ) from error
    return function(job)


def _become_worker(device: str, number: int) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Libraries that are loaded later escape the limit, so load them first (F401: for that alone).
    import scipy.linalg  # noqa: F401

    threadpool_limits(limits=1)
    devices.use(device, number)


def _end_with_parent() -> None:
    """End this worker at once when its parent has, even by SIGKILL: a pipe between them closes."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)


@contextmanager
def births() -> Iterator[None]:
    """Let children be born whole, and deaf to Ctrl-C, which their parent alone shall hear.

    What a parent has blocked a new process does not hear either. The signals that come meanwhile
    take effect afterwards: a child whose parent stops half way complains of what it was not told.
    """
    with deferred():
        if not hasattr(signal, "pthread_sigmask"):
            yield
            return
        # Its start would unblock what is blocked here.
        resource_tracker.ensure_running()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
