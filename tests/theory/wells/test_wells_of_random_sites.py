"""Double wells where sites differ: distributions, samples and correlations."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from glasswell.theory import (
    Model,
    Solution,
    solve,
)
from glasswell.theory.wells.distribution import SITES
from goodness import deviation
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

RANDOM = Model(gamma=stats.uniform(2, 16))


@pytest.fixture(scope="module")
def random_solution() -> Solution:
    return solve(RANDOM)


def test_wells_of_sites_that_differ(random_solution: Solution) -> None:
    """Averages over γ by plain sums, with γ C = 1 inside the interval: some sites have no wells."""
    wells, C = random_solution.wells, random_solution.C
    gamma = (2 + 16 * (np.arange(400) + 0.5) / 400)[:, None]
    B = C - 1 / gamma
    assert B.min() < 0.6 * B.max()
    h_s = 2 / 3 * B * np.sqrt(2 * gamma * B)
    angle = (np.arange(500) + 0.5) * np.pi / 1000
    h = h_s * np.cos(angle)
    mass = 2 * random_solution.field_density(h) * h_s * np.sin(angle) * np.pi / 1000 / 400
    assert wells.fraction == pytest.approx(mass.sum(), rel=1e-5)
    radius = 2 * np.sqrt(2 * gamma * B)
    upper, other = radius * np.cos(angle / 3), radius * np.cos((angle - 2 * np.pi) / 3)
    third = -upper - other
    lower = np.minimum(other, third)
    distance = upper - lower
    assert wells.mean("distance") == pytest.approx((mass * distance).sum() / mass.sum(), rel=1e-4)
    # In replica symmetry all sites share P(0); v_0 = √(6γB).
    P0 = float(random_solution.field_density(0.0)) * np.mean(1 / np.sqrt(6 * gamma * B))
    assert wells.P0 == pytest.approx(P0, rel=1e-3)
    x = np.array([4.0, 8.0, 12.0])
    counts = [mass[distance < bound].sum() for bound in x]
    np.testing.assert_allclose(wells.count_below("distance", x), counts, rtol=2e-2)
    assert len(wells.branches) == SITES


def test_samples_of_sites_that_differ(random_solution: Solution) -> None:
    """Drawn γ, not the nodes of a rule: as many kinds of site, other ones every time."""
    wells = random_solution.wells
    rng = np.random.default_rng(4)
    sample, again = wells.sample(4000, rng), wells.sample(4000, rng)
    kinds, others = (set(s.W.parameters[1].tolist()) for s in (sample, again))
    assert len(kinds) <= SITES
    assert not kinds & others
    for quantity in ("barrier", "distance", "exponent"):
        assert deviation(getattr(sample, quantity), wells, quantity) < 2.5, quantity
    edges = [np.linspace(0, wells.support(name)[1], 5) for name in ("asymmetry", "exponent")]
    counts = wells.joint("asymmetry", "exponent", *edges) / wells.fraction
    found, _, _ = np.histogram2d(sample.asymmetry, sample.exponent, bins=edges)
    np.testing.assert_allclose(found / 4000, counts, atol=5 * np.sqrt(0.25 / 4000))


def test_local_randomness_weakens_the_correlation(
    random_solution: Solution, solved: Callable[..., Solution]
) -> None:
    """Δ and λ are functions of one field if all sites are alike; with γ random they are not."""
    names = ("asymmetry", "exponent")
    pure = solved(Model(gamma=10.0), 0).wells.correlation(*names)
    narrow = solve(Model(gamma=stats.uniform(9, 2))).wells.correlation(*names)
    broad = random_solution.wells.correlation(*names)
    assert abs(pure) > 0.95
    assert abs(narrow) < abs(pure) - 0.02
    assert abs(broad) < abs(pure) - 0.2
    sample = random_solution.wells.sample(4000, np.random.default_rng(0))
    measured = np.corrcoef(sample.asymmetry, sample.exponent)[0, 1]
    assert measured == pytest.approx(broad, abs=5 * (1 - broad**2) / np.sqrt(4000))
