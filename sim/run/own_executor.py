"""Tasks on an executor of one's own: anything with the interface of concurrent.futures."""

from __future__ import annotations

import pickle
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError
from typing import Any, Generic, Protocol, TypeVar

from glasswell.theory.model import GlasswellError
from threadpoolctl import threadpool_limits

from ..errors import SimulationError
from .waiting import Attempt, Division, Waiting

Job = TypeVar("Job")
Result = TypeVar("Result")

PATIENCE = 0.02
"""Seconds between two looks at futures that are not done."""

FEW = 64
"""Jobs that are handed over before anything is known of how long they take …"""

MANY = 4096
"""… and at most: more than an executor has workers, which it need not tell."""


class Executor(Protocol):
    """What ``concurrent.futures.Executor`` promises, as far as it is used here."""

    def submit(self, function: Callable[[Job], Any], job: Job, /) -> Any:
        """A future: ``done()``, ``result()``, ``cancel()``."""


def check(executor: object) -> None:
    """Refuse what is no executor.

    Raises
    ------
    SimulationError
        If it cannot submit.
    """
    if isinstance(executor, type) or not callable(getattr(executor, "submit", None)):
        name = executor.__name__ if isinstance(executor, type) else type(executor).__name__
        raise SimulationError(
            f"the executor {name} has no submit: give an object with the interface of "
            "concurrent.futures.Executor"
        )


def run(
    function: Callable[[Job], Result],
    jobs: Iterable[Job],
    executor: Executor,
    *,
    returns: type[Result],
    division: Division[Job] | None = None,
) -> Generator[Result]:
    """Yield function(job) of every job, in the order in which they are found to be done.

    The executor stays its owner's: it is not shut down. Who stops early cancels what has not begun
    and waits for what has, so that nothing is written afterwards; a second Ctrl-C does not wait.

    Raises
    ------
    SimulationError
        If the executor is broken, gives no futures, drops a job, or returns something else.
    """
    check(executor)
    return work_off(function, Waiting(jobs, division or Division()), executor, returns=returns)


def work_off(
    function: Callable[[Job], Result],
    waiting: Waiting[Job],
    executor: Executor,
    *,
    returns: type[Any],
    name: str = "",
    window: int | None = None,
    alive: Callable[[], bool] = lambda: True,
) -> Generator[Result]:
    """As ``run``, of jobs that wait.

    Parameters
    ----------
    name
        Of the executor, for errors.
    window
        Jobs that are handed over at a time.
    alive
        Asked when nothing happens: False if the executor has lost all of its workers for good.

    Raises
    ------
    SimulationError
        As ``run``, or if no worker is left.
    """
    name = name or type(executor).__name__
    at_work = _AtWork(name, executor, _Alone(function), waiting, returns)
    began, reported = time.monotonic(), False

    def room() -> int:
        if window is not None:
            return window
        # Who does not report within a second or two may have more workers than this.
        return MANY if reported else FEW * 2 ** min(int(time.monotonic() - began), 6)

    # For executors that work in this process; those elsewhere are told by the task itself.
    with threadpool_limits(limits=1):
        try:
            while True:
                waiting.check(at_work.attempts)
                attempt = waiting.next() if len(at_work) < room() else None
                if attempt is None and not len(at_work):
                    return
                if attempt is not None and not at_work.begin(attempt).done():
                    continue
                quiet = True
                for result in at_work.finished():
                    quiet, reported = False, True
                    yield result
                if quiet and not alive():
                    raise SimulationError(
                        f"the executor {name} has lost all of its workers: use fewer if memory ran "
                        "out, and resume; finished samples are kept"
                    )
                if quiet:
                    time.sleep(PATIENCE)
        finally:
            at_work.stop()


class _AtWork(Generic[Job, Result]):
    """What was handed over to an executor."""

    def __init__(
        self,
        name: str,
        executor: Executor,
        function: Callable[[Job], Result],
        waiting: Waiting[Job],
        returns: type[Result],
    ) -> None:
        self._executor, self._function = executor, function
        self._waiting, self._returns = waiting, returns
        self._name = name
        self._pending: list[tuple[Any, Attempt[Job]]] = []

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def attempts(self) -> Iterator[Attempt[Job]]:
        """Of what is pending."""
        return (attempt for _, attempt in self._pending)

    def begin(self, attempt: Attempt[Job]) -> Any:
        """Hand a job over; returns its future."""
        name = self._name
        try:
            future = self._executor.submit(self._function, attempt.job)
        except GlasswellError:
            # Of the job itself, done at once.
            raise
        except RuntimeError as error:
            raise SimulationError(
                f"the executor {name} takes no jobs ({error}): give one that is open; finished "
                "samples are kept"
            ) from error
        if not all(callable(getattr(future, word, None)) for word in ("done", "result", "cancel")):
            raise SimulationError(
                f"submit of the executor {name} returned {type(future).__name__}, not a future: "
                "return a concurrent.futures.Future"
            )
        self._pending.append((future, attempt))
        return future

    def finished(self) -> Generator[Result]:
        """Results of what is done, which is no longer pending then."""
        for entry in [entry for entry in self._pending if entry[0].done()]:
            self._pending.remove(entry)
            future, attempt = entry
            try:
                result = self._result(future)
            except killed_workers() as error:
                self._waiting.died(attempt, type(error).__name__)
                continue
            if not isinstance(result, self._returns):
                raise SimulationError(
                    f"the executor {self._name} returned {type(result).__name__} for a job: return "
                    "what the function returns"
                )
            yield result

    def _result(self, future: Any) -> Any:
        name = self._name
        try:
            return future.result()
        except BrokenExecutor as error:
            raise SimulationError(
                f"the executor {name} is broken ({error}): its workers may have run out of memory, "
                "or do not find what the task needs; finished samples are kept"
            ) from error
        except CancelledError as error:
            raise SimulationError(
                f"the executor {name} has cancelled a job: resume; finished samples are kept"
            ) from error
        except pickle.PicklingError as error:
            raise SimulationError(
                f"the executor {name} cannot be given a job ({error}): define what it needs at the "
                "top of a module"
            ) from error

    def stop(self) -> None:
        """Cancel what has not begun, and wait for what has."""
        begun = [future for future, _ in self._pending if not future.cancel()]
        while not all(future.done() for future in begun):
            time.sleep(PATIENCE)


def killed_workers() -> tuple[type[BaseException], ...]:
    """What dask raises of a job at which its workers died at every attempt; nothing without it."""
    dask = sys.modules.get("distributed")
    return () if dask is None else (dask.KilledWorker,)


class _Alone:
    """A function that keeps to one thread where it is called, as bits depend on their number."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function

    def __call__(self, job: Any) -> Any:
        threadpool_limits(limits=1)
        return self._function(job)
