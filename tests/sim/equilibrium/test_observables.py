"""Observables of the harmonic glass, known sample by sample, and of overlaps made by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from glasswell.sim import ShapeError
from glasswell.sim.equilibrium import observables
from glasswell.sim.equilibrium.jackknife import FEWEST_SAMPLES, average, jackknife
from glasswell.sim.equilibrium.overlap_distribution import overlap_distribution
from glasswell.sim.sample import landscape
from glasswell.theory import Model, glass_temperature, solve
from scipy import special

STIFFNESS, N, S, TIMES = 2.6, 24, 200, 40
TEMPERATURES = np.array([0.5, 2.0])


@pytest.fixture(scope="module")
def glass(gaussian_type: Any) -> Any:
    return gaussian_type.of(STIFFNESS, N=N, samples=S, seed=3)


@pytest.fixture(scope="module")
def draws(glass: Any) -> np.ndarray:
    """(S, N, T, 2 chains, times)."""
    rng = np.random.default_rng(4)
    return np.stack([glass.draws(T, (2, TIMES), rng) for T in TEMPERATURES], axis=2)


@pytest.fixture(scope="module")
def energy(glass: Any, draws: np.ndarray) -> np.ndarray:
    """U/N = e_J + (K/2) Σv²/N, (S, T, 2, times)."""
    flat = draws.reshape(S, N, -1)
    U = landscape.interaction_energy(flat, glass.J) + STIFFNESS / 2 * np.sum(flat**2, axis=1)
    return (U / N).reshape(S, 2, 2, TIMES)


@pytest.fixture(scope="module")
def overlap(draws: np.ndarray) -> np.ndarray:
    return np.mean(draws[:, :, :, :1] * draws[:, :, :, 1:], axis=1)


def traces(glass: Any, power: int) -> np.ndarray:
    """tr H^(-power)/N of every sample."""
    return np.mean(glass.eigenvalues**-power, axis=1)


def test_equipartition(energy: np.ndarray) -> None:
    """e = T/2 and c = 1/2 in every sample: U/T is a χ² of N degrees of freedom over two."""
    e = observables.mean(energy)
    assert np.all(np.abs(e.z(TEMPERATURES / 2)) < 4)
    np.testing.assert_allclose(
        e.error, TEMPERATURES / np.sqrt(2 * N * S * 2 * TIMES), rtol=4 / math.sqrt(2 * S)
    )
    c = observables.heat_capacity(energy, TEMPERATURES, N)
    assert np.all(np.abs(c.z(0.5)) < 4)
    # Not with the momenta's 1/2.
    assert np.all(np.abs(c.z(1.0)) > 20)


def test_a_heat_capacity_of_short_correlated_chains_is_unbiased() -> None:
    """A few times the autocorrelation time: the variance within chains alone is too small."""
    rng = np.random.default_rng(5)
    phi, times, samples = 0.95, 60, 3000
    x = np.empty((samples, 1, 2, times))
    x[..., 0] = rng.standard_normal((samples, 1, 2))
    for t in range(1, times):
        noise = rng.standard_normal((samples, 1, 2))
        x[..., t] = phi * x[..., t - 1] + math.sqrt(1 - phi**2) * noise
    c = observables.heat_capacity(x, [1.0], N=1)
    assert abs(c.z(1.0)[0]) < 4
    within = average(x.var(axis=-1).mean(axis=-1))
    assert within.z(1.0)[0] < -10


def test_self_overlap(glass: Any, draws: np.ndarray) -> None:
    Q = np.mean(draws**2, axis=1)
    exact = TEMPERATURES * traces(glass, 1)[:, None]
    assert np.all(np.abs(average(Q.mean(axis=(2, 3)) - exact).z()) < 4)
    # Its limit, T C with C² - K C + 1 = 0, has corrections in 1/N.
    C = (STIFFNESS - math.sqrt(STIFFNESS**2 - 4)) / 2
    q_hat = observables.mean(Q)
    np.testing.assert_allclose(q_hat.value, TEMPERATURES * C, rtol=3 / N)


def test_spin_glass_susceptibility(glass: Any, overlap: np.ndarray) -> None:
    """χ_SG = tr H⁻²/N, and the jackknife error that of S samples."""
    found = observables.chi_SG(overlap, TEMPERATURES, N)
    measured = N / TEMPERATURES**2 * np.mean(overlap**2, axis=(2, 3))
    assert np.all(np.abs(average(measured - traces(glass, 2)[:, None]).z()) < 4)
    np.testing.assert_allclose(found.value, measured.mean(axis=0))
    np.testing.assert_allclose(found.error, measured.std(axis=0, ddof=1) / math.sqrt(S))


def test_binder_of_a_harmonic_glass(glass: Any, overlap: np.ndarray) -> None:
    """⟨R²⟩ = T² tr H⁻²/N², ⟨R⁴⟩ = 3⟨R²⟩² + 6 T⁴ tr H⁻⁴/N⁴: a product of normals has κ₄ = 6."""
    second, fourth = traces(glass, 2), traces(glass, 4)
    moment = 3 * np.mean(second**2) + 6 * np.mean(fourth) / N
    exact = 0.5 * (3 - moment / np.mean(second) ** 2)
    found = observables.binder(overlap)
    assert np.all(np.abs(found.z(exact)) < 4)
    assert exact < -0.05
    assert np.all(found.error < 0.1)


@pytest.mark.parametrize(("kind", "exact"), [("gaussian", 0.0), ("spins", 1.0), ("uniform", 0.6)])
def test_binder_of_known_distributions(kind: str, exact: float) -> None:
    rng = np.random.default_rng(6)
    shape = (60, 1, 1, 400)
    R = {
        "gaussian": rng.standard_normal(shape),
        "spins": rng.choice([-0.7, 0.7], shape),
        "uniform": rng.uniform(-1, 1, shape),
    }[kind]
    found = observables.binder(R)
    assert found.value[0] == pytest.approx(exact, abs=max(4 * found.error[0], 1e-12))
    if kind == "gaussian":
        assert abs(found.z(0.1)[0]) > 4


def test_binder_of_no_overlap_does_not_exist() -> None:
    found = observables.binder(np.zeros((10, 1, 1, 50)))
    assert np.isnan(found.value).all()
    assert np.isnan(found.z(0.0)).all()


def test_inherent_structures() -> None:
    """Quenches that did not converge are left out, and samples without any."""
    rng = np.random.default_rng(7)
    energy = -3.0 + 0.1 * rng.standard_normal((20, 2, 5))
    converged = np.ones(energy.shape, dtype=bool)
    energy[0, 0, :2], converged[0, 0, :2] = 1e6, False
    energy[1, 1], converged[1, 1] = np.nan, False
    found = observables.inherent_structures(energy, converged)
    assert found.samples.tolist() == [20, 19]
    per_sample = np.array([energy[0, 0, 2:].mean(), *energy[1:, 0].mean(axis=1)])
    assert found.value[0] == pytest.approx(per_sample.mean())
    assert found.error[0] == pytest.approx(per_sample.std(ddof=1) / math.sqrt(20))
    assert np.all(np.abs(found.z(-3.0)) < 4)


def test_overlap_distribution_of_normals() -> None:
    """Normalised, sample by sample, and that of the normal law within errors."""
    R = np.random.default_rng(8).standard_normal((50, 2, 1, 400))
    edges = np.linspace(-6, 6, 25)
    found = overlap_distribution(R, edges)
    width = np.diff(edges)
    np.testing.assert_allclose(found.per_sample @ width, np.ones((50, 2)), rtol=1e-12)
    np.testing.assert_allclose(found.overall.value @ width, np.ones(2), rtol=1e-12)
    exact = np.diff(special.ndtr(edges)) / width
    seen = found.overall.error[0] > 0
    assert np.all(np.abs(found.overall.z(exact)[0, seen]) < 4)
    assert np.any(np.abs(found.overall.z(exact * 1.2)[0, seen]) > 4)
    assert found.centres[0] == -5.75


def test_overlaps_outside_the_bins_are_missing_from_the_norm() -> None:
    R = np.tile([-0.9, -0.1, 0.1, 0.3], (10, 1, 1, 1))
    found = overlap_distribution(R, np.array([-0.5, 0.0, 0.5]))
    np.testing.assert_allclose(found.overall.value[0], [0.5, 1.0])
    even = overlap_distribution(R, np.array([-0.5, 0.0, 0.5]), symmetrise=True)
    np.testing.assert_allclose(even.overall.value[0], [0.75, 0.75])


def test_a_broken_sample_has_no_distribution() -> None:
    R = np.full((10, 2, 1, 3), 0.5)
    R[4, 1, 0, 2] = np.nan
    found = overlap_distribution(R, np.array([0.0, 1.0]))
    assert np.isnan(found.per_sample[4, 1]).all()
    assert found.overall.samples[:, 0].tolist() == [10, 9]
    assert found.overall.value[1, 0] == 1.0


def test_jackknife_of_a_ratio() -> None:
    """Against error propagation, σ of x - r y over ȳ √S."""
    rng = np.random.default_rng(9)
    y = rng.normal(4.0, 1.0, 2000)
    x = 2 * y + rng.normal(0.0, 1.0, 2000)
    found = jackknife(lambda a, b: a / b, x, y)
    assert found.value == pytest.approx(x.mean() / y.mean())
    linear = np.std(x - found.value * y) / (y.mean() * math.sqrt(2000))
    assert found.error == pytest.approx(linear, rel=0.01)


def test_few_samples_get_no_error() -> None:
    x = np.random.default_rng(10).standard_normal((FEWEST_SAMPLES, 2))
    x[0, 1] = np.nan
    found = average(x)
    assert found.samples.tolist() == [FEWEST_SAMPLES, FEWEST_SAMPLES - 1]
    assert np.isfinite(found.value).all()
    assert np.isfinite(found.error).tolist() == [True, False]


def test_shapes() -> None:
    good = np.zeros((9, 2, 2, 4))
    for wrong in (good[0], np.zeros((9, 2, 1, 4))):
        with pytest.raises(ShapeError, match="two independent sets"):
            observables.heat_capacity(wrong, [1.0, 2.0], 8)
    with pytest.raises(ShapeError, match="chain, time"):
        observables.mean(good[0])
    with pytest.raises(ShapeError, match="quench"):
        observables.inherent_structures(good, good > 0)
    with pytest.raises(ShapeError, match="pair, time"):
        overlap_distribution(good[0], np.array([0.0, 1.0]))
    with pytest.raises(ShapeError, match="ascending"):
        overlap_distribution(good, np.array([1.0, 0.0]))
    with pytest.raises(ShapeError, match="symmetric about zero"):
        overlap_distribution(good, np.array([-1.0, 2.0]), symmetrise=True)
    with pytest.raises(ShapeError, match="one shape"):
        jackknife(lambda a, b: a + b, np.zeros((3, 2)), np.zeros(3))


def test_theory_calls_the_same_thing_chi_SG() -> None:
    """Weak anharmonicity far above T_g: theory's χ_SG is the harmonic C²/(1 - C²)."""
    model = Model(gamma=1 / STIFFNESS, a=1e-6)
    solution = solve(model, temperature=2.0)
    assert glass_temperature(model) == 0.0
    C = (STIFFNESS - math.sqrt(STIFFNESS**2 - 4)) / 2
    assert solution.chi_SG == pytest.approx(C**2 / (1 - C**2), rel=1e-4)
