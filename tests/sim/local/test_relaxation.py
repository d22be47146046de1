"""Constrained relaxation: Schur complement, closed forms, hysteresis of a known landscape."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from backends import host
from glasswell.sim import NotAMinimumError, minimise
from glasswell.sim.local.driven import drive
from glasswell.sim.local.relaxation import Loop, loop
from glasswell.sim.sample import cavity, couplings, landscape
from glasswell.theory import Model
from scipy.optimize import minimize

GLASS = Model(gamma=10.0)


def _minimum(model: Model, N: int, sample: int = 0) -> tuple[np.ndarray, np.ndarray]:
    J = couplings.sample(model, N, seed=7, sample=sample)
    start = np.random.default_rng(sample).standard_normal(N)
    return minimise(start, J, model).v, J


def _driven(v: np.ndarray, J: np.ndarray, model: Model, way: np.ndarray, points: int) -> Loop:
    """All sites, each by its own way."""
    return loop(v, J, model, np.arange(len(v)), v + way, points=points)


@pytest.mark.parametrize("model", [GLASS, Model(gamma=4.0, coefficients=(0.5, -0.1, 0.01))])
def test_curvature_at_the_minimum_is_the_schur_complement(model: Model) -> None:
    v, J = _minimum(model, 16)
    H = landscape.hessian(v, J, model)
    step = 1e-4
    up = _driven(v, J, model, np.full(16, step), 1).there
    down = _driven(v, J, model, np.full(16, -step), 1).there
    measured = (up.slope[1] - down.slope[1]) / (2 * step)
    for i in range(16):
        others = np.delete(np.arange(16), i)
        reaction = H[i, others] @ np.linalg.solve(H[np.ix_(others, others)], H[others, i])
        assert measured[i] == pytest.approx(H[i, i] - reaction, rel=1e-5)
    assert np.max(np.abs(H.diagonal() / measured - 1.0)) > 0.1


def test_the_others_are_where_an_independent_minimiser_leaves_them() -> None:
    v, J = _minimum(GLASS, 12)
    there = loop(v, J, GLASS, np.asarray([3]), np.asarray([v[3] + 2.0]), points=20).there
    others = np.delete(np.arange(12), 3)

    def constrained(x: np.ndarray) -> tuple[float, np.ndarray]:
        full = np.insert(x, 3, v[3] + 2.0)
        return float(landscape.energy(full, J, GLASS)), -landscape.force(full, J, GLASS)[others]

    near = there.v[-1, others, 0] + 1e-3
    theirs = minimize(constrained, near, jac=True, method="BFGS", options={"gtol": 1e-9})
    assert there.energy[-1, 0] == pytest.approx(theirs.fun, abs=1e-9)
    full = np.insert(theirs.x, 3, v[3] + 2.0)
    assert there.slope[-1, 0] == pytest.approx(-landscape.force(full, J, GLASS)[3], abs=1e-5)


def test_a_convex_landscape_has_neither_jumps_nor_hysteresis() -> None:
    v, J = _minimum(Model(gamma=0.4, field=0.3), 20)
    driven = _driven(v, J, Model(gamma=0.4, field=0.3), np.full(20, 4.0), 24)
    assert len(driven.avalanches_there.energy_loss) == len(driven.avalanches_back.energy_loss) == 0
    np.testing.assert_allclose(driven.there.energy, driven.back.energy[::-1], atol=1e-9)
    np.testing.assert_allclose(driven.hysteresis, 0.0, atol=1e-9)
    assert np.all(driven.closed)
    assert np.all(np.diff(driven.there.energy, 2, axis=0) > 0.0)


def test_a_harmonic_landscape_in_closed_form() -> None:
    """a → 0 with 1/γ > 2J: U_i^ad = v²/(2χ_ii), χ = (1/γ - J)⁻¹, at any distance."""
    model = Model(gamma=0.4, a=1e-12)
    J = couplings.sample(model, 12, seed=7)
    driven = _driven(np.zeros(12), J, model, np.linspace(1.0, 3.0, 12), 6)
    chi = np.diag(np.linalg.inv(2.5 * np.eye(12) - J))
    np.testing.assert_allclose(
        driven.there.energy, driven.there.displacement**2 / (2 * chi), atol=1e-9
    )


def test_frozen_neighbours_leave_a_convex_potential_while_relaxing_ones_do_not() -> None:
    v, J = _minimum(GLASS, 24)
    way = -2.2 * v
    displacement = v + np.linspace(0.0, 1.0, 17)[:, None] * way
    floor = GLASS.G.curvature(v) / GLASS.gamma
    columns = np.repeat(v[:, None], 24, axis=1)
    relaxing = drive(columns, J, GLASS, np.arange(24), displacement, floor)
    frozen = np.empty((17, 24))
    for row, s in enumerate(np.linspace(0.0, 1.0, 17)):
        columns = v[:, None] + np.diag(s * way)
        frozen[row] = landscape.energy(columns, J, GLASS)
    bent = np.abs(way) > 0.1
    assert np.all(np.diff(frozen, 2, axis=0)[:, bent] > 0.0)
    assert np.any(np.diff(relaxing.energy, 2, axis=0)[:, bent] < 0.0, axis=0).mean() > 0.5


def _beyond_cavity(N: int, delta: float, sample: int = 0) -> np.ndarray:
    """U_i^ad minus the cavity polynomial at v_i + δ, all sites."""
    v, J = _minimum(GLASS, N, sample)
    local = cavity.fields(v, J, GLASS)

    def polynomial(x: np.ndarray) -> np.ndarray:
        return -local.h * x - local.C * x**2 / 2 + GLASS.G.value(x) / GLASS.gamma

    there = _driven(v, J, GLASS, np.full(N, delta), 1).there
    return there.energy[1] - there.energy[0] - (polynomial(v + delta) - polynomial(v))


def test_the_cavity_potential_is_right_to_third_order() -> None:
    coarse, fine = (np.linalg.norm(_beyond_cavity(16, delta)) for delta in (0.04, 0.02))
    assert coarse / fine == pytest.approx(8.0, rel=0.1)


def test_the_cavity_potential_becomes_right_as_N_grows() -> None:
    """The others' third derivative is a sum of N terms of order N^(-3/2) and either sign: 1/N."""
    small, large = (
        np.median(np.abs(np.concatenate([_beyond_cavity(N, 0.3, s) for s in samples])))
        for N, samples in ((12, range(8)), (192, range(1)))
    )
    assert 5.0 < small / large < 50.0


def _follower() -> tuple[Model, np.ndarray, np.ndarray]:
    """Two double wells, weakly coupled: site 1 follows site 0 from well to well."""
    model = Model(gamma=1.0, k=-1.0, a=6.0)
    J = np.asarray([[0.0, 0.2], [0.2, 0.0]])
    return model, J, minimise(np.ones(2), J, model).v


def test_the_hysteresis_of_a_follower_in_closed_form() -> None:
    """It jumps at its spinodal J v_0 = ∓h_s, from v_s = ±√(2γB/a) to -2 v_s."""
    model, J, v = _follower()
    driven = loop(v, J, model, np.asarray([0]), np.asarray([-3.0]), points=60)
    v_s = np.sqrt(2 / 6)
    h_s = 2 / 3 * v_s

    def own(x: float) -> float:
        return h_s * x - x**2 / 2 + x**4 / 4

    fall = own(v_s) - own(-2 * v_s)
    for avalanches, displacement in (
        (driven.avalanches_there, -h_s / 0.2),
        (driven.avalanches_back, h_s / 0.2),
    ):
        if displacement > v[0]:
            assert len(avalanches.energy_loss) == 0
            continue
        assert avalanches.displacement[0] == pytest.approx(displacement, abs=2e-3)
        assert avalanches.energy_loss[0] == pytest.approx(fall, abs=2e-3)
        assert avalanches.participation[0] == pytest.approx(1.0)
    assert not driven.closed[0]


def test_the_area_is_the_work_of_the_force() -> None:
    """∮ slope dv by the trapezoidal rule, where the loop is closed and where it is not."""
    model, J, v = _follower()
    there_and_back = loop(v, J, model, np.asarray([0]), np.asarray([-3.0]), points=150)
    glass, couplings_ = _minimum(GLASS, 24)
    sites = np.arange(3)
    some = loop(glass, couplings_, GLASS, sites, -1.4 * glass[sites], points=60)
    for driven in (there_and_back, some):
        work = np.trapezoid(driven.there.slope, driven.there.displacement, axis=0)
        work += np.trapezoid(driven.back.slope, driven.back.displacement, axis=0)
        np.testing.assert_allclose(driven.hysteresis, work, atol=0.02 * np.max(np.abs(work)))
    assert np.max(some.hysteresis) > 0.1


def test_every_backend_agrees(xp: Any) -> None:
    model, J, v = _follower()
    ends = host([-2.5])
    reference = loop(v, J, model, host([0]), ends, points=8)
    other = loop(xp.asarray(v), xp.asarray(J), model, xp.asarray([0]), ends, points=8)
    np.testing.assert_allclose(other.there.energy, reference.there.energy, atol=1e-9)
    np.testing.assert_allclose(
        other.avalanches_there.energy_loss, reference.avalanches_there.energy_loss, atol=1e-9
    )
    assert len(reference.avalanches_there.energy_loss) == 1


def test_only_a_minimum_can_be_driven() -> None:
    J = couplings.sample(GLASS, 8, seed=1)
    with pytest.raises(NotAMinimumError, match="minimise first"):
        loop(np.zeros(8), J, GLASS, np.asarray([0]), np.asarray([1.0]))
