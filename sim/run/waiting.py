"""Jobs in the order in which they are begun, and again when the worker died that was at them."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from ..errors import SimulationError

Job = TypeVar("Job")

ATTEMPTS = 3
"""At a job whose workers die: the machine may have been at fault, and then a retry succeeds."""


@dataclass(frozen=True)
class Attempt(Generic[Job]):
    """A job that is begun, and how many workers have died at it before."""

    job: Job
    deaths: int = 0
    piece: bool = False
    """Whether it is part of a job at which workers have died."""


@dataclass(frozen=True)
class Division(Generic[Job]):
    """How jobs are named and divided, so that one that kills its workers can be narrowed down."""

    name: Callable[[Job], str] = lambda _job: "a job"
    """For errors: "N = 8, sample 3"."""
    pieces: Callable[[Job], Sequence[Job]] = lambda job: (job,)
    """The job in smaller ones; itself alone where it cannot be divided."""


class Waiting(Generic[Job]):
    """What is still to be begun. Jobs are made when they are asked for, as many as there may be.

    A job whose worker has died is tried again, ``ATTEMPTS`` times in all, and then piece by piece:
    a single sample that kills every worker is found. Then nothing new is begun, and the run ends
    when the pieces beside it are done.

    Examples
    --------
    >>> waiting = Waiting([7, 8], Division())
    >>> first = waiting.next()
    >>> waiting.died(first, "it is gone")
    >>> waiting.next()  # what has to be done again comes before what is new
    Attempt(job=7, deaths=1, piece=False)
    """

    def __init__(self, jobs: Iterable[Job], division: Division[Job]) -> None:
        self._new = iter(jobs)
        self._again: deque[Attempt[Job]] = deque()
        self._division = division
        self._hopeless: SimulationError | None = None

    def next(self) -> Attempt[Job] | None:
        """What to begin now; None if there is nothing."""
        if self._again:
            return self._again.popleft()
        if self._hopeless is None:
            for job in self._new:
                return Attempt(job)
        return None

    def died(self, attempt: Attempt[Job], how: str) -> None:
        """The worker that was at it has died, ``how`` says of what: wait for another attempt.

        It goes to the end of what is to be done again, so that the pieces beside it come first.
        """
        again = replace(attempt, deaths=attempt.deaths + 1)
        if again.deaths < ATTEMPTS:
            self._again.append(again)
            return
        pieces = self._division.pieces(attempt.job)
        if len(pieces) > 1:
            self._again.extend(Attempt(piece, piece=True) for piece in pieces)
            return
        self._hopeless = self._hopeless or SimulationError(
            f"a worker process died at {self._division.name(attempt.job)} in each of {ATTEMPTS} "
            f"attempts ({how}): try it with engine 'inline', or with fewer workers if memory ran "
            "out; finished samples are kept"
        )

    def check(self, at_work: Iterable[Attempt[Job]]) -> None:
        """End the run if a job is hopeless and the pieces beside it, at work or not, are done.

        Raises
        ------
        SimulationError
            Naming it.
        """
        if self._hopeless and not self._again and not any(one.piece for one in at_work):
            raise self._hopeless


def cause_of_death(exit_code: int | None) -> str:
    """What an exit code says: "SIGKILL, as when memory runs out", "exit code 3"."""
    if exit_code is None or exit_code >= 0:
        return f"exit code {exit_code}"
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = f"signal {-exit_code}"
    return f"{name}, as when memory runs out" if name == "SIGKILL" else name
