"""Minimum-energy paths: closed forms, exact saddles of index one, what they must not depend on."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from backends import host
from glasswell.sim import minimise
from glasswell.sim.local.other_minimum import OtherMinima, connect_to_others
from glasswell.sim.local.path import Paths, connect
from glasswell.sim.minima.saddle import refine
from glasswell.sim.sample import couplings, landscape
from glasswell.theory import Model

GLASS = Model(gamma=10.0)
PAIR = np.asarray([[0.0, 1.0], [1.0, 0.0]])
SPINS = Model(gamma=1.0, k=-1.0, a=6.0)


def _connected(v: np.ndarray, ends: np.ndarray, J: np.ndarray, model: Model) -> OtherMinima:
    return connect_to_others(
        v, minimise(ends, J, model), np.asarray([0] * ends.shape[1]), J, model, 25
    )


def test_two_coupled_sites_in_closed_form() -> None:
    """U along v_1 = v_2 = v is that of two wells: V = 3γB²/a, d = 2√2 v_0, S = (2/3) d √(2V)."""
    model = Model(gamma=2.0, k=1.0, a=3.0)
    J = 2.0 * PAIR
    B = 2.0 - 1.0 / 2.0
    v_0 = np.sqrt(6 * 2.0 * B / 3.0)
    there = _connected(np.full(2, v_0), np.full((2, 1), -v_0), J, model)
    assert there.real[0]
    assert there.converged[0]
    assert there.direct[0]
    assert there.wells.barrier[0] == pytest.approx(3 * 2.0 * B**2 / 3.0, rel=1e-9)
    assert there.wells.asymmetry[0] == pytest.approx(0.0, abs=1e-9)
    d = 2 * np.sqrt(2) * v_0
    assert there.wells.distance[0] == pytest.approx(d, rel=1e-9)
    assert there.wells.action[0] == pytest.approx(
        2 / 3 * d * np.sqrt(2 * there.wells.barrier[0]), rel=1e-4
    )
    assert there.wells.exponent[0] == pytest.approx(3 / 2 * there.wells.action[0], rel=1e-4)
    # Along the path B = J - k/γ takes the part of C - k/γ: U'' = 2B at the minima.
    assert there.wells.frequency[0] == pytest.approx(np.sqrt(2 * B), rel=1e-3)
    assert there.participation[0] == pytest.approx(2.0)


def _stationary_points() -> np.ndarray:
    """All of two double wells with J = 0.2: v_2 = G'(v_1)/J in G'(v_2) = J v_1, degree nine."""
    slope = np.polynomial.Polynomial([0.0, -1.0, 0.0, 1.0])
    second = slope / 0.2
    roots = (slope(second) - np.polynomial.Polynomial([0.0, 0.2])).roots()
    first = roots[np.abs(roots.imag) < 1e-9].real
    return np.stack([first, second(first)])


def test_the_curved_path_between_two_spins_goes_over_the_known_saddle() -> None:
    J = 0.2 * PAIR
    points = _stationary_points()
    assert points.shape == (2, 9)
    saddle = points[:, (points[0] > 0.5) & (np.abs(points[1]) < 0.5)]
    ends = minimise(np.asarray([[1.0, 1.0], [1.0, -1.0]]), J, SPINS).v
    path = connect(ends[:, :1], ends[:, 1:], J, SPINS)
    assert path.converged[0]
    assert path.direct[0]
    np.testing.assert_allclose(path.saddle.v, saddle, atol=1e-8)
    spectrum = np.linalg.eigvalsh(landscape.hessian(path.saddle.v[:, 0], J, SPINS))
    np.testing.assert_allclose(path.saddle.lowest[:, 0], spectrum, rtol=1e-9)
    assert spectrum[0] < 0.0 < spectrum[1]
    # Curved: it is no straight line through the minima.
    assert np.ptp(path.v[0, :, 0]) > 0.05


def test_a_path_through_a_minimum_between_is_not_direct() -> None:
    """Both spins turn over: one after the other, over the higher of two passes."""
    J = 0.2 * PAIR
    ends = minimise(np.asarray([[1.0, -1.0], [1.01, -0.99]]), J, SPINS).v
    path = connect(ends[:, :1], ends[:, 1:], J, SPINS)
    assert not path.direct[0]


def test_uncoupled_sites_in_closed_form() -> None:
    """V = (3/2) k²/(aγ), d = 2v_0: one site moves, the others do not take part."""
    model = Model(gamma=2.0, k=-1.5, a=2.0)
    v_0 = np.sqrt(6 * 1.5 / 2.0)
    v = v_0 * np.asarray([1.0, -1.0, 1.0])
    there = _connected(v, (v * [-1.0, 1.0, 1.0])[:, None], np.zeros((3, 3)), model)
    assert there.wells.barrier[0] == pytest.approx(3 / 2 * 1.5**2 / 4.0, rel=1e-9)
    assert there.wells.distance[0] == pytest.approx(2 * v_0, rel=1e-9)
    assert there.wells.frequency[0] == pytest.approx(np.sqrt(2 * 1.5 / 2.0), rel=1e-3)
    assert there.participation[0] == pytest.approx(1.0)


@pytest.fixture(scope="module")
def glass() -> tuple[np.ndarray, np.ndarray, Paths]:
    """A sample, its distinct minima, and the paths from the lowest to the others."""
    J = couplings.sample(GLASS, 20, seed=3)
    starts = 4.0 * np.random.default_rng(3).standard_normal((20, 40))
    minima = minimise(starts, J, GLASS)
    order = np.argsort(minima.energy)
    _, first = np.unique(np.round(minima.v[0, order], 6), return_index=True)
    v = minima.v[:, order[np.sort(first)]]
    ends = v[:, 1:5]
    return J, v[:, 0], connect(np.repeat(v[:, :1], ends.shape[1], axis=1), ends, J, GLASS)


def test_saddles_are_stationary_and_of_index_one(
    glass: tuple[np.ndarray, np.ndarray, Paths],
) -> None:
    J, _, paths = glass
    assert paths.saddle.v.shape == (20, 4)
    assert np.count_nonzero(paths.direct) >= 2
    for p in np.flatnonzero(paths.saddle.converged):
        place = paths.saddle.v[:, p]
        assert np.max(np.abs(landscape.force(place, J, GLASS))) <= 1e-8
        spectrum = np.linalg.eigvalsh(landscape.hessian(place, J, GLASS))
        assert np.count_nonzero(spectrum < 0.0) == 1


def test_no_other_way_stays_below_a_direct_saddle(
    glass: tuple[np.ndarray, np.ndarray, Paths],
) -> None:
    """Straight lines, and lines through random places, climb at least as high."""
    J, v, paths = glass
    s = np.linspace(0.0, 1.0, 401)
    rng = np.random.default_rng(1)
    for p in np.flatnonzero(paths.direct):
        end = paths.v[:, -1, p]
        for bulge in [0.0, *rng.standard_normal((20, 20))]:
            bow = np.multiply.outer(bulge * np.ones(20), s * (1 - s))
            line = np.multiply.outer(v, 1 - s) + np.multiply.outer(end, s) + bow
            assert landscape.energy(line, J, GLASS).max() > paths.saddle.energy[p] - 1e-9


def test_permuted_sites_and_mirrored_displacements(
    glass: tuple[np.ndarray, np.ndarray, Paths],
) -> None:
    J, v, paths = glass
    order = np.random.default_rng(5).permutation(20)
    direct = np.flatnonzero(paths.direct)[:1]
    end = paths.v[:, -1, direct]
    for sign, sites in product((1.0, -1.0), (np.arange(20), order)):
        again = connect(sign * v[sites, None], sign * end[sites], J[np.ix_(sites, sites)], GLASS)
        np.testing.assert_allclose(again.saddle.energy, paths.saddle.energy[direct], rtol=1e-9)
        np.testing.assert_allclose(
            sign * again.saddle.v, paths.saddle.v[sites][:, direct], atol=1e-6
        )


def test_there_is_no_saddle_in_a_convex_landscape() -> None:
    model = Model(gamma=0.4)
    J = couplings.sample(model, 8, seed=1)
    saddles = refine(np.full((8, 1), 0.3), J, model)
    assert not saddles.converged[0]


def test_the_start_is_no_second_minimum() -> None:
    J = couplings.sample(GLASS, 12, seed=1)
    v = minimise(np.random.default_rng(0).standard_normal(12), J, GLASS).v
    home = connect_to_others(v, minimise(v[:, None] + 1e-3, J, GLASS), np.asarray([0]), J, GLASS, 9)
    assert not home.real[0]
    assert home.converged[0]
    assert np.isnan(home.wells.barrier[0])


def test_every_backend_agrees(xp: Any) -> None:
    J = 0.2 * PAIR
    ends = minimise(host([[1.0, 1.0], [1.0, -1.0]]), J, SPINS).v
    reference = connect(ends[:, :1], ends[:, 1:], J, SPINS, images=9)
    other = connect(
        xp.asarray(ends[:, :1]), xp.asarray(ends[:, 1:]), xp.asarray(J), SPINS, images=9
    )
    np.testing.assert_allclose(host(other.v), reference.v, atol=1e-9)
    assert bool(other.direct[0])


def test_single_precision_finds_the_same_saddle() -> None:
    J = (0.2 * PAIR).astype(np.float32)
    ends = minimise(np.asarray([[1.0, 1.0], [1.0, -1.0]], dtype=np.float32), J, SPINS).v
    single = connect(ends[:, :1], ends[:, 1:], J, SPINS)
    assert single.v.dtype == np.float32
    assert single.converged[0]
    assert single.direct[0]
    double = connect(ends[:, :1].astype(float), ends[:, 1:].astype(float), 0.2 * PAIR, SPINS)
    np.testing.assert_allclose(single.saddle.v, double.saddle.v, atol=1e-4)
