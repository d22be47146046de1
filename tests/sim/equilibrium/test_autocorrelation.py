"""Autocorrelation times and their errors against AR(1), x_t = φ x_{t-1} + noise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from glasswell.sim import ShapeError
from glasswell.sim.equilibrium.autocorrelation import (
    LEAST_N_EFF,
    autocovariance,
    estimate,
    integrated_time,
)
from scipy.signal import lfilter

Rng = np.random.Generator


def ar1(phi: float, shape: tuple[int, ...], rng: Rng) -> np.ndarray:
    """Stationary series with variance 1, ρ(t) = φ^t and τ = (1 + φ)/(1 - φ)."""
    noise = rng.standard_normal(shape) * math.sqrt(1 - phi**2)
    noise[..., 0] /= math.sqrt(1 - phi**2)
    return np.asarray(lfilter([1.0], [1.0, -phi], noise, axis=-1))


def test_autocovariance_is_its_definition() -> None:
    x = np.random.default_rng(1).standard_normal((3, 17)) + 5.0
    d = x - x.mean()
    direct = [np.mean(d[:, : 17 - t] * d[:, t:]) for t in range(17)]
    np.testing.assert_allclose(autocovariance(x), direct, atol=1e-13)


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9])
def test_tau_of_ar1(phi: float) -> None:
    """τ without bias beyond e^(-6), and its error that of its own scatter."""
    rng = np.random.default_rng(2)
    runs, n = 200, 6000
    times = [integrated_time(ar1(phi, (2, n // 2), rng)) for _ in range(runs)]
    tau = np.array([time.tau for time in times])
    exact = (1 + phi) / (1 - phi)
    assert tau.mean() == pytest.approx(
        exact, abs=4 * tau.std() / math.sqrt(runs) + math.exp(-6) * exact
    )
    # The formula is for n → ∞ and long windows: right to a fifth.
    assert np.mean([time.error for time in times]) == pytest.approx(tau.std(), rel=0.2)


def test_tau_of_the_shortest_chains_with_an_error_bar() -> None:
    """At n = 50 τ it is on average not too small, which a mean from the same data would make it."""
    rng = np.random.default_rng(12)
    tau = np.array([integrated_time(ar1(0.8, (450,), rng)).tau for _ in range(2000)])
    sigma = tau.std() / math.sqrt(len(tau))
    assert 9.0 - 2 * sigma < tau.mean() < 1.1 * 9.0


def test_tau_below_one() -> None:
    """Anticorrelated: the window then closes on upward fluctuations, which costs a few per cent."""
    rng = np.random.default_rng(2)
    tau = [integrated_time(ar1(-0.6, (2, 3000), rng)).tau for _ in range(200)]
    assert np.mean(tau) == pytest.approx(0.4 / 1.6, rel=0.08)


@pytest.mark.parametrize("phi", [0.0, 0.8])
def test_error_bars_cover(phi: float) -> None:
    """(mean - truth)/error has variance 1; the naive error is √τ too small."""
    rng = np.random.default_rng(3)
    runs = 500
    found = [estimate(ar1(phi, (2, 1500), rng)) for _ in range(runs)]
    assert all(one.reliable for one in found)
    z = np.array([one.mean / one.error for one in found])
    assert np.mean(z**2) == pytest.approx(1.0, abs=4 * math.sqrt(2 / runs) + 0.02)
    naive = z * np.array([math.sqrt(one.tau) for one in found])
    assert (np.mean(naive**2) > 4.0) == (phi > 0)


def test_n_eff() -> None:
    found = estimate(ar1(0.8, (4, 2000), np.random.default_rng(4)))
    assert found.n_eff == pytest.approx(8000 / 9, rel=0.4)
    assert found.n_eff == pytest.approx(8000 / found.tau)


def test_a_slow_chain_is_refused_and_a_fast_one_is_not() -> None:
    """Over many seeds: chains of 5 τ never get an error bar, independent draws always do."""
    rng = np.random.default_rng(5)
    slow, fast = 0.99, 0.0
    n = int(5 * (1 + slow) / (1 - slow))
    for _ in range(50):
        refused = estimate(ar1(slow, (n,), rng))
        assert not refused.reliable
        assert math.isnan(refused.error)
        assert math.isfinite(refused.mean)
        assert "run longer" in refused.reason
        assert estimate(ar1(fast, (n,), rng)).reliable


def test_a_random_walk_is_refused() -> None:
    rng = np.random.default_rng(6)
    assert not any(
        estimate(np.cumsum(rng.standard_normal(length))).reliable for length in [50, 500, 5000] * 20
    )


@pytest.mark.parametrize("apart", [0.5, 1.0, 10.0])
def test_chains_in_different_valleys_are_refused(apart: float) -> None:
    """Each chain alone looks perfect; even half a σ apart is too far for 2000 measurements."""
    x = np.random.default_rng(7).standard_normal((2, 1000))
    assert estimate(x).reliable
    x[1] += apart
    assert all(estimate(chain).reliable for chain in x)
    assert not estimate(x).reliable


def test_what_never_moves_or_is_not_a_number_is_refused() -> None:
    still = estimate(np.full((2, 100), 3.0))
    assert (still.mean, still.n_eff) == (3.0, 0.0)
    assert "never moves" in still.reason
    x = np.random.default_rng(8).standard_normal(100)
    x[3] = math.inf
    broken = estimate(x)
    assert not broken.reliable
    assert "not finite" in broken.reason


def test_the_limit_is_the_callers() -> None:
    x = np.random.default_rng(9).standard_normal(100)
    assert LEAST_N_EFF < estimate(x).n_eff < 200
    assert not estimate(x, least=200).reliable


@pytest.mark.parametrize("x", [np.zeros((2, 2, 8)), np.zeros(1), 1.0])
def test_shapes(x: np.ndarray) -> None:
    with pytest.raises(ShapeError, match=r"\(chain, time\)"):
        estimate(x)


def test_as_text() -> None:
    x = np.random.default_rng(10).standard_normal((2, 5000)) - 36.5
    assert str(estimate(x)) == "-36.5224 ± 0.0097 [τ 0.96]"
    assert str(estimate(np.arange(100.0))).startswith("49.5 (no error: only ")


def test_any_unit() -> None:
    """τ is a ratio: bit for bit the same in units whose squares no float holds."""
    x = np.random.default_rng(1).standard_normal((2, 400))
    assert integrated_time(2.0**-600 * x) == integrated_time(x) == integrated_time(2.0**600 * x)
    assert estimate(2.0**-600 * x).error == 2.0**-600 * estimate(x).error > 0.0
