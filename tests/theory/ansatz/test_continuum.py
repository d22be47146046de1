"""Full replica-symmetry breaking at T = 0 from Parisi's equations."""

from __future__ import annotations

import operator
from functools import cache, partial

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
from glasswell.theory.ansatz.continuum import Resolved, resolved
from glasswell.theory.heat.prediction import HeatPrediction
from glasswell.theory.recursion.continuum import Continuum
from scipy import special

GLASSES = [Model(gamma=10.0), Model(gamma=2.0), Model(gamma=3.0, J=2.0, a=0.5)]
"""With double wells, without, and with them in other units."""


@cache
def full(model: Model) -> FullSolution:
    """With six staircases, which the continuum does not need."""
    return solve_full(model, steps=6)


def continuum(model: Model) -> Resolved:
    found = full(model).continuum
    assert found is not None
    return found


def staircases(model: Model, name: str) -> Limit:
    """The limit of the k-step solutions alone."""
    limit: Limit = getattr(FullSolution(full(model).solutions), name)
    return limit


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
    below = levels.flow.intervals.s[levels.flow.nodes] < 0.8 * levels.flow.path.last
    assert np.count_nonzero(below) > 50
    np.testing.assert_allclose(levels.flow.marginality[below], 1.0, atol=1e-5)
    replicon = of_y.limit_of(lambda s: s.replicon)
    assert abs(replicon) < 5e-7
    chi = of_y.limit_of(lambda s: s.susceptibility)
    assert abs(chi * model.J - 1) < 4e-6


def test_energy_is_the_free_energy() -> None:
    """At T = 0 both are the ground state's, from different moments."""
    of_y = continuum(GLASSES[0])
    u, f = (of_y.limit_of(operator.attrgetter(n)) for n in ("energy", "free_energy"))
    assert abs(u - f) < u.error + f.error < 2e-4
    assert f.error < 2e-6


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
    s = np.linspace(15.5, 20.0, 50)
    y = levels.flow.path.y(s)
    assert y[-1] > 9 * y[0]
    tail = np.exp(-s) * y**2
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


@pytest.mark.parametrize("gamma", [2.4, 2.6])
def test_either_side_of_where_jumps_begin(gamma: float) -> None:
    """γ C < 1 at 2.4, > 1 at 2.6."""
    found = resolved(solve(Model(gamma=gamma), 2))
    assert found is not None
    assert found.gapless == (gamma < 2.5)
    C = found.limit_of(lambda s: s.C)
    assert (C * gamma < 1) == found.gapless
    assert C.error < 2e-5


def test_overlap_function_where_y_stays_finite() -> None:
    """Rounding lets the last y rise and fall: q(y) is monotone all the same."""
    weak = full(Model(gamma=0.7))
    assert weak.continuum is not None
    q = weak.overlap_function(np.linspace(0.0, 1.0, 200))
    assert np.all(np.diff(q) >= 0)
    assert q[-1] == pytest.approx(float(weak.q_hat), rel=1e-4)
