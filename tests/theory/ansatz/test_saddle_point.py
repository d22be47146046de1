"""RS and 1RSB at T = 0 against a second implementation that shares nothing with the package."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from glasswell.theory import Model, Solution
from second_saddle_point import (
    AGREE,
    Expected,
    OneStep,
    one_step_expected,
    rs_expected,
    spinodal,
)


def assert_agrees(solution: Solution, expected: Expected) -> None:
    """Every number of the solution is the expected one."""
    assert solution.converged
    numbers = solution.to_dict()
    for name in ("free_energy", "C", "p", "P_h0", "dwp_fraction", "P0"):
        wanted = getattr(expected, name)
        assert numbers[name] == pytest.approx(wanted, rel=AGREE, abs=1e-12), name
    np.testing.assert_allclose(solution.overlaps, expected.q, rtol=AGREE)
    np.testing.assert_allclose(solution.breakpoints, expected.y, rtol=AGREE)


RS_CASES = {
    # The last three numbers are where the search starts: C, q, p.
    "glass": (Model(gamma=10.0), (0.9, 90.0, 0.0)),
    "weak glass": (Model(gamma=2.0), (0.9, 13.0, 0.0)),
    "no double wells": (Model(gamma=0.7), (0.9, 1.0, 0.0)),
    "polarised glass": (Model(gamma=10.0, J0=1.6), (0.4, 100.0, 8.6)),
    "polarised": (Model(gamma=2.0, J0=3.0), (0.14, 30.0, 5.5)),
    "field": (Model(gamma=10.0, field=-3.0), (0.9, 90.0, -2.5)),
    "polarised in a field": (Model(gamma=4.0, J0=1.2, field=0.5), (0.4, 30.0, 4.0)),
    "weak disorder": (Model(gamma=6.0, J=0.6, a=2.5), (1.4, 8.0, 0.0)),
    "double well on site": (Model(gamma=1.0, k=-1.0, a=6.0), (0.6, 2.0, 0.0)),
}


@pytest.mark.parametrize("case", RS_CASES)
def test_replica_symmetric_numbers(case: str, solved: Callable[..., Solution]) -> None:
    """RS: f, C, q, p, P(h=0), double-well fraction and P0 from the functional alone."""
    model, start = RS_CASES[case]
    assert_agrees(solved(model, 0), rs_expected(model, start))


ONE_STEP_CASES: dict[str, tuple[Model, dict[str, Any]]] = {
    "glass": (Model(gamma=10.0), {"C": 0.55, "q_0": 51.0, "q_1": 88.0, "y": 0.011, "p": 0.0}),
    "weak glass": (Model(gamma=2.0), {"C": 0.64, "q_0": 7.4, "q_1": 13.0, "y": 0.059, "p": 0.0}),
    "field": (
        Model(gamma=10.0, field=0.5),
        {"C": 0.55, "q_0": 51.5, "q_1": 88.0, "y": 0.011, "p": 0.48},
    ),
}


@cache
def weak_glass() -> tuple[Model, Expected]:
    """γ = 2 in 1RSB, solved here."""
    model, start = ONE_STEP_CASES["weak glass"]
    return model, one_step_expected(model, **start)


@pytest.mark.parametrize("case", ONE_STEP_CASES)
def test_one_step_numbers(case: str, solved: Callable[..., Solution]) -> None:
    """1RSB: the same numbers and y, q_0 included: nothing makes q_0 vanish without a field."""
    model, start = ONE_STEP_CASES[case]
    assert_agrees(solved(model, 1), one_step_expected(model, **start))


@pytest.mark.parametrize(
    "model", [Model(gamma=10.0, J0=1.6), Model(gamma=6.0, J=0.7, J0=1.0, a=0.4, field=0.3)]
)
def test_polarised_one_step_satisfies_the_equations(
    model: Model, solved: Callable[..., Solution]
) -> None:
    """Where q_0 and q_1 nearly coincide y is soft: the equations are held to, not the unknowns."""
    solution = solved(model, 1)
    assert solution.converged
    q_0, q_1 = (float(q) for q in solution.overlaps)
    y = float(solution.breakpoints[0])
    at = OneStep(model, solution.C, q_0, q_1, y, solution.p)
    # C is a difference of terms y q_1/C ≈ 90 times larger, whose quadrature is good to 1e-9.
    np.testing.assert_allclose(list(at.mismatches().values()), 0.0, atol=1e-7)
    h_s, v_0 = spinodal(solution.C, model)
    P_h0 = at.field_density(0.0)
    # At given order parameters only quadrature is left.
    assert solution.free_energy == pytest.approx(at.free_energy(), rel=1e-9)
    assert float(solution.field_density(0.0)) == pytest.approx(P_h0, rel=1e-7)
    assert solution.wells.fraction == pytest.approx(at.fraction_below(h_s), rel=1e-7)
    np.testing.assert_allclose(solution.wells.P0, P_h0 / v_0, rtol=1e-7)


def test_the_second_implementation_does_not_depend_on_its_nodes() -> None:
    """Doubling the inner rule and halving the outer step changes no equation by 1e-11."""
    model = Model(gamma=10.0, J0=1.6)
    at = OneStep(model, 0.315, 99.57, 99.935, 0.27, 8.6)
    finer = replace(at, nodes=2 * at.nodes, spacing=at.spacing / 2)
    coarse, fine = (np.array(list(x.mismatches().values())) for x in (at, finer))
    # C is a difference of terms 90 times larger: 1e-15 of rounding in 1e5 terms becomes 1e-11.
    np.testing.assert_allclose(coarse, fine, atol=3e-11)


@pytest.mark.parametrize("name", ["C", "q_0", "q_1", "y"])
def test_the_second_implementation_is_stationary_in_its_own_functional(name: str) -> None:
    """The equations above follow from f: its numerical derivatives vanish where they hold."""
    model, expected = weak_glass()
    at = OneStep(
        model, expected.C, float(expected.q[0]), float(expected.q[1]), float(expected.y[0]), 0.0
    )
    value = getattr(at, name)
    step = 0.02 * value
    near, far = (
        replace(at, **{name: value + n * step}).free_energy()
        - replace(at, **{name: value - n * step}).free_energy()
        for n in (1, 2)
    )
    # f ≈ 4; the fourth-order difference leaves step⁴ ~ 1e-7 of the fifth derivative.
    assert (8 * near - far) / (12 * 0.02) == pytest.approx(0.0, abs=2e-6)


def test_the_breakpoint_maximises_the_free_energy(solved: Callable[..., Solution]) -> None:
    """f, extremised in C and q at fixed y, is largest at the solution's y."""
    model, start = ONE_STEP_CASES["weak glass"]
    best = solved(model, 1)
    for factor in (0.8, 1.25):
        fixed = {**start, "y": factor * start["y"]}
        other = one_step_expected(model, **fixed, y_is_free=False)
        assert other.free_energy < best.free_energy
        # The maximum is quadratic: a step of 20 % costs little, which says it is near.
        assert other.free_energy == pytest.approx(best.free_energy, rel=1e-3)
