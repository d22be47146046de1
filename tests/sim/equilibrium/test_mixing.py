"""Split R̂ against ArviZ's numbers, and what each kind of R̂ sees."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from glasswell.sim import ShapeError
from glasswell.sim.equilibrium.rhat import LARGEST_RHAT, largest, ranked_rhat, split_rhat

n = np.arange(20)
SERIES = np.stack([np.sin(1.7 * n) + 0.05 * n, np.cos(2.3 * n) ** 3, 1.5 * np.sin(0.9 * n * n)])


@pytest.mark.parametrize(
    ("times", "split", "ranked"),
    [(20, 0.99427587, 1.08241826), (19, 1.01569016, 1.05808464)],
)
def test_numbers_of_arviz(times: int, split: float, ranked: float) -> None:
    """arviz-stats 0.8.0, array_stats.rhat with method "split" and "rank"."""
    assert split_rhat(SERIES[:, :times]) == pytest.approx(split, abs=1e-8)
    assert ranked_rhat(SERIES[:, :times]) == pytest.approx(ranked, abs=1e-8)


def test_one_draw_per_batch_entry() -> None:
    batch = np.stack([SERIES, SERIES[::-1] ** 2])[:, None]
    for rhat in (split_rhat, ranked_rhat):
        found = rhat(batch)
        assert found.shape == (2, 1)
        assert found[0, 0] == pytest.approx(float(rhat(SERIES)), rel=1e-12)
        assert found[1, 0] == pytest.approx(float(rhat(SERIES**2)), rel=1e-12)


def test_independent_draws_pass() -> None:
    """With 4 half chains of n draws R̂² - 1 = (F - 1)/n, F of three degrees of freedom."""
    x = np.random.default_rng(1).standard_normal((200, 2, 1000))
    excess = (split_rhat(x) ** 2 - 1) * 500
    assert excess.mean() == pytest.approx(0.0, abs=4 * math.sqrt(2 / 3 / 200))
    assert np.all(ranked_rhat(x) < 1.03)


def test_a_drift_is_seen_by_its_size() -> None:
    """By D from start to end: half means lie at ±D/4, which whole chains do not show."""
    x = np.random.default_rng(2).standard_normal((200, 2, 1000))
    D = 2.0
    rhat = split_rhat(x + np.linspace(-D / 2, D / 2, 1000))
    exact = math.sqrt(1 + (D**2 / 12) / (1 + D**2 / 48))
    assert rhat.mean() == pytest.approx(exact, abs=4 * rhat.std() / math.sqrt(200) + 1 / 500)
    assert np.all(ranked_rhat(x + np.linspace(-D / 2, D / 2, 1000)) > 1.1)


def test_chains_of_different_spread_are_seen_by_the_ranked_one_only() -> None:
    x = np.random.default_rng(2).standard_normal((2, 2000)) * np.array([[1.0], [3.0]])
    assert split_rhat(x) < 1.01
    assert ranked_rhat(x) > 1.1


def test_heavy_tails_hide_a_shift_from_the_plain_one_only() -> None:
    x = np.random.default_rng(3).standard_cauchy((2, 2000)) + np.array([[0.0], [3.0]])
    assert split_rhat(x) < 1.05
    assert ranked_rhat(x) > 1.1


RHATS = pytest.mark.parametrize("rhat", [split_rhat, ranked_rhat])


@RHATS
@pytest.mark.parametrize("values", [(0.0, 1.0), (0.1, 0.3), (0.1, 0.1 + 1e-15), (1.0, 2.0, 4.0)])
@pytest.mark.parametrize("times", [4, 7, 100])
def test_what_stands_still_apart_disagrees(rhat: Any, values: Any, times: int) -> None:
    assert rhat(np.repeat(np.array(values)[:, None], times, axis=1)) == math.inf


@RHATS
@pytest.mark.parametrize("value", [0.0, 1.0, 0.1, -1e-300, 1e300])
def test_what_stands_still_together_is_no_evidence(rhat: Any, value: float) -> None:
    """Rounding in the mean of a hundred 0.1 is no scatter."""
    assert math.isnan(rhat(np.full((2, 100), value)))


@RHATS
def test_a_chain_that_stands_still_beside_one_that_moves(rhat: Any) -> None:
    moving = np.random.default_rng(4).standard_normal(400)
    assert rhat(np.stack([moving, np.full(400, 3.0)])) > LARGEST_RHAT


def test_the_largest_of_several() -> None:
    """Disagreement in one quantity is disagreement; silence of one is not outvoted by the rest."""
    found = largest([[1.01, 1.01, math.inf, 1.5], [1.02, math.nan, math.nan, math.nan]])
    np.testing.assert_array_equal(found, [1.02, math.nan, math.inf, 1.5])


@pytest.mark.parametrize("shape", [(10,), (2, 3)])
def test_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="four times"):
        ranked_rhat(np.zeros(shape))
