"""Double wells of samples by sim's own code, against theory's closed forms and other potentials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from glasswell.sim import ShapeError, SimulationError
from glasswell.sim.local.bracketing import roots_between
from glasswell.sim.local.cavity_potential import CavityPotentials
from glasswell.sim.local.double_wells import DoubleWells
from glasswell.sim.local.stationary import polynomial_points
from glasswell.theory.model import EvenFunction, EvenPolynomial, Model
from glasswell.theory.site.geometry import geometry, spinodal_field
from glasswell.theory.site.stationary import stationary_points
from numpy.typing import NDArray

Floats = NDArray[np.float64]

GLASS = Model(gamma=10.0)
TRIPLE = Model(gamma=1.0, coefficients=(2.0, -1.25, 1 / 6))
"""G' = v (v² - 1)(v² - 4): three wells at h = C = 0."""
NUMBERS = ("barrier", "asymmetry", "distance", "exponent")


@dataclass(frozen=True)
class Sites:
    """γ and G of a sample's sites."""

    gamma: object
    G: object


@dataclass(frozen=True)
class Cosh:
    """G = (cosh b v - 1)/b²: no polynomial."""

    b: float = 1.0

    def value(self, v: Floats) -> Floats:
        return (np.cosh(self.b * v) - 1.0) / self.b**2

    def slope(self, v: Floats) -> Floats:
        return np.sinh(self.b * v) / self.b

    def curvature(self, v: Floats) -> Floats:
        return np.cosh(self.b * v)


@dataclass(frozen=True)
class Opaque:
    """A polynomial of which only value, slope and curvature are seen."""

    inside: EvenFunction

    def value(self, v: Floats) -> Floats:
        return np.asarray(self.inside.value(v))

    def slope(self, v: Floats) -> Floats:
        return np.asarray(self.inside.slope(v))

    def curvature(self, v: Floats) -> Floats:
        return np.asarray(self.inside.curvature(v))


def wells_of(h: Any, C: Any, model: Any) -> DoubleWells:
    return DoubleWells.of(CavityPotentials.of(h, C, model))


def drawn(S: int, N: int, width: float = 5.0) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(3)
    return width * rng.standard_normal((S, N)), 0.7 + 0.2 * rng.standard_normal((S, N))


def test_two_routes_to_the_quartic() -> None:
    """Companion matrix and Newton here, cosines of a third of an angle there; 1 % of C shows."""
    h, C = drawn(20, 100)
    ours, theirs = wells_of(h, C, GLASS), geometry(h, C, GLASS)
    np.testing.assert_array_equal(ours.double[..., 0], theirs.double)
    assert 0.1 < theirs.double.mean() < 0.5
    for name in (*NUMBERS, "lower", "top", "upper", "frequency"):
        np.testing.assert_allclose(
            getattr(ours, name)[..., 0], getattr(theirs, name), rtol=1e-9, atol=1e-12, err_msg=name
        )
    both = theirs.double & wells_of(h, 1.01 * C, GLASS).double[..., 0]
    for name in ("barrier", "distance", "exponent"):
        other = getattr(wells_of(h, 1.01 * C, GLASS), name)[..., 0]
        assert np.all(np.abs(other / getattr(theirs, name) - 1)[both] > 1e-4)


def test_two_routes_to_a_potential_of_three_wells() -> None:
    h, C = drawn(10, 60, width=1.5)
    C = 0.4 * C
    ours, theirs = wells_of(h, C, TRIPLE), geometry(h, C, TRIPLE)
    assert ours.double.shape == (10, 60, 2)
    np.testing.assert_array_equal(ours.double, theirs.double)
    assert 0.1 < theirs.double[..., 1].mean() < 0.95
    for name in NUMBERS:
        np.testing.assert_allclose(
            getattr(ours, name), getattr(theirs, name), rtol=1e-9, atol=1e-12, err_msg=name
        )
    row = ours.over_sites
    assert row.double.shape == (10, 120)
    np.testing.assert_array_equal(row.barrier[3, 4:6], ours.barrier[3, 2])


def test_every_site_has_parameters_of_its_own() -> None:
    rng = np.random.default_rng(5)
    gamma, k, a = (x + rng.random((4, 6)) for x in (9.0, 0.5, 0.8))
    h, C = drawn(4, 6, width=0.3)
    found = wells_of(h, C, Sites(gamma, EvenPolynomial.quartic(k, a)))
    assert found.double.mean() > 0.5
    for n in np.ndindex(4, 6):
        model = Model(gamma=float(gamma[n]), k=float(k[n]), a=float(a[n]))
        expected = geometry(h[n], C[n], model)
        for name in NUMBERS:
            value = getattr(found, name)[(*n, 0)]
            np.testing.assert_allclose(value, getattr(expected, name), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("model", [GLASS, TRIPLE], ids=["quartic", "three wells"])
def test_a_grid_finds_what_the_companion_matrix_finds(model: Model) -> None:
    """The route for any potential, from value, slope and curvature alone."""
    h, C = drawn(1, 300, width=2.0)
    if model is TRIPLE:
        h, C = h / 4, 0.4 * C
    polynomial = CavityPotentials.of(h, C, model)
    exact, found = polynomial_points(polynomial), roots_between(polynomial)
    np.testing.assert_allclose(found, exact, rtol=1e-11, atol=1e-12)
    hidden = wells_of(h, C, Sites(model.gamma, Opaque(model.G)))
    shown = wells_of(h, C, model)
    np.testing.assert_array_equal(hidden.double, shown.double)
    for name in NUMBERS:
        np.testing.assert_allclose(
            getattr(hidden, name), getattr(shown, name), rtol=1e-9, atol=1e-12
        )


@pytest.mark.parametrize("terms", [2, 3, 4, 5])
def test_three_routes_to_random_polynomials(terms: int) -> None:
    """Companion matrix, grid, and theory's brackets; from no field to a strong one."""
    rng = np.random.default_rng(terms)
    B = 600
    gamma = np.exp(rng.normal(0.0, 2.0, B))
    coefficients = [*rng.normal(size=(terms - 1, B)), np.exp(rng.normal(-2.0, 1.0, B))]
    h = rng.normal(size=B) * rng.choice([0.0, 1e-3, 1.0, 30.0], B)
    C = rng.normal(size=B)
    G = EvenPolynomial(tuple(coefficients))
    potentials = CavityPotentials.of(h, C, Sites(gamma, G))
    exact = polynomial_points(potentials)
    found = np.full(exact.shape, np.nan)
    grid = roots_between(potentials)
    found[:, : grid.shape[1]] = grid
    scale = np.maximum(np.nanmax(np.abs(exact), axis=1), 1e-6)[:, None]
    np.testing.assert_allclose(found / scale, exact / scale, rtol=0, atol=1e-9)
    theirs = stationary_points(G.shifted(-gamma * C / 2).shifted(0.0, 1 / gamma), h)
    np.testing.assert_allclose(theirs / scale, exact / scale, rtol=0, atol=1e-9)
    assert len(set(np.isfinite(exact).sum(axis=1).tolist())) >= min(terms, 4)


def test_wells_of_a_hyperbolic_cosine() -> None:
    """U' = sinh v - C v - h; at h = 0 two wells where C > 1, at the roots of sinh v = C v."""
    C = np.array([0.9, 1.0, 1.5, 3.0])
    found = wells_of(0.0, C, Sites(1.0, Cosh()))
    assert found.double.ravel().tolist() == [False, False, True, True]
    v = found.upper[2:, 0]
    np.testing.assert_allclose(np.sinh(v), C[2:] * v, rtol=1e-12)
    np.testing.assert_allclose(found.barrier[2:, 0], C[2:] * v**2 / 2 - np.cosh(v) + 1, rtol=1e-12)
    np.testing.assert_allclose(found.asymmetry[2:, 0], 0.0, atol=1e-14)
    # The spinodal: cosh v = C.
    v_s = np.arccosh(3.0)
    h_s = 3.0 * v_s - np.sinh(v_s)
    inside = wells_of(h_s * np.array([1 - 1e-9, 1 + 1e-9]), 3.0, Sites(1.0, Cosh()))
    assert inside.double.ravel().tolist() == [True, False]
    # In any unit of length, though a fixed grid would overflow or see nothing.
    for b in (1e-7, 1e7):
        other = wells_of(0.0, 3.0, Sites(1.0, Cosh(b)))
        np.testing.assert_allclose(b * other.upper, found.upper[3], rtol=1e-12)


def test_without_a_field_the_wells_mirror_each_other() -> None:
    wells = wells_of(np.zeros(3), [0.2, 0.9, 3.0], GLASS)
    assert wells.double.all()
    np.testing.assert_allclose(wells.asymmetry, 0.0, atol=1e-13)
    np.testing.assert_allclose(wells.upper, -wells.lower, rtol=1e-14)
    np.testing.assert_allclose(wells.top, 0.0, atol=1e-14)
    B = np.array([0.1, 0.8, 2.9])
    np.testing.assert_allclose(wells.barrier[:, 0], 1.5 * 10 * B**2, rtol=1e-13)


@pytest.mark.parametrize("C", [0.1001, 0.2, 0.9, 3.0])
def test_at_the_spinodal_field_there_is_one_minimum(C: float) -> None:
    """And two, of the right distance, as close to it as a part in 10^12."""
    h_s = float(spinodal_field(C, GLASS))
    for sign in (1.0, -1.0):
        for off in (1e-3, 1e-6, 1e-9, 1e-12):
            h = sign * h_s * (1 - off)
            within, beyond = (wells_of(x, C, GLASS) for x in (h, sign * h_s * (1 + off)))
            assert within.double.all()
            assert not beyond.double.any()
            closed = float(geometry(h, C, GLASS).distance)
            assert float(within.distance[0]) == pytest.approx(closed, rel=1e-9)
        at = wells_of(sign * h_s, C, GLASS)
        assert not at.double.any()
        for name in (*NUMBERS, "lower", "top", "upper", "frequency"):
            assert np.isnan(getattr(at, name)).all()


def test_flat_single_and_unknown_potentials_have_no_pair() -> None:
    """U = v⁴ at C = k/γ, the same a hair below, a steep one, and sites that are not known."""
    h = np.array([0.0, 0.0, 50.0, np.nan, 0.0, np.inf])
    C = np.array([0.1, 0.1 - 1e-15, 0.9, 0.9, np.nan, 0.9])
    for model in (GLASS, Sites(10.0, Opaque(GLASS.G))):
        wells = wells_of(h, C, model)
        assert not wells.double.any()
        assert np.isnan(wells.barrier).all()
    none = wells_of(np.zeros((0, 4)), 0.5, GLASS)
    assert none.double.shape == (0, 4, 1)


def test_scaling() -> None:
    """v = u/√a: V and Δ as 1/a, d as 1/√a, λ as 1/a, over sixteen decades."""
    h, C = drawn(1, 50)
    one = wells_of(h, C, GLASS)
    for a in (1e-8, 1e8):
        other = wells_of(h / np.sqrt(a), C, GLASS.rescaled(a))
        np.testing.assert_array_equal(one.double, other.double)
        for name, power in (("barrier", 1.0), ("distance", 0.5), ("exponent", 1.0)):
            np.testing.assert_allclose(
                getattr(other, name) * a**power, getattr(one, name), rtol=1e-9
            )


def test_what_is_refused() -> None:
    with pytest.raises(ShapeError, match="one shape"):
        CavityPotentials.of(np.zeros((2, 3)), np.zeros((2, 4)), GLASS)

    class Weak(Cosh):
        """Does not grow faster than v²."""

        def slope(self, v: Floats) -> Floats:
            return 0.1 * v

    with pytest.raises(SimulationError, match="does not confine v"):
        wells_of(0.1, 1.0, Sites(1.0, Weak()))
