"""Executors of one's own: what is none is refused, and nothing is left running."""

from __future__ import annotations

import itertools
import pickle
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from accidents import Deadly, couplings
from glasswell.sim import SimulationConfig, SimulationError, simulate
from glasswell.sim.run import own_executor, provenance, tasks
from glasswell.sim.run.waiting import Division, Waiting
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


class MPIPoolExecutor(ThreadPoolExecutor):
    """As mpi4py documents its own: arguments and results are pickled, as they go to other ranks.

    ``max_workers`` is all it is made with, ``submit`` returns a future of concurrent.futures, and
    after ``shutdown`` a RuntimeError is raised.
    """

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        packed = pickle.dumps((fn, args, kwargs))
        return super().submit(_on_another_rank, packed)


def _on_another_rank(packed: bytes) -> Any:
    function, args, kwargs = pickle.loads(packed)
    return pickle.loads(pickle.dumps(function(*args, **kwargs)))


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


def test_a_pool_of_mpi4py(tmp_path: Path) -> None:
    """With a sampler and couplings of one's own: all workers do the same tasks as one."""
    config = SimulationConfig(
        sizes=(8, 12), samples=(9, 3), sampler=Deadly(starts=2), couplings=couplings
    )
    simulate(MODEL, config, tmp_path / "once.h5")
    with MPIPoolExecutor(max_workers=2) as executor:
        simulate(MODEL, config, tmp_path / "pool.h5", executor=executor, chunk=2)
        assert executor.submit(abs, -1).result() == 1
    assert (tmp_path / "pool.h5").read_bytes() == (tmp_path / "once.h5").read_bytes()


@pytest.mark.parametrize("cancel", [False, True])
def test_an_executor_that_is_shut_down_midway(
    cancel: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line; what is finished is gone on with."""
    monkeypatch.setattr(own_executor, "MANY", 2)
    monkeypatch.setattr(own_executor, "FEW", 2)
    config = SimulationConfig(sizes=(8,), samples=200, starts=2, method="quench")
    executor, seen = ThreadPoolExecutor(1), list[float]()

    def progress(done: float, _total: int) -> None:
        seen.append(done)
        if done >= 3:
            executor.shutdown(wait=False, cancel_futures=cancel)

    path = tmp_path / "x.h5"
    with pytest.raises(SimulationError, match=r"takes no jobs|cancelled a job") as error:
        simulate(MODEL, config, path, executor=executor, chunk=1, progress=progress)
    assert "finished samples are kept" in str(error.value)
    simulate(MODEL, replace(config, samples=5), path, resume=True, progress=progress)
    simulate(MODEL, replace(config, samples=5), tmp_path / "once.h5")
    assert path.read_bytes() == (tmp_path / "once.h5").read_bytes()


def test_a_task_done_twice_at_the_same_time_does_no_harm(tmp_path: Path) -> None:
    """As when a worker that was given up is at it still: its shard is whole, and the same."""
    config = SimulationConfig(sizes=(8,), samples=3, starts=4, steps=200)
    shard = tmp_path / "N=8.000000.h5"
    task = tasks.Task(8, (0, 1, 2), shard, provenance.describe(MODEL, config, device="cpu"), "cpu")
    tasks.run(task)
    alone = shard.read_bytes()
    shard.unlink()
    with ThreadPoolExecutor(3) as executor:
        for report in executor.map(tasks.run, [task] * 6):
            assert report.samples == 3
            assert shard.read_bytes() == alone
    assert [file.name for file in tmp_path.iterdir()] == [shard.name]


def test_many_jobs_are_not_handed_over_at_once() -> None:
    """A few before anything is known of them, and never all of very many."""
    most = 0

    class Counting(ThreadPoolExecutor):
        def submit(self, *what: Any, **more: Any) -> Future[Any]:
            nonlocal most
            future = super().submit(*what, **more)
            most = max(most, self._work_queue.qsize())
            return future

    with Counting(1) as executor:
        results = own_executor.run(time.sleep, itertools.repeat(0.02), executor, returns=object)
        next(results)
        assert most <= own_executor.FEW
        next(results)
        results.close()
        assert own_executor.FEW < most <= own_executor.MANY


def test_nobody_waits_for_workers_that_are_lost() -> None:
    with ThreadPoolExecutor(1) as executor:
        results = own_executor.work_off(
            time.sleep,
            Waiting([0.3], Division()),
            executor,
            returns=object,
            name="of mine",
            alive=lambda: False,
        )
        with pytest.raises(SimulationError, match="of mine has lost all of its workers"):
            list(results)


def test_errors_of_jobs_arrive_as_they_are() -> None:
    def job(number: int) -> int:
        raise SimulationError(f"job {number} is wrong")

    with ThreadPoolExecutor(1) as executor, pytest.raises(SimulationError, match="job 1 is wrong"):
        list(own_executor.run(job, [1], executor, returns=int))
