"""Parisi's equations at T > 0, in a field, polarised and with sites that differ."""

from __future__ import annotations

import operator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from glasswell.theory import (
    FullSolution,
    Limit,
    Model,
    SolveError,
    glass_temperature,
    solve,
    solve_full,
)
from glasswell.theory.ansatz.continuum import Resolved, resolved
from glasswell.theory.ansatz.overlap_distribution import OverlapDistribution
from glasswell.theory.plots.canvas import blank
from glasswell.theory.recursion.continuum import Continuum, ContinuumMixture
from scipy import stats

GLASS = Model(gamma=10.0)
T_G = glass_temperature(GLASS)

POINTS = {
    "half": (GLASS, 0.5 * T_G),
    "cold": (Model(gamma=2.0), 0.8),
    "near T_g": (GLASS, 0.85 * T_G),
    "in a field": (Model(gamma=10.0, field=2.0), 0.3 * T_G),
    "polarised": (Model(gamma=6.0, J0=1.2), 6.0),
    "random": (Model(gamma=stats.uniform(2, 4)), 6.0),
    "random in a field": (Model(gamma=2.0, k=stats.uniform(0.5, 1.0), field=0.5), 2.0),
    "triple well": (Model(gamma=1.0, coefficients=(0.6, -0.35, 0.035), field=0.2), 1.0),
}


RANDOM = ("random", "random in a field")
"""Points at which a staircase costs a dozen recursions, and two steps are enough."""


@cache
def found(name: str) -> tuple[FullSolution, Resolved]:
    """The continuum, begun from the staircases that it is compared with."""
    model, temperature = POINTS[name]
    full = solve_full(model, temperature, steps=2 if name in RANDOM else 3)
    assert full.continuum is not None
    return full, full.continuum


def limit(of_y: Resolved, name: str) -> Limit:
    return of_y.limit_of(operator.attrgetter(name))


@pytest.mark.parametrize("name", POINTS)
def test_staircases_approach_it(name: str) -> None:
    """f from below as (k + s)^-4, and C, where it is that of three steps within a few per cent."""
    full, of_y = found(name)
    f = [s.free_energy for s in full.solutions]
    gaps = float(limit(of_y, "free_energy")) - np.array(f)
    assert np.all(gaps > 0)
    assert np.all(np.diff(gaps) < 0)
    assert limit(of_y, "free_energy").error < 1e-3 * gaps[-1] + 3e-9 * abs(f[0])
    C = np.array([s.C for s in full.solutions[1:]]) - float(limit(of_y, "C"))
    assert np.all(np.diff(C) < 0)
    assert np.all(C > 0)
    if name not in RANDOM:
        # A straight line in k: what is left over predicts the last from the two before.
        for approach in (gaps[1:] ** -0.25, C**-0.5):
            assert np.diff(approach, 2) == pytest.approx(0.0, abs=0.06 * np.diff(approach)[0])


@pytest.mark.parametrize("name", POINTS)
def test_marginal_at_every_overlap(name: str) -> None:
    """J² ∫P (m')² = 1 at every q from q_0 to q_EA, and q = ∫P m²."""
    _, of_y = found(name)
    levels = of_y.fine.levels
    assert isinstance(levels, Continuum | ContinuumMixture)
    np.testing.assert_allclose(levels.flow.marginality, 1.0, atol=1e-6)
    assert levels.order.q[-1] == pytest.approx(levels.overlaps[-1], rel=1e-7)
    assert abs(limit(of_y, "replicon")) < 2e-8
    full, _ = found(name)
    assert full.solutions[1].replicon < -1e-4


@pytest.mark.parametrize("name", ["half", "cold", "near T_g"])
def test_susceptibility_is_that_of_parisi_and_toulouse(name: str) -> None:
    """χ = 1/J. Where sites differ E χ² = 1/J² at q = 0, and so E χ is less."""
    _, of_y = found(name)
    assert limit(of_y, "susceptibility") == pytest.approx(1.0, abs=2e-8)


@pytest.mark.parametrize("name", ["half", "in a field"])
def test_derivatives_of_the_free_energy(name: str) -> None:
    """u = ∂(βf)/∂β and p = -∂f/∂H by differences."""
    model, T = POINTS[name]
    full, of_y = found(name)
    start = full.solutions[2]

    def f(at: Model, temperature: float) -> float:
        near = resolved(solve(at, 2, temperature, guess=start))
        assert near is not None
        return float(limit(near, "free_energy"))

    beta, step = 1 / T, 2e-3
    ends = [f(model, 1 / (beta * (1 + sign * step))) * (1 + sign * step) for sign in (1, -1)]
    u = (ends[0] - ends[1]) / (2 * step)
    assert limit(of_y, "energy") == pytest.approx(u, rel=3e-6)
    if model.field:
        ends = [f(replace(model, field=model.field + step), T) for step in (0.01, -0.01)]
        assert limit(of_y, "p") == pytest.approx((ends[1] - ends[0]) / 0.02, rel=1e-5)


def test_close_to_the_glass_temperature() -> None:
    """q_EA and x are linear in 1 - T/T_g, and f - f_RS is of its fifth power."""
    ratios = []
    for t in (0.04, 0.02):
        T = T_G * (1 - t)
        full = solve(GLASS, "full", T)
        assert full.continuum is not None
        above = float(full.free_energy) - full.solutions[0].free_energy
        x = T * full.longest.levels.order.y[-1]
        ratios.append((full.overlaps[-1] / t, x / t, above / t**5))
    for one, other in zip(*ratios, strict=True):
        assert one == pytest.approx(other, rel=0.15)


def test_towards_zero_temperature() -> None:
    """f, C and q̂ of T → 0 are those at T = 0, and T s vanishes with T."""
    cold = [solve(Model(gamma=2.0), "full", T) for T in (0.1, 0.05)]
    zero = solve(Model(gamma=2.0), "full")
    for name in ("q_hat", "C"):
        values = [float(getattr(s, name)) for s in (*cold, zero)]
        gaps = np.abs(np.array(values[:2]) - values[2])
        assert gaps[1] < 0.7 * gaps[0]
        assert gaps[1] < 0.1 * values[2]
    heats = [float(s.energy - zero.energy) / T for s, T in zip(cold, (0.1, 0.05), strict=True)]
    # A classical particle has T/2 for every degree of freedom.
    assert heats == pytest.approx([0.5, 0.5], abs=0.02)


def test_what_solutions_of_one_point_say_alike() -> None:
    """A point from two staircases: where the iteration begins does not matter."""
    model, T = POINTS["half"]
    _, of_y = found("half")
    other = resolved(solve(model, 1, T))
    assert other is not None
    for name in ("free_energy", "C", "q_hat"):
        one, two = limit(of_y, name), limit(other, name)
        assert abs(one - two) < 2 * (one.error + two.error) + 1e-9 * abs(float(one)), name


def test_without_a_staircase_to_start_from() -> None:
    """From RS and its expansion about the AT line, in a field where 1RSB is hard to find.

    q_0 ~ H^(2/3) for small H, and C is nearly that of the glass without field.
    """
    field = 0.3
    model, T = replace(GLASS, field=field), 0.5 * T_G
    of_y = resolved(solve(model, 0, T))
    assert of_y is not None
    _, free = found("half")
    assert limit(of_y, "C") == pytest.approx(limit(free, "C"), rel=1e-4 * field)
    lowest = float(of_y.fine.overlaps[0]) / field ** (2 / 3)
    assert lowest == pytest.approx(25.4, rel=0.03)
    assert limit(of_y, "p") == pytest.approx(field, rel=0.01)
    assert float(limit(of_y, "free_energy")) > solve(model, 0, T).free_energy


def test_overlaps_of_two_copies() -> None:
    """P(q) adds up to one, and ∫P(q) q² is that of energy: -(β J²/2)(q̂² - ∫P q²) = u_J."""
    full, of_y = found("half")
    P = full.overlap_distribution
    model, T = POINTS["half"]
    assert P.at_q_0 == pytest.approx(0.0, abs=1e-6)
    q = np.linspace(0.0, 50.0, 20001)
    inside = np.trapezoid(P.density(q), q)
    assert inside + P.at_q_0 + P.at_q_EA == pytest.approx(1.0, abs=1e-3)
    assert P.below([-1.0, 50.0]) == pytest.approx([0.0, 1.0])
    levels = of_y.fine.levels
    potential = sum(w * float(part.levels[-1].mass @ part.potential) for w, part in levels.parts)
    W = potential + model.J**2 * levels.order.C * levels.q_hat / 2
    bonds = levels.energy - W
    assert bonds == pytest.approx(-(levels.q_hat**2 - P.moment(2)) / (2 * T), rel=1e-5)


def test_overlap_distributions_that_do_not_exist() -> None:
    full, _ = found("half")
    with pytest.raises(SolveError, match="staircase"):
        OverlapDistribution.of(full.solutions[1].levels)
    with pytest.raises(SolveError, match="temperature 0"):
        OverlapDistribution.of(solve(GLASS).levels)


def test_pictures_and_records() -> None:
    full, _ = found("half")
    ax = full.plot_fields(blank(4.0, 3.0).subplots())
    assert ax.get_ylabel() == "$P(h)$"
    record = full.to_dict()
    assert record["errors"]["replicon"] < 1e-7
    assert full.chi_SG == np.inf
    assert abs(full.replicon) < 1e-7
    assert "Parisi's equations" in repr(full)
