"""Local randomness of a sample: reproducible draws, and the landscape that they make."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from backends import host
from glasswell.sim import ShapeError, SimulationError
from glasswell.sim.sample import cavity, couplings, landscape, sites
from glasswell.theory import Model
from scipy import stats

GAMMA = Model(gamma=stats.uniform(1, 3), J0=0.4, field=0.2)
ALL = Model(gamma=stats.uniform(1, 3), k=stats.norm(1, 0.2), a=stats.lognorm(0.3), field=0.2)
N, R = 6, 3
J = couplings.sample(ALL, N, seed=1)
V = np.random.default_rng(0).standard_normal((N, R))


def test_draws_depend_on_their_key_only() -> None:
    """Same key, same values, whatever else is random; another key, other values."""
    one = sites.local_parameters(GAMMA, N, seed=1, sample=4)
    again = sites.local_parameters(ALL, N, seed=1, sample=4)
    assert set(one) == {"gamma"}
    assert set(again) == {"gamma", "k", "a"}
    np.testing.assert_array_equal(one["gamma"], again["gamma"])
    for other in ({"seed": 2, "sample": 4}, {"seed": 1, "sample": 5}):
        assert np.all(sites.local_parameters(GAMMA, N, **other)["gamma"] != one["gamma"])
    assert sites.local_parameters(Model(gamma=2.0), N, seed=1) == {}
    with pytest.raises(SimulationError, match="seed"):
        sites.local_parameters(GAMMA, N, seed=-1)


def test_draws_follow_their_distribution() -> None:
    """Kolmogorov–Smirnov at one in a thousand, and a wrong distribution that it refuses."""
    drawn = sites.local_parameters(ALL, 4000, seed=3)
    for name in ALL.random:
        assert stats.kstest(drawn[name], getattr(ALL, name).frozen.cdf).pvalue > 1e-3, name
    assert stats.kstest(drawn["gamma"], stats.uniform(1, 3.3).cdf).pvalue < 1e-3
    mixed = np.corrcoef([drawn[name] for name in ALL.random])
    assert np.abs(mixed - np.eye(3)).max() < 4 / np.sqrt(4000)


def test_energy_is_the_sum_over_sites(xp: Any) -> None:
    """Σ_i G_i(v_i)/γ_i - H v_i less the bonds, column by column and for one column alone."""
    sample = sites.local_model(ALL, N, seed=1)
    values = sites.local_parameters(ALL, N, seed=1)
    gamma, k, a = (values[name][:, None] for name in ("gamma", "k", "a"))
    on_site = (k * V**2 / 2 + a * V**4 / 24) / gamma - 0.2 * V
    expected = np.sum(on_site - V * (J @ V) / 2, axis=0)
    v, K = xp.asarray(V), xp.asarray(J)
    np.testing.assert_allclose(host(landscape.energy(v, K, sample)), expected, rtol=1e-13)
    alone = landscape.energy(xp.asarray(V[:, 1].copy()), K, sample)
    assert float(alone) == pytest.approx(expected[1], rel=1e-13)


def test_force_and_hessian_are_derivatives() -> None:
    """Differences of the energy and of the force, for a column and for samples on an axis."""
    sample = sites.local_model(ALL, N, seed=1)
    v, step = V[:, 0], 1e-5
    unit = step * np.eye(N)
    shifted = np.stack([v + e for e in unit] + [v - e for e in unit], axis=1)
    up, down = np.split(landscape.energy(shifted, J, sample), 2)
    np.testing.assert_allclose(
        landscape.force(v, J, sample), (down - up) / (2 * step), rtol=1e-6, atol=1e-8
    )
    forward, backward = np.split(landscape.force(shifted, J, sample), 2, axis=1)
    np.testing.assert_allclose(
        landscape.hessian(v, J, sample), (backward - forward) / (2 * step), rtol=1e-6, atol=1e-8
    )
    stacked = landscape.force(V[None], J[None], sample)
    np.testing.assert_array_equal(stacked[0], landscape.force(V, J, sample))
    virial = landscape.virial(v, J, sample)
    assert virial == pytest.approx(-np.mean(v * landscape.force(v, J, sample)), rel=1e-12)


def test_cavity_fields_of_sites_that_differ() -> None:
    """At a minimum of weak couplings, U_i'(v_i) = 0 with the site's own γ_i, k_i and a_i."""
    sample = sites.local_model(ALL, N, seed=1)
    weak, v = 0.05 * J, np.zeros(N)
    for _ in range(50):
        v = v + np.linalg.solve(
            landscape.hessian(v, weak, sample), landscape.force(v, weak, sample)
        )
    found = cavity.fields(v, weak, sample)
    values = sites.local_parameters(ALL, N, seed=1)
    slope = (values["k"] * v + values["a"] * v**3 / 6) / values["gamma"]
    np.testing.assert_allclose(-found.h - found.C * v + slope, 0.0, atol=1e-12)
    columns = cavity.fields(v[:, None], weak, sample)
    np.testing.assert_allclose(columns.h[:, 0], found.h, rtol=1e-12)


def test_what_does_not_fit() -> None:
    """A pure model is its own sample; parameters of another size are refused."""
    pure = Model(gamma=2.0)
    assert sites.local_model(pure, N, seed=1) is pure
    with pytest.raises(ShapeError, match="5 sites"):
        landscape.energy(V, J, sites.local_model(ALL, 5, seed=1))
    coefficients = Model(gamma=stats.uniform(1, 3), coefficients=(0.5, 0.1, 0.01))
    sample = sites.local_model(coefficients, N, seed=1)
    assert landscape.energy(V, J, sample).shape == (R,)
