"""Wells of a local potential, and how they are distributed over the ensemble."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from glasswell.theory import DoubleWells, Geometry, Model, Solution, geometry
from numpy.typing import NDArray
from scipy import integrate

Floats = NDArray[np.float64]

MODEL = Model(gamma=10.0, a=1.7, k=0.6)
C = 0.9
B = C - MODEL.k / MODEL.gamma
SPINODAL = 2 / 3 * B * np.sqrt(2 * MODEL.gamma * B / MODEL.a)
QUANTITIES = ("barrier", "asymmetry", "distance", "exponent")


def by_roots(h: float, C: float, model: Model) -> dict[str, float] | None:
    """The wells from the three real roots of U_eff', by a companion matrix; None for one root."""
    cubic = [model.a / (6 * model.gamma), 0.0, model.k / model.gamma - C, -h]
    roots = np.roots(cubic)
    real = np.sort(roots[np.abs(roots.imag) < 1e-7].real)
    if len(real) < 3:
        return None
    U = model.a * real**4 / (24 * model.gamma) + (model.k / model.gamma - C) * real**2 / 2
    U = U - h * real
    barrier, distance = U[1] - (U[0] + U[2]) / 2, real[2] - real[0]
    return {
        "lower": real[0],
        "top": real[1],
        "upper": real[2],
        "barrier": barrier,
        "asymmetry": abs(U[2] - U[0]),
        "distance": distance,
        "exponent": distance * np.sqrt(2 * barrier),
    }


@pytest.mark.parametrize(
    ("model", "C"),
    [(MODEL, C), (Model(gamma=10.0), 0.5), (Model(gamma=0.1, k=-1.0, a=6.0), 0.3)],
)
def test_geometry_against_polynomial_roots(model: Model, C: float) -> None:
    """Minima, maximum, V, Δ, d and λ at fields across the spinodal."""
    curvature = C - model.k / model.gamma
    h_s = 2 / 3 * curvature * np.sqrt(2 * model.gamma * curvature / model.a)
    fields = h_s * np.array([-1.4, -0.999, -0.7, -0.2, -1e-6, 0.0, 1e-3, 0.5, 0.97, 1.001, 3.0])
    found = geometry(fields, C, model)
    for n, h in enumerate(fields):
        expected = by_roots(float(h), C, model)
        assert found.double[n] == (expected is not None)
        if expected is None:
            assert np.isnan(found.barrier[n])
            assert np.isnan(found.distance[n])
            continue
        for name, value in expected.items():
            # np.roots loses half the digits where two roots are 1e-3 apart.
            scale = expected["distance" if name in ("lower", "top", "upper") else name]
            tolerance = 1e-9 * max(abs(scale), 1e-3)
            assert getattr(found, name)[n] == pytest.approx(value, abs=tolerance), name


def test_symmetric_wells_in_closed_form() -> None:
    """h = 0: v_0 = √(6γB/a), d = 2 v_0, V_0 = (3/2) γB²/a, Δ = 0; the WKB exponent is 2λ/3."""
    wells = geometry(0.0, C, MODEL)
    v_0 = np.sqrt(6 * MODEL.gamma * B / MODEL.a)
    V_0 = 1.5 * MODEL.gamma * B**2 / MODEL.a
    assert wells.upper == pytest.approx(v_0, rel=1e-13)
    assert wells.lower == pytest.approx(-v_0, rel=1e-13)
    assert wells.top == pytest.approx(0.0, abs=1e-13)
    assert wells.distance == pytest.approx(2 * v_0, rel=1e-13)
    assert wells.barrier == pytest.approx(V_0, rel=1e-13)
    assert wells.asymmetry == pytest.approx(0.0, abs=1e-12)
    # ∫√(2 (U - U_min)) dv between the wells, ħ = m0 = 1.
    half, _ = integrate.quad(
        lambda v: np.sqrt(2 * V_0) * (1 - (v / v_0) ** 2), 0, v_0, epsabs=1e-13
    )
    assert wells.wkb_exponent == pytest.approx(2 * half, rel=1e-12)


def test_spinodal_in_closed_form() -> None:
    """|h| → h_s: Δ = 3 V_0, V = 3 V_0/2, d = √3 v_0; beyond it there is a single well."""
    V_0 = 1.5 * MODEL.gamma * B**2 / MODEL.a
    v_0 = np.sqrt(6 * MODEL.gamma * B / MODEL.a)
    for sign in (1, -1):
        near = geometry(sign * SPINODAL * (1 - 1e-12), C, MODEL)
        # Top and well merge as the root of the distance, 1e-6; energies as its cube.
        assert near.asymmetry == pytest.approx(3 * V_0, rel=1e-10)
        assert near.barrier == pytest.approx(1.5 * V_0, rel=1e-10)
        assert near.distance == pytest.approx(np.sqrt(3) * v_0, rel=1e-5)
        assert not geometry(sign * SPINODAL * (1 + 1e-12), C, MODEL).double


def test_geometry_broadcasts_and_knows_single_wells() -> None:
    """Arrays of h against arrays of C; γC ≤ k has no double well at any field."""
    found = geometry(np.array([[0.0], [0.1]]), np.array([0.9, 0.05, 0.06]), MODEL)
    assert isinstance(found, Geometry)
    np.testing.assert_array_equal(found.double, [[True, False, False]] * 2)
    assert found.distance.shape == (2, 3)
    again = geometry(0.1, 0.9, Model(gamma=10.0, coefficients=(0.3, 1.7 / 24)))
    assert again.distance == found.distance[1, 0]


MODELS = {
    "RS": (Model(gamma=10.0), 0),
    "RS, near the onset": (Model(gamma=1.3), 0),
    "1RSB": (Model(gamma=10.0), 1),
    "2RSB": (Model(gamma=2.0), 2),
    "polarised": (Model(gamma=10.0, J0=1.6), 0),
    "field, J": (Model(gamma=6.0, J=0.7, field=1.0, a=0.4), 1),
    "double well on site": (Model(gamma=0.5, k=-1.0, a=6.0), 0),
}


@pytest.fixture(params=list(MODELS))
def ensemble(request: pytest.FixtureRequest, solved: Callable[..., Solution]) -> Solution:
    model, rsb = MODELS[request.param]
    return solved(model, rsb)


def spinodal(solution: Solution) -> float:
    model = solution.model
    excess = model.J**2 * solution.C - model.k / model.gamma
    return float(2 / 3 * excess * np.sqrt(2 * model.gamma * excess / model.a))


def over_fields(solution: Solution, weight: Callable[[Geometry], Floats]) -> float:
    """∫_{|h| < h_s} P_k(h) weight(wells at h) dh by a fine Gauss rule, two panels in angle."""
    model, h_s = solution.model, spinodal(solution)
    x, dx = np.polynomial.legendre.leggauss(400)
    total = 0.0
    for low, high in ((0.0, np.pi / 2), (np.pi / 2, np.pi)):
        angle = (low + high) / 2 + (high - low) / 2 * x
        h = h_s * np.cos(angle)
        jacobian = h_s * np.sin(angle) * (high - low) / 2
        wells = geometry(h, model.J**2 * solution.C, model)
        total += float((solution.field_density(h) * jacobian * weight(wells)) @ dx)
    return total


def test_fraction_is_the_integral_of_the_field_density(ensemble: Solution) -> None:
    """∫P_k over |h| < h_s, by scipy's quad; and h_s is where geometry() loses the second well."""
    h_s = spinodal(ensemble)
    assert ensemble.wells.h_s == pytest.approx(h_s, rel=1e-13)
    expected, _ = integrate.quad(
        lambda h: float(ensemble.field_density(h)), -h_s, h_s, points=[0.0], epsabs=1e-13, limit=200
    )
    assert ensemble.wells.fraction == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_means(ensemble: Solution, quantity: str) -> None:
    """The mean over double wells is ∫P_k x(h) dh over ∫P_k dh."""
    expected = over_fields(ensemble, lambda wells: np.asarray(getattr(wells, quantity)))
    expected /= over_fields(ensemble, lambda wells: np.ones_like(wells.distance))
    # Both rules are spectral in the angle.
    assert ensemble.wells.mean(quantity) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_support_and_counts_at_its_ends(ensemble: Solution, quantity: str) -> None:
    """Nothing lies below the support, all double wells lie below its upper end."""
    wells = ensemble.wells
    h = wells.h_s * np.linspace(0, 1, 4001)[:-1]
    at = getattr(geometry(h, ensemble.model.J**2 * ensemble.C, ensemble.model), quantity)
    low, high = wells.support(quantity)
    # The grid's last field is 2.5e-4 short of h_s, where x is as steep as a square root.
    assert low == pytest.approx(at.min(), abs=0.02 * at.max())
    assert high == pytest.approx(at.max(), rel=0.02)
    assert low <= at.min() + 1e-12
    assert high >= at.max() - 1e-12
    outside = wells.count_below(quantity, np.array([low * (1 - 1e-9), high * (1 + 1e-9)]))
    assert outside[0] == pytest.approx(0.0, abs=1e-4 * wells.fraction)
    assert outside[1] == pytest.approx(wells.fraction, rel=1e-9)
    beyond = wells.count_below(quantity, np.array([-1.0, low / 2 - 1e-12, 2 * high]))
    np.testing.assert_allclose(
        beyond, [0.0, 0.0, wells.fraction], rtol=1e-12, atol=1e-12 * wells.fraction
    )
    np.testing.assert_array_equal(wells.pdf(quantity, np.array([low - 1.0, high + 1.0])), [0, 0])


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_count_below_is_the_measure_of_the_fields_concerned(
    ensemble: Solution, quantity: str
) -> None:
    """∫P_k over {h: x(h) < x}, with the fields found one by one on a fine grid of |h|."""
    wells, model = ensemble.wells, ensemble.model
    low, high = wells.support(quantity)
    x = low + (high - low) * np.array([0.03, 0.3, 0.6, 0.9, 0.99])
    angle = (np.arange(200_000) + 0.5) * np.pi / 200_000
    h = wells.h_s * np.cos(angle)
    value = getattr(geometry(h, model.J**2 * ensemble.C, model), quantity)
    coarse = wells.h_s * np.cos(np.linspace(0, np.pi, 2001))
    density = np.interp(h, coarse[::-1], ensemble.field_density(coarse)[::-1])
    mass = density * wells.h_s * np.sin(angle) * np.pi / 200_000
    expected = np.array([mass[value < bound].sum() for bound in x])
    # One cell is 1.6e-5 of the range; interpolation of the density errs by 1e-6.
    np.testing.assert_allclose(wells.count_below(quantity, x), expected, atol=1e-4 * wells.fraction)


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_density_is_the_slope_of_the_count(ensemble: Solution, quantity: str) -> None:
    """P(x) = d count/dx inside the support, by a difference of fourth order."""
    wells = ensemble.wells
    low, high = wells.support(quantity)
    width = high - low
    x, s = low + width * np.array([0.11, 0.35, 0.52, 0.71, 0.88]), 1e-3 * width
    near, far = (
        wells.count_below(quantity, x + n * s) - wells.count_below(quantity, x - n * s)
        for n in (1, 2)
    )
    slope = (8 * near - far) / (12 * s)
    scale = wells.fraction / width
    # A turning value inside the support would be a singularity: skip what is too near to one.
    smooth = np.abs(slope - near / (2 * s)) < 1e-3 * scale
    assert smooth.sum() >= 3
    np.testing.assert_allclose(
        wells.pdf(quantity, x)[smooth], slope[smooth], atol=1e-6 * scale, rtol=1e-6
    )


def test_density_of_small_asymmetries(ensemble: Solution) -> None:
    """P(Δ → 0) = P0 = 2 P_k(0)/(2 v_0), and the count below Δ is P0 Δ for small Δ."""
    model, wells = ensemble.model, ensemble.wells
    excess = model.J**2 * ensemble.C - model.k / model.gamma
    v_0 = np.sqrt(6 * model.gamma * excess / model.a)
    expected = float(ensemble.field_density(0.0)) / v_0
    np.testing.assert_allclose(wells.P0, expected, rtol=1e-12)
    small = 1e-4 * wells.support("asymmetry")[1]
    # P(Δ) is even and smooth in h, which Δ = 2 v_0 |h| + O(h³): corrections of (Δ/Δ_max)².
    np.testing.assert_allclose(wells.pdf("asymmetry", np.array([small])), expected, rtol=1e-4)
    np.testing.assert_allclose(
        wells.count_below("asymmetry", np.array([small])), expected * small, rtol=1e-4
    )


def test_upper_edge_of_the_barriers(solved: Callable[..., Solution]) -> None:
    """V is even in h and largest at the spinodal: V = V_0 at h = 0 is the lower edge, with an
    inverse square root, as V - V_0 ∝ h²."""
    wells = solved(Model(gamma=10.0), 0).wells
    low, _ = wells.support("barrier")
    near = wells.pdf("barrier", low * (1 + np.array([1e-6, 4e-6])))
    assert near[0] / near[1] == pytest.approx(2.0, rel=1e-3)


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_no_double_wells(quantity: str, solved: Callable[..., Solution]) -> None:
    """γC ≤ k: empty distributions, not errors."""
    wells = solved(Model(gamma=0.7), 0).wells
    assert isinstance(wells, DoubleWells)
    assert wells.h_s == 0.0
    assert wells.fraction == 0.0
    np.testing.assert_array_equal(wells.P0, 0.0)
    x = np.array([0.1, 1.0])
    np.testing.assert_array_equal(wells.pdf(quantity, x), [0.0, 0.0])
    np.testing.assert_array_equal(wells.count_below(quantity, x), [0.0, 0.0])
    assert np.isnan(wells.mean(quantity))
    assert np.all(np.isnan(wells.support(quantity)))


def test_unknown_quantities_are_refused(solved: Callable[..., Solution]) -> None:
    """The message names what there is."""
    wells = solved(Model(gamma=10.0), 0).wells
    with pytest.raises(ValueError, match="barrier, asymmetry, distance, exponent"):
        wells.pdf("hight", np.array([1.0]))
