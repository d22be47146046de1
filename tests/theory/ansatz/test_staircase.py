"""From one number of steps to the next: collapse, monotony, continuity, resolution."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from glasswell.theory import Model, Solution, Status, solve
from glasswell.theory.recursion.recursion import Order, recursion


def free_energy(model: Model, C: float, q: list[float], y: list[float], p: float = 0.0) -> float:
    order = Order(p, C, np.array(q), np.array(y))
    return float(recursion(model, order, resolution=2.0).free_energy)


GLASS = Model(gamma=10.0)
POLARISED = Model(gamma=4.0, J0=1.2, J=1.1, field=0.4)


@pytest.mark.parametrize(("model", "p"), [(GLASS, 0.0), (POLARISED, 2.0)])
def test_equal_breakpoints_merge_two_steps(model: Model, p: float) -> None:
    """y_1 = y_2: Gaussians of variance q_1 - q_0 and q_2 - q_1 add up, whatever q_1 is."""
    for q_1 in (45.0, 60.0, 80.0):
        two = free_energy(model, 0.6, [40.0, q_1, 90.0], [0.008, 0.008], p)
        one = free_energy(model, 0.6, [40.0, 90.0], [0.008], p)
        # Quadrature at resolution 2, on f ≈ 40.
        assert two == pytest.approx(one, rel=1e-11)
    three = free_energy(model, 0.6, [0.0, 30.0, 60.0, 90.0], [0.004, 0.008, 0.008], p)
    two = free_energy(model, 0.6, [0.0, 30.0, 90.0], [0.004, 0.008], p)
    assert three == pytest.approx(two, rel=1e-11)


def extrapolated(values: list[float], exponents: list[float]) -> float:
    """The limit of f(x), f(x/2), f(x/4), … for f = f_0 + Σ c_n x^exponent (Richardson)."""
    column = np.array(values)
    for exponent in exponents:
        column = (2**exponent * column[1:] - column[:-1]) / (2**exponent - 1)
    return float(column[-1])


@pytest.mark.parametrize(("model", "p"), [(GLASS, 0.0), (POLARISED, 2.0)])
def test_a_vanishing_breakpoint_removes_a_step(model: Model, p: float) -> None:
    """y_1 → 0: the inner average is no longer tilted and joins the outer one."""
    ys = [1e-4 / 2**n for n in range(4)]
    rs = free_energy(model, 0.6, [90.0], [], p)
    one = [free_energy(model, 0.6, [30.0, 90.0], [y], p) for y in ys]
    assert abs(one[0] - one[-1]) > 1e-6 * abs(one[0])
    # f varies by 1e-2 of itself here; four terms leave its square's square.
    assert extrapolated(one, [1, 2, 3]) == pytest.approx(rs, rel=1e-9)
    two = [free_energy(model, 0.6, [30.0, 70.0, 90.0], [y, 0.02], p) for y in ys]
    below = free_energy(model, 0.6, [70.0, 90.0], [0.02], p)
    assert extrapolated(two, [1, 2, 3]) == pytest.approx(below, rel=1e-9)


@pytest.mark.parametrize(("model", "p"), [(GLASS, 0.0), (POLARISED, 2.0)])
def test_equal_overlaps_remove_a_step(model: Model, p: float) -> None:
    """q_0 → q_1: the step has no height, whatever its breakpoint is.

    The Gaussian of width σ = √(q_1 - q_0) rounds the kink of g, for |h| ≲ σ: besides powers of
    σ² this costs σ³ and its odd successors.
    """
    gaps = [4.0 / 2**n for n in range(6)]
    rs = free_energy(model, 0.6, [90.0], [], p)
    one = [free_energy(model, 0.6, [90.0 - gap, 90.0], [0.01], p) for gap in gaps]
    assert abs(one[0] - rs) > 1e-3 * abs(rs)
    # Five orders are removed; the sixth, with σ⁷, is left: a part in 1e4 of the difference.
    limit = extrapolated(one, [1, 1.5, 2, 2.5, 3])
    assert limit == pytest.approx(rs, rel=1e-7)


@pytest.mark.parametrize("rsb", [1, 3])
@pytest.mark.parametrize("model", [Model(gamma=2.0, J0=3.0), Model(gamma=0.4), Model(gamma=0.5)])
def test_stable_replica_symmetry_collapses(
    model: Model, rsb: int, solved: Callable[..., Solution]
) -> None:
    """Where λ ≥ 0 all overlaps coincide, breakpoints are not defined, and f is that of RS."""
    collapsed, rs = solved(model, rsb), solved(model, 0)
    assert rs.replicon >= -1e-12
    assert collapsed.status is Status.COLLAPSED
    assert collapsed.converged
    np.testing.assert_array_equal(collapsed.overlaps, np.full(rsb + 1, rs.overlaps[0]))
    assert np.all(np.isnan(collapsed.breakpoints))
    assert collapsed.breakpoints.shape == (rsb,)
    assert collapsed.free_energy == rs.free_energy


@pytest.mark.parametrize("gamma", [2.0, 10.0])
def test_the_free_energy_rises_with_every_step(
    gamma: float, solved: Callable[..., Solution]
) -> None:
    """f_RS < f_1RSB < …, by less each time; the jump part of C goes to zero, and C to C_reg."""
    solutions = [solved(Model(gamma=gamma), rsb) for rsb in range(5)]
    assert all(s.converged for s in solutions)
    assert all(s.overlaps.shape == (s.rsb + 1,) for s in solutions)
    f = np.array([s.free_energy for s in solutions])
    assert np.all(np.diff(f) > 0)
    assert np.all(np.diff(f, 2) < 0)
    jump = np.array([s.C_jump for s in solutions])
    assert np.all(jump > 0)
    assert np.all(np.diff(jump) < 0)
    assert np.all(np.diff([float(s.field_density(0.0)) for s in solutions]) < 0)
    for s in solutions:
        assert s.C_reg + s.C_jump == pytest.approx(s.C, rel=1e-9)
        assert s.replicon == -np.inf
        assert np.all(np.diff(s.overlaps) > 0)
        assert np.all(np.diff(s.breakpoints) > 0)


@pytest.mark.parametrize("gamma", [2.0, 10.0])
@pytest.mark.parametrize("rsb", [0, 1, 2])
def test_f_is_continuous_in_the_field(
    gamma: float, rsb: int, solved: Callable[..., Solution]
) -> None:
    """f(H) is concave with slope -p: between H = 0 and 1e-3 it falls by χH²/2 ≈ 5e-7."""
    at_zero = solved(Model(gamma=gamma), rsb)
    nearby = solved(Model(gamma=gamma, field=1e-3), rsb)
    assert 0 < at_zero.free_energy - nearby.free_energy < 1e-6
    np.testing.assert_allclose(nearby.overlaps, at_zero.overlaps, rtol=1e-4)
    np.testing.assert_allclose(nearby.breakpoints, at_zero.breakpoints, rtol=1e-4)


@pytest.mark.parametrize("rsb", [0, 1])
def test_f_is_continuous_in_the_bias(rsb: int, solved: Callable[..., Solution]) -> None:
    """∂f/∂J0 = -p²/2: f(J0 = 1.59) - f(1.61) lies between the values of 0.01 p²."""
    low, high = (solved(Model(gamma=10.0, J0=J0), rsb) for J0 in (1.59, 1.61))
    fall = low.free_energy - high.free_energy
    assert 0.01 * low.p**2 <= fall <= 0.01 * high.p**2
    assert abs(low.p) > 8


@pytest.mark.parametrize(
    ("model", "rsb"),
    [
        (Model(gamma=10.0), 0),
        (Model(gamma=10.0), 1),
        (Model(gamma=2.0), 2),
        (Model(gamma=10.0, J0=1.6), 1),
        (Model(gamma=6.0, J=0.7, J0=1.0, a=0.4, field=0.3), 1),
    ],
)
def test_resolution(model: Model, rsb: int, solved: Callable[..., Solution]) -> None:
    """A converged result does not depend on the number of panels."""
    coarse, fine = (solved(model, rsb, r) for r in (1.0, 2.0))

    def numbers(s: Solution) -> np.ndarray:
        return np.array([s.free_energy, s.C, *s.overlaps, *s.breakpoints, s.wells.fraction])

    # Residuals of 1e-10, amplified up to 1e3 times where q_0 and q_1 nearly coincide.
    np.testing.assert_allclose(numbers(coarse), numbers(fine), rtol=1e-7, atol=1e-12)


def test_resolution_of_the_quadrature() -> None:
    """At given order parameters f and the moments settle to 1e-12 as panels are added."""
    order = Order(0.0, 0.55, np.array([20.0, 60.0, 90.0]), np.array([0.006, 0.03]))
    levels = [recursion(Model(gamma=10.0), order, resolution=r) for r in (1.0, 2.0, 3.0)]
    numbers = [np.array([x.free_energy, x.C_reg, x.C_jump, *x.overlaps]) for x in levels]
    np.testing.assert_allclose(numbers[1], numbers[2], rtol=1e-12)
    # One panel is six standard deviations wide by default.
    np.testing.assert_allclose(numbers[0], numbers[2], rtol=1e-8)


def test_a_nearby_solution_is_a_guess(solved: Callable[..., Solution]) -> None:
    """From a neighbour the same saddle point is found."""
    direct = solved(Model(gamma=10.0), 2)
    guided = solve(Model(gamma=10.0), rsb=2, guess=solved(Model(gamma=9.0), 2))
    assert guided.converged
    assert guided.free_energy == pytest.approx(direct.free_energy, rel=1e-10)
    np.testing.assert_allclose(guided.overlaps, direct.overlaps, rtol=1e-7)


@pytest.mark.parametrize("gamma", [0.6, 0.8])
def test_just_above_the_ergodic_phase(gamma: float) -> None:
    """Where q and q_1 - q_0 are tiny 1RSB is found or said not to be, without a warning."""
    solution = solve(Model(gamma=gamma), rsb=1)
    rs = solve(Model(gamma=gamma))
    assert rs.converged
    assert solution.converged == (solution.residual < 1e-9 and solution.overlaps.shape == (2,))
    if solution.converged:
        assert solution.free_energy >= rs.free_energy - 1e-12
