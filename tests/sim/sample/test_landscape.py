"""Energy, force and Hessian: shapes, agreement between backends, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from backends import host
from glasswell.sim import ShapeError
from glasswell.sim.sample import couplings, landscape
from glasswell.theory import Model

MODEL = Model(gamma=3.0, J0=0.5, field=0.3)
S, N, R = 2, 5, 3
J = couplings.batch(MODEL, N, seed=1, samples=range(S))
V = np.random.default_rng(0).standard_normal((S, N, R))


def _by_hand(v: np.ndarray, J: np.ndarray) -> float:
    pairs = sum(J[i, j] * v[i] * v[j] for i in range(N) for j in range(i))
    onsite = sum(x**2 / 2 + x**4 / 24 for x in v) / MODEL.gamma
    return float(onsite - pairs - MODEL.field * sum(v))


def test_energy_is_the_sum_over_pairs_and_sites() -> None:
    assert landscape.energy(V[0, :, 0], J[0], MODEL) == pytest.approx(_by_hand(V[0, :, 0], J[0]))


def test_columns_and_samples_are_independent(xp: Any) -> None:
    v, K = xp.asarray(V), xp.asarray(J)
    for function in (
        landscape.interaction_energy,
        lambda v, J: landscape.energy(v, J, MODEL),
        lambda v, J: landscape.virial(v, J, MODEL),
    ):
        stacked = host(function(v, K))
        assert stacked.shape == (S, R)
        assert host(function(v[1, ...], K[1, ...])) == pytest.approx(stacked[1])
        assert float(function(v[1, :, 2], K[1, ...])) == pytest.approx(stacked[1, 2])


def test_force_and_hessian_shapes(xp: Any) -> None:
    v, K = xp.asarray(V), xp.asarray(J)
    forces = host(landscape.force(v, K, MODEL))
    hessians = host(landscape.hessian(v, K, MODEL))
    assert forces.shape == (S, N, R)
    assert hessians.shape == (S, R, N, N)
    np.testing.assert_allclose(host(landscape.force(v[1, :, 2], K[1, ...], MODEL)), forces[1, :, 2])
    np.testing.assert_allclose(host(landscape.hessian(v[1, ...], K[1, ...], MODEL)), hessians[1])
    np.testing.assert_allclose(
        host(landscape.hessian(v[1, :, 2], K[1, ...], MODEL)), hessians[1, 2]
    )
    np.testing.assert_array_equal(host(v), V)


def test_virial_is_the_force_along_the_displacement() -> None:
    expected = -np.mean(V * landscape.force(V, J, MODEL), axis=1)
    np.testing.assert_allclose(landscape.virial(V, J, MODEL), expected, atol=1e-14)


@pytest.mark.parametrize(
    ("v_shape", "J_shape"),
    [((4,), (5, 5)), ((2, 5), (2, 5, 5)), ((3, 5, 2), (2, 5, 5)), ((5, 3), (5, 4)), ((), (5, 5))],
)
def test_shapes_that_do_not_fit(v_shape: tuple[int, ...], J_shape: tuple[int, ...]) -> None:
    for function in (landscape.energy, landscape.force, landscape.hessian, landscape.virial):
        with pytest.raises(ShapeError, match="displacements"):
            function(np.zeros(v_shape), np.zeros(J_shape), MODEL)
