"""Tasks on an executor of one's own: anything with the interface of concurrent.futures."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError
from typing import Any, Protocol, TypeVar

from glasswell.theory.model import GlasswellError
from threadpoolctl import threadpool_limits

from ..errors import SimulationError

Job = TypeVar("Job")
Result = TypeVar("Result")

PATIENCE = 0.05
"""Seconds between two looks at futures that are not done."""


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
    jobs: Sequence[Job],
    executor: Executor,
    *,
    returns: type[Result],
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
    name, pending = type(executor).__name__, list[Any]()
    # For executors that work in this process; those elsewhere are told by the task itself.
    with threadpool_limits(limits=1):
        try:
            for job in jobs:
                pending.append(_submitted(name, executor, function, job))
                yield from _finished(name, pending, returns)
            while pending:
                time.sleep(PATIENCE)
                yield from _finished(name, pending, returns)
        finally:
            begun = [future for future in pending if not future.cancel()]
            while not all(future.done() for future in begun):
                time.sleep(PATIENCE)


def _submitted(name: str, executor: Executor, function: Callable[[Job], Any], job: Job) -> Any:
    try:
        future = executor.submit(_Alone(function), job)
    except GlasswellError:
        # Of the job itself, done at once.
        raise
    except RuntimeError as error:
        raise SimulationError(
            f"the executor {name} takes no jobs ({error}): give one that is open; finished samples "
            "are kept"
        ) from error
    if not all(callable(getattr(future, word, None)) for word in ("done", "result", "cancel")):
        raise SimulationError(
            f"submit of the executor {name} returned {type(future).__name__}, not a future: return "
            "a concurrent.futures.Future"
        )
    return future


def _finished(name: str, pending: list[Any], returns: type[Result]) -> Generator[Result]:
    """Results of what is done, which is no longer pending then."""
    for future in [future for future in pending if future.done()]:
        pending.remove(future)
        try:
            result = future.result()
        except BrokenExecutor as error:
            raise SimulationError(
                f"the executor {name} is broken ({error}): its workers may have run out of memory, "
                "or do not find what the task needs; finished samples are kept"
            ) from error
        except CancelledError as error:
            raise SimulationError(
                f"the executor {name} has cancelled a job: resume; finished samples are kept"
            ) from error
        if not isinstance(result, returns):
            raise SimulationError(
                f"the executor {name} returned {type(result).__name__} for a job: return what the "
                "function returns"
            )
        yield result


class _Alone:
    """A function that keeps to one thread where it is called, as bits depend on their number."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function

    def __call__(self, job: Any) -> Any:
        threadpool_limits(limits=1)
        return self._function(job)
