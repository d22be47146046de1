"""Edges of bins: never so near each other that rounding fills the bins between them."""

from __future__ import annotations

import numpy as np
import pytest
from glasswell.compare.statistics.bins import ends, least_width, told_apart


@pytest.mark.parametrize("unit", [1e-140, 1.0, 1e140])
def test_edges_that_rounding_sets_apart_are_one(unit: float) -> None:
    edges = unit * np.array([0.0, 1.0, np.nextafter(1.0, 2.0), 2.0, 3.0, np.nextafter(3.0, 4.0)])
    assert told_apart(edges).tolist() == [*edges[[0, 1, 3]], edges[-1]]
    assert told_apart(edges[1:3]).tolist() == [edges[1]]


def test_edges_of_a_distribution_stay() -> None:
    edges = np.sort(np.random.default_rng(1).standard_normal(200))
    assert np.array_equal(told_apart(edges), edges)


def test_densities_in_the_narrowest_bins_have_squares() -> None:
    assert told_apart(np.array([0.0, 1e-310, 1e-200])).tolist() == [0.0]
    assert np.isfinite(1.0 / least_width(0.0, 0.0) ** 2)


@pytest.mark.parametrize("value", [-1e29, 0.0, 0.5, 1e29])
def test_one_value_has_an_interval_around_it(value: float) -> None:
    near = float(np.nextafter(value, np.inf))
    for high in (value, near):
        edges = np.linspace(*ends(value, high, bins=50), 51)
        assert np.all(np.diff(edges) > 0)
    assert ends(-1.0, 2.0, bins=50) == (-1.0, 2.0)
