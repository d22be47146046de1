"""Samples whose lowest state was missed: estimated from hits, against samples that are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from glasswell.compare.statistics.unseen import missed

SAMPLES, STARTS = 400, 32


def searched(a: float, b: float, seed: int) -> tuple[np.ndarray, float]:
    """Hits of the lowest state found, and the fraction of samples in which another is lower.

    A start reaches the lowest with probability p ~ Beta(a, b); where none does, another state
    stands for it, which was hit once or more.
    """
    rng = np.random.default_rng(seed)
    hits = rng.binomial(STARTS, rng.beta(a, b, SAMPLES))
    other = np.maximum(1, rng.binomial(STARTS, rng.beta(a, b, SAMPLES)))
    return np.where(hits == 0, other, hits).astype(float), float(np.mean(hits == 0))


@pytest.mark.parametrize(("a", "b"), [(1, 3), (2, 8), (4, 20), (3, 3)])
def test_it_is_a_lower_bound_of_the_right_size(a: float, b: float) -> None:
    """On average between a half of the truth and the truth, with errors that are no smaller."""
    pairs = [
        (missed(hits, STARTS), truth) for hits, truth in (searched(a, b, s) for s in range(50))
    ]
    values = np.array([estimate.value for estimate, _ in pairs])
    truths = np.array([truth for _, truth in pairs])
    assert 0.5 * truths.mean() - 1e-3 < values.mean() < truths.mean() + 1e-3
    errors = np.array([estimate.error for estimate, _ in pairs])
    assert errors.mean() > 0.6 * values.std()


def test_more_misses_are_seen_as_more() -> None:
    """Negative control: half of the starts, twice as many misses or more."""
    rng = np.random.default_rng(1)
    p = rng.beta(2, 8, 4000)
    few, many = (missed(rng.binomial(R, p).astype(float), R) for R in (8, 64))
    assert few.value - 3 * few.error > 5 * (many.value + 3 * many.error)


def test_without_lonely_starts_nothing_is_missed() -> None:
    found = missed(np.full(50, 9.0), STARTS)
    assert (found.value, found.error) == (0.0, 0.01)


def test_one_start_cannot_tell() -> None:
    assert math.isnan(missed(np.ones(50), 1).value)
    assert math.isnan(missed(np.ones(0), 8).value)
