"""Broken symmetry at T > 0: an independent RS, thermodynamics, limits and inequalities."""

from __future__ import annotations

import numpy as np
import pytest
from glasswell.theory import Model, Solution, Status, glass_temperature, solve
from scipy import optimize

QUARTIC = Model(gamma=10.0)


def plain_rs(T: float, model: Model) -> tuple[float, float, float, float]:
    """RS from its definition, with uniform Riemann sums in z and v: p, q, q̂ and f."""
    z = np.linspace(-9, 9, 481)
    weight_z = np.exp(-(z**2) / 2) * (z[1] - z[0]) / np.sqrt(2 * np.pi)
    v = np.linspace(-40, 40, 1601)

    def moments(p: float, q: float, C: float) -> tuple[float, float, float, float]:
        h = model.field + model.J0 * p + np.sqrt(q) * z[:, None]
        exponent = -(v**2 / 2 / model.gamma + v**4 / 24 / model.gamma - C * v**2 / 2 - h * v) / T
        top = exponent.max(axis=1, keepdims=True)
        weight = np.exp(exponent - top)
        Z = weight.sum(axis=1)
        mean, square = (weight @ v) / Z, (weight @ v**2) / Z
        g = T * (np.log(Z * (v[1] - v[0])) + top[:, 0])
        return (weight_z @ mean, weight_z @ mean**2, weight_z @ square, weight_z @ g)

    def mismatch(x: np.ndarray) -> np.ndarray:
        p, q, q_hat = x
        new_p, new_q, new_q_hat, _ = moments(p, q, (q_hat - q) / T)
        return np.array([new_p - p, new_q - q, new_q_hat - q_hat])

    ours = solve(model, temperature=T)
    start = np.array([ours.p, ours.overlaps[0], ours.q_hat]) * 1.01
    p, q, q_hat = optimize.root(mismatch, start, tol=1e-13).x
    g = moments(p, q, (q_hat - q) / T)[3]
    return p, q, q_hat, model.J0 * p**2 / 2 + (q_hat**2 - q**2) / (4 * T) - g


@pytest.mark.parametrize(
    ("model", "T"),
    [
        (QUARTIC, 30.0),
        (QUARTIC, 12.0),
        (Model(gamma=10.0, J0=1.5), 20.0),
        (Model(gamma=10.0, J0=0.5, field=-2.0), 20.0),
        (Model(gamma=1.0, field=0.3), 2.0),
    ],
)
def test_rs_agrees_with_its_definition(model: Model, T: float) -> None:
    solution = solve(model, temperature=T)
    ours = [solution.p, solution.overlaps[0], solution.q_hat, solution.free_energy]
    assert solution.converged
    assert ours == pytest.approx(plain_rs(T, model), rel=1e-8, abs=1e-8)


def checked(model: Model, k: int, T: float) -> Solution:
    """A solution, with the checks every one must pass."""
    solution = solve(model, rsb=k, temperature=T)
    assert solution.converged, solution
    assert solution.residual < 1e-9
    if solution.status is not Status.COLLAPSED and k > 0:
        assert np.all(np.diff(solution.overlaps) > 0)
        assert np.all(np.diff(solution.breakpoints) > 0)
        assert 0 < solution.breakpoints[0] <= solution.breakpoints[-1] < 1
    return solution


@pytest.mark.parametrize("ratio", [0.9, 0.5, 0.1, 0.01])
def test_free_energy_rises_with_every_step(ratio: float) -> None:
    T = ratio * glass_temperature(QUARTIC)
    values = [checked(QUARTIC, k, T).free_energy for k in range(4)]
    assert np.all(np.diff(values) > 0)


@pytest.mark.parametrize(("model", "T"), [(QUARTIC, 10.0), (Model(gamma=10.0, field=2.0), 5.0)])
@pytest.mark.parametrize("k", [0, 1, 2])
def test_energy_and_entropy_are_derivatives_of_the_free_energy(
    model: Model, T: float, k: int
) -> None:
    step = 1e-3 * T
    f = [checked(model, k, T + n * step).free_energy for n in (-2, -1, 1, 2)]
    slope = (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * step)
    middle = checked(model, k, T)
    assert middle.entropy == pytest.approx(-slope, rel=1e-7)
    assert middle.energy == pytest.approx(middle.free_energy - T * slope, rel=1e-7)


@pytest.mark.parametrize("k", [0, 1, 2])
def test_virial_theorem(k: int) -> None:
    """2 e_J + ⟨v G'/γ⟩ = T with G = v²/2 + v⁴/24, so that u = e_J + ⟨G⟩/γ fixes both moments."""
    T = 5.0
    solution = checked(QUARTIC, k, T)
    order = solution.levels.order
    bonds = order.C * (solution.q_hat + order.q[-1]) + order.y @ np.diff(order.q**2)
    e_J = -bonds / 2
    quartic = solution.energy - e_J - solution.q_hat / 20
    assert 2 * e_J + solution.q_hat / 10 + 4 * quartic == pytest.approx(T, rel=1e-9)


@pytest.mark.parametrize("k", [0, 1, 2])
def test_zero_temperature_is_a_limit(k: int) -> None:
    ground = solve(QUARTIC, rsb=k)
    assert ground.energy == pytest.approx(ground.free_energy, rel=1e-9)
    for T in (1e-2, 1e-4):
        solution = checked(QUARTIC, k, T)
        bound = 10 * T
        assert abs(solution.free_energy - ground.free_energy) < bound
        assert abs(solution.C - ground.C) < bound
        assert np.abs(solution.overlaps - ground.overlaps).max() < 10 * bound
        if k:
            assert solution.breakpoints / T == pytest.approx(ground.breakpoints, rel=bound)


@pytest.mark.parametrize("k", [0, 1, 2])
def test_resolution_does_not_matter(k: int) -> None:
    coarse = solve(QUARTIC, rsb=k, temperature=6.0)
    fine = solve(QUARTIC, rsb=k, temperature=6.0, resolution=2.0)
    assert coarse.free_energy == pytest.approx(fine.free_energy, rel=1e-11)
    assert coarse.overlaps == pytest.approx(fine.overlaps, rel=1e-8)
    assert coarse.breakpoints == pytest.approx(fine.breakpoints, rel=1e-7)


def test_order_grows_continuously_below_T_g() -> None:
    T_g = glass_temperature(QUARTIC)
    q = [checked(QUARTIC, 1, ratio * T_g).overlaps[1] for ratio in (0.99, 0.98)]
    assert q[1] == pytest.approx(2 * q[0], rel=0.02)


def test_polarisation_appears_continuously() -> None:
    model = Model(gamma=10.0, J0=2.0)
    states = [solve(model, temperature=T) for T in (150.0, 120.0, 80.0, 20.0)]
    assert all(state.converged for state in states)
    p = [state.p for state in states]
    assert p[0] == 0.0
    assert np.all(np.diff(p) > 0)


def test_hard_spins_follow_sherrington_and_kirkpatrick() -> None:
    """RS at T = 1/2: q = ∫Dz tanh²(√q z/T); 1/K corrections stay."""
    T, z = 0.5, np.linspace(-9, 9, 4001)
    Dz = np.exp(-(z**2) / 2) * (z[1] - z[0]) / np.sqrt(2 * np.pi)
    q = optimize.brentq(lambda q: Dz @ np.tanh(np.sqrt(q) * z / T) ** 2 - q, 0.1, 1.0)
    errors = []
    for K in (50.0, 100.0):
        solution = solve(Model(gamma=1 / (4 * K), k=-1.0, a=6.0), temperature=T)
        errors.append(solution.overlaps[0] - q)
    assert abs(errors[1]) < 0.02
    assert 2 * errors[1] - errors[0] == pytest.approx(0, abs=5e-4)


def test_negative_temperature_is_refused() -> None:
    with pytest.raises(ValueError, match="temperature"):
        solve(QUARTIC, temperature=-1.0)
