"""Executors of one's own: what is none is refused, and nothing is left running."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from glasswell.sim import SimulationConfig, SimulationError, simulate
from glasswell.sim.run import own_executor
from glasswell.theory import Model

MODEL = Model(gamma=10.0)


class NoFuture:
    def submit(self, *_job: Any) -> None:
        return None


class WrongResult:
    def submit(self, *_job: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result("done")
        return future


def _shut_down() -> ThreadPoolExecutor:
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    return executor


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"executor": 3}, "executor int has no submit"),
        ({"executor": ThreadPoolExecutor}, "executor ThreadPoolExecutor has no submit"),
        ({"executor": NoFuture()}, "returned NoneType, not a future"),
        ({"executor": WrongResult()}, "returned str for a job"),
        ({"executor": _shut_down()}, "takes no jobs .*shutdown"),
        ({"executor": WrongResult(), "engine": "process"}, "not both"),
        ({"executor": WrongResult(), "workers": 2}, "not both"),
    ],
)
def test_what_is_no_executor_is_refused(how: Any, message: str, tmp_path: Path) -> None:
    config = SimulationConfig(sizes=(8,), samples=1, starts=2, method="quench")
    with pytest.raises(SimulationError, match=message) as error:
        simulate(MODEL, config, tmp_path / "x.h5", **how)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "x.h5").exists()


def test_who_stops_early_leaves_nothing_running() -> None:
    """What has begun is waited for, what has not is cancelled; the executor is its owner's."""
    begun: list[int] = []
    ended: list[int] = []

    def job(number: int) -> int:
        begun.append(number)
        time.sleep(0.1 if number else 0.0)
        ended.append(number)
        return number

    with ThreadPoolExecutor(1) as executor:
        results = own_executor.run(job, range(9), executor, returns=int)
        assert next(results) == 0
        results.close()
        assert begun == ended
        assert len(ended) < 9
        assert executor.submit(int).result() == 0


def test_errors_of_jobs_arrive_as_they_are() -> None:
    def job(number: int) -> int:
        raise SimulationError(f"job {number} is wrong")

    with ThreadPoolExecutor(1) as executor, pytest.raises(SimulationError, match="job 1 is wrong"):
        list(own_executor.run(job, [1], executor, returns=int))
