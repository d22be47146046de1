"""Breaking next to where it begins: T_g, the AT line, and jumps of v* that hardly occur."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from glasswell.theory import Model, Solution, Status, glass_temperature, solve, temperature_AT
from glasswell.theory.ansatz.climb import DIRECT
from glasswell.theory.ansatz.marginal import UNEVEN, Marginal
from glasswell.theory.ansatz.rare import Jumps, universal
from glasswell.theory.ansatz.rare_breaking import RareBreaking, split
from glasswell.theory.ansatz.stationarity import Branch
from glasswell.theory.recursion.recursion import Order, recursion
from numpy.typing import NDArray
from scipy import integrate, optimize
from scipy.special import log_ndtr

IN_FIELD = Model(gamma=10.0, field=0.3)
RARE = Model(gamma=0.3, k=-1.0, J0=2.0, field=0.3)


@cache
def T_AT() -> float:
    """Where replica symmetry of IN_FIELD becomes unstable."""
    return temperature_AT(IN_FIELD)


@cache
def below(distance: float, rsb: int) -> Solution:
    """IN_FIELD at T = T_AT (1 - distance)."""
    return solve(IN_FIELD, rsb, T_AT() * (1 - distance))


def depth(order: Order) -> float:
    """(q_k - q_0)/q_k."""
    return float(1 - order.q[0] / order.q[-1])


@pytest.mark.parametrize("field", [0.01, 0.3, -0.3])
def test_in_a_field_at_half_the_glass_temperature(field: float) -> None:
    """u = ∂(βf)/∂β and p = -∂f/∂H by differences."""
    model = Model(gamma=10.0, field=field)
    T = 0.5 * glass_temperature(Model(gamma=10.0))
    here = solve(model, 1, T)
    assert here.status is Status.CONVERGED
    assert here.replicon < 0

    def f(model: Model, T: float) -> float:
        found = solve(model, 1, T, guess=here)
        assert found.converged
        return found.free_energy

    step = 1e-3
    low, high = (f(model, T * (1 + sign * step)) / (1 + sign * step) for sign in (1, -1))
    assert here.energy == pytest.approx((high - low) / (2 * step), rel=1e-5)
    less, more = (f(replace(model, field=field * (1 + sign * 0.05)), T) for sign in (-1, 1))
    assert here.p == pytest.approx((less - more) / (0.1 * field), rel=1e-4)


@pytest.mark.parametrize("rsb", [1, 2, 3])
def test_overlaps_near_the_glass_temperature(rsb: int) -> None:
    """q(y) is a straight line there, of which k steps cut q_l = (2l + 1)/(2k + 1) q_k."""
    model = Model(gamma=3.0)
    solution = solve(model, rsb, 0.99 * glass_temperature(model))
    assert solution.status is Status.CONVERGED
    expected = (2 * np.arange(rsb + 1) + 1) / (2 * rsb + 1)
    np.testing.assert_allclose(solution.overlaps / solution.overlaps[-1], expected, rtol=1e-3)


def test_the_expansion_about_the_line_meets_what_is_solved() -> None:
    """1RSB at 0.7 and 7 % of depth: the error is of first order, and is what is stated."""
    errors = []
    for distance in (1e-3, 1e-2):
        solution, symmetric = below(distance, 1), below(distance, 0)
        assert solution.status is Status.CONVERGED
        assert solution.error == 0.0
        expected = Marginal.of(symmetric.levels, Branch.IN_FIELD)
        assert expected is not None
        wide = depth(solution.order)
        q = float(expected.order.q[0])
        off = expected.width / q / wide - 1, expected.y / solution.order.y[0] - 1
        assert max(map(abs, off)) < wide
        # That of replica symmetry is wrong to first order in C.
        assert abs(expected.order.C / solution.C - 1) < 0.1 * abs(symmetric.C / solution.C - 1)
        errors.append(max(map(abs, off)))
    assert errors[0] < 0.2 * errors[1]


def test_below_resolution_the_expansion_is_the_answer() -> None:
    """1e-6 from the line the depth is 1e-3 of that at 1e-3, where it is solved for."""
    near, far = below(1e-6, 1), below(1e-3, 1)
    assert near.status is Status.CONVERGED
    assert near.expansion is not None
    assert 0 < near.error < DIRECT[0]
    assert 1e3 * depth(near.order) == pytest.approx(depth(far.order), rel=0.02)
    assert near.breakpoints[0] == pytest.approx(far.breakpoints[0], rel=0.01)
    many = solve(IN_FIELD, 3, near.temperature)
    third = np.diff(near.overlaps) / 3
    np.testing.assert_allclose(np.diff(many.overlaps), third.repeat(3), rtol=1e-6)
    assert many.C == pytest.approx(near.C, rel=1e-12)
    assert many.susceptibility == pytest.approx(near.susceptibility, rel=1e-6)


def test_steps_are_even_to_first_order() -> None:
    """Three steps that were solved for differ by less than is stated for even ones."""
    model = Model(gamma=10.0, field=2.0)
    solved = solve(model, 3, 0.95 * temperature_AT(model))
    assert solved.error == 0.0
    gaps = np.diff(solved.overlaps)
    uneven = np.abs(gaps / gaps.mean() - 1).max() / depth(solved.order)
    assert 0.1 < uneven < UNEVEN


def test_on_both_sides_of_the_line() -> None:
    """COLLAPSED with a positive replicon above, CONVERGED with a negative one below."""
    above = solve(IN_FIELD, 2, T_AT() * 1.0001)
    assert above.status is Status.COLLAPSED
    assert above.replicon > 0
    under = solve(IN_FIELD, 1, T_AT() * 0.9999)
    assert under.status is Status.CONVERGED
    assert under.replicon < 0


def test_gains_do_not_drown_in_rounding() -> None:
    """Two overlaps 1e-4 apart: as differences the gains lose what the sum keeps."""
    model, order = IN_FIELD, Order(0.3, 0.02, np.array([8.0, 8.0008]), np.array([1e-3]))
    coarse, fine = (recursion(model, order, 50.0, resolution=r) for r in (1.0, 1.5))
    np.testing.assert_allclose(coarse.gaps, fine.gaps, rtol=1e-9)
    np.testing.assert_allclose(coarse.gains, fine.gains, rtol=1e-9)
    np.testing.assert_allclose(np.diff(fine.overlaps), fine.gaps, rtol=1e-7)
    np.testing.assert_allclose(np.diff(fine.mean_g), fine.gains, rtol=1e-4)


def test_one_step_of_rare_jumps() -> None:
    """s, y and what is left of P at the jump, from the reduced equations by scipy's quadrature."""

    def slopes(x: float, s: float, y: float) -> tuple[float, float]:
        """ln E e^{y|x + s z|}/y and its derivative, in closed form."""
        up, down = (sign * y * x + log_ndtr(sign * x / s + y * s) for sign in (1, -1))
        both = np.logaddexp(up, down)
        return (both + y**2 * s**2 / 2) / y, float(np.tanh((up - down) / 2))

    def lacks(x: NDArray[np.float64]) -> list[float]:
        s, y = np.exp(x)
        spread = integrate.quad(lambda x: 1 - slopes(x, s, y)[1] ** 2, -30, 30, points=[0])[0]

        def gain(x: float) -> float:
            # W g is ∂(y g_0)/∂y, here a difference.
            g, m = slopes(x, s, y)
            d = 1e-4 * y
            up, down = (h * slopes(x, s, h)[0] for h in (y + d, y - d))
            return (up - down) / (2 * d) - g - y * s**2 * m**2 / 2

        lifted = integrate.quad(gain, -30, 30, points=[0], limit=200)[0]
        return [spread / s**2 - 1, 4 * lifted / (y * s**4) - 1]

    s, y = np.exp(optimize.root(lacks, np.log([1.4, 0.6])).x)
    found = universal((1.0,), (1.0,), 1)
    assert found is not None
    assert np.sqrt(found.gaps[0]) == pytest.approx(s, rel=1e-6)
    assert found.y[0] == pytest.approx(y, rel=1e-6)


def test_rare_jumps_meet_what_is_solved() -> None:
    """Depth 2.4e-3: one step from replica symmetry, two from one, within the error stated."""
    symmetric, one, two = (solve(RARE, k) for k in (0, 1, 2))
    assert one.error == two.error == 0.0
    first = RareBreaking.of(symmetric.levels, Branch.IN_FIELD, 1)
    second = split(one.order, symmetric.levels)
    for expected, solution in ((first, one), (second, two)):
        assert expected is not None
        assert expected.error < 0.15
        for wanted, found in (
            (np.diff(expected.order.q), np.diff(solution.overlaps)),
            (expected.order.y, solution.breakpoints),
        ):
            np.testing.assert_allclose(wanted, found, rtol=expected.error)
        assert expected.order.C == pytest.approx(solution.C, rel=0.01)
        assert abs(symmetric.C / solution.C - 1) > 0.5
    assert Jumps.of(solve(Model(gamma=0.7)).levels, 1.0) is None


def test_rare_jumps_that_cannot_be_resolved() -> None:
    """In a stronger field: three steps by proportion, in order, and f as with one."""
    model = replace(RARE, field=2.0)
    one, three = solve(model, 1), solve(model, 3)
    assert three.status is Status.CONVERGED
    assert three.expansion is not None
    assert three.error > 0
    assert np.all(np.diff(three.overlaps) > 0)
    assert np.all(np.diff(three.breakpoints) > 0)
    assert three.overlaps[0] < one.overlaps[0] < three.overlaps[2]
    assert three.C < one.C
    assert three.C_reg + three.C_jump == pytest.approx(three.C)
