"""Potentials that are no polynomials: against polynomials, and against scipy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from glasswell.theory import (
    EvenPolynomial,
    LevelsError,
    Model,
    ModelError,
    Solution,
    gamma_DWP,
    gamma_EG,
    geometry,
    glass_temperature,
    levels,
    soft_potential,
    solve,
)
from glasswell.theory.heat.prediction import HeatPrediction
from glasswell.theory.model.general_potential import General
from glasswell.theory.quantum.tunnelling import splitting, two_level
from glasswell.theory.recursion.intervals import Intervals
from glasswell.theory.recursion.parisi import flow
from glasswell.theory.recursion.path import Path
from glasswell.theory.recursion.site_lines import SiteLines
from glasswell.theory.site.envelope import convex_envelope
from glasswell.theory.site.stationary import stationary_points
from glasswell.theory.site.thermal import ThermalSite
from numpy.typing import NDArray
from potentials import Cosh, Logarithmic, Opaque, Ripples
from scipy import stats

Floats = NDArray[np.float64]
Solved = Callable[..., Solution]

QUARTIC = Model(gamma=10.0)
TRIPLE = Model(gamma=1.0, coefficients=(0.6, -0.35, 0.035))
IN_FIELD = Model(gamma=4.0, coefficients=(0.5, -0.3, 0.03), field=0.7)
OCTIC = Model(gamma=1.0, coefficients=(-0.3, 0.5, -0.22, 0.02))
KNOWN = {"quartic": QUARTIC, "triple": TRIPLE, "in a field": IN_FIELD, "octic": OCTIC}

QUANTITIES = ("barrier", "asymmetry", "distance", "exponent", "wkb_exponent", "tunnelling")


def same(one: Solution, other: Solution, rel: float) -> None:
    assert one.status == other.status
    for name in ("free_energy", "C", "C_reg", "C_jump", "q_hat", "p"):
        expected = getattr(one, name)
        assert getattr(other, name) == pytest.approx(expected, rel=rel, abs=rel), name
    np.testing.assert_allclose(other.overlaps, one.overlaps, rtol=rel)
    np.testing.assert_allclose(other.breakpoints, one.breakpoints, rtol=rel)


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize(("rsb", "temperature"), [(0, 0.0), (0, 0.3)])
def test_values_are_enough(name: str, rsb: int, temperature: float) -> None:
    """Three methods of a polynomial give what its coefficients give."""
    model = KNOWN[name]
    same(solve(model, rsb, temperature), solve(Opaque.of(model), rsb, temperature), 1e-10)


@pytest.mark.parametrize("temperature", [0.0, 0.3])
def test_breaking(temperature: float) -> None:
    model = replace(QUARTIC, gamma=2.0)
    same(solve(model, 1, temperature), solve(Opaque.of(model), 1, temperature), 1e-9)


def test_full_breaking() -> None:
    """A staircase, and the equations of the continuum with double wells."""
    model = replace(QUARTIC, gamma=2.0)
    one, other = (solve(m, 2) for m in (model, Opaque.of(model)))
    same(one, other, 1e-9)
    path = Path(0.0, 0.7, 0.0, 6.0, 5.0, 4.0, np.linspace(-3.0, -2.0, 6))
    intervals = Intervals(5.0, 5.0, split_top=False)
    flows = [
        flow(path, intervals, SiteLines.of(((1.0, m),), path, 0.0, finest=0.05, step=0.2))
        for m in (model, Opaque.of(model))
    ]
    assert flows[0].C_jump(0) > 0
    for name in ("overlaps", "marginality", "skewness", "response"):
        expected, found = (getattr(each, name) for each in flows)
        np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("name", KNOWN)
def test_double_wells(name: str, solved: Solved) -> None:
    one, other = solved(KNOWN[name]).wells, solved(Opaque.of(KNOWN[name])).wells
    assert one.fraction > 0.1
    assert other.fraction == pytest.approx(one.fraction, rel=1e-9)
    assert other.P0 == pytest.approx(one.P0, rel=1e-9, abs=1e-12)
    for quantity in QUANTITIES:
        assert other.mean(quantity) == pytest.approx(one.mean(quantity), rel=1e-9), quantity
        low, high = one.support(quantity)
        x = low + (high - low) * np.array([0.2, 0.5, 0.9])
        for count in ("count_below", "pdf"):
            expected, found = (getattr(wells, count)(quantity, x) for wells in (one, other))
            np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("name", KNOWN)
def test_geometry(name: str) -> None:
    """At many fields and responses at once, of shapes that broadcast."""
    model, rng = KNOWN[name], np.random.default_rng(3)
    h, C = rng.normal(0, 0.4, (40, 1)), rng.uniform(0.0, 1.2, 5)
    one, other = geometry(h, C, model), geometry(h, C, Opaque.of(model))
    pairs = 1 if name == "quartic" else one.double.shape[-1]
    assert one.double.any()
    assert other.double.sum() == one.double.sum()
    for quantity in (*QUANTITIES, "frequency"):
        expected = getattr(one, quantity).reshape(40, 5, pairs)
        found = getattr(other, quantity).reshape(40, 5, -1)[..., :pairs]
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-8)


def test_levels_and_heat(solved: Solved) -> None:
    one, other = solved(QUARTIC), solved(Opaque.of(QUARTIC))
    h = np.linspace(-3, 3, 7)
    expected, found = (levels(h, 0.9, s.model, count=8) for s in (one, other))
    np.testing.assert_allclose(found.energy, expected.energy, rtol=1e-9)
    gaps = [splitting(0.9, s.model) for s in (one, other)]
    assert gaps[1] == pytest.approx(gaps[0], rel=1e-9)
    pairs = [two_level(h, 0.9, s.model).energy for s in (one, other)]
    np.testing.assert_allclose(pairs[1], pairs[0], rtol=1e-9)
    with pytest.raises(ModelError, match="two wells"):
        two_level(h, 0.9, TRIPLE)
    T = glass_temperature(one.model) * np.array([0.002, 0.01])
    heats = [HeatPrediction.of(s, T, count=40) for s in (one, other)]
    for part in ("capacity", "entropy", "two_level", "harmonic", "single_well"):
        values = [getattr(heat.heat, part) for heat in heats]
        np.testing.assert_allclose(values[1], values[0], rtol=1e-8)
    assert heats[1].P0 == pytest.approx(heats[0].P0, rel=1e-9)
    with pytest.raises(LevelsError, match="positive"):
        levels(0.0, 0.9, other.model, gamma=-1.0)


def test_soft_potentials() -> None:
    """D_0 … D_4, of which the last two come from differences."""
    h, C = np.linspace(-2, 2, 9), 0.9
    for about in ("minimum", "inflection"):
        v, D = soft_potential(h, C, QUARTIC, about)
        found_v, found = soft_potential(h, C, Opaque.of(QUARTIC), about)
        np.testing.assert_allclose(found_v, v, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(found, D, rtol=1e-8, atol=1e-9)


def test_phases() -> None:
    other = Opaque.of(QUARTIC)
    assert gamma_EG(other) == 0.5
    assert glass_temperature(other) == pytest.approx(glass_temperature(QUARTIC), rel=1e-10)
    assert gamma_DWP(other) == pytest.approx(gamma_DWP(QUARTIC), rel=1e-9)


def test_random_gamma() -> None:
    """γ differs from site to site, G does not."""
    model = Model(gamma=stats.uniform(1.0, 2.0), coefficients=(0.5, 0.1, 0.01))
    other = Opaque.of(model)
    assert other.random == ("gamma",)
    for temperature in (0.0, 8.0):
        same(solve(model, 0, temperature), solve(other, 0, temperature), 1e-10)
    wells = [solve(m).wells for m in (model, other)]
    drawn = [each.sample(20, np.random.default_rng(1)) for each in wells]
    np.testing.assert_allclose(drawn[1].barrier, drawn[0].barrier, rtol=1e-6)
    with pytest.raises(ModelError, match="k and a are not used with a potential"):
        Model(gamma=1.0, k=stats.norm(), potential=Cosh())


@pytest.mark.parametrize("potential", [Cosh(), Cosh(s=2.0, b=2.5)], ids=["one well", "two wells"])
@pytest.mark.parametrize(("rsb", "temperature"), [(0, 0.0), (1, 0.0), (0, 0.2)])
def test_hyperbolic_cosine(potential: Cosh, rsb: int, temperature: float) -> None:
    """Against its Taylor polynomials: the error falls with the degree, and is next to nothing."""
    gamma = 0.8 if potential.b == 0.0 else 0.6
    exact = solve(Model(gamma=gamma, potential=potential), rsb, temperature)
    assert exact.converged
    assert exact.q_hat < 4.0
    errors = []
    for degree in (8, 14):
        model = Model(gamma=gamma, coefficients=potential.series(degree))
        series = solve(model, rsb, temperature)
        errors.append(abs(series.free_energy - exact.free_energy))
        if degree == 14:
            same(series, exact, 1e-5)
    assert errors[1] < 1e-7
    assert errors[1] < errors[0] / 100


def test_two_wells_of_hyperbolic_cosines() -> None:
    """Double wells of G itself and of the response: geometry, jumps and levels as the series'."""
    potential = Cosh(s=2.0, b=2.5)
    model, series = (
        Model(gamma=1.0, potential=potential),
        Model(gamma=1.0, coefficients=potential.series(16)),
    )
    h = np.linspace(-0.3, 0.3, 7)
    one, other = geometry(h, 0.6, model), geometry(h, 0.6, series)
    assert one.double.all()
    for quantity in QUANTITIES:
        np.testing.assert_allclose(
            getattr(one, quantity), getattr(other, quantity)[:, 0], rtol=1e-6
        )
    found, expected = (levels(h, 0.6, m, count=6).energy for m in (model, series))
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    W, polynomial = (m.G.shifted(-0.3) for m in (model, series))
    assert convex_envelope(W).v_0 == pytest.approx(convex_envelope(polynomial).v_0, rel=1e-7)


def test_all_points_of_many_wells() -> None:
    """Against the changes of sign of U' on a grid of a million displacements."""
    W = General(Ripples(A=4.0, w=6.0)).shifted(-0.2)
    v = np.linspace(-8, 8, 1_000_000)
    slope = np.asarray(W.slope(v))
    h = np.array([0.0, 0.7, -3.0, 11.0])
    found = stationary_points(W, h)
    for row, field in zip(found, h, strict=True):
        n = np.flatnonzero(np.diff(np.sign(slope - field)))
        points = row[~np.isnan(row)]
        assert len(points) == len(n)
        assert len(points) % 2 == 1
        np.testing.assert_allclose(points, v[n], atol=2e-5)
    assert np.sum(~np.isnan(found[0])) > 10
    # The global minimiser from the envelope is the lowest of the points.
    envelope = convex_envelope(W)
    lowest = v[np.argmin(W.value(v))]
    assert envelope.v_0 == pytest.approx(abs(lowest), abs=2e-5)
    assert len(envelope.jumps) > 3


@pytest.mark.parametrize("temperature", [0.05, 3.0, 100.0])
def test_moments_of_a_potential_with_singularities(temperature: float) -> None:
    """g, ⟨v⟩, ⟨v²⟩ of v² ln(1 + v²/w²)/2, singular at ± i w: against two million displacements."""
    site = ThermalSite.of(Model(gamma=1.0, potential=Logarithmic(w=0.2)), 0.1, temperature)
    v, dv = np.linspace(-1, 1, 2_000_001, retstep=True)
    reach = 10 * np.sqrt(temperature) + 4
    W = np.asarray(site.W.value(reach * v))
    for h in (0.0, 1.3):
        found = site.moments(np.array([h]))
        weight = np.exp(-(W - h * reach * v) / temperature) * reach * dv
        Z, mean = weight.sum(), weight @ (reach * v) / weight.sum()
        assert found.g[0] == pytest.approx(temperature * np.log(Z), rel=1e-10, abs=1e-10)
        assert found.mean[0] == pytest.approx(mean, rel=1e-10, abs=1e-10)
        variance = weight @ (reach * v - mean) ** 2 / Z
        assert found.variance[0] == pytest.approx(variance, rel=1e-10)


def test_refinement_is_needed() -> None:
    """The step that suits an entire function is wrong for this one by a part in a thousand."""
    site = ThermalSite.of(Model(gamma=1.0, potential=Logarithmic(w=0.2)), 0.1, 100.0)
    assert site._refinement > 1
    coarse, fine = (site._moments(np.zeros(1), n).variance[0] for n in (1, site._refinement))
    assert abs(coarse / fine - 1) > 1e-6


@pytest.mark.parametrize("potential", [Logarithmic(), Ripples(A=0.05, w=3.0)])
def test_other_potentials_have_solutions(potential: Any) -> None:
    """The energy does not fall with a step more, and C answers to a change of J."""
    model = Model(gamma=3.0, potential=potential)
    rs, one = solve(model), solve(model, 1)
    assert rs.converged
    assert one.converged
    assert one.free_energy > rs.free_energy
    # ∂f/∂J at fixed order parameters, by Gaussian integration by parts: f = u at T = 0.
    step = 1e-3
    ends = [solve(replace(model, J=1 + s * step), 1, guess=one).free_energy for s in (1, -1)]
    bonds = -(one.C * (2 * one.q_hat) + one.breakpoints[0] * np.diff(one.overlaps**2)[0]) / 2
    assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(bonds, rel=1e-5)


def test_nothing_overflows() -> None:
    """cosh has no number beyond v = 710: no solver may go there with a warning."""
    model = Model(gamma=1e4, potential=Cosh(), field=1e6)
    solution = solve(model)
    assert solution.converged
    assert solution.p == pytest.approx(np.arcsinh(1e10), rel=0.1)
    soft = Model(gamma=2.0, potential=Cosh())
    assert np.all(np.isfinite(levels(np.array([0.0, 1e3]), 1.0, soft, count=4).energy))
    with pytest.raises(LevelsError, match="closer to its minimum than it is resolved"):
        levels(1e6, 1.0, model, count=4)
    narrow = Model(gamma=1.0, potential=Opaque(EvenPolynomial((0.5e12, 1e24))))
    assert solve(narrow).converged
