"""Full replica-symmetry breaking at T = 0 from Parisi's equations."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
import pytest
from glasswell.theory import (
    FullSolution,
    HessianSpectrum,
    Limit,
    Model,
    Solution,
    Stiffness,
    solve,
    solve_full,
)
from glasswell.theory.ansatz.continuum import Resolved, applies, resolved
from glasswell.theory.heat.prediction import HeatPrediction
from glasswell.theory.numerics.graded_line import GradedLine
from glasswell.theory.recursion.parisi import Continuum, flow
from glasswell.theory.recursion.recursion import Order, recursion
from numpy.typing import NDArray
from scipy import special

GLASSES = [Model(gamma=10.0), Model(gamma=2.0), Model(gamma=3.0, J=2.0, a=0.5)]
"""With double wells, without, and with them in other units."""


@cache
def full(model: Model) -> FullSolution:
    return solve_full(model)


def continuum(model: Model) -> Resolved:
    found = full(model).continuum
    assert found is not None
    return found


def staircases(model: Model, name: str) -> Limit:
    """The limit of the k-step solutions alone."""
    limit: Limit = getattr(FullSolution(full(model).solutions), name)
    return limit


MOMENTS: tuple[Callable[[Any], float], ...] = (
    lambda s: s.free_energy,
    lambda s: s.overlaps[-1],
    lambda s: s.C_reg,
)


@pytest.mark.parametrize("gamma", [2.0, 10.0])
def test_flow_at_one_breakpoint_is_the_recursion(gamma: float) -> None:
    """y constant from q = 0 up is 1RSB with q_0 = 0, which the recursion does in one exact step."""
    model, C, q, y = Model(gamma=gamma), 0.4, 12.0, 0.08
    exact = recursion(model, Order(0.0, C, np.array([0.0, q]), np.array([y])))
    line = GradedLine(1.1 * exact.reach, 1e-3, 400)

    def errors(count: int) -> NDArray[np.float64]:
        ends = -np.expm1(-np.linspace(0.0, 12.0, count + 1))
        gaps = q * np.diff(ends) / ends[-1]
        found = Continuum.of(flow(model, C, gaps, np.full(count, y), line))
        off = [moments(levels) / moments(exact) - 1 for moments in MOMENTS for levels in [found]]
        h = np.array([3.0])
        density = found.field_density(h)[0] / exact.field_density(h)[0] - 1
        return np.abs([*off, density])

    coarse, fine = errors(100), errors(200)
    assert np.all((coarse / fine > 2.8) | (fine < 1e-5))
    # ∫P m² dq, of which f is made, is a trapezoidal sum: it is exact where q(y) is stationary.
    assert np.all(fine < [2e-3, 1e-4, 2e-4, 5e-4])


@pytest.mark.parametrize("model", GLASSES, ids=lambda m: f"gamma={m.gamma:g}")
def test_agrees_with_the_limit_of_staircases(model: Model) -> None:
    """Two independent discretisations: both errors hold, and that of C is far smaller here."""
    of_y = continuum(model)
    for name in ("free_energy", "q_hat", "C"):
        of_k = staircases(model, name)
        limit = of_y.limit_of(operator.attrgetter(name))
        assert abs(limit - of_k) < 2 * (limit.error + of_k.error), name
    C = of_y.limit_of(lambda s: s.C)
    assert C.error < 0.05 * staircases(model, "C").error


@pytest.mark.parametrize("model", GLASSES, ids=lambda m: f"gamma={m.gamma:g}")
def test_marginal_at_every_overlap(model: Model) -> None:
    """J² ∫P (m')² = 1 at all q up to where the sharp v*(h) begins, and χ = 1/J."""
    of_y = continuum(model)
    levels = of_y.fine.levels
    assert isinstance(levels, Continuum)
    one = levels.flow.marginality[: -60 if levels.site.jumps else -2]
    assert np.ptp(one) < 1e-5
    replicon = of_y.limit_of(lambda s: s.replicon)
    assert abs(replicon) < 2 * replicon.error < 5e-5
    chi = of_y.limit_of(lambda s: s.susceptibility)
    assert abs(chi * model.J - 1) < 2 * model.J * chi.error < 5e-5


def test_energy_is_the_free_energy() -> None:
    """At T = 0 both are the ground state's, from different moments."""
    of_y = continuum(GLASSES[0])
    u, f = (of_y.limit_of(operator.attrgetter(n)) for n in ("energy", "free_energy"))
    assert abs(u - f) < u.error + f.error < 2e-4


def test_pseudogap() -> None:
    """P(h) ~ |h| above 1/y, where RS and any staircase have P(0) > 0; y² (q̂ - q) → const."""
    of_y = continuum(GLASSES[0])
    at_zero = of_y.limit_of(lambda s: float(s.field_density(0.0)))
    assert abs(at_zero) < 1e-6
    h = np.geomspace(0.001, 0.01, 5)

    def density_over(h: float, s: Solution) -> float:
        return float(s.field_density(h) / h)

    slope = [of_y.limit_of(partial(density_over, x)) for x in h]
    np.testing.assert_allclose(slope, slope[0], rtol=0.05)
    assert solve(GLASSES[0], 1).field_density(0.01) > 20 * of_y.fine.field_density(0.01)
    levels = of_y.fine.levels
    assert isinstance(levels, Continuum)
    below = np.cumsum(levels.flow.gaps[::-1])[::-1] - levels.flow.gaps / 2
    tail = (below * levels.order.y**2)[(levels.order.y > 50) & (levels.order.y < 500)]
    assert len(tail) > 20
    np.testing.assert_allclose(tail, tail.mean(), rtol=0.03)


def test_wells_are_those_within_the_spinodal_field() -> None:
    """∫P over |h| < h_s(C), by a rule of the test's own, at each resolution."""
    of_y, gamma = continuum(GLASSES[0]), 10.0
    x, dx = np.polynomial.legendre.leggauss(60)
    for solution in (of_y.coarse, of_y.fine):
        excess = solution.C - 1 / gamma
        h_s = (2 / 3) * excess * np.sqrt(2 * gamma * excess)
        inside = h_s * dx @ solution.field_density(h_s * (1 + x) / 2)
        assert solution.wells.fraction == pytest.approx(inside, rel=1e-5)


def test_without_jumps_the_hessian_has_no_gap() -> None:
    """J² ∫P (m')² = 1 with all of m' regular puts the spectrum's edge at zero; jumps open a gap."""
    with_wells, without = (continuum(model) for model in GLASSES[:2])
    assert without.gapless
    assert not with_wells.gapless
    assert abs(without.fine.hessian_spectrum.lower_edge) < 5e-6
    assert full(GLASSES[1]).solutions[-1].hessian_spectrum.lower_edge > 0.01
    edges = [
        HessianSpectrum(Stiffness.of(with_wells.fine.levels, pieces), 1.0).lower_edge
        for pieces in (300, 600, 1200)
    ]
    assert edges[-1] == pytest.approx(0.3187, abs=1e-4)
    assert abs(edges[1] - edges[2]) < 5e-6 < abs(edges[0] - edges[2])


@pytest.mark.parametrize(
    "model",
    [
        Model(gamma=10.0, field=1.0),
        Model(gamma=10.0, J0=1.3),
        Model(gamma=2.0, coefficients=(4.0, -2.0, 1 / 3)),
    ],
)
def test_staircases_where_it_does_not_apply(model: Model) -> None:
    """In a field, polarised, or with jumps at h ≠ 0 the limit is that of the staircases."""
    staircase = solve(model, 2)
    assert not applies(staircase, staircase.C)


def test_specific_heat_of_the_pseudogap() -> None:
    """C = (9/2) ζ(3) α T²/(2 v_0²) from P(h) = α |h|, in place of the linear law.

    Wells at h differ by Δ = 2 v_0 h, so that P(Δ) = 2α Δ/(2 v_0)², and a two-level system's heat
    averages to ∫Δ (Δ/2T)²/cosh²(Δ/2T) dΔ = (9/2) ζ(3) T². ħ small leaves tunnelling aside, and
    T small the curvature of P(h); what remains is the quantum shift of the wells' distance.
    """
    model, limit = GLASSES[0], full(GLASSES[0])
    T = np.geomspace(0.002, 0.003, 9)
    excess = float(limit.C) - 1 / model.gamma
    v_0 = np.sqrt(6 * model.gamma * excess)
    alpha = float(limit.field_density(0.001) / 0.001)
    law = 4.5 * special.zeta(3) * alpha / (2 * v_0**2) * T**2
    heat = HeatPrediction.of(limit, T, hbar=0.1)
    np.testing.assert_allclose(heat.heat.capacity, law, rtol=0.05)
    np.testing.assert_allclose(heat.heat.exponent, 2.0, atol=0.05)
    assert heat.P0 == 0.0
    linear = HeatPrediction.of(solve(model, 1), T, hbar=0.1)
    np.testing.assert_allclose(linear.heat.exponent, 1.0, atol=0.05)


@pytest.mark.parametrize(("gamma", "estimates"), [(2.4, (0.41, 0.42)), (2.6, (0.38, 0.39))])
def test_either_side_of_where_jumps_begin(gamma: float, estimates: tuple[float, float]) -> None:
    """An estimate of C on the wrong side of 1/γ is not followed: γ C < 1 at 2.4, > 1 at 2.6."""
    staircase = solve(Model(gamma=gamma), 4)
    assert min(estimates) < 1 / gamma < max(estimates)
    first, second = (resolved(staircase, C) for C in estimates)
    assert first is not None
    assert second is not None
    assert first.gapless == second.gapless == (gamma < 2.5)
    C, other = (found.limit_of(lambda s: s.C) for found in (first, second))
    assert (C * gamma < 1) == first.gapless
    assert abs(C - other) < C.error + other.error < 5e-4
    P0 = first.limit_of(lambda s: s.wells.P0)
    assert abs(P0) < 2 * P0.error + 1e-12


def test_overlap_function_where_y_stays_finite() -> None:
    """Rounding lets the last y rise and fall: q(y) is monotone all the same."""
    weak = full(Model(gamma=0.7))
    assert weak.continuum is not None
    q = weak.overlap_function(np.linspace(0.0, 1.0, 200))
    assert np.all(np.diff(q) >= 0)
    assert q[-1] == pytest.approx(float(weak.q_hat), rel=1e-4)
