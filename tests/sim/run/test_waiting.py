"""What is begun next, and again: by hand, without workers."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from glasswell.sim import SimulationError
from glasswell.sim.run.waiting import ATTEMPTS, Attempt, Division, Waiting, cause_of_death

HALVES: Division[tuple[int, ...]] = Division(
    name=lambda job: f"sample {job[0]}",
    pieces=lambda job: [part for part in (job[: len(job) // 2], job[len(job) // 2 :]) if part],
)


def _work_off(waiting: Waiting[tuple[int, ...]], deadly: int, done: list[tuple[int, ...]]) -> None:
    """Do everything, where a job with one number kills whoever does it."""
    while (attempt := waiting.next()) is not None:
        if deadly in attempt.job:
            waiting.died(attempt, "it is gone")
        else:
            done.append(attempt.job)
    waiting.check([])


def test_jobs_are_made_when_they_are_asked_for() -> None:
    made = []

    def jobs() -> Iterator[tuple[int, ...]]:
        for n in range(10**9):
            made.append(n)
            yield (n,)

    waiting = Waiting(jobs(), Division())
    assert [waiting.next() for _ in range(2)] == [Attempt((0,)), Attempt((1,))]
    assert made == [0, 1]


def test_a_job_is_tried_again_before_new_ones_are_begun() -> None:
    waiting = Waiting([(1,), (2,), (3,)], HALVES)
    first = waiting.next()
    assert first is not None
    waiting.died(first, "it is gone")
    jobs = [attempt.job for attempt in iter(waiting.next, None)]
    assert jobs == [(1,), (2,), (3,)]


def test_what_kills_every_worker_is_narrowed_down() -> None:
    """The others are done before it has failed for good, and nothing new is begun."""
    waiting, done = Waiting([tuple(range(8)), (8,)], HALVES), list[tuple[int, ...]]()
    with pytest.raises(SimulationError, match=f"at sample 5 in each of {ATTEMPTS} attempts"):
        _work_off(waiting, 5, done)
    assert sorted(sum(done, ())) == [0, 1, 2, 3, 4, 6, 7]


def test_pieces_at_work_are_waited_for_and_other_jobs_are_not() -> None:
    waiting = Waiting([(1,)], Division[tuple[int, ...]]())
    for _ in range(ATTEMPTS):
        attempt = waiting.next()
        assert attempt is not None
        waiting.check([attempt])
        waiting.died(attempt, "it is gone")
    waiting.check([Attempt((2,), piece=True), Attempt((3,))])
    with pytest.raises(SimulationError, match="it is gone"):
        waiting.check([Attempt((3,))])


def test_what_kills_now_and_then_is_done() -> None:
    waiting = Waiting([tuple(range(8))], HALVES)
    for _ in range(ATTEMPTS - 1):
        attempt = waiting.next()
        assert attempt is not None
        waiting.died(attempt, "it is gone")
    done = list[tuple[int, ...]]()
    _work_off(waiting, -1, done)
    assert done == [tuple(range(8))]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (-signal.SIGKILL, "SIGKILL, as when memory runs out"),
        (-signal.SIGSEGV, "SIGSEGV"),
        (3, "exit code 3"),
        (-999, "signal 999"),
    ],
)
def test_causes_of_death(code: int, words: str) -> None:
    assert cause_of_death(code) == words
