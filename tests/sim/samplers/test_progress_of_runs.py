"""How far a run says that it is: from 0 to 1, never back, and the same after an interruption."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from glasswell.sim import Anneal, Batch, Quench, Sample, Sampler, SimulationConfig, Temper, simulate
from glasswell.sim.minima.descent import Descent
from glasswell.sim.run import shards
from glasswell.sim.sample import couplings
from glasswell.sim.samplers import drive
from glasswell.sim.samplers.ladder_tuning import Tuning
from glasswell.sim.samplers.search_state import Keeper, Saver
from glasswell.sim.samplers.sweep_noise import Noise
from glasswell.theory import Model

MODEL = Model(gamma=10.0)


def _batch(N: int = 12) -> Batch:
    samples = [Sample(MODEL, N, seed=1, number=n) for n in range(2)]
    return Batch.of(samples, seed=1, shared={"temperatures": np.asarray([2.0, 5.0])})


@pytest.mark.parametrize(
    "sampler",
    [
        Anneal(starts=3, steps=400),
        Anneal(starts=3, steps=200, reheats=0),
        Temper(starts=4, sweeps=200, burn_in=50),
    ],
    ids=["anneal", "once", "temper"],
)
def test_from_nothing_to_all(sampler: Sampler) -> None:
    run = sampler.init(_batch())
    seen = [run.progress]
    while not run.done:
        run.sweep()
        seen.append(run.progress)
        if len(seen) % 20 == 0:
            again = sampler.init(_batch())
            kept = run.checkpoint()
            assert kept is not None
            again.restore(kept)
            assert again.progress == pytest.approx(run.progress)
    assert (seen[0], seen[-1]) == (0.0, 1.0)
    assert np.all(np.diff(np.asarray(seen)) >= 0.0)
    assert max(np.diff(np.asarray(seen))) < 0.25


def test_tuning_of_a_ladder() -> None:
    """The same in pieces, each of which goes on from the checkpoint of the one before."""
    J, noise = couplings.batch(MODEL, 8, seed=1, samples=[0, 1]), Noise(1, 8, (0, 1))

    def begin() -> Tuning:
        return Tuning(J, MODEL, 2.0, 20.0, noise=noise, rounds=3)

    whole, parts, seen = begin(), begin(), [0.0]
    while not whole.done:
        whole.sweep()
        parts.sweep()
        seen.append(parts.progress)
        if len(seen) % 40 == 0 or whole.done:
            kept, parts = parts.checkpoint(), begin()
            parts.restore(kept)
    assert parts.done
    np.testing.assert_array_equal(parts.result()["temperatures"], whole.result()["temperatures"])
    assert seen[-1] == 1.0
    np.testing.assert_allclose(np.diff(seen), 1.0 / 448.0)


@pytest.mark.parametrize("sampler", [Anneal(starts=3, steps=100), Quench(starts=30)])
@pytest.mark.parametrize("goal", [drive.Goal(1), drive.Goal(1, least_hits=3, rounds=3)])
def test_samples_that_are_done(sampler: Sampler, goal: drive.Goal) -> None:
    """Whatever is repeated: never back, and all in the end."""
    told: list[float] = []
    keeper = Keeper(sign=lambda done: told.append(done()))

    def draw(numbers: Any) -> Batch:
        return Batch.of([Sample(MODEL, 16, seed=1, number=n) for n in numbers], seed=1)

    drive.search(sampler, range(3), draw, goal, keeper)
    assert np.all(np.diff(told) >= 0.0)
    assert told[-1] == 3.0
    assert len({x % 1.0 for x in told}) > 5


def test_an_interrupt_within_a_minimisation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two ways down, and of what was found: both go on where they were."""
    config = SimulationConfig(sizes=(30,), samples=1, starts=20, steps=64, reheats=1, states=2)
    simulate(MODEL, config, tmp_path / "whole.h5")
    advance, calls = Descent.advance, list[int]()

    def counted(descent: Descent) -> None:
        calls.append(1)
        if len(calls) in (stop, -stop):
            signal.raise_signal(signal.SIGINT)
        advance(descent)

    monkeypatch.setattr(Descent, "advance", counted)
    stop = 0
    simulate(MODEL, config, tmp_path / "counted.h5")
    in_all = len(calls)
    for stop in (2, in_all // 2, in_all - 1):
        calls.clear()
        path = tmp_path / f"{stop}.h5"
        with pytest.raises(KeyboardInterrupt):
            simulate(MODEL, config, path)
        assert len(calls) == stop
        assert len(list(shards.folder(path).glob("*.checkpoint"))) == 1
        simulate(MODEL, config, path, resume=True)
        assert len(calls) == in_all
        assert path.read_bytes() == (tmp_path / "whole.h5").read_bytes()


def test_checkpoints_take_a_small_part_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a disk that takes ten seconds for one, they come every 200 s instead of every 30."""
    now, saved = [0.0], list[float]()
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def slow(_arrays: Any) -> None:
        saved.append(now[0])
        now[0] += 10.0

    saver = Saver(Keeper(save=slow))
    for second in range(1, 1000):
        now[0] = max(now[0], float(second))
        saver.save_if_due(dict)
    assert saved[0] == 30.0
    assert np.diff(saved) == pytest.approx(210.0, abs=1.0)
    assert saved[1] - saved[0] > 20.0 * 10.0
