"""Limits N → ∞: exact on exact data, calibrated on noisy data, sceptical of bad fits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from glasswell.compare import CompareError, Estimate, extrapolate
from glasswell.compare.statistics.extrapolation import OMEGA_GLASS, OMEGA_STABLE, remaining

N = np.array([64.0, 128.0, 256.0, 512.0])
NOISE = np.array([0.04, 0.03, 0.02, 0.02])


def _replicas(values: np.ndarray, rng: np.random.Generator, noise: np.ndarray) -> np.ndarray:
    return values + noise * rng.standard_normal((1000, len(values)))


@pytest.mark.parametrize("omega", [OMEGA_GLASS, OMEGA_STABLE])
def test_noiseless_data_are_recovered(omega: float) -> None:
    exact = -36.5 + 60.0 * N**-omega
    fit = extrapolate(N, exact, _replicas(exact, np.random.default_rng(0), NOISE), omega)
    assert fit.limit.value == pytest.approx(-36.5, rel=1e-12)
    assert fit.slope.value == pytest.approx(60.0, rel=1e-10)
    assert fit.chi2 < 1e-12
    assert fit.scale == 1.0
    assert fit.degrees_of_freedom == 2
    np.testing.assert_allclose(fit.at(N), exact)


def test_the_error_is_that_of_the_weighted_fit() -> None:
    exact = 1.0 + 5.0 * N**-OMEGA_GLASS
    fit = extrapolate(N, exact, _replicas(exact, np.random.default_rng(1), NOISE))
    design = np.stack([np.ones(4), N**-OMEGA_GLASS], axis=1) / NOISE[:, None]
    covariance = np.linalg.inv(design.T @ design)
    # 1000 resamples know an error, and so the weights, to 2.2 %.
    assert fit.limit.error == pytest.approx(math.sqrt(covariance[0, 0]), rel=0.1)
    assert fit.slope.error == pytest.approx(math.sqrt(covariance[1, 1]), rel=0.1)


def test_coverage_and_chi_squared() -> None:
    rng = np.random.default_rng(2)
    exact = 1.0 + 5.0 * N**-OMEGA_GLASS
    runs, z, chi2 = 300, [], []
    for _ in range(runs):
        values = exact + NOISE * rng.standard_normal(4)
        fit = extrapolate(N, values, _replicas(values, rng, NOISE))
        z.append(fit.limit.z(1.0) * fit.scale)
        chi2.append(fit.chi2)
    assert np.mean(z) == pytest.approx(0.0, abs=4 / math.sqrt(runs))
    assert np.var(z) == pytest.approx(1.0, abs=4 * math.sqrt(2 / runs))
    assert np.mean(chi2) == pytest.approx(2.0, abs=4 * 2 / math.sqrt(runs))


def test_a_wrong_exponent_fits_poorly_and_pays_for_it() -> None:
    exact = 1.0 + 200.0 / N
    replicas = _replicas(exact, np.random.default_rng(3), NOISE)
    right, wrong = (extrapolate(N, exact, replicas, omega) for omega in (1.0, 0.4))
    assert wrong.chi2 > 20 > right.chi2
    assert wrong.scale == pytest.approx(math.sqrt(wrong.chi2 / 2))
    statistical = wrong.limit.error / wrong.scale
    assert abs(wrong.limit.value - 1.0) > 4 * statistical
    assert abs(right.limit.z(1.0)) < 1e-6


def test_one_size_is_refused() -> None:
    with pytest.raises(CompareError, match="two sizes or more"):
        extrapolate(np.array([64]), np.array([1.0]), np.ones((10, 1)))


@pytest.mark.parametrize("values", [np.zeros(4), 1.0 + 3.0 / N])
def test_sizes_without_any_error(values: np.ndarray) -> None:
    """v = 0 in every sample, or no disorder: nothing is divided by nothing."""
    fit = extrapolate(N.astype(int), values, np.tile(values, (50, 1)), 1.0)
    assert fit.limit.value == pytest.approx(values[0] - 3.0 / 64 * (values[0] != 0))
    assert fit.limit.error == pytest.approx(0.0, abs=1e-14)


def test_what_remains_to_the_limit() -> None:
    """Exact for one power of N without noise; zero where noise explains the difference."""
    at = {n: Estimate(2.0 + 10.0 / n, 1e-9) for n in (64, 256)}
    assert remaining(at[64], at[256], (64, 256), 1.0) == pytest.approx(10 / 256)
    noisy = Estimate(2.0, 0.1), Estimate(2.12, 0.1)
    assert remaining(*noisy, (64, 256), 1.0) == 0.0
    unknown = Estimate(2.0, math.nan), Estimate(3.0, 0.1)
    assert remaining(*unknown, (64, 256), 1.0) == 0.0
