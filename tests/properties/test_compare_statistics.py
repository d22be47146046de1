"""What holds for all data: estimates, histograms and limits transform as they must."""

from __future__ import annotations

import math

import numpy as np
import pytest
from glasswell.compare import Estimate, Resampling, extrapolate
from glasswell.compare.statistics.extrapolation import remaining
from glasswell.compare.statistics.histogram import histogram
from hypothesis import given, settings
from hypothesis import strategies as st

S, N = 10, 6
finite = st.floats(-100.0, 100.0)
positive = st.floats(1e-3, 1e3)
arrays = st.lists(finite, min_size=S * N, max_size=S * N).map(
    lambda values: np.reshape(values, (S, N))
)
RESAMPLING = Resampling.draw(S, 100, np.random.default_rng(0))
EDGES = np.array([-100.0, -10.0, 0.0, 1.0, 100.5])


@settings(max_examples=100)
@given(arrays, st.floats(-10.0, 10.0), st.floats(-50.0, 50.0))
def test_an_estimate_is_affine(x: np.ndarray, factor: float, offset: float) -> None:
    """⟨b x + c⟩ = b ⟨x⟩ + c, with |b| times the error."""
    ones = np.ones(S)
    sums = x.mean(axis=1)
    plain = RESAMPLING.estimate(sums, ones)
    changed = RESAMPLING.estimate(factor * sums + offset, ones)
    assert changed.value == pytest.approx(factor * plain.value + offset, abs=1e-9)
    assert changed.error == pytest.approx(abs(factor) * plain.error, abs=1e-9)


@settings(max_examples=100)
@given(arrays)
def test_every_value_is_in_one_bin(values: np.ndarray) -> None:
    """Σ density × width = 1 over bins that hold everything, in every resample."""
    found = histogram(values, np.array(1.0), EDGES, RESAMPLING, N)
    assert found.events.sum() == values.size
    assert found.density @ found.widths == pytest.approx(1.0)
    np.testing.assert_allclose(found.replicas @ found.widths, 1.0, rtol=1e-9)
    assert np.all(found.error[found.events == 0] > 0)


@settings(max_examples=100)
@given(arrays)
def test_a_histogram_fits_itself(values: np.ndarray) -> None:
    found = histogram(values, np.array(1.0), EDGES, RESAMPLING, N)
    deviation = found.deviation(found.density)
    assert deviation.p_value == 1.0
    assert deviation.misplaced == 0.0
    assert deviation.statistic == 0.0 or math.isnan(deviation.statistic)


@settings(max_examples=100)
@given(finite, finite, st.floats(0.3, 1.5))
def test_a_power_of_n_is_extrapolated_exactly(limit: float, slope: float, omega: float) -> None:
    sizes = np.array([32.0, 64.0, 128.0])
    values = limit + slope * sizes**-omega
    noise = 0.1 * np.random.default_rng(1).standard_normal((200, 3))
    fit = extrapolate(sizes, values, values + noise, omega)
    assert fit.limit.value == pytest.approx(limit, abs=1e-9)
    assert fit.slope.value == pytest.approx(slope, abs=1e-6)
    assert fit.scale == 1.0


@settings(max_examples=100)
@given(finite, positive, st.floats(0.0, 100.0), finite)
def test_more_doubt_never_means_more_deviation(
    value: float, error: float, finite_size: float, prediction: float
) -> None:
    plain = Estimate(value, error).z(prediction)
    doubtful = Estimate(value, error, finite_size).z(prediction)
    assert abs(doubtful) <= abs(plain)
    assert doubtful * plain >= 0.0


@settings(max_examples=100)
@given(finite, finite, positive, positive, st.floats(0.3, 1.5))
def test_what_remains_never_exceeds_what_was_seen(
    first: float, second: float, error: float, other: float, omega: float
) -> None:
    """Noise only takes away: the rest is at most the difference, scaled to the limit."""
    rest = remaining(Estimate(first, error), Estimate(second, other), (32, 128), omega)
    assert 0.0 <= rest <= abs(second - first) / (4.0**omega - 1.0) + 1e-12
