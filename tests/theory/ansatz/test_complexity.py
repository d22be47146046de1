"""Σ(f) of 1RSB: its identities by differences, its ends, and hard spins."""

from __future__ import annotations

import math

import numpy as np
import pytest
from glasswell.theory import Complexity, Model, SolveError, Status, complexity, solve
from scipy import optimize, special

GLASS = Model(gamma=10.0)
CASES = {
    "T = 0": (GLASS, 0.0),
    "in a field": (Model(gamma=10.0, field=0.3), 0.0),
    "warm": (GLASS, 20.0),
}


@pytest.fixture(scope="module")
def states() -> dict[str, Complexity]:
    return {name: complexity(model, T) for name, (model, T) in CASES.items()}


@pytest.mark.parametrize("name", CASES)
def test_it_vanishes_at_the_solution_of_one_step(name: str, states: dict[str, Complexity]) -> None:
    model, T = CASES[name]
    solution = solve(model, 1, T)
    found = states[name]
    assert found.equilibrium is not None
    y, f = found.equilibrium
    assert y == pytest.approx(solution.breakpoints[0] / (T or 1.0), rel=1e-12)
    assert f == pytest.approx(solution.free_energy, rel=1e-13)
    assert found.f[0] == pytest.approx(f, rel=1e-12)
    assert abs(found.sigma[0]) < 1e-9
    assert np.all(found.sigma[1:] > 0)
    assert set(found.statuses) == {Status.CONVERGED}


@pytest.mark.parametrize("name", CASES)
def test_derivatives_by_differences(name: str, states: dict[str, Complexity]) -> None:
    """Σ = y² ∂φ/∂y and f = ∂(yφ)/∂y, with φ = f - Σ/y of five values of y."""
    model, T = CASES[name]
    equilibrium = states[name].equilibrium
    assert equilibrium is not None
    middle = 0.8 * equilibrium[0]
    step = 0.01 * middle
    near = complexity(model, T, y=[middle + step * n for n in range(-2, 3)])
    assert np.all(np.diff(near.y) < 0)
    phi = (near.f - near.sigma / near.y)[::-1]
    weights = np.array([1, -8, 0, 8, -1]) / (12 * step)
    assert near.sigma[2] == pytest.approx(middle**2 * weights @ phi, rel=1e-6)
    assert near.f[2] == pytest.approx(weights @ (near.y[::-1] * phi), rel=1e-8)
    # dΣ/df = y, the slope of the curve.
    slope = (weights @ near.sigma) / (weights @ near.f)
    assert slope == pytest.approx(middle, rel=1e-5)


def test_the_threshold_is_where_f_turns(states: dict[str, Complexity]) -> None:
    found = states["T = 0"]
    assert found.threshold is not None
    y, f, sigma = found.threshold
    near = complexity(GLASS, y=[0.995 * y, y, 1.005 * y])
    assert f == pytest.approx(near.f.max(), abs=1e-5)
    assert near.f[1] > max(near.f[0], near.f[2])
    assert f == pytest.approx(near.f[1], rel=1e-6)
    assert sigma == pytest.approx(near.sigma[1], rel=1e-2)
    assert found.above_threshold(np.array([f - 1.0, f + 1.0])) == 0.5


def test_beyond_the_solution_it_is_negative() -> None:
    equilibrium = complexity(GLASS).equilibrium
    assert equilibrium is not None
    found = complexity(GLASS, y=[1.3 * equilibrium[0]])
    assert found.sigma[0] < 0
    assert found.threshold is None


def ising(y: float) -> tuple[float, float]:
    """e and Σ of the SK model at T = 0: φ(y, q_0) in closed form but for one integral."""
    z, dz = np.polynomial.hermite_e.hermegauss(120)
    dz = dz / math.sqrt(2 * math.pi)

    def phi(y: float, q: float) -> float:
        m, s = math.sqrt(q) * z, math.sqrt(1 - q)
        logs = [sign * y * m + special.log_ndtr(sign * m / s + y * s) for sign in (1, -1)]
        return y * (1 - q**2) / 4 - float(dz @ np.logaddexp(*logs)) / y - y * (1 - q) / 2

    def stationary(y: float) -> float:
        def slope(q: float) -> float:
            return phi(y, q + 1e-5) - phi(y, q - 1e-5)

        return phi(y, float(optimize.brentq(slope, 0.1, 0.9)))

    step = 1e-3
    slope = (stationary(y + step) - stationary(y - step)) / (2 * step)
    return stationary(y) + y * slope, y**2 * slope


def test_hard_spins() -> None:
    """k = -1, a = 6, γ → 0 is the SK model, after the leading softness (physics.md §2)."""
    gammas = (0.01, 0.005)
    values = []
    for gamma in gammas:
        found = complexity(Model(gamma=gamma, k=-1.0, a=6.0))
        assert found.equilibrium is not None
        assert found.threshold is not None
        solution = solve(found.model, 1)
        (_, part), level = solution.levels.parts[0], solution.levels.parts[0][1].levels[-1]
        assert part.model == found.model
        force = level.h + solution.C * level.slope
        softness = 1 / (4 * gamma) + gamma / 4 * float(level.mass @ force**2)
        gap = found.threshold[1] - found.equilibrium[1]
        values.append([found.equilibrium[1] + softness, gap, found.threshold[2]])
    # What is left is γ² of the energy, and γ of the others.
    energy = (4 * values[1][0] - values[0][0]) / 3
    gap, sigma = (2 * values[1][n] - values[0][n] for n in (1, 2))
    own = float(optimize.brentq(lambda y: ising(y)[1], 1.2, 1.5))
    assert energy == pytest.approx(-0.7652, abs=1e-4)
    assert energy == pytest.approx(ising(own)[0], abs=1e-5)
    top = optimize.minimize_scalar(lambda y: -ising(y)[0], bounds=(0.5, 0.8), method="bounded")
    threshold = ising(float(top.x))
    assert sigma == pytest.approx(threshold[1], rel=3e-3)
    assert gap == pytest.approx(threshold[0] - ising(own)[0], rel=3e-3)


def test_where_there_is_one_state() -> None:
    found = complexity(Model(gamma=0.4))
    assert found.equilibrium is None
    assert found.threshold is None
    assert len(found.y) == len(found.statuses) == 0
    with pytest.raises(SolveError, match="no threshold"):
        found.above_threshold(np.zeros(1))


@pytest.mark.parametrize(("T", "y"), [(-1.0, [0.1]), (0.0, [0.0]), (20.0, [0.06])])
def test_refusals(T: float, y: list[float]) -> None:
    with pytest.raises(SolveError):
        complexity(GLASS, T, y=y)
