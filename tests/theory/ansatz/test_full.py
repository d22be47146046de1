"""Full replica-symmetry breaking as the limit of many steps."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from glasswell.theory import FullSolution, Limit, Model, SolveError, Status, solve, solve_full
from glasswell.theory.ansatz.full_solution import AT_ZERO
from glasswell.theory.numerics.limits import extrapolated
from glasswell.theory.recursion.recursion import Recursion

T_G = 59.597460195143256


@cache
def full(model: Model, temperature: float = 0.0) -> FullSolution:
    """With more staircases than the limit needs: six at T = 0, four above, which saves time."""
    return solve_full(model, temperature, steps=6 if temperature == 0 else 4)


def test_the_limit_of_a_known_sequence() -> None:
    """X_k = 2 - 3 (k + 1.3)^-4 is found to rounding, a perturbed one within its error."""
    k = np.arange(1, 7)
    exact = extrapolated((2 - 3 * (k + 1.3) ** -4.0).tolist(), 4)
    assert exact == pytest.approx(2.0, abs=1e-9)
    perturbed = extrapolated((2 - 3 * (k + 1.3) ** -4.0 - 0.5 * (k + 1.3) ** -5.0).tolist(), 4)
    assert abs(perturbed - 2.0) < perturbed.error
    wrong_order = extrapolated((2 - 3 * (k + 1.3) ** -2.0).tolist(), 4)
    assert abs(wrong_order - 2.0) > 1e-3


def test_no_error_without_enough_members() -> None:
    assert np.isnan(extrapolated([1.0, 1.5, 1.7], 4).error)


@cache
def staircases() -> FullSolution:
    """Up to seven steps, without the continuum."""
    return replace(solve_full(Model(gamma=10.0), steps=7), continuum=None)


def test_stated_errors_hold() -> None:
    """The limit from 5 steps and that from 7 differ by less than the first one's error."""
    long = staircases()
    short = FullSolution(long.solutions[:6])
    for name in ("free_energy", "q_hat", "C"):
        near, far = getattr(short, name), getattr(long, name)
        assert abs(near - far) < near.error
        assert far.error < near.error
    assert long.free_energy.error < 2e-4
    # All stationary staircases lie below their limit.
    assert max(s.free_energy for s in long.solutions) < long.free_energy


def test_marginal_stability() -> None:
    """Full RSB is marginal: the replicon, negative for every k, vanishes as k → ∞."""
    solution = full(Model(gamma=10.0), 0.5 * T_G)
    replicons = [s.replicon for s in solution.solutions]
    assert np.all(np.diff(replicons) > 0)
    limit = extrapolated(replicons[1:], 2)
    assert abs(limit) < limit.error < 0.02 * abs(replicons[1])


@pytest.mark.parametrize("temperature", [0.0, 0.5 * T_G])
def test_susceptibility_of_the_glass(temperature: float) -> None:
    """χ = C + Σ y_l Δq_l → 1/J at J0 = H = 0: the plateau of Parisi and Toulouse."""
    chi = [s.susceptibility for s in full(Model(gamma=10.0), temperature).solutions]
    limit = extrapolated(chi[1:], 2)
    assert abs(limit - 1.0) < limit.error < 2e-3
    assert abs(chi[-1] - 1.0) > 10 * abs(limit - 1.0)


def test_the_sherrington_kirkpatrick_model(published: dict[str, Any]) -> None:
    """k = -1, a = 6, γ → 0: -0.76317 once the softness of the spins is taken off.

    f + 1/(4γ) + γ [ℓ²]/4 with ℓ = h + C v the whole force on a site; what is left is ~ γ².
    """

    def hard(gamma: float) -> Limit:
        solution = solve(Model(gamma=gamma, k=-1.0, a=6.0), "full")
        assert solution.continuum is not None
        levels, C = solution.longest.levels, solution.longest.C
        assert isinstance(levels, Recursion)
        level = levels.levels[-1]
        force = level.h + C * level.slope
        square = float(level.mass @ force**2)
        return solution.free_energy + 1 / (4 * gamma) + gamma * square / 4

    coarse, fine = hard(0.05), hard(0.025)
    printed = published["sherrington_kirkpatrick"]["full"]
    # Five digits in print; γ³ leaves 1e-5 at γ = 0.025.
    assert (4 * fine - coarse) / 3 == pytest.approx(printed, abs=2e-5)
    assert fine.error < 1e-6
    assert abs(fine - printed) > 5e-4


def test_entropy_is_the_slope_of_the_free_energy() -> None:
    T, step = 0.5 * T_G, 0.3
    model = Model(gamma=10.0)
    warm, cool = (full(model, T + sign * step).free_energy for sign in (1, -1))
    entropy = full(model, T).entropy
    assert entropy == pytest.approx((cool - warm) / (2 * step), rel=2e-5)


def test_overlap_function() -> None:
    """q(y) rises from q_0 to q_k, and passes the middles of a staircase's jumps to 3 %."""
    solution = full(Model(gamma=10.0))
    y = np.linspace(0.0, 1.0, 500)
    q = solution.overlap_function(y)
    assert np.all(np.diff(q) >= 0)
    last = solution.longest.overlaps[-1]
    assert solution.overlap_function(1e9) == pytest.approx(last, rel=1e-14)
    staircase = solution.solutions[-1]
    middle = (staircase.overlaps[1:] + staircase.overlaps[:-1]) / 2
    curve = solution.overlap_function(staircase.breakpoints)
    np.testing.assert_allclose(curve, middle, rtol=0.03)


def test_where_replica_symmetry_is_stable_the_limit_is_exact() -> None:
    solution = full(Model(gamma=10.0), 1.2 * T_G)
    assert solution.converged
    assert solution.longest.status is Status.COLLAPSED
    assert solution.free_energy == solution.solutions[0].free_energy
    assert solution.free_energy.error == 0.0


def test_record_and_table() -> None:
    solution = full(Model(gamma=10.0))
    record = solution.to_dict()
    assert record["free_energy"] == solution.free_energy
    assert record["errors"]["free_energy"] == solution.free_energy.error
    assert record["entropy"] is None
    assert len(record["sequence"]) == len(solution.solutions)
    assert len(record["overlaps"]) == record["steps"] + 1
    assert f"{solution.solutions[3].free_energy:.10f}" in repr(solution)


def test_too_few_steps_are_not_a_limit() -> None:
    short = FullSolution(full(Model(gamma=10.0)).solutions[:3])
    assert short.continuum is None
    assert short.status is Status.TOO_FEW
    assert not short.converged
    assert np.isnan(short.free_energy.error)


def test_what_makes_no_sense_is_refused() -> None:
    model = Model(gamma=10.0)
    with pytest.raises(SolveError, match="leave out guess"):
        solve(model, "full", guess=solve(model, 1))  # type: ignore[call-overload]  # what is refused
    with pytest.raises(SolveError, match="number of steps"):
        solve(model, 1.5)  # type: ignore[call-overload]  # what is refused
    with pytest.raises(SolveError, match="temperature"):
        solve(model, "full", -1.0)


def test_staircases_alone_approach_pseudogap_and_wells() -> None:
    """P_k(0) → 0 as k^(-5/3), and the wells' limit from five steps holds with seven."""
    longer = staircases()
    shorter = FullSolution(longer.solutions[:6])
    at_zero = longer.limit_of(lambda s: float(s.field_density(0.0)), AT_ZERO)
    assert float(at_zero) <= at_zero.error < 1e-3
    powers = [float(s.field_density(0.0)) ** -0.6 for s in longer.solutions[1:]]
    steps = np.diff(powers)
    assert np.ptp(steps) < 0.05 * steps.mean()
    five, seven = (s.limit_of(lambda s: s.wells.fraction) for s in (shorter, longer))
    assert seven.error < five.error < 1e-3
    assert abs(five - seven) < five.error
    assert longer.longest.wells.fraction > seven + 5 * seven.error
