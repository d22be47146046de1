"""Cavity fields: the Schur identity by taking a site away, and the local force."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from backends import host
from glasswell.sim import NotAMinimumError, minimise
from glasswell.sim.sample import cavity, couplings, landscape
from glasswell.theory import Model


def test_C_is_the_response_of_the_others(case: Any) -> None:
    v = case.minima.v[:, 0]
    H = landscape.hessian(v, case.J, case.model)
    C = cavity.fields(v, case.J, case.model).C
    for i in range(len(v)):
        others = np.delete(np.arange(len(v)), i)
        response = np.linalg.inv(H[np.ix_(others, others)])
        expected = case.J[i, others] @ response @ case.J[others, i]
        assert C[i] == pytest.approx(expected, rel=1e-8)


def test_the_local_potential_is_stationary_where_the_site_is(case: Any) -> None:
    local = cavity.fields(case.minima.v, case.J, case.model)
    v, model = case.minima.v, case.model
    slope = -local.h - local.C * v + model.G.slope(v) / model.gamma
    assert local.h.shape == v.shape
    assert np.max(np.abs(slope)) < 1e-8 * case.unit
    np.testing.assert_allclose(1.0 / local.chi, model.G.curvature(v) / model.gamma - local.C)


def test_chi_is_the_measured_response_to_a_field(case: Any) -> None:
    """dv_i/dH_i by pushing one site and relaxing, not by inverting anything."""
    v, J, model = case.minima.v[:, 0], case.J, case.model
    chi = cavity.fields(v, J, model).chi
    push = 1e-5 * case.unit
    pushed = []
    for sign in (1.0, -1.0):
        site = _pushed(v, J, model, sign * push)
        pushed.append(site[0])
    assert (pushed[0] - pushed[1]) / (2 * push) == pytest.approx(chi[0], rel=1e-4)
    assert minimise(v, J, model).iterations < 20


def _pushed(v: np.ndarray, J: np.ndarray, model: Model, push: float) -> np.ndarray:
    extra = np.zeros_like(v)
    extra[0] = push
    for _ in range(20):
        v = v + np.linalg.solve(
            landscape.hessian(v, J, model), landscape.force(v, J, model) + extra
        )
    return v


def test_every_backend_and_shape_agree(xp: Any, case: Any) -> None:
    v = np.stack([case.minima.v[:, :2], case.minima.v[:, 1:3]])
    stacked = cavity.fields(xp.asarray(v), xp.asarray(np.stack([case.J, case.J])), case.model)
    alone = cavity.fields(case.minima.v[:, 1], case.J, case.model)
    for name in ("h", "C", "chi"):
        field = host(getattr(stacked, name))
        assert field.shape == v.shape
        np.testing.assert_allclose(field[1, :, 0], getattr(alone, name), rtol=1e-8, atol=1e-10)


def test_scaling_of_fields() -> None:
    model = Model(gamma=10.0)
    J = couplings.sample(model, 16, seed=6)
    v = minimise(np.random.default_rng(1).standard_normal(16), J, model).v
    one = cavity.fields(v, J, model)
    other = cavity.fields(v / 3.0, J, model.rescaled(9.0))
    np.testing.assert_allclose(other.h * 3.0, one.h)
    np.testing.assert_allclose(other.C, one.C)


def test_no_response_away_from_a_minimum() -> None:
    model = Model(gamma=10.0)
    J = couplings.sample(model, 16, seed=6)
    for v in (np.zeros(16), np.zeros((16, 2))):
        with pytest.raises(NotAMinimumError, match="minimise first"):
            cavity.fields(v, J, model)
