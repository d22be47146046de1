"""Tasks: all samples once, half a minute each, small ones at both ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from glasswell.sim import Anneal, SimulationConfig
from glasswell.sim.run import planning, shards, tasks
from glasswell.sim.run.planning import Plan
from glasswell.sim.run.provenance import describe
from glasswell.theory import Model

MODEL = Model(gamma=10.0)
NOTHING = shards.Finished({}, [])


def _plan(path: Path, config: SimulationConfig, **how: Any) -> Plan:
    provenance = describe(MODEL, config, device="cpu")
    return Plan(NOTHING, path, provenance, "cpu", **how)


def _work_off(
    plan: Plan, workers: int, seconds: Callable[[int], float], limit: int = 10**6
) -> tuple[list[tasks.Task], list[float]]:
    """What workers would do who take so many seconds for a sample of size N; when each ends."""
    jobs, done, ends = plan.jobs(), list[tasks.Task](), [0.0] * workers
    running: list[tuple[float, int, tasks.Task]] = []
    free = list(range(workers))
    while len(done) < limit:
        for worker in list(free):
            if (task := next(jobs, None)) is not None:
                free.remove(worker)
                end = ends[worker] + seconds(task.N) * len(task.samples)
                running.append((end, worker, task))
        if not running:
            break
        running.sort(key=lambda entry: entry[0])
        end, worker, task = running.pop(0)
        plan.learn(tasks.Report(task.N, len(task.samples), 0.0, end - ends[worker]))
        ends[worker] = end
        free.append(worker)
        done.append(task)
    return done, ends


def _config(sizes: tuple[int, ...], samples: Any) -> SimulationConfig:
    return SimulationConfig(sizes=sizes, samples=samples, method="quench", starts=2)


@pytest.mark.parametrize("chunk", [None, 1, 3, 1000])
@pytest.mark.parametrize("workers", [1, 3])
def test_every_sample_is_in_one_task(tmp_path: Path, chunk: int | None, workers: int) -> None:
    plan = _plan(tmp_path / "x.h5", _config((8, 16), (50, 7)), chunk=chunk, workers=workers)
    done, _ = _work_off(plan, workers, lambda N: N / 100)
    for N, samples in ((8, 50), (16, 7)):
        numbers = [n for task in done for n in task.samples if task.N == N]
        assert sorted(numbers) == list(range(samples))
    assert len({task.shard for task in done}) == len(done)


def test_tasks_take_half_a_minute(tmp_path: Path) -> None:
    """Tiny samples, which were four to a file, and long ones, which are alone in theirs."""
    plan = _plan(tmp_path / "x.h5", _config((8, 512), (200_000, 40)), workers=4)
    done, ends = _work_off(plan, 4, {8: 0.005, 512: 200.0}.__getitem__)
    tiny = [len(task.samples) for task in done if task.N == 8]
    assert len(tiny) < 100
    assert max(tiny) * 0.005 <= planning.TASK
    assert {len(task.samples) for task in done[4:] if task.N == 512} == {1}
    assert max(ends) - min(ends) <= planning.SHORTEST


def test_workers_finish_together(tmp_path: Path) -> None:
    plan = _plan(tmp_path / "x.h5", _config((8,), 3000), workers=7)
    _, ends = _work_off(plan, 7, lambda _: 0.1)
    assert max(ends) - min(ends) <= planning.SHORTEST
    assert max(ends) < 1.02 * 3000 * 0.1 / 7


def test_a_smaller_size_begins_as_the_larger_one_ended(tmp_path: Path) -> None:
    """Its samples take less, so that no task is longer than it should be."""
    plan = _plan(tmp_path / "x.h5", _config((32, 64), 10_000), workers=2)
    done, _ = _work_off(plan, 2, {64: 0.08, 32: 0.02}.__getitem__)
    first = next(task for task in done if task.N == 32)
    assert len(first.samples) == pytest.approx(planning.TASK / 0.08, abs=1)


def test_what_was_interrupted_goes_on(tmp_path: Path) -> None:
    """Checkpoints are of a task with just these samples."""
    path = tmp_path / "x.h5"
    before = _plan(path, _config((8,), 100), chunk=7)
    task = list(before.jobs())[2]
    task.checkpoint.parent.mkdir()
    task.checkpoint.touch()
    (first, *others) = _plan(path, _config((8,), 100), chunk=10).jobs()
    assert first.checkpoint == task.checkpoint
    assert first.samples == task.samples
    assert sorted(n for other in others for n in other.samples) == [
        n for n in range(100) if n not in task.samples
    ]
    # The samples that were in it and are not asked for any more: it is nobody's.
    fewer = list(_plan(path, _config((8,), 18), chunk=10).jobs())
    assert [len(task.samples) for task in fewer] == [10, 8]


def test_a_million_samples_are_planned_in_little_memory(tmp_path: Path) -> None:
    tracemalloc = pytest.importorskip("tracemalloc")
    tracemalloc.start()
    try:
        plan = _plan(tmp_path / "x.h5", _config((8,), 10**6), workers=2)
        assert len(_work_off(plan, 2, lambda _: 0.005, limit=20)[0]) == 20
        assert tracemalloc.get_traced_memory()[1] < 24 * 10**6
    finally:
        tracemalloc.stop()


def test_batches_are_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device is filled by every task, a cache by those that have enough samples."""
    monkeypatch.setattr(Anneal, "side_by_side", lambda *_: 50)
    for module in (planning, tasks):
        monkeypatch.setattr(module, "resolve", lambda _: "a device")
    config = SimulationConfig(sizes=(8,), samples=10_000, starts=2)
    done, _ = _work_off(_plan(tmp_path / "x.h5", config, workers=2), 2, lambda _: 0.1)
    assert [len(task.samples) for task in done[:2]] == [4, 4]
    assert {len(task.samples) % 50 for task in done if len(task.samples) > 50} == {0}
    provenance = describe(MODEL, config, device="cpu")
    plan = Plan(NOTHING, tmp_path / "x.h5", provenance, "cuda", workers=2)
    done, _ = _work_off(plan, 2, lambda _: 0.1)
    assert {len(task.samples) % 50 for task in done[:-1]} == {0}


def test_temperings_fill_a_cache(tmp_path: Path) -> None:
    config = SimulationConfig(sizes=(8, 256), samples=40, method="temper", temperatures=(1.0, 2.0))
    done = list(_plan(tmp_path / "x.h5", config).jobs())
    assert {len(task.samples) for task in done if task.N == 256} == {4}
    assert [len(task.samples) for task in done if task.N == 8] == [16, 16, 8]
