"""Samplers: options that belong to them, one contract, and checkpoints that change nothing."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from glasswell.sim import (
    Anneal,
    Batch,
    ConfigError,
    Quench,
    Run,
    Sample,
    Sampler,
    SimulationConfig,
    SimulationError,
    Temper,
    minimise,
    simulate,
)
from glasswell.sim.config import as_toml, load, parse
from glasswell.sim.run import shards
from glasswell.sim.sample import scales
from glasswell.sim.sample.rng import Purpose, bit_stream, uniforms
from glasswell.sim.samplers import anneal_noise
from glasswell.sim.samplers.langevin import Langevin, langevin
from glasswell.theory import Model
from scipy import stats

MODEL = Model(gamma=10.0, J0=0.2)
WELLS = Model(gamma=3.0, k=-1.0, field=0.1)


@pytest.mark.parametrize(
    ("flat", "sampler"),
    [
        ({"steps": 30, "friction": 0.1}, Anneal(starts=6, steps=30, friction=0.1)),
        ({"method": "quench"}, Quench(starts=6)),
        (
            {"method": "temper", "temperatures": [0.2, 1.0], "sweeps": 90},
            Temper(starts=6, temperatures=(0.2, 1.0), sweeps=90),
        ),
    ],
)
def test_flat_keys_and_objects_are_the_same(
    flat: dict[str, Any], sampler: Sampler, tmp_path: Path
) -> None:
    one = SimulationConfig(sizes=(8,), starts=6, **flat)
    assert one == SimulationConfig(sizes=(8,), sampler=sampler) == parse(one.table())
    assert one.sampler == sampler
    (tmp_path / "c.toml").write_text(as_toml(MODEL, one), encoding="utf-8")
    assert load(tmp_path / "c.toml")[:2] == (MODEL, one)
    more: dict[str, Any] = {"starts": 8}
    changed = replace(one, **more)
    assert changed.sampler == replace(sampler, **more)  # type: ignore[type-var]  # a dataclass
    assert changed.starts == changed.kept == 8


def test_options_of_other_methods_are_kept_and_change_nothing() -> None:
    quench = SimulationConfig(method="quench", steps=30)
    assert quench.sampler == Quench()
    other: dict[str, Any] = {"method": "anneal"}
    assert replace(quench, **other).sampler == Anneal(steps=30)
    assert quench.table()["steps"] == 30
    with pytest.raises(ConfigError, match="did you mean 'steps'"):
        SimulationConfig(stepps=3)


def test_an_anneal_in_parts_is_langevin_dynamics_in_one() -> None:
    """With starts, noise, time step and schedule by hand."""
    N, R, steps = 12, 3, 70
    sample = Sample(MODEL, N, seed=5, number=2)
    run = Anneal(starts=R, steps=steps, reheats=0).init(Batch.of([sample], seed=5))
    while not run.done:
        run.sweep()
    key = {"seed": 5, "N": N, "sample": 2}
    u = uniforms(bit_stream(Purpose.DISPLACEMENTS, **key), N * R).reshape(N, R)
    T = scales.temperature(MODEL) * np.linspace(0.6, 0.02, steps)
    frequency = scales.fastest_frequency(MODEL, float(T[0]))
    word = int(bit_stream(Purpose.NOISE, **key).random_raw())
    ends = langevin(
        scales.amplitude(MODEL) * (2.0 * u - 1.0),
        sample.J,
        MODEL,
        [float(x) for x in T],
        time_step=1.0 / frequency,
        friction=0.05 * frequency,
        keys=np.asarray([word % 2**32, word // 2**32]),
        noise_every=4,
    )
    np.testing.assert_array_equal(run.result().columns, ends[None])


@pytest.mark.parametrize(("side", "calls_in_all"), [(1, 36), (2, 24), (3, 12)])
@pytest.mark.parametrize("part", [0.05, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("model", [MODEL, WELLS], ids=["glass", "wells"])
def test_an_interrupted_anneal_goes_on_bit_for_bit(
    model: Model,
    part: float,
    side: int,
    calls_in_all: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the first batch, in a repetition of it, or in a later batch of the same task."""
    monkeypatch.setattr(Anneal, "side_by_side", lambda *_: side)
    stop = 1 + int(part * calls_in_all)
    config = SimulationConfig(
        sizes=(10,), samples=3, starts=3, steps=50, least_hits=4, rounds=2, states=2
    )
    whole = tmp_path / "whole.h5"
    simulate(model, config, whole, chunk=3)
    advance, calls = Langevin.advance, []

    def interrupted(run: Langevin, steps: int) -> None:
        calls.append(run.step)
        if len(calls) == stop:
            signal.raise_signal(signal.SIGINT)
        advance(run, steps)

    monkeypatch.setattr(Langevin, "advance", interrupted)
    path = tmp_path / "minima.h5"
    with pytest.raises(KeyboardInterrupt):
        simulate(model, config, path, chunk=3)
    made = len(calls)
    assert len(list(shards.folder(path).glob("*.checkpoint"))) == 1
    simulate(model, config, path, chunk=3, resume=True)
    # Six calls an anneal with its reheats, two anneals of every batch: none was made twice.
    assert (made, len(calls)) == (stop, calls_in_all)
    assert path.read_bytes() == whole.read_bytes()


def test_quenches_are_saved_between_samples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quench has no sweeps: the samples before it are what is kept."""
    config = SimulationConfig(sizes=(10,), samples=3, starts=3, method="quench")
    simulate(MODEL, config, tmp_path / "whole.h5")
    init, begun = Quench.init, []

    def killed(sampler: Quench, batch: Batch) -> Run:
        begun.append(batch.numbers)
        if len(begun) == 3:
            raise KeyboardInterrupt
        return init(sampler, batch)

    monkeypatch.setattr(Quench, "init", killed)
    with pytest.raises(KeyboardInterrupt):
        simulate(MODEL, config, tmp_path / "minima.h5", save_every=0.0)
    simulate(MODEL, config, tmp_path / "minima.h5", resume=True)
    assert begun == [(0,), (1,), (2,), (2,)]
    assert (tmp_path / "minima.h5").read_bytes() == (tmp_path / "whole.h5").read_bytes()


def test_every_attempt_has_noise_of_its_own() -> None:
    batch = Batch.of([Sample(MODEL, 8, seed=1)], seed=1)
    again = replace(batch, attempt=1)
    assert batch.generator().random() != again.generator().random()


def test_reheats_keep_what_is_lower() -> None:
    """Column by column: never worse than the anneal they begin with, and better now and then."""
    sample = Sample(Model(gamma=10.0), 100, seed=1)
    ends = []
    for reheats in (0, 6):
        steps = 200 if reheats == 0 else 600
        run = Anneal(starts=16, steps=steps, reheats=reheats).init(Batch.of([sample], seed=5))
        while not run.done:
            run.sweep()
        ends.append(minimise(run.result().columns[0], sample.J, sample.model).energy)
    once, again = ends
    assert np.all(again <= once + 1e-6 * np.abs(once))
    assert np.count_nonzero(again < once - 1e-6 * np.abs(once)) >= 4


def test_ways_down_share_the_steps() -> None:
    for steps, reheats, lengths in (
        (300, 4, [100, 50, 50, 50, 50]),
        (7, 4, [3, 1, 1, 1, 1]),
        (3, 4, [1]),
        (50, 0, [50]),
    ):
        legs = Anneal(steps=steps, reheats=reheats).legs(MODEL, 64)
        assert [len(leg) for leg in legs] == lengths
        unit = scales.temperature(MODEL)
        assert legs[0][0] == pytest.approx(0.6 * unit)
        assert all(leg[0] == pytest.approx(0.35 * unit) for leg in legs[1:])
        assert all(leg[-1] == pytest.approx(0.02 * unit) for leg in legs if len(leg) > 1)


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize(
    "model",
    [MODEL, WELLS, Model(gamma=3.0, field=0.5)],
    ids=["glass", "wells", "field"],
)
def test_a_sample_ends_in_the_same_states_in_any_batch(
    model: Model, precision: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bit for bit, with repetitions of those samples whose lowest state lacks hits."""
    config = SimulationConfig(
        sizes=(20,), samples=5, starts=4, steps=60, least_hits=3, rounds=4, states=2,
        precision=precision,
    )  # fmt: skip
    found = []
    for side in (1, 2, 5):
        monkeypatch.setattr(Anneal, "side_by_side", lambda *_, side=side: side)
        path = tmp_path / f"{side}.h5"
        content = simulate(model, config, path, chunk=5)
        found.append(path.read_bytes())
    assert found[0] == found[1] == found[2]
    # Some were repeated and some not, so that batches have changed on the way.
    hits = content.sizes[20].hits
    assert hits.min() < hits.max()


def test_sites_that_differ_are_annealed_one_by_one() -> None:
    """Each has a time step of its own: a batch of them is refused."""
    random = Model(gamma=stats.uniform(8, 4))
    batch = Batch.of([Sample(random, 8, seed=1, number=n) for n in (0, 1)], seed=1)
    with pytest.raises(SimulationError, match="one by one"):
        Anneal().init(batch)
    assert Anneal().side_by_side(random, 8, batch.xp) == 1
    assert Anneal().side_by_side(MODEL, 16, batch.xp) > 1


def test_the_noise_is_taken_up_where_it_was_left() -> None:
    rng = np.random.Generator(np.random.Philox(3))
    rng.standard_normal(7)
    rng.integers(0, 5, 3, dtype=np.uint32)
    state = anneal_noise.state_of(rng)
    first = rng.standard_normal(5)
    other = np.random.Generator(np.random.Philox(4))
    anneal_noise.set_state(other, state)
    np.testing.assert_array_equal(other.standard_normal(5), first)
