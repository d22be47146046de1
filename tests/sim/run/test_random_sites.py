"""Samples whose sites differ: searched, certified, kept and resumed like all others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from backends import host
from glasswell.sim import Batch, Sample, SimulationConfig, minimise, simulate
from glasswell.sim.archive import writing
from glasswell.sim.run import shards, tasks
from glasswell.sim.sample import couplings, scales, sites
from glasswell.sim.samplers import mirror_moves
from glasswell.sim.samplers.drive import minima_of
from glasswell.theory import EvenPolynomial, Model
from scipy import stats

ALL = Model(
    gamma=stats.lognorm(0.4, scale=8), k=stats.norm(1, 0.2), a=stats.uniform(0.5, 1.5), field=0.1
)
CONFIG = SimulationConfig(sizes=(10, 14), samples=(5, 3), starts=6, seed=4, steps=60, states=3)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of samples with random γ, k and a."""
    path = tmp_path_factory.mktemp("random") / "minima.h5"
    simulate(ALL, CONFIG, path, chunk=2)
    return path


def test_the_archive_holds_minima_of_sites_that_differ(whole: Path) -> None:
    """Gradient, Hessian, energy and cavity potentials from the equations, with the γ_i, k_i, a_i
    that the archive holds; with their means instead nothing is stationary."""
    content = writing.read(whole)
    for N, data in content.sizes.items():
        J = couplings.batch(ALL, N, seed=CONFIG.seed, samples=range(len(data.sample)))
        for s, sample in enumerate(data.sample):
            drawn = sites.local_parameters(ALL, N, seed=CONFIG.seed, sample=int(sample))
            gamma, k, a = (data.parameters[name][s] for name in ("gamma", "k", "a"))
            np.testing.assert_array_equal([gamma, k, a], [drawn[n] for n in ("gamma", "k", "a")])
            for n, v in enumerate(data.displacement[s]):
                gradient = -J[s] @ v + (k * v + a * v**3 / 6) / gamma - 0.1
                assert np.abs(gradient).max() < 1e-9
                hessian = np.diag((k + a * v**2 / 2) / gamma) - J[s]
                lowest = np.linalg.eigvalsh(hessian)[0]
                assert data.smallest_eigenvalue[s, n] == pytest.approx(lowest, rel=1e-8)
                assert lowest > 0
                U = v @ ((k * v / 2 + a * v**3 / 24) / gamma - 0.1 - J[s] @ v / 2)
                assert data.energy[s, n] * N == pytest.approx(U, rel=1e-12)
                h, C = data.cavity_field[s, n], data.cavity_susceptibility[s, n]
                slope = -h - C * v + (k * v + a * v**3 / 6) / gamma
                np.testing.assert_allclose(slope, 0.0, atol=1e-9)
                curvature = (k + a * v**2 / 2) / gamma - C
                chi = np.diag(np.linalg.inv(hessian))
                np.testing.assert_allclose(curvature, 1 / chi, rtol=1e-7)
            alike = -J[s] @ v + (v + 1.25 * v**3 / 6) / gamma.mean() - 0.1
            assert np.abs(alike).max() > 1e-2


@pytest.mark.parametrize("method", ["anneal", "quench"])
@pytest.mark.parametrize("coefficients", [None, (0.5, -0.1, 0.01)])
def test_equal_sites_are_the_pure_model_bit_for_bit(
    method: str, coefficients: tuple[float, ...] | None
) -> None:
    """Arrays of one and the same γ and G go through every step as the numbers do."""
    shape = {"k": 1.1, "a": 0.9} if coefficients is None else {"coefficients": coefficients}
    model, N = Model(gamma=7.0, J0=0.3, field=0.2, **shape), 12
    assert isinstance(model.G, EvenPolynomial)
    G = EvenPolynomial(tuple(np.full(N, c) for c in model.G.coefficients))
    same = sites.LocalModel(np.full(N, 7.0), G, model.field, model.J0, model.J)
    sampler = SimulationConfig(sizes=(N,), starts=5, method=method, steps=80).sampler
    batch = Batch.of([Sample(model, N, seed=1)], seed=1)
    (pure,), (random,) = (minima_of(sampler, replace(batch, sites=(own,))) for own in (model, same))
    for name, values in vars(pure).items():
        np.testing.assert_array_equal(getattr(random, name), values, err_msg=name)


def test_a_narrow_distribution_is_the_pure_model() -> None:
    """γ within 1e-11 of its value: the same states, 1e-10 away."""
    config = SimulationConfig(sizes=(16,), starts=6, method="quench")
    pure = tasks.run_sample(Model(gamma=10.0), config, 16, 2)
    narrow = tasks.run_sample(Model(gamma=stats.uniform(10, 2e-10)), config, 16, 2)
    np.testing.assert_allclose(narrow.energy, pure.energy, rtol=1e-10)
    np.testing.assert_allclose(narrow.cavity_field[:, 0], pure.cavity_field[:, 0], atol=1e-9)
    wide = tasks.run_sample(Model(gamma=stats.uniform(9.9, 0.2)), config, 16, 2)
    assert np.abs(wide.energy / pure.energy - 1).max() > 1e-4


@pytest.mark.parametrize("kernels", ["reference", "numba"])
def test_kernels_find_the_same_minima(kernels: str) -> None:
    """From one start, with γ over two decades: stationary, and where Newton alone would end."""
    if kernels == "numba":
        pytest.importorskip("numba")
    N = 20
    own = sites.LocalModel(
        np.geomspace(0.2, 20, N), EvenPolynomial.quartic(np.linspace(-0.5, 2, N), 1.3)
    )
    J = couplings.sample(Model(gamma=1.0), N, seed=5)
    v = scales.amplitudes(own)[:, None] * np.linspace(-1, 1, 3) ** 3
    found = minimise(v + 0.1, J, own, kernels=kernels)
    assert bool(np.all(found.converged))
    gradient = (np.linspace(-0.5, 2, N)[:, None] * found.v + 1.3 * found.v**3 / 6) / np.geomspace(
        0.2, 20, N
    )[:, None] - J @ found.v
    assert np.abs(gradient).max() < 1e-9


def test_resumed_and_reread(whole: Path, tmp_path: Path) -> None:
    """Interrupted after two tasks, then resumed: the same file but for nothing."""
    path = tmp_path / "minima.h5"

    def stop(done: float, _total: int) -> None:
        if done >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(ALL, CONFIG, path, chunk=2, progress=stop)
    assert shards.folder(path).exists()
    again = simulate(ALL, CONFIG, path, chunk=3, resume=True)
    once = writing.read(whole)
    assert again.model == once.model == ALL
    for N, data in once.sizes.items():
        assert set(again.sizes[N].parameters) == {"gamma", "k", "a"}
        for name, values in data.parameters.items():
            np.testing.assert_array_equal(again.sizes[N].parameters[name], values)
        np.testing.assert_array_equal(again.sizes[N].displacement, data.displacement)
    with h5py.File(path) as file:
        for name in ("gamma", "k", "a"):
            dataset = file[f"N=10/{name}"]
            assert dataset.shape == (5, 10)
            assert [d[0].name for d in dataset.dims] == ["/N=10/sample", "/N=10/site"]
            assert dataset.attrs["units"] == "1"


def test_pure_archives_hold_no_parameters(tmp_path: Path) -> None:
    """And of random ones only those that are drawn."""
    config = SimulationConfig(sizes=(6,), samples=1, starts=2, method="quench")
    pure = simulate(Model(gamma=3.0), config, tmp_path / "pure.h5")
    assert pure.sizes[6].parameters == {}
    one = simulate(Model(gamma=3.0, k=stats.uniform(0.5, 1)), config, tmp_path / "one.h5")
    assert list(one.sizes[6].parameters) == ["k"]


def test_scales_are_averages_or_the_strictest() -> None:
    """Against the pure models of the sites, one by one."""
    own = sites.LocalModel(
        np.array([1.0, 4.0, 9.0]), EvenPolynomial.quartic(1.0, np.array([1.0, 2.0, 0.5]))
    )
    pure = [Model(gamma=1.0), Model(gamma=4.0, a=2.0), Model(gamma=9.0, a=0.5)]
    lengths = [scales.amplitude(model) for model in pure]
    np.testing.assert_array_equal(scales.amplitudes(own), lengths)
    assert scales.amplitude(own) == pytest.approx(np.mean(lengths))
    assert scales.fastest_frequency(own, 2.0) == max(
        scales.fastest_frequency(model, 2.0) for model in pure
    )
    assert scales.gradient_tolerance(own) == min(map(scales.gradient_tolerance, pure))


def test_the_unit_of_temperature() -> None:
    """E χ = C at C = 1, with χ = β⟨v²⟩ from plain sums over v and γ; E χ² is above one there."""
    T = scales.temperature(Model(gamma=stats.uniform(5, 10)))
    gamma = 5 + 10 * (np.arange(100) + 0.5)[:, None] / 100
    v = np.linspace(0, 30, 1001)
    U = v**2 / (2 * gamma) + v**4 / (24 * gamma) - v**2 / 2
    weight = np.exp(-(U - U.min(axis=1, keepdims=True)) / T)
    weight[:, 0] /= 2
    chi = (weight @ v**2) / weight.sum(axis=1) / T
    assert chi.mean() == pytest.approx(1.0, abs=1e-4)
    assert 1.01 < np.mean(chi**2) < 1.1
    narrow = scales.temperature(Model(gamma=stats.uniform(10, 1e-9)))
    assert narrow == pytest.approx(scales.temperature(Model(gamma=10.0)), rel=1e-9)


def test_bare_double_wells_of_some_sites_are_mirrored() -> None:
    """One site with k_i < 0 suffices."""
    G = EvenPolynomial.quartic(np.array([1.0, -0.1]), 1.0)
    assert mirror_moves.needed(sites.LocalModel(2.0, G))
    assert not mirror_moves.needed(sites.LocalModel(2.0, EvenPolynomial.quartic(np.ones(2), 1.0)))


def test_tempering_keeps_what_sites_are(tmp_path: Path) -> None:
    """As annealing does: the same draws, site by site."""
    config = SimulationConfig(
        sizes=(8,), samples=3, starts=4, seed=4, method="temper", temperatures=(0.5, 1.0),
        sweeps=40, burn_in=10,
    )  # fmt: skip
    data = simulate(ALL, config, tmp_path / "tempered.h5").sizes[8]
    for s in range(3):
        drawn = sites.local_parameters(ALL, 8, seed=4, sample=s)
        assert set(drawn) == {"gamma", "k", "a"}
        for name, values in drawn.items():
            np.testing.assert_array_equal(data.parameters[name][s], values)
    with h5py.File(tmp_path / "tempered.h5") as file:
        assert file["N=8/gamma"].shape == (3, 8)
        assert "energy" in file["N=8/tempering"]


@pytest.mark.parametrize("shape", ["alike", "differ", "some agree"])
def test_stacked_models_are_those_of_the_samples(shape: str, xp: Any) -> None:
    """Slopes and energies of a stack, against each sample's own."""
    v = np.random.default_rng(1).standard_normal((2, 5, 3))
    models: list[sites.AnyModel] = [Model(gamma=2.0, a=3.0)] * 2
    if shape != "alike":
        k = np.linspace(-1.0, 1.0, 5) if shape == "differ" else 1.0
        models = [
            sites.LocalModel(np.linspace(1.0, 2.0, 5) + s, EvenPolynomial.quartic(k, 3.0), 0.2)
            for s in range(2)
        ]
    device = xp.asarray(v)
    stack = sites.stacked(models, device)
    assert (stack is models[0]) == (shape == "alike")
    found = host(stack.G.slope(device) / stack.gamma)
    for s, own in enumerate(models):
        along = sites.along_sites(own, v[s])
        np.testing.assert_allclose(found[s], along.G.slope(v[s]) / along.gamma, rtol=1e-14)
    chosen = np.asarray([3, 0])
    some = sites.at_sites(stack, chosen, device)
    part = host(some.G.value(xp.asarray(v[:, chosen])) / some.gamma)
    whole = host(stack.G.value(device) / stack.gamma)
    np.testing.assert_allclose(part, whole[:, chosen], rtol=1e-14)


def test_frequencies_at_several_temperatures_are_those_at_each() -> None:
    own = sites.local_model(ALL, 6, seed=1)
    T = [0.5, 5.0, 50.0]
    assert scales.fastest_frequencies(own, T).tolist() == [
        scales.fastest_frequency(own, t) for t in T
    ]
