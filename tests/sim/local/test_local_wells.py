"""One double well three ways: where theory's geometry, closed forms and symmetries are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from backends import host
from glasswell.sim import NotAMinimumError, minimise
from glasswell.sim.local.cavity_potential import CavityPotentials
from glasswell.sim.local.double_wells import opposite_minima
from glasswell.sim.local.stationary import stationary_points
from glasswell.sim.local.three_ways import LocalWells, Status, measure
from glasswell.sim.sample import cavity, couplings, landscape
from glasswell.theory import Model, geometry

GLASS = Model(gamma=10.0)
QUANTITIES = ("barrier", "asymmetry", "distance", "frequency", "action")
SITES = 24
SAMPLES = (14, 9, 24, 36, 46, 54)
"""Their lowest states, which most of 48 starts or many of them find, have double wells."""


@pytest.fixture(scope="module")
def lowest() -> list[tuple[np.ndarray, np.ndarray, LocalWells]]:
    """Lowest states of small samples, with double wells of all sorts among them."""
    found = []
    for sample in SAMPLES:
        J = couplings.sample(GLASS, SITES, seed=5, sample=sample)
        starts = 4.0 * np.random.default_rng(sample).standard_normal((SITES, 48))
        minima = minimise(starts, J, GLASS)
        v = minima.v[:, int(np.argmin(minima.energy))]
        found.append((v, J, measure(v, J, GLASS)))
    return found


def test_the_cavity_wells_are_those_of_the_closed_form(
    lowest: list[tuple[np.ndarray, np.ndarray, LocalWells]],
) -> None:
    for v, J, wells in lowest:
        local = cavity.fields(v, J, GLASS)
        closed = geometry(local.h, local.C, GLASS)
        np.testing.assert_array_equal(np.flatnonzero(closed.double), wells.site)
        for name in ("barrier", "asymmetry", "distance", "exponent"):
            expected = getattr(closed, name)[wells.site]
            np.testing.assert_allclose(getattr(wells.cavity, name), expected, rtol=1e-7)
        upper, lower = (
            GLASS.G.curvature(x) / GLASS.gamma - local.C for x in (closed.upper, closed.lower)
        )
        omega = ((np.sqrt(upper) + np.sqrt(lower)) / 2)[wells.site]
        np.testing.assert_allclose(wells.cavity.frequency, omega, rtol=1e-7)


def test_relaxation_and_path_find_the_same_pass(
    lowest: list[tuple[np.ndarray, np.ndarray, LocalWells]],
) -> None:
    """Two algorithms that share no step: a reversible curve goes over the very saddle."""
    compared = 0
    for _, _, wells in lowest:
        same = (wells.status == Status.REVERSIBLE) & wells.direct
        compared += int(np.count_nonzero(same))
        for name in ("barrier", "asymmetry"):
            np.testing.assert_allclose(
                getattr(wells.constrained, name)[same], getattr(wells.path, name)[same], rtol=1e-4
            )
        # One site's own way is no longer than that of all.
        assert np.all(wells.constrained.distance[same] <= wells.path.distance[same])
        assert np.all(wells.saddle_gradient[same] <= 1e-8)
        assert np.all(wells.participation[same] >= 1.0)
        cavity_barrier = wells.cavity.barrier[same]
        assert np.all(np.abs(wells.path.barrier[same] / cavity_barrier - 1.0) > 1e-6)
    assert compared >= 4


def test_the_second_wells_are_minima_and_the_others_are_not(
    lowest: list[tuple[np.ndarray, np.ndarray, LocalWells]],
) -> None:
    """Released by hand: the site on the far side of its cavity barrier, all else as it was."""
    statuses = np.concatenate([wells.status for _, _, wells in lowest])
    assert {Status.REVERSIBLE, Status.AVALANCHE, Status.NO_SECOND_MINIMUM} <= set(statuses)
    stayed = went = 0
    for v, J, wells in lowest:
        U = float(landscape.energy(v, J, GLASS))
        far = v[wells.site] - np.sign(v[wells.site]) * wells.cavity.distance
        starts = np.repeat(v[:, None], len(far), axis=1)
        starts[wells.site, np.arange(len(far))] = far
        rest = minimise(starts, J, GLASS)
        moved = np.abs(rest.v[wells.site, np.arange(len(far))] - v[wells.site]) > 1.0
        reversible = wells.status == Status.REVERSIBLE
        gap = np.abs(rest.energy - U)
        np.testing.assert_allclose(
            gap[moved & reversible], wells.path.asymmetry[moved & reversible], rtol=1e-6
        )
        none = wells.status == Status.NO_SECOND_MINIMUM
        assert not np.any(moved[none])
        assert np.all(np.isnan(wells.path.barrier[none]))
        stayed += int(np.count_nonzero(none))
        went += int(np.count_nonzero(moved & reversible))
    assert stayed >= 2
    assert went >= 2


def test_without_couplings_all_three_are_one_closed_form() -> None:
    model = Model(gamma=2.0, k=-1.5, a=2.0, J=0.0)
    v_0 = np.sqrt(6 * 1.5 / 2.0)
    wells = measure(v_0 * np.asarray([1.0, -1.0, 1.0]), np.zeros((3, 3)), model)
    assert list(wells.site) == [0, 1, 2]
    assert np.all(wells.status == Status.REVERSIBLE)
    V, omega = 3 / 2 * 1.5**2 / 4.0, np.sqrt(2 * 1.5 / 2.0)
    S = 2 / 3 * 2 * v_0 * np.sqrt(2 * V)
    for way in (wells.cavity, wells.constrained, wells.path):
        for name, value in zip(QUANTITIES, (V, 0.0, 2 * v_0, omega, S), strict=True):
            np.testing.assert_allclose(getattr(way, name), value, rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(way.barrier, V, rtol=1e-5)
        np.testing.assert_allclose(way.exponent, 3 / 2 * S, rtol=1e-4)
        np.testing.assert_allclose(way.splitting(), omega * np.exp(-3 / 2 * S), rtol=1e-3)
        heavy = way.splitting(hbar=2.0, mass=4.0)
        np.testing.assert_allclose(heavy, omega * np.exp(-3 / 2 * S), rtol=1e-3)


def test_mirror_image_and_scaling(
    lowest: list[tuple[np.ndarray, np.ndarray, LocalWells]],
) -> None:
    v, J, wells = lowest[0]
    mirrored = measure(-v, J, GLASS)
    scaled = measure(v / 3.0, J, GLASS.rescaled(9.0))
    powers = {"barrier": 9.0, "asymmetry": 9.0, "distance": 3.0, "frequency": 1.0, "action": 9.0}
    np.testing.assert_array_equal(mirrored.status, wells.status)
    np.testing.assert_array_equal(scaled.status, wells.status)
    for way in ("cavity", "constrained", "path"):
        for name, power in powers.items():
            value = getattr(getattr(wells, way), name)
            image, smaller = (getattr(getattr(w, way), name) for w in (mirrored, scaled))
            np.testing.assert_allclose(image, value, rtol=1e-5)
            np.testing.assert_allclose(power * smaller, value, rtol=1e-4)


def test_an_avalanche_is_called_one() -> None:
    """Site 0 takes site 1 along, which jumps once site 0 is past -h_s/J = -1.92."""
    model = Model(gamma=1.0, k=-1.0, a=6.0)
    J = np.asarray([[0.0, 0.3], [0.3, 0.0]])
    v = minimise(np.ones(2), J, model).v
    wells = measure(v, J, model)
    assert list(wells.site) == [0, 1]
    # Strongly coupled, the second minimum across site 0's barrier lies behind the avalanche.
    strong = np.asarray([[0.0, 0.6], [0.6, 0.0]])
    taken = measure(minimise(np.ones(2), strong, model).v, strong, model)
    assert np.all(wells.status == Status.REVERSIBLE)
    assert np.all(wells.avalanche == 0.0)
    assert np.all(taken.status == Status.AVALANCHE)
    np.testing.assert_allclose(taken.avalanche, 1.0)
    assert np.all(taken.hysteresis > 0.1)


def test_a_convex_landscape_has_no_double_wells() -> None:
    model = Model(gamma=0.4)
    J = couplings.sample(model, 8, seed=1)
    wells = measure(np.zeros(8), J, model)
    assert wells.N == 8
    assert len(wells.site) == len(wells.path.barrier) == len(wells.status) == 0
    with pytest.raises(NotAMinimumError):
        measure(np.zeros(8), couplings.sample(GLASS, 8, seed=1), GLASS)


def test_the_well_behind_the_lower_barrier() -> None:
    """G'/γ = v (v² - 1)(v² - 4): from its middle well a tilted potential leads up, not down."""
    sextic = Model(gamma=2.0, coefficients=(4.0, -2.5, 1 / 3))

    def opposite(h: float, here: float) -> tuple[float, float]:
        potentials = CavityPotentials.of([h], 0.0, sextic)
        top, other = opposite_minima(potentials, np.array([here]))
        return float(top[0]), float(other[0])

    points = stationary_points(CavityPotentials.of([0.0], 0.0, sextic))
    np.testing.assert_allclose(points[0], [-2, -1, 0, 1, 2], atol=1e-14)
    assert opposite(0.0, 2.0) == pytest.approx((1.0, 0.0), abs=1e-14)
    assert opposite(0.1, 0.0)[0] > 0.0
    assert opposite(-0.1, 0.0)[0] < 0.0
    assert np.isnan(opposite(50.0, 2.5)).all()


def test_every_status_has_advice() -> None:
    assert all(status.advice for status in Status)


def test_every_backend_agrees(xp: Any) -> None:
    model = Model(gamma=1.0, k=-1.0, a=6.0)
    J = host([[0.0, 0.05], [0.05, 0.0]])
    v = minimise(np.ones(2), J, model).v
    reference = measure(v, J, model, points=12, images=9)
    other = measure(xp.asarray(v), xp.asarray(J), model, points=12, images=9)
    for way in ("cavity", "constrained", "path"):
        for name in QUANTITIES:
            ours, theirs = (getattr(getattr(w, way), name) for w in (other, reference))
            np.testing.assert_allclose(ours, theirs, rtol=1e-6)
