"""What the statistics of time series must not depend on."""

from __future__ import annotations

import numpy as np
import pytest
from glasswell.sim.equilibrium.autocorrelation import estimate
from glasswell.sim.equilibrium.binning import binning
from glasswell.sim.equilibrium.jackknife import jackknife
from glasswell.sim.equilibrium.rhat import ranked_rhat, split_rhat
from hypothesis import given, settings
from hypothesis import strategies as st

seeds = st.integers(0, 2**32 - 1)
scales = st.floats(1e-6, 1e6)
shifts = st.floats(-100, 100)


def walk(seed: int, chains: int = 2, times: int = 400) -> np.ndarray:
    """A moving average of noise over eight steps."""
    noise = np.random.default_rng(seed).standard_normal((chains, times + 7))
    return np.lib.stride_tricks.sliding_window_view(noise, 8, axis=1).mean(axis=-1)


@settings(max_examples=30, deadline=None)
@given(seeds, scales, shifts)
def test_units_do_not_matter(seed: int, scale: float, shift: float) -> None:
    x = walk(seed)
    y = scale * (x + shift)
    before, after = estimate(x), estimate(y)
    assert after.reliable == before.reliable
    assert after.tau == pytest.approx(before.tau, rel=1e-6)
    assert after.mean == pytest.approx(scale * (before.mean + shift), rel=1e-9, abs=1e-9 * scale)
    assert after.error == pytest.approx(scale * before.error, rel=1e-6, nan_ok=True)
    assert binning(y).plateau == binning(x).plateau
    np.testing.assert_allclose(binning(y).error, scale * binning(x).error, rtol=1e-6)
    assert split_rhat(y) == pytest.approx(float(split_rhat(x)), rel=1e-6)


@settings(max_examples=30, deadline=None)
@given(seeds)
def test_order_of_chains_and_direction_of_time_do_not_matter(seed: int) -> None:
    x = walk(seed, chains=3)
    for y in (x[::-1], x[:, ::-1]):
        assert estimate(y).tau == pytest.approx(estimate(x).tau, rel=1e-9)
        assert ranked_rhat(y) == pytest.approx(float(ranked_rhat(x)), rel=1e-9)


@settings(max_examples=30, deadline=None)
@given(seeds)
def test_ranks_have_no_units(seed: int) -> None:
    """Up to the two values next to the median, equally far from it, whose tie rounding breaks."""
    x = walk(seed)
    assert ranked_rhat(3 * x - 1) == pytest.approx(float(ranked_rhat(x)), rel=1e-3)


@settings(max_examples=30, deadline=None)
@given(seeds, st.permutations(range(12)))
def test_samples_have_no_order(seed: int, order: list[int]) -> None:
    x, y = np.random.default_rng(seed).uniform(1, 2, (2, 12, 3))
    before = jackknife(lambda a, b: a / b**2, x, y)
    after = jackknife(lambda a, b: a / b**2, x[order], y[order])
    np.testing.assert_allclose(after.value, before.value, rtol=1e-12)
    np.testing.assert_allclose(after.error, before.error, rtol=1e-8)
