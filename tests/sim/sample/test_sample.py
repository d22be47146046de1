"""One disorder sample: what it makes, what it refuses, and that nothing depends on who makes it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from glasswell.sim import CouplingError, Sample, cavity, couplings, landscape, minimise, sites
from glasswell.sim.sample import ensembles
from glasswell.sim.sample.rng import Purpose, bit_stream
from glasswell.theory import Model
from scipy import sparse, stats

MODEL = Model(gamma=2.0, J0=0.3, J=0.7, field=0.1)
RANDOM = Model(gamma=stats.uniform(2, 2), k=stats.uniform(0.5, 0.5))


def test_a_sample_is_its_couplings_and_sites() -> None:
    sample = Sample(RANDOM, 12, seed=3, number=5)
    np.testing.assert_array_equal(sample.J, couplings.sample(RANDOM, 12, seed=3, sample=5))
    drawn = sites.local_parameters(RANDOM, 12, seed=3, sample=5)
    assert sample.parameters.keys() == drawn.keys() == {"gamma", "k"}
    for name, values in drawn.items():
        np.testing.assert_array_equal(sample.parameters[name], values)


def test_its_landscape_is_that_of_the_functions() -> None:
    sample = Sample(RANDOM, 12, seed=3)
    v = np.random.default_rng(1).standard_normal((12, 4))
    own = sites.local_model(RANDOM, 12, seed=3)
    np.testing.assert_array_equal(sample.energy(v), landscape.energy(v, sample.J, own))
    np.testing.assert_array_equal(sample.force(v), landscape.force(v, sample.J, own))
    np.testing.assert_array_equal(sample.hessian(v), landscape.hessian(v, sample.J, own))
    minimum = minimise(v, sample.J, own).v[:, 0]
    here = sample.cavity(minimum)
    np.testing.assert_array_equal(here.h, cavity.fields(minimum, sample.J, own).h)


@pytest.mark.parametrize("name", ensembles.ENSEMBLES)
def test_ensembles_have_mean_zero_and_variance_one(name: str) -> None:
    """And J is scaled and shifted from them; 4 σ, with a control that is out by 5 %."""
    N, ensemble = 400, ensembles.ENSEMBLES[name]
    z = ensemble(N, bit_stream(Purpose.COUPLINGS, seed=1, N=N, sample=0))
    above = z[np.triu_indices(N, k=1)]
    M = len(above)
    assert abs(above.mean()) < 4 / np.sqrt(M)
    error = above.var() * np.sqrt((stats.kurtosis(above) + 2) / M) + 1e-12
    assert abs(np.mean(above**2) - 1) < 4 * error + 1 / M
    assert abs(np.mean((1.05 * above) ** 2) - 1) > 4 * error
    J = couplings.sample(MODEL, N, seed=1, ensemble=ensemble)
    off = ~np.eye(N, dtype=bool)
    np.testing.assert_allclose(J[off], (MODEL.J0 / N + MODEL.J / np.sqrt(N) * z)[off])
    assert np.all(np.diagonal(J) == 0)


def test_binary_couplings_share_the_signs_of_the_gaussian_ones() -> None:
    plus, gauss = (
        Sample(Model(gamma=1.0), 20, seed=2, source=e).J
        for e in (ensembles.binary, ensembles.gaussian)
    )
    np.testing.assert_array_equal(np.sign(plus), np.sign(gauss))
    assert np.unique(np.abs(plus)).tolist() == [0.0, pytest.approx(1 / np.sqrt(20))]


def test_couplings_of_ones_own() -> None:
    J = couplings.sample(MODEL, 6, seed=1)
    one = Sample.from_couplings(J, MODEL)
    assert one.N == 6
    assert one.seed is None
    v = np.linspace(-1, 1, 6)
    assert one.energy(v) == landscape.energy(v, J, MODEL)
    listed = Sample.from_couplings(J.tolist(), MODEL)
    np.testing.assert_array_equal(listed.J, J)
    own = Sample.from_couplings(
        J, RANDOM, parameters={"gamma": np.full(6, 2.0), "k": np.full(6, 1.0)}
    )
    assert own.energy(v) == pytest.approx(landscape.energy(v, J, Model(gamma=2.0)), rel=1e-14)


RIGHT = couplings.sample(MODEL, 4, seed=1)
WRONG: list[tuple[Any, str]] = [
    (sparse.csr_matrix(RIGHT), "dense array"),
    (sparse.csr_array(RIGHT), "dense array"),
    (RIGHT[:3], "N, N"),
    (RIGHT[None], "N, N"),
    (np.triu(RIGHT), "symmetric"),
    (RIGHT + np.eye(4), "zero diagonal"),
    (np.where(RIGHT == RIGHT[0, 1], np.nan, RIGHT), "finite"),
    (RIGHT.astype(complex), "real"),
    ([[0.0, 1.0], [1.0]], "N lists"),
    ("J.npy", "dense array"),
    (None, "dense array"),
]


@pytest.mark.parametrize(("J", "says"), WRONG)
def test_wrong_couplings_get_one_line(J: Any, says: str) -> None:
    with pytest.raises(CouplingError, match=says) as caught:
        Sample.from_couplings(J, MODEL)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("model", "parameters"),
    [(RANDOM, None), (RANDOM, {"gamma": np.ones(4)}), (MODEL, {"gamma": np.ones(4)})],
)
def test_parameters_are_those_that_the_model_leaves_open(model: Model, parameters: Any) -> None:
    with pytest.raises(CouplingError, match="leaves open"):
        Sample.from_couplings(RIGHT, model, parameters=parameters)


def _lopsided(N: int, bits: np.random.Philox) -> Any:
    return np.triu(ensembles.gaussian(N, bits))


def _large(N: int, _bits: np.random.Philox) -> Any:
    return np.zeros((N + 1, N + 1))


@pytest.mark.parametrize(("ensemble", "says"), [(_lopsided, "symmetric"), (_large, "shape")])
def test_wrong_ensembles_are_named(ensemble: Any, says: str) -> None:
    with pytest.raises(CouplingError, match=says) as caught:
        Sample(MODEL, 4, seed=1, source=ensemble)
    assert ensemble.__name__ in str(caught.value)


def test_an_ensemble_without_a_name_is_refused() -> None:
    with pytest.raises(CouplingError, match="def at the top of a module"):
        ensembles.name_of(lambda N, bits: ensembles.gaussian(N, bits))


def test_on_another_namespace(xp: Any) -> None:
    sample = Sample(MODEL, 5, seed=1)
    v = xp.asarray(np.linspace(-1, 1, 5))
    there = sample.on(xp)
    assert float(there.energy(v)) == pytest.approx(float(sample.energy(np.linspace(-1, 1, 5))))
