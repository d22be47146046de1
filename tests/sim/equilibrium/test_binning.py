"""Logarithmic binning against closed forms of AR(1), and where it must give no answer."""

from __future__ import annotations

import math

import numpy as np
import pytest
from glasswell.sim.equilibrium.autocorrelation import estimate
from glasswell.sim.equilibrium.binning import LEAST_BLOCKS, binning
from scipy.signal import lfilter


def ar1(phi: float, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    noise = rng.standard_normal(shape) * math.sqrt(1 - phi**2)
    noise[..., 0] /= math.sqrt(1 - phi**2)
    return np.asarray(lfilter([1.0], [1.0, -phi], noise, axis=-1))


def block_variance(phi: float, B: int) -> float:
    """Variance of the mean of B successive values: Σ_t (B - |t|) φ^|t| / B²."""
    t = np.arange(1, B)
    return float((B + 2 * np.sum((B - t) * phi**t)) / B**2)


@pytest.mark.parametrize("phi", [0.0, 0.8])
def test_every_level_is_the_variance_of_block_means(phi: float) -> None:
    rng = np.random.default_rng(1)
    runs, n = 300, 1024
    found = [binning(ar1(phi, (1, n), rng)) for _ in range(runs)]
    squares = np.array([f.error**2 for f in found])
    assert squares.shape[1] == int(math.log2(n / LEAST_BLOCKS)) + 1
    for level, B in enumerate(found[0].length):
        b = n // B
        # The mean of all is taken out, which costs its own variance.
        exact = (block_variance(phi, B) - block_variance(phi, n)) / (b - 1)
        sigma = squares[:, level].std() / math.sqrt(runs)
        assert squares[:, level].mean() == pytest.approx(exact, abs=4.5 * sigma)


@pytest.mark.parametrize("phi", [0.0, 0.8])
def test_the_error_of_the_error(phi: float) -> None:
    rng = np.random.default_rng(2)
    runs, n = 300, 4096
    found = [binning(ar1(phi, (2, n // 2), rng)) for _ in range(runs)]
    values = np.array([f.value for f in found])
    stated = np.mean([f.uncertainty[f.plateau] for f in found if f.plateau is not None])
    assert values.std() == pytest.approx(stated, rel=0.25)
    exact = math.sqrt((1 + phi) / (1 - phi) / n)
    # The bias is less than a quarter of the noise.
    assert values.mean() == pytest.approx(exact, abs=0.25 * stated + 4 * stated / math.sqrt(runs))


def test_two_routes_to_one_error() -> None:
    x = ar1(0.9, (4, 20_000), np.random.default_rng(3))
    found = binning(x)
    assert found.plateau is not None
    sigma = float(found.uncertainty[found.plateau])
    assert found.value == pytest.approx(estimate(x).error, abs=4 * sigma)


def test_no_plateau_where_the_chain_is_too_short() -> None:
    rng = np.random.default_rng(4)
    for _ in range(30):
        slow = binning(np.cumsum(rng.standard_normal(1000)))
        assert slow.plateau is None
        assert math.isnan(slow.value)
        assert binning(rng.standard_normal(1000)).plateau is not None


def test_blocks_stay_inside_their_chain() -> None:
    """Two chains that stand still apart: no block mean may lie between them."""
    x = np.array([[1.0] * 24, [-1.0] * 24])
    found = binning(x)
    assert found.length.tolist() == [1, 2, 4]
    np.testing.assert_allclose(found.error, [1 / math.sqrt(48 / B - 1) for B in (1, 2, 4)])
    assert found.plateau is None


def test_a_series_too_short_for_blocks() -> None:
    found = binning(np.arange(4.0))
    assert len(found.error) == 0
    assert math.isnan(found.value)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e300])
def test_what_never_moves_has_no_error(value: float) -> None:
    assert math.isnan(binning(np.full((2, 1001), value)).value)
