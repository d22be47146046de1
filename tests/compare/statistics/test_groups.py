"""Very many samples are resampled in groups: the same errors from far fewer weights."""

from __future__ import annotations

import math

import numpy as np
import pytest
from glasswell.compare import Resampling, histogram
from glasswell.compare.statistics import bootstrap
from glasswell.compare.statistics.histogram import histogram_of_events

SAMPLES, GROUPS = 3001, 400


@pytest.fixture
def resampling(monkeypatch: pytest.MonkeyPatch) -> Resampling:
    monkeypatch.setattr(bootstrap, "GROUPS", GROUPS)
    return Resampling.draw(SAMPLES, 1000, np.random.default_rng(1))


def test_few_samples_are_a_group_each() -> None:
    resampling = Resampling.draw(50, 20, np.random.default_rng(1))
    x = np.arange(50.0)
    assert resampling.counts.shape == (20, 50)
    assert resampling.grouped(x) is x


def test_many_samples_take_no_more_memory() -> None:
    resampling = Resampling.draw(10**6, 100, np.random.default_rng(1))
    assert resampling.counts.shape == (100, bootstrap.GROUPS)
    lengths = np.diff(np.append(resampling.first, 10**6))
    assert set(lengths) == {244, 245}


def test_errors_of_groups(resampling: Resampling) -> None:
    """Of a ratio: the linearised error, known to 1/√(2G) from groups and 1/√(2B) from resamples.

    The control: groups of samples that are alike scatter more than single samples would tell.
    """
    rng = np.random.default_rng(2)
    w = rng.poisson(3.0, SAMPLES).astype(float)
    x = rng.normal(2.0 * w, 1.0)
    found = resampling.estimate(x, w)
    assert found.value == pytest.approx(x.sum() / w.sum(), rel=1e-12)
    linear = np.std(x - found.value * w) / (w.mean() * math.sqrt(SAMPLES))
    sigma = math.sqrt(1 / (2 * GROUPS) + 1 / 2000)
    assert found.error == pytest.approx(linear, rel=4 * sigma)
    alike = np.repeat(rng.standard_normal(SAMPLES // 8 + 1), 8)[:SAMPLES]
    error = np.std(alike) / math.sqrt(SAMPLES)
    assert resampling.estimate(alike, np.ones(SAMPLES)).error > error * (1 + 4 * sigma)


def test_means_of_groups_of_unlike_size(resampling: Resampling) -> None:
    ones = resampling.means(np.ones((SAMPLES, 2)))
    np.testing.assert_allclose(ones, 1.0, rtol=1e-12)


def test_histograms_of_groups(resampling: Resampling) -> None:
    """Every sample has as many events; the densities are those of all, the errors binomial."""
    values = np.random.default_rng(3).uniform(0.0, 1.0, (SAMPLES, 4))
    edges = np.linspace(0.0, 1.0, 5)
    found = histogram(values, np.array(1.0), edges, resampling, 4)
    counts, _ = np.histogram(values, edges)
    np.testing.assert_array_equal(found.events, counts)
    np.testing.assert_allclose(found.density, counts / (SAMPLES * 4 * 0.25), rtol=1e-12)
    binomial = math.sqrt(0.25 * 0.75 / (SAMPLES * 4)) / 0.25
    sigma = math.sqrt(1 / (2 * GROUPS) + 1 / 2000)
    np.testing.assert_allclose(found.error, binomial, rtol=4 * sigma)
    owner = np.repeat(np.arange(SAMPLES), 4)
    events = histogram_of_events(values.ravel(), owner, edges, resampling, 4)
    np.testing.assert_array_equal(events.density, found.density)
    np.testing.assert_array_equal(events.replicas, found.replicas)
