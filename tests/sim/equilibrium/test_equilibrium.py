"""The two identities: exact in equilibrium at every N, violated out of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from glasswell.sim import ShapeError
from glasswell.sim.backend.devices import to_host
from glasswell.sim.equilibrium.drift import drift, logarithmic_bins
from glasswell.sim.equilibrium.flags import Flag, describe, flags
from glasswell.sim.equilibrium.identities import (
    Balance,
    integration_by_parts,
    virial_theorem,
)
from glasswell.sim.equilibrium.jackknife import FEWEST_SAMPLES, LIMIT, average
from glasswell.sim.records.moments import Moments, of_configurations, of_pairs
from glasswell.sim.sample import couplings, landscape
from glasswell.theory import Model

STIFFNESS = 3.0
"""Beyond the spectral edge at 2: every sample is stable."""


def moments_of(v: np.ndarray, J: np.ndarray) -> Moments:
    """From configurations (S, N, T, 2 chains, times)."""
    S, N, T, chains, times = v.shape
    one = [x.reshape(S, T, chains, times) for x in of_configurations(v.reshape(S, N, -1), J)]
    first, second = (v[:, :, :, c].reshape(S, N, -1) for c in (0, 1))
    two = [x.reshape(S, T, 1, times) for x in of_pairs(first, second)]
    return Moments(*one, *two)


def on_a_lattice(model: Model, N: int, T: float, S: int, times: int) -> tuple[Any, np.ndarray]:
    """Exact equilibrium draws of v_i ∈ {-2, …, 2}, all 5^N states listed; (S, N, 1, 2, times)."""
    J = couplings.batch(model, N, seed=5, samples=range(S))
    grid = np.stack(np.meshgrid(*[np.linspace(-2, 2, 5)] * N, indexing="ij")).reshape(1, N, -1)
    U = landscape.energy(np.repeat(grid, S, axis=0), J, model)
    weight = np.cumsum(np.exp(-(U - U.min(axis=1, keepdims=True)) / T), axis=1)
    u = np.random.default_rng(6).random((S, 2 * times)) * weight[:, -1:]
    state = np.array([np.searchsorted(weight[s], u[s]) for s in range(S)])
    v = grid[0][:, state].transpose(1, 0, 2).reshape(S, N, 1, 2, times)
    return v, J


@pytest.mark.parametrize("J0", [0.0, 1.2])
@pytest.mark.parametrize("field", [0.0, 0.4])
def test_three_sites(J0: float, field: float) -> None:
    """Exact at N = 3, whatever the sites are, with its 1/N terms and not without them."""
    model = Model(gamma=2.0, J0=J0, J=0.8, field=field)
    T, N = 1.5, 3
    moments = moments_of(*on_a_lattice(model, N, T, S=3000, times=20))
    found = integration_by_parts(moments, [T], N, model)
    assert found.difference.samples == 3000
    assert abs(found.z[0]) < 4
    assert abs(found.left.z(0.0)[0]) > 50
    assert abs(integration_by_parts(moments, [T], 10**9, model).z[0]) > LIMIT
    unbiased = Model(gamma=2.0, J=0.8)
    assert (abs(integration_by_parts(moments, [T], N, unbiased).z[0]) > LIMIT) == (J0 > 0)


TEMPERATURES = np.array([0.5, 1.0, 2.0])


@pytest.fixture(scope="module")
def harmonic(gaussian_type: Any) -> Any:
    return gaussian_type.of(STIFFNESS, N=16, samples=300, seed=7)


def harmonic_draws(harmonic: Any, factor: float = 1.0) -> np.ndarray:
    """(S, N, T, 2, times) at ``factor`` times the temperatures they are said to have."""
    rng = np.random.default_rng(8)
    draws = [harmonic.draws(factor * T, (2, 25), rng) for T in TEMPERATURES]
    return np.stack(draws, axis=2)


def test_a_harmonic_glass(harmonic: Any) -> None:
    v = harmonic_draws(harmonic)
    found = integration_by_parts(
        moments_of(v, harmonic.J), TEMPERATURES, N=16, model=harmonic.model
    )
    assert np.all(np.abs(found.z) < 4)
    assert found.holds.all()
    lines = found.table(TEMPERATURES).splitlines()
    assert len(lines) == 1 + len(TEMPERATURES)
    assert lines[1].split()[-2:] == [f"{found.z[0]:+.1f}", "300"]
    # Both sides by themselves: [⟨e_J⟩] = T/2 - (K/2) q̂ with q̂ = T [tr H⁻¹]/N.
    q_hat = TEMPERATURES * np.mean(1 / harmonic.eigenvalues)
    exact = TEMPERATURES / 2 - STIFFNESS / 2 * q_hat
    for side in (found.left, found.right):
        assert np.all(np.abs(side.value - exact) < 4 * side.error)


def test_z_scatters_as_a_z_score(gaussian_type: Any) -> None:
    """Of 60 runs with 32 samples each, over the variance 31/29 of Student's t."""
    many = gaussian_type.of(STIFFNESS, N=8, samples=60 * 32, seed=13)
    v = many.draws(1.0, (1, 2, 4), np.random.default_rng(14))
    z = [
        integration_by_parts(
            moments_of(v[run : run + 32], many.J[run : run + 32]), [1.0], 8, many.model
        ).z[0]
        for run in range(0, 60 * 32, 32)
    ]
    assert np.mean(np.square(z)) == pytest.approx(31 / 29, abs=4 * np.sqrt(2 / 60))


@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_a_wrong_temperature_is_seen(harmonic: Any, factor: float) -> None:
    v = harmonic_draws(harmonic, factor)
    found = integration_by_parts(
        moments_of(v, harmonic.J), TEMPERATURES, N=16, model=harmonic.model
    )
    assert np.all(np.sign(factor - 1) * found.z > LIMIT)
    assert not found.holds.any()


def _virial(v: np.ndarray, J: np.ndarray) -> np.ndarray:
    """2 e_J + K Σv²/N of (S, N, T, 2, times); N T of it is a χ² of N degrees of freedom."""
    N = v.shape[1]
    flat = v.reshape(*v.shape[:2], -1)
    bonds = 2 * landscape.interaction_energy(flat, J) / N
    return (bonds + STIFFNESS * np.mean(flat**2, axis=1)).reshape(len(v), *v.shape[2:])


def test_the_virial(harmonic: Any) -> None:
    found = virial_theorem(_virial(harmonic_draws(harmonic), harmonic.J), TEMPERATURES)
    assert np.all(np.abs(found.z) < 4)
    np.testing.assert_array_equal(found.right.value, TEMPERATURES)
    # Of S × 50 draws of a χ² of N: relative error √(2/(16 × 300 × 50)).
    np.testing.assert_allclose(
        found.left.error / TEMPERATURES, np.sqrt(2 / 240_000), rtol=4 / np.sqrt(2 * 300)
    )
    wrong = virial_theorem(_virial(harmonic_draws(harmonic, 1.02), harmonic.J), TEMPERATURES)
    assert np.all(wrong.z > LIMIT)


@pytest.fixture(scope="module")
def cooling(harmonic: Any) -> tuple[Moments, np.ndarray]:
    """Langevin dynamics from equilibrium at T = 4 to T = 1, and its virial."""
    v = harmonic.relaxation(4.0, 1.0, times=256, step=0.05, rng=np.random.default_rng(9))
    v = v[:, :, None]
    return moments_of(v, harmonic.J), _virial(v, harmonic.J)


def _at(cooling: Any, harmonic: Any, times: slice) -> Balance:
    return integration_by_parts(cooling[0].at(times), [1.0], 16, harmonic.model)


def test_a_run_stopped_early_fails(cooling: Any, harmonic: Any) -> None:
    """The last half of a run of 256 holds, that of a run of 8 does not: its overlap lags."""
    assert abs(_at(cooling, harmonic, slice(128, None)).z[0]) < 4
    assert _at(cooling, harmonic, slice(4, 8)).z[0] > LIMIT


def test_a_run_stopped_while_the_sides_cross_is_caught_by_its_drift(
    cooling: Any, harmonic: Any
) -> None:
    """On its way down the difference changes sign, here after ten measurements."""
    assert abs(_at(cooling, harmonic, slice(8, 12)).z[0]) < LIMIT
    assert abs(drift(cooling[0].at(slice(0, 12)).e_J).z[0]) > LIMIT


def test_the_drift_stops(cooling: Any) -> None:
    long, short = drift(cooling[0].e_J), drift(cooling[0].at(slice(0, 8)).e_J)
    assert abs(long.z[0]) < 4
    assert abs(short.z[0]) > LIMIT
    history = np.array([average.value[0] for average in long.averages])
    assert np.all(np.diff(history[:6]) > 0)
    assert len(history) == len(long.bins) == 9


def test_logarithmic_bins() -> None:
    bins = logarithmic_bins(13)
    assert [(b.start, b.stop) for b in bins] == [(0, 1), (1, 3), (3, 6), (6, 13)]
    with pytest.raises(ShapeError, match="four measurements"):
        logarithmic_bins(3)
    with pytest.raises(ShapeError, match="chain, time"):
        drift(np.zeros((3, 8)))


def test_moments_are_their_definitions(xp: Any) -> None:
    rng = np.random.default_rng(10)
    v, w = rng.standard_normal((2, 4, 6, 3))
    J = rng.standard_normal((4, 6, 6))
    J += J.transpose(0, 2, 1)
    found = [*of_configurations(xp.asarray(v), xp.asarray(J)), *of_pairs(*map(xp.asarray, (v, w)))]
    e_J = -np.einsum("sir,sij,sjr->sr", v, J, v) / 12
    expected = [e_J, v.mean(1), (v**2).mean(1), (v**4).mean(1)]
    expected += [(v * w).mean(1), ((v * w) ** 2).mean(1)]
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(to_host(ours), theirs, atol=1e-13)


def test_a_sample_that_broke_is_left_out_and_counted(harmonic: Any) -> None:
    moments = moments_of(harmonic_draws(harmonic), harmonic.J)
    whole = integration_by_parts(moments, TEMPERATURES, 16, harmonic.model)
    moments.K[3, 1, 0, 0] = np.nan
    part = integration_by_parts(moments, TEMPERATURES, 16, harmonic.model)
    assert part.difference.samples.tolist() == [300, 299, 300]
    assert part.left.samples.tolist() == [300, 299, 300]
    np.testing.assert_array_equal(part.z[[0, 2]], whole.z[[0, 2]])
    assert np.isfinite(part.z).all()


def test_too_few_samples_get_no_verdict(gaussian_type: Any) -> None:
    few = gaussian_type.of(STIFFNESS, N=8, samples=FEWEST_SAMPLES - 1, seed=7)
    moments = moments_of(harmonic_draws(few), few.J)
    found = integration_by_parts(moments, TEMPERATURES, 8, few.model)
    assert np.isfinite(found.left.value).all()
    assert np.isnan(found.z).all()
    assert not found.holds.any()


def test_shapes() -> None:
    one, two = np.zeros((2, 3, 2, 5)), np.zeros((2, 3, 1, 5))
    good = Moments(one, one, one, one, two, two)
    with pytest.raises(ShapeError, match="temperatures need"):
        integration_by_parts(good, [1.0, 2.0], 8, Model(gamma=1.0))
    with pytest.raises(ShapeError, match="must all be"):
        Moments(one, one, one, one[0], two, two)
    with pytest.raises(ShapeError, match="differ in samples"):
        Moments(one, one, one, one, two[..., :4], two[..., :4])
    with pytest.raises(ShapeError, match="equal shapes"):
        of_pairs(one, two)


def test_flags() -> None:
    """One sample for each thing that can be wrong, and one with which nothing is."""
    rng = np.random.default_rng(11)
    S, T, times = 6, 2, 2000
    energy = rng.standard_normal((S, T, 2, times))
    virial = TEMPERATURES[:2, None, None] + rng.standard_normal((S, T, 2, times))
    energy[1, 0] = np.cumsum(rng.standard_normal((2, times)), axis=-1)
    energy[2, 0, 1] += 0.5
    virial[3, 1] += 0.2
    energy[4, 0, 0, 7] = np.inf
    found = flags({"energy": energy}, virial, TEMPERATURES[:2], round_trips=[3, 3, 3, 3, 3, 0])
    assert found[0].tolist() == [0, 0]
    assert found[1, 0] & Flag.TOO_SHORT
    assert found[1, 1] == Flag.NONE
    assert found[2, 0] == Flag.CHAINS_DISAGREE
    assert found[3, 1] == Flag.VIRIAL
    assert found[4, 0] == Flag.NOT_FINITE
    assert found[5].tolist() == [Flag.NO_ROUND_TRIP] * 2
    assert describe(found)["the virial is not T: make the step smaller"] == 1
    assert describe(found[:1]) == {}
    with pytest.raises(ShapeError, match="of one run"):
        flags({"energy": energy[..., 1:]}, virial, TEMPERATURES[:2])


def test_flags_of_what_never_moves() -> None:
    """Stuck apart is a disagreement, stuck together no evidence: neither goes without a flag."""
    rng = np.random.default_rng(12)
    S, times = 3, 1000
    energy = rng.standard_normal((S, 1, 2, times))
    virial = TEMPERATURES[0] + rng.standard_normal((S, 1, 2, times))
    energy[1], energy[2] = np.array([[0.1], [0.3]]), 0.1
    found = flags({"energy": energy}, virial, TEMPERATURES[:1])[:, 0]
    assert found.tolist() == [Flag.NONE, Flag.TOO_SHORT | Flag.CHAINS_DISAGREE, Flag.TOO_SHORT]


@pytest.mark.parametrize("values", [(0.1, 0.1), (0.1, 0.3)])
def test_what_never_moves_does_not_drift(values: tuple[float, float]) -> None:
    """The change is zero, not the rounding of its means, and no evidence of rest either."""
    scale = np.arange(1, 11)[:, None, None, None]
    series = np.array(values)[:, None] * scale * np.ones((10, 3, 2, 101))
    found = drift(series)
    np.testing.assert_array_equal(found.change.value, 0.0)
    assert np.isnan(found.z).all()


def test_samples_that_do_not_scatter() -> None:
    """All at one value: infinitely far from any other, and no evidence for their own."""
    same = average(np.full((10, 1), 0.5))
    assert same.z(0.25).tolist() == [np.inf]
    assert same.z(1.0).tolist() == [-np.inf]
    assert np.isnan(same.z(0.5)).all()
    assert np.isnan(average(np.full((FEWEST_SAMPLES - 1, 1), 0.5)).z(0.0)).all()
