"""Which of several roots is the state: p along the field, J0 χ ≤ 1, lower f; any guess finds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from glasswell.theory import Model, Solution, Status, solve
from glasswell.theory.ansatz.stationarity import SaddlePoint, residuals
from glasswell.theory.ansatz.trial import solution_at
from glasswell.theory.recursion.mixture import levels_of

NEAR_ONSET = Model(gamma=200.0, J0=1.05, field=0.0135)
FIRST_ORDER = (1.0, -0.1, 0.005)
"""G = v² - v⁴/10 + v⁶/200: at J = 0 and T = 0 p jumps from 0 to √10 at J0 = 1."""


def is_state(solution: Solution) -> bool:
    """What every solution of a model with a field has to be."""
    model = solution.model
    return solution.p * model.field > 0 and model.J0 * solution.susceptibility <= 1


@pytest.mark.parametrize("sign", [1, -1])
def test_a_small_field_near_the_onset_of_polarisation(sign: int) -> None:
    """As followed down from a larger field; the root with p = -5.522 and f = -818.685 is none."""
    solution = solve(replace(NEAR_ONSET, field=sign * NEAR_ONSET.field), 1)
    assert solution.converged
    assert is_state(solution)
    assert sign * solution.p == pytest.approx(6.420, abs=1e-3)
    assert solution.free_energy == pytest.approx(-818.8470, abs=1e-4)


@pytest.mark.parametrize(
    ("gamma", "J0", "field", "k"),
    [
        (178.0, 1.05, 0.014, 1),
        (32.0, 1.05, -0.003, 1),
        (1000.0, 1.1, 0.3, 2),
        (1000.0, 1.02, -0.003, 0),
    ],
)
def test_no_polarisation_against_the_field(gamma: float, J0: float, field: float, k: int) -> None:
    solution = solve(Model(gamma=gamma, J0=J0, field=field), k)
    assert solution.converged
    assert is_state(solution)


@pytest.mark.parametrize(("J0", "field"), [(1.05, 0.02), (-0.5, -0.3)])
def test_above_zero_temperature(J0: float, field: float) -> None:
    solution = solve(Model(gamma=3.0, J0=J0, field=field), 1, temperature=0.5)
    assert solution.converged
    assert is_state(solution)


def test_a_root_against_the_field_is_not_converged(solved: Callable[..., Solution]) -> None:
    """The mirror image of a state, with a field so weak that it is stationary to rounding."""
    state = solved(Model(gamma=10.0, J0=1.3), 0)
    for sign, status in ((1, Status.CONVERGED), (-1, Status.UNSTABLE)):
        order = replace(state.levels.order, p=sign * state.p)
        levels = levels_of(replace(state.model, field=1e-12), order)
        saddle = SaddlePoint(levels, max(abs(r) for r in residuals(levels)[:2]), 1)
        assert solution_at(saddle).status is status


MODELS = {
    "glass": Model(gamma=10.0, J0=0.6),
    "glass in a field": Model(gamma=10.0, J0=0.6, field=3.0),
    "field turned round": Model(gamma=10.0, J0=0.6, field=-3.0),
    "polarised": Model(gamma=10.0, J0=1.3),
    "polarised in a field": Model(gamma=10.0, J0=1.3, field=-0.1),
    "antiferromagnetic bias": Model(gamma=10.0, J0=-0.5, field=1.0),
    "near the onset": Model(gamma=4.0, J0=1.05, field=0.003),
}


@pytest.mark.parametrize("name", MODELS)
def test_the_branch_belongs_to_the_model(name: str, solved: Callable[..., Solution]) -> None:
    """From the solution of every other model: the solution that needs no guess."""
    others = list(MODELS.values())
    for k, starts in ((0, others), (1, others[1::2])):
        direct = solved(MODELS[name], k)
        assert direct.converged
        for other in starts:
            guided = solve(MODELS[name], k, guess=solved(other, k))
            assert guided.status is direct.status
            assert guided.free_energy == pytest.approx(direct.free_energy, rel=1e-10)
            assert guided.p == pytest.approx(direct.p, rel=1e-6)


def test_guesses_that_cannot_serve(solved: Callable[..., Solution]) -> None:
    """Fewer steps of another model, a glass for the ergodic phase and the reverse, too cold a y."""
    glass, field = MODELS["glass"], MODELS["glass in a field"]
    guided = solve(field, 2, guess=solved(glass, 1))
    assert guided.free_energy == pytest.approx(solved(field, 2).free_energy, rel=1e-10)
    ergodic = Model(gamma=0.4)
    assert solve(ergodic, 1, guess=solved(glass, 1)).status is Status.COLLAPSED
    assert solve(glass, 0, guess=solved(ergodic, 0)).p == 0.0
    cold = solved(glass, 1)
    T = 1.5 / float(cold.breakpoints[-1])
    assert solve(glass, 1, T, guess=cold).free_energy == pytest.approx(
        solve(glass, 1, T).free_energy, rel=1e-10
    )


@pytest.mark.parametrize("k", [0, 1])
def test_p_is_the_slope_of_f_and_f_is_concave(k: int) -> None:
    """p = -∂f/∂H, and f is concave in H, J0 and T: second differences, first order in steps."""
    model, T = Model(gamma=5.0, J0=1.02, field=0.2), 0.5

    def f(field: float = 0.2, J0: float = 1.02, temperature: float = T) -> float:
        solution = solve(replace(model, field=field, J0=J0), k, temperature)
        assert solution.converged
        return solution.free_energy

    here, step = solve(model, k, T), 1e-3
    low, high = f(field=0.2 - step), f(field=0.2 + step)
    assert here.p == pytest.approx((low - high) / (2 * step), rel=1e-5)
    middle = here.free_energy
    assert low + high < 2 * middle
    assert f(J0=1.0) + f(J0=1.04) < 2 * middle
    assert f(temperature=0.9 * T) + f(temperature=1.1 * T) < 2 * middle


@pytest.mark.parametrize(("J0", "field"), [(0.8, 0.6), (1.05, 0.0), (1.5, 0.05)])
def test_the_lower_state_where_p_jumps(J0: float, field: float) -> None:
    """Beside a stable state of small p: at J = 0 that of the least G(v) - J0 v²/2 - H v."""
    model = Model(gamma=1.0, J0=J0, J=0.0, field=field, coefficients=FIRST_ORDER)
    v = np.linspace(0.0, 6.0, 60_001)
    U = model.G.value(v) - J0 * v**2 / 2 - field * v
    assert v[np.argmin(U)] > 3.0
    decoupled = solve(model)
    assert decoupled.free_energy == pytest.approx(U.min(), abs=1e-7)
    assert decoupled.p == pytest.approx(v[np.argmin(U)], abs=1e-4)
    weak = solve(replace(model, J=0.01))
    assert weak.converged
    # f changes by J² C q/2 or so.
    assert weak.free_energy == pytest.approx(decoupled.free_energy, abs=1e-4 * 10)
    assert weak.p == pytest.approx(decoupled.p, abs=1e-3)
