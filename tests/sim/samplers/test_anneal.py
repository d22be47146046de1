"""Langevin dynamics samples the temperature it is told; annealing finds what quenching misses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from backends import host
from glasswell.sim import Anneal, Batch, Sample, SimulationConfig
from glasswell.sim.run.tasks import run_sample
from glasswell.sim.sample import couplings
from glasswell.sim.samplers.langevin import langevin
from glasswell.theory import Model
from potentials import Cosh
from scipy import stats

SITES = Model(gamma=1.0, J=0.0)
T = 1.3
KEY = np.asarray([3, 5])


def _mean_square(temperature: float) -> float:
    v = np.linspace(-15, 15, 20001)
    weight = np.exp(-SITES.G.value(v) / SITES.gamma / temperature)
    return float(np.sum(v**2 * weight) / np.sum(weight))


def _sampled(noise_every: int, time_step: float) -> tuple[float, float]:
    """⟨v²⟩ over independent sites at the end of a run, and its standard error."""
    shape = (100, 400)
    v = langevin(
        np.zeros(shape),
        np.zeros((100, 100)),
        SITES,
        [T] * 80,
        time_step=time_step,
        friction=1.0,
        keys=KEY,
        noise_every=noise_every,
    )
    return float(np.mean(v**2)), float(np.std(v**2) / np.sqrt(v.size))


@pytest.mark.parametrize(("noise_every", "time_step"), [(1, 0.3), (4, 0.1)])
def test_the_sampled_temperature(noise_every: int, time_step: float) -> None:
    mean, error = _sampled(noise_every, time_step)
    assert abs(mean - _mean_square(T)) < 4.0 * error
    # Negative control: five per cent in temperature would be seen.
    assert abs(mean - _mean_square(1.05 * T)) > 4.0 * error


def test_every_backend_walks_the_same_path(xp: Any) -> None:
    model = Model(gamma=10.0)
    J = couplings.batch(model, 8, seed=1, samples=[0, 1])
    start = np.random.default_rng(0).standard_normal((2, 8, 3))

    def walk(namespace: Any) -> np.ndarray:
        v = langevin(
            namespace.asarray(start),
            namespace.asarray(J),
            model,
            [3.0] * 5,
            time_step=0.1,
            friction=0.5,
            keys=host([[1, 2], [3, 4]]),
            kernels="reference",
        )
        return host(v)

    np.testing.assert_allclose(walk(xp), walk(np), atol=1e-12)


def test_the_start_is_not_changed() -> None:
    start = np.ones((4, 2))
    langevin(
        start,
        np.zeros((4, 4)),
        SITES,
        [1.0] * 3,
        time_step=0.1,
        friction=1.0,
        keys=KEY,
    )
    np.testing.assert_array_equal(start, np.ones((4, 2)))


def test_annealing_beats_quenching() -> None:
    """Mean energy of the states that 8 starts end in, over 4 samples: paired differences."""
    model = Model(gamma=10.0)
    gain = []
    for sample in range(4):
        energies = [
            run_sample(
                model, SimulationConfig(sizes=(64,), starts=8, method=method, steps=500), 64, sample
            ).energy[0]
            for method in ("quench", "anneal")
        ]
        gain.append(energies[0].mean() - energies[1].mean())
    assert np.mean(gain) > 3.0 * np.std(gain, ddof=1) / np.sqrt(len(gain))


def test_annealing_scales() -> None:
    """The same noise in units of 1/√a gives the same states."""
    model = Model(gamma=10.0)
    config = SimulationConfig(sizes=(16,), starts=4, steps=50)
    one = run_sample(model, config, 16, 0)
    other = run_sample(model.rescaled(16.0), config, 16, 0)
    np.testing.assert_allclose(other.energy * 16.0, one.energy, rtol=1e-7)
    np.testing.assert_array_equal(other.hits, one.hits)


def test_in_a_field_the_better_mirror_image_is_minimised() -> None:
    model = Model(gamma=10.0, field=0.5)
    data = run_sample(model, SimulationConfig(sizes=(32,), starts=16, steps=200), 32, 0)
    assert np.all(data.displacement[0].sum(axis=-1) > 0.0)
    free = run_sample(Model(gamma=10.0), SimulationConfig(sizes=(32,), starts=16, steps=200), 32, 0)
    assert np.any(free.displacement[0].sum(axis=-1) < 0.0)


@pytest.mark.parametrize(
    "model", [Model(gamma=10.0), Model(gamma=8.0, k=-1.0), Model(gamma=stats.uniform(8.0, 4.0))]
)
def test_single_precision_anneals_as_well(model: Model) -> None:
    """Annealed in float32, minimised in float64: the same lowest states, to rounding."""
    found = []
    for precision in ("double", "single"):
        config = SimulationConfig(sizes=(32,), samples=6, starts=24, precision=precision)
        runs = [run_sample(model, config, 32, sample) for sample in range(6)]
        assert all(np.all(run.status == 0) for run in runs)
        assert max(float(run.gradient_norm.max()) for run in runs) <= 1e-9
        found.append(np.array([run.energy[0, 0] for run in runs]))
    np.testing.assert_allclose(found[1], found[0], rtol=1e-12)


def test_single_precision_walks_beside_double() -> None:
    """For as long as chaos lets it, to a few units of float32's rounding; and it is used."""
    model, rng = Model(gamma=10.0), np.random.default_rng(3)
    J = couplings.sample(model, 48, seed=1)
    v = 8.0 * rng.standard_normal((48, 4))

    def walk(dtype: Any) -> Any:
        how: dict[str, Any] = {"time_step": 0.1, "friction": 0.2, "keys": KEY}
        return langevin(v.astype(dtype), J.astype(dtype), model, [5.0] * 8, **how)

    single, double = walk(np.float32), walk(np.float64)
    assert single.dtype == np.float32
    apart = float(np.max(np.abs(single - double)))
    assert 0.0 < apart < 1e-4


def test_samples_are_searched_again_until_hit_twice() -> None:
    """Energies can only fall and hits are those of all rounds; samples that were hit at once keep
    their states bit by bit."""
    model = Model(gamma=10.0)
    how: dict[str, Any] = {"sizes": (64,), "samples": 12, "starts": 4, "states": 3, "steps": 300}
    once = SimulationConfig(**how)
    again = SimulationConfig(**how, least_hits=2, rounds=20)
    first = [run_sample(model, once, 64, sample) for sample in range(12)]
    last = [run_sample(model, again, 64, sample) for sample in range(12)]
    hits = np.array([[int(run.hits[0]) for run in runs] for runs in (first, last)])
    assert np.any(hits[0] < 2)
    assert np.all(hits[1] >= 2)
    for before, after, hit in zip(first, last, hits[0], strict=True):
        assert after.energy.shape == (1, 3)
        assert after.energy[0, 0] <= before.energy[0, 0]
        if hit >= 2:
            np.testing.assert_array_equal(after.displacement, before.displacement)
    assert min(float(a.energy[0, 0] - b.energy[0, 0]) for a, b in zip(last, first, strict=True)) < 0
    short = SimulationConfig(**how, least_hits=5, rounds=1)
    assert int(run_sample(model, short, 64, 0).hits[0]) == hits[0, 0]


@pytest.mark.parametrize(
    "model",
    [
        Model(gamma=10.0),
        Model(gamma=8.0, k=-1.0, field=0.1),
        Model(gamma=stats.uniform(8.0, 4.0)),
        Model(gamma=2.0, potential=Cosh()),
    ],
    ids=["glass", "double wells", "unlike sites", "no polynomial"],
)
def test_an_anneal_on_every_backend(xp: Any, model: Model) -> None:
    """The same noise to rounding, and a checkpoint that goes on bit for bit."""
    sample, sampler = Sample(model, 12, seed=1, number=2), Anneal(starts=3, steps=40)

    def run(namespace: Any) -> Any:
        return sampler.init(Batch.of([sample], seed=1, xp=namespace))

    whole, first, second, here = run(xp), run(xp), run(xp), run(np)
    first.sweep()
    second.restore(first.checkpoint())
    for walker in (whole, second, here):
        while not walker.done:
            walker.sweep()
    columns = [host(walker.result().columns) for walker in (whole, second, here)]
    np.testing.assert_array_equal(columns[1], columns[0])
    np.testing.assert_allclose(columns[0], columns[2], atol=1e-3)
