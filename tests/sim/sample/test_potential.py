"""Samples of potentials that are no polynomials, against polynomials and against themselves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from backends import host
from glasswell.sim import (
    ArchiveError,
    ConfigError,
    DeviceError,
    SimulationConfig,
    hmc,
    inspect,
    minimise,
    simulate,
)
from glasswell.sim.archive import summary, writing
from glasswell.sim.backend import kernels as fused
from glasswell.sim.config import load
from glasswell.sim.local import three_ways
from glasswell.sim.local.cavity_potential import CavityPotentials
from glasswell.sim.local.double_wells import opposite_minima
from glasswell.sim.local.stationary import stationary_points
from glasswell.sim.sample import cavity, couplings, landscape, scales, sites
from glasswell.sim.samplers.langevin import langevin
from glasswell.sim.samplers.sweep_noise import Noise
from glasswell.theory import Model, ModelError, geometry
from glasswell.theory.model import Described, model_table, parse_model
from potentials import Cosh, Logarithmic, Opaque, Ripples
from scipy import stats

QUARTIC = Model(gamma=10.0)
SEXTIC = Model(gamma=4.0, coefficients=(0.5, -0.1, 0.01))
IN_FIELD = Model(gamma=3.0, J0=1.5, field=0.4)
HARD = Model(gamma=1.0, k=-1.0, a=6.0)
KNOWN = {"quartic": QUARTIC, "sextic": SEXTIC, "in a field": IN_FIELD, "hard": HARD}

COSH = Model(gamma=2.0, potential=Cosh())
CONFIG = SimulationConfig(sizes=(8, 12), samples=3, starts=4, seed=4, steps=60)


def starts(model: Model, N: int, R: int) -> np.ndarray:
    uniforms = np.random.default_rng(5).uniform(-1.0, 1.0, (N, R))
    return scales.amplitude(model) * uniforms


@pytest.mark.parametrize("name", KNOWN)
def test_scales(name: str) -> None:
    """Amplitude, stiffness and temperatures follow from G, however it is given."""
    model, other = KNOWN[name], Opaque.of(KNOWN[name])
    T = scales.temperature(model)
    assert scales.amplitude(other) == pytest.approx(scales.amplitude(model), rel=1e-9)
    assert scales.temperature(other) == pytest.approx(T, rel=1e-8)
    frequencies = [scales.fastest_frequency(m, T) for m in (model, other)]
    assert frequencies[1] == pytest.approx(frequencies[0], rel=1e-9)
    # Of a sextic the highest power alone is one measure of anharmonicity, the curvature another.
    if name != "sextic":
        assert scales.anharmonic_length(other) == pytest.approx(
            scales.anharmonic_length(model), rel=1e-9
        )


@pytest.mark.parametrize("name", KNOWN)
def test_minima(name: str) -> None:
    """From the same starts the same minima, and about as many products."""
    model, other = KNOWN[name], Opaque.of(KNOWN[name])
    J = couplings.sample(model, 32, seed=2)
    v = starts(model, 32, 12)
    one, again = minimise(v, J, model), minimise(v, J, other)
    assert np.all(again.converged)
    same = np.abs(one.energy - again.energy) < 1e-8 * np.abs(one.energy)
    assert np.mean(same) > 0.7
    np.testing.assert_allclose(again.v[:, same], one.v[:, same], atol=1e-7)
    assert again.iterations.mean() < 1.3 * one.iterations.mean()
    assert again.energy.min() == pytest.approx(one.energy.min(), rel=1e-10)


@pytest.mark.parametrize(
    "model",
    [
        COSH,
        Model(gamma=2.0, potential=Ripples(A=0.3, w=3.0), field=0.2),
        Model(gamma=2.0, J0=3.0, potential=Logarithmic()),
        Model(gamma=1.0, potential=Cosh(s=1.0, b=3.0)),
        Model(gamma=1.0, potential=Cosh(s=1e-6)),
    ],
    ids=repr,
)
def test_minima_of_other_potentials(model: Model) -> None:
    """Certified, from starts within the amplitude and from far beyond it, without a warning."""
    J = couplings.sample(model, 24, seed=2)
    v = starts(model, 24, 6)
    found = minimise(np.concatenate([v, 20 * v], axis=1), J, model)
    assert np.all(found.converged)
    assert np.max(np.abs(landscape.force(found.v, J, model))) <= scales.gradient_tolerance(model)
    assert np.all(found.energy <= landscape.energy(v, J, model).max())
    # At a minimum the energy rises in every direction.
    for step in (0.01, -0.01):
        away = landscape.energy(found.v + step, J, model)
        assert np.all(away > found.energy)


def test_every_backend_agrees(xp: Any) -> None:
    J = couplings.sample(COSH, 10, seed=1)
    v = starts(COSH, 10, 3)
    one, other = minimise(v, J, COSH), minimise(xp.asarray(v), xp.asarray(J), COSH)
    np.testing.assert_allclose(host(other.energy), one.energy, rtol=1e-10)
    fields = [cavity.fields(m.v, j, COSH) for m, j in ((one, J), (other, xp.asarray(J)))]
    np.testing.assert_allclose(host(fields[1].C), fields[0].C, rtol=1e-6, atol=1e-7)


KEY = host([1, 2])


def test_single_precision(xp: Any) -> None:
    """Dynamics in float32 stay there, with one γ and with one for every site."""
    J = xp.asarray(couplings.sample(COSH, 10, seed=1), dtype=xp.float32)
    v = xp.asarray(starts(COSH, 10, 3), dtype=xp.float32)
    own = sites.LocalModel(np.linspace(1.0, 3.0, 10), COSH.G)
    for model in (COSH, sites.beside(own, v)):
        end = langevin(v, J, model, [1.0] * 20, time_step=0.1, friction=0.1, keys=KEY)
        assert end.dtype == xp.float32
        assert bool(xp.all(xp.isfinite(end)))
        assert landscape.energy(end, J, model).dtype == xp.float32


def test_kernels() -> None:
    """Compiled ones are made of coefficients, and say so."""
    J, v = couplings.sample(COSH, 4, seed=1), np.ones((1, 4, 2))
    assert fused.choose(COSH, v).name == "reference"
    with pytest.raises(DeviceError, match='choose kernels "reference"'):
        fused.choose(COSH, v, "numba")
    with pytest.raises(DeviceError, match='choose kernels "reference"'):
        minimise(v[0], J, COSH, kernels="numba")


@pytest.mark.parametrize("name", ["quartic", "in a field"])
def test_chains(name: str) -> None:
    """Trajectories of the same noise are the same."""
    model = KNOWN[name]
    J = couplings.sample(model, 8, seed=1)
    T = scales.temperature(model)
    ends = [
        hmc.sample(
            np.ones((8, 3)), J, m, T, noise=Noise(1, 8, (0,)), burn_in=5, sweeps=5, kernels=kernels
        ).v
        for m, kernels in ((model, fused.reference(model)), (Opaque.of(model), None))
    ]
    np.testing.assert_allclose(ends[1], ends[0], rtol=1e-7, atol=1e-7)


def test_a_diverging_column_is_rejected_without_a_warning() -> None:
    J = couplings.sample(COSH, 8, seed=1)[None]
    v = np.ones((1, 8, 2))
    kernels = fused.choose(COSH, v)
    p = np.random.default_rng(1).standard_normal(v.shape)
    step = np.asarray([[0.01, 1e3]])
    state = hmc.start(v, J, kernels)
    moved = hmc.move(state, J, np.ones((1, 2)), step, 20, p, np.zeros((1, 2)), kernels)
    assert moved.diverged.tolist() == [[False, True]]
    np.testing.assert_array_equal(moved.state.v[..., 1], v[..., 1])


def test_sites_with_their_own_gamma() -> None:
    """γ_i of every site divides the same G."""
    model = Model(gamma=stats.uniform(1.0, 3.0), J0=0.3, coefficients=(0.5, -0.1, 0.01))
    other = Opaque.of(model)
    J = couplings.sample(model, 16, seed=3)
    one, again = (sites.local_model(m, 16, seed=3) for m in (model, other))
    assert not again.polynomial
    np.testing.assert_allclose(scales.amplitudes(again), scales.amplitudes(one), rtol=1e-9)
    v = np.random.default_rng(0).normal(size=(16, 5))
    for function in (landscape.energy, landscape.force, landscape.hessian):
        np.testing.assert_allclose(function(v, J, again), function(v, J, one), rtol=1e-9)
    found = minimise(v, J, again)
    assert np.all(found.converged)
    assert found.energy.min() == pytest.approx(minimise(v, J, one).energy.min(), rel=1e-9)


def test_local_potentials() -> None:
    """Stationary points by brackets, against roots of polynomials and the theory's geometry."""
    triple = Model(gamma=2.0, coefficients=(4.0, -2.5, 1 / 3))
    h, C = np.random.default_rng(1).normal(0, 0.5, (2, 50))
    expected = stationary_points(CavityPotentials.of(h, C, triple))
    found = stationary_points(CavityPotentials.of(h, C, Opaque.of(triple)))
    width = min(found.shape[1], expected.shape[1])
    np.testing.assert_allclose(found[:, :width], expected[:, :width], atol=1e-7)
    rippled = CavityPotentials.of([0.3], [0.2], Model(gamma=1.0, potential=Ripples(A=4.0, w=6.0)))
    (points,) = stationary_points(rippled)
    points = points[np.isfinite(points)]
    wells = geometry(0.3, 0.2, Model(gamma=1.0, potential=Ripples(A=4.0, w=6.0)))
    assert len(points) == 2 * wells.double.sum() + 1 > 10
    np.testing.assert_allclose(points[1::2], wells.top[wells.double], atol=1e-9)
    assert np.isfinite(opposite_minima(rippled, points[2:3])).all()
    single = CavityPotentials.of([0.0], [0.0], COSH)
    assert np.isnan(opposite_minima(single, np.zeros(1))).all()


def test_three_ways() -> None:
    """Wells of a sample with G = cosh v - 1 - 5 v²/4, and of its Taylor polynomial."""
    potential = Cosh(s=1.0, b=2.5)
    models = (
        Model(gamma=1.0, potential=potential),
        Model(gamma=1.0, coefficients=potential.series(24)),
    )
    J = couplings.sample(models[0], 6, seed=4)
    v = minimise(starts(models[0], 6, 8), J, models[0])
    lowest = v.v[:, int(np.argmin(v.energy))]
    few = {"points": 16, "images": 9}
    one, other = (three_ways.measure(minimise(lowest, J, m).v, J, m, **few) for m in models)
    assert len(one.site) > 1
    np.testing.assert_array_equal(one.site, other.site)
    np.testing.assert_array_equal(one.status, other.status)
    for name in ("barrier", "asymmetry", "distance", "action"):
        for way in ("cavity", "constrained", "path"):
            found, expected = (getattr(getattr(w, way), name) for w in (one, other))
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("method", ["anneal", "quench", "temper"])
def test_archives(method: str, tmp_path: Path) -> None:
    """A run gives an archive that says what G was, and takes it back."""
    config: dict[str, Any] = {"sizes": (8,), "samples": 3, "starts": 4, "method": method}
    if method == "temper":
        config |= {"sweeps": 40, "burn_in": 40, "rungs": 4}
    if method == "anneal":
        config |= {"precision": "single", "steps": 60}
    path = tmp_path / "samples.h5"
    whole = simulate(COSH, SimulationConfig(**config), path)
    assert whole.model == COSH
    assert np.all(whole.sizes[8].status == 0)
    bare = writing.read(path)
    assert isinstance(bare.model.potential, Described)
    assert bare.with_potential(Cosh()).model == COSH
    with pytest.raises(ArchiveError, match="is not the one described"):
        bare.with_potential(Cosh(s=2.0))
    with pytest.raises(ModelError, match="hand it over"):
        landscape.energy(np.ones(8), np.zeros((8, 8)), bare.model)
    content = inspect(path)
    assert json.loads(json.dumps(content["model"])) == content["model"]
    assert "potential = potentials:Cosh(s=1.0, b=0.0)" in summary.as_text(content)
    v, h = bare.sizes[8].displacement, bare.sizes[8].cavity_field
    C = bare.sizes[8].cavity_susceptibility
    np.testing.assert_allclose(np.sinh(v) / 2, h + C * v, atol=1e-8)


def test_any_engine_makes_the_same_archive_and_resumes(tmp_path: Path) -> None:
    one = simulate(COSH, CONFIG, tmp_path / "one.h5")
    other = simulate(COSH, CONFIG, tmp_path / "other.h5", engine="process", workers=2)
    again = simulate(COSH, CONFIG, tmp_path / "other.h5", resume=True)
    assert again.model == COSH
    for N, data in one.sizes.items():
        np.testing.assert_array_equal(data.energy, other.sizes[N].energy)
    with pytest.raises(ArchiveError, match="another configuration"):
        simulate(Model(gamma=2.0, potential=Cosh(s=2.0)), CONFIG, tmp_path / "one.h5", resume=True)
    with pytest.raises(ArchiveError, match="needs no potential"):
        simulate(QUARTIC, CONFIG, tmp_path / "quartic.h5").with_potential(Cosh())


def test_what_workers_cannot_have_is_told_before(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Local(Cosh):
        pass

    model = Model(gamma=2.0, potential=Local())
    with pytest.raises(ModelError, match="another process"):
        simulate(model, CONFIG, tmp_path / "local.h5", engine="process")
    assert not list(tmp_path.iterdir())
    simulate(model, CONFIG, tmp_path / "local.h5")


def test_configurations_hold_no_code(tmp_path: Path) -> None:
    table = {name: x for name, x in model_table(COSH).items() if x is not None}
    assert isinstance(parse_model(table).potential, Described)
    assert "potential" not in model_table(QUARTIC)
    path = tmp_path / "config.toml"
    path.write_text('[model]\ngamma = 1.0\npotential = "potentials:Cosh"\n')
    with pytest.raises(ConfigError, match="object of Python"):
        load(path)
