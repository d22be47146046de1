"""Bootstrap errors: what they must be, and what naive ones would have been."""

from __future__ import annotations

import math

import numpy as np
import pytest
from glasswell.compare import CompareError, Estimate, Resampling
from glasswell.compare.statistics.bootstrap import counted
from glasswell.compare.statistics.histogram import histogram
from glasswell.sim.equilibrium.jackknife import FEWEST_SAMPLES
from scipy import special, stats

RESAMPLES = 400


def _resampling(samples: int, seed: int = 0, resamples: int = RESAMPLES) -> Resampling:
    return Resampling.draw(samples, resamples, np.random.default_rng(seed))


def test_error_of_a_mean() -> None:
    """σ/√S of independent samples; B resamples know it to 1/√(2B), the samples to 1/√(2S)."""
    S = 400
    x = np.random.default_rng(1).normal(3.0, 2.0, S)
    estimate = _resampling(S, resamples=4000).estimate(x, np.ones(S))
    assert estimate.value == pytest.approx(x.mean())
    exact = x.std(ddof=1) / math.sqrt(S)
    assert estimate.error == pytest.approx(exact, rel=4 / math.sqrt(8000))
    assert estimate.error == pytest.approx(2.0 / math.sqrt(S), rel=4 / math.sqrt(2 * S))


def test_small_samples_are_not_underestimated() -> None:
    """A plain bootstrap of 8 samples has 7/8 of the variance; ours has all of it."""
    rng = np.random.default_rng(2)
    runs = 600
    variances = [
        _resampling(8, n).estimate(rng.standard_normal(8), np.ones(8)).error ** 2
        for n in range(runs)
    ]
    sigma = float(np.std(variances)) / math.sqrt(runs)
    assert np.mean(variances) == pytest.approx(1 / 8, abs=4 * sigma)
    assert abs(np.mean(variances) - 7 / 64) > 4 * sigma


@pytest.mark.parametrize("naive", [False, True])
def test_coverage(naive: bool) -> None:
    """± 2 errors hold the truth in 95 % of cases; errors over sites, not samples, do not."""
    rng = np.random.default_rng(3)
    runs, S, N, inside = 400, 40, 25, 0
    for run in range(runs):
        x = rng.standard_normal((S, 1)) + rng.standard_normal((S, N))
        if naive:
            estimate = Estimate(float(x.mean()), float(x.std() / math.sqrt(x.size)))
        else:
            estimate = _resampling(S, run, 200).estimate(x.mean(axis=1), np.ones(S))
        inside += abs(estimate.z(0.0)) < 2.0
    expected = 2 * stats.t.cdf(2.0, S - 1) - 1
    z = (inside / runs - expected) / math.sqrt(expected * (1 - expected) / runs)
    assert (abs(z) < 4) != naive


def test_ratio_of_sums() -> None:
    """Σx/Σw with its linearised error, σ of x - (x̄/w̄) w over w̄ √S."""
    rng = np.random.default_rng(4)
    S = 300
    w = rng.poisson(5.0, S).astype(float)
    x = rng.normal(2.0 * w, 1.0)
    estimate = _resampling(S, resamples=2000).estimate(x, w)
    assert estimate.value == pytest.approx(x.sum() / w.sum())
    linear = np.std(x - estimate.value * w) / (w.mean() * math.sqrt(S))
    assert estimate.error == pytest.approx(linear, rel=4 / math.sqrt(4000))


def test_columns_are_resampled_together() -> None:
    x = np.random.default_rng(5).standard_normal((20, 3))
    resampling = _resampling(20)
    value, replicas = resampling.ratio(x, np.ones(20))
    for n in range(3):
        alone, its_replicas = resampling.ratio(x[:, n], np.ones(20))
        assert value[n] == pytest.approx(alone, rel=1e-12)
        np.testing.assert_allclose(replicas[:, n], its_replicas, rtol=1e-9)


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(CompareError, match="too few for error bars"):
        _resampling(FEWEST_SAMPLES - 1)
    assert _resampling(FEWEST_SAMPLES).counts.sum() == RESAMPLES * FEWEST_SAMPLES


def test_what_few_samples_have_gets_no_error() -> None:
    """Three double wells, all in two samples: a mean, but no error and so no verdict."""
    w = np.zeros(50)
    w[:2] = [1.0, 2.0]
    estimate = _resampling(50).estimate(3.0 * w, w)
    assert estimate.value == 3.0
    assert math.isnan(estimate.error)
    assert math.isnan(estimate.z(5.0))
    nothing = _resampling(50).estimate(np.zeros(50), np.zeros(50))
    assert math.isnan(nothing.value)
    assert str(nothing) == "-"


def test_counts_have_a_floor() -> None:
    """No event in 1000 trials: one is within a sigma, and so are the few that chance forgives."""
    none = counted(Estimate(0.0, 0.0), 1000)
    assert none.error == 1e-3
    assert none.z(0.0) == 0.0
    assert none.z(1e-3) == pytest.approx(-1.0)
    assert none.z(4e-3) == pytest.approx(-2.0)
    assert none.z(0.1) == pytest.approx(-10.0)
    many = counted(Estimate(0.5, 0.02), 1000)
    assert many.error == 0.02


def test_z_of_an_estimate() -> None:
    assert Estimate(1.0, 0.5).z(0.0) == 2.0
    assert Estimate(1.0, 0.3, finite_size=0.4).z(0.0) == pytest.approx(2.0)
    assert Estimate(1.0, 0.0).z(1.0) == 0.0
    for impossible in (Estimate(1.0, 0.0).z(2.0), Estimate(1.0, math.nan).z(1.0)):
        assert math.isnan(impossible)
    assert math.isnan(Estimate(1.0, 0.5).z(math.nan))


def test_estimates_as_text() -> None:
    assert str(Estimate(-36.437, 0.021)) == "-36.437 ± 0.021"
    assert str(Estimate(0.3040, 0.0013, finite_size=0.0039)) == "0.3040 ± 0.0013 ± 0.0039"
    assert str(Estimate(123.4, 12.0)) == "123 ± 12"
    assert str(Estimate(2.0, 0.0)) == "2"


def test_histogram_integrates_to_the_fraction_inside() -> None:
    rng = np.random.default_rng(6)
    values = rng.standard_normal((30, 40))
    values[:, :10] = np.nan
    edges = np.array([-1.0, -0.2, 0.5, 2.0])
    found = histogram(values, np.array(1.0), edges, _resampling(30), 40)
    inside = np.count_nonzero((values >= -1.0) & (values < 2.0))
    assert found.density @ found.widths == pytest.approx(inside / values.size)
    assert found.events.sum() == inside
    halved = histogram(values, np.array(0.5), edges, _resampling(30), 40)
    np.testing.assert_allclose(halved.density, found.density / 2)


def test_an_empty_bin_has_the_error_of_one_event() -> None:
    values = np.random.default_rng(7).uniform(0.0, 1.0, (10, 10))
    found = histogram(values, np.array(1.0), np.array([0.0, 1.0, 1.5]), _resampling(10), 10)
    assert found.density[1] == 0.0
    assert found.error[1] == pytest.approx(1 / (100 * 0.5))


def _deviation(rng: np.random.Generator, shift: float, shared: float) -> float:
    """p-value of a standard normal against correlated samples that are off by ``shift``."""
    S, N = 60, 100
    common = rng.standard_normal((S, 1))
    x = np.sqrt(1 - shared) * rng.standard_normal((S, N)) + np.sqrt(shared) * common + shift
    edges = np.quantile(x, np.linspace(0.001, 0.999, 31))
    found = histogram(x, np.array(1.0), edges, Resampling.draw(S, 200, rng), N)
    return found.deviation(np.diff(special.ndtr(edges)) / np.diff(edges)).p_value


@pytest.mark.parametrize("shared", [0.0, 0.2])
def test_p_values_are_uniform_where_the_theory_is_true(shared: float) -> None:
    """Also where sites of a sample are correlated, which a χ² table would not know."""
    rng = np.random.default_rng(8)
    p = np.array([_deviation(rng, 0.0, shared) for _ in range(200)])
    assert stats.kstest(p, "uniform").pvalue > 1e-4
    assert abs(p.mean() - 0.5) < 4 / math.sqrt(12 * len(p))


def test_p_values_are_tiny_where_it_is_not() -> None:
    rng = np.random.default_rng(9)
    p = [_deviation(rng, 0.15, 0.0) for _ in range(20)]
    assert max(p) == pytest.approx(1 / 201)


def test_misplaced_sites() -> None:
    """A quarter of all sites on the wrong side, whether h or |h| is counted."""
    values = np.repeat([[-0.5, 0.5, 0.5, 0.5]], 10, axis=0)
    whole = histogram(values, np.array(1.0), np.array([-1.0, 0.0, 1.0]), _resampling(10), 4)
    assert whole.deviation(np.array([0.5, 0.5])).misplaced == pytest.approx(0.25)
    folded = np.repeat([[0.2, 0.7, 0.7, 0.7]], 10, axis=0)
    half = histogram(folded, np.array(0.5), np.array([0.0, 0.5, 1.0]), _resampling(10), 4)
    assert half.deviation(np.array([0.5, 0.5])).misplaced == pytest.approx(0.25)
