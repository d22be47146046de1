"""The recursion's moments are the derivatives of its free energy, stationary or not.

From the definition of f (physics.md §2) and the heat equation that g_l obeys,

    ∂f/∂p   = J0 (p - ∫P_k ⟨v⟩)
    ∂f/∂C   = J² (q_k - ∫P_k v*²)/2
    ∂f/∂q_l = J² (y_l - y_{l+1}) (q_l - ∫P_l g_l'²)/2                  l < k, y_0 = 0
    ∂f/∂q_k = J² [C - ∫P_k g_k'' + y_k (q_k - ∫P_k v*²)]/2             jump of v* included
    ∂f/∂y_l = J² (q_l² - q_{l-1}²)/4 - (∫P_l g_l - ∫P_{l-1} g_{l-1})/y_l
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from glasswell.theory import Model, Solution
from glasswell.theory.recursion.recursion import Order, Recursion, recursion
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FINE = 2.0
"""Resolution: differences of f must not see its quadrature error."""

STEP = 0.02
"""Relative step of the differences; sixth order leaves STEP⁶ ~ 1e-10 of the seventh derivative."""


def analytic(levels: Recursion) -> Floats:
    """The gradient of f in (p, C, q_0 … q_k, y_1 … y_k)."""
    order, model = levels.order, levels.model
    J2 = model.J**2
    y = np.concatenate([[0.0], order.y])
    d_q = np.zeros(len(order.q))
    d_q[:-1] = J2 * (y[:-1] - y[1:]) * (order.q - levels.overlaps)[:-1] / 2
    C = levels.C_reg + levels.C_jump
    d_q[-1] = J2 * (order.C - C + y[-1] * (order.q[-1] - levels.overlaps[-1])) / 2
    d_y = J2 * np.diff(order.q**2) / 4 - np.diff(levels.mean_g) / order.y
    d_p = model.J0 * (order.p - levels.polarisation)
    return np.array([d_p, J2 * (order.q[-1] - levels.overlaps[-1]) / 2, *d_q, *d_y])


def as_vector(order: Order) -> Floats:
    return np.array([order.p, order.C, *order.q, *order.y])


def as_order(x: Floats, rsb: int) -> Order:
    return Order(float(x[0]), float(x[1]), x[2 : rsb + 3], x[rsb + 3 :])


def steps(order: Order) -> Floats:
    """How far each unknown may move without reaching its neighbours."""
    q_gaps = np.diff(order.q, prepend=0.0)
    y_gaps = np.diff(order.y, prepend=0.0)
    near_q = np.minimum(q_gaps, np.append(q_gaps[1:], np.inf))
    near_y = np.minimum(y_gaps, np.append(y_gaps[1:], np.inf))
    return STEP * np.array([0.1 * np.sqrt(order.q[-1]), order.C, *near_q, *near_y])


def numerical(model: Model, order: Order) -> Floats:
    """The same gradient by central differences of sixth order; NaN where the step is zero."""
    x, size = as_vector(order), steps(order)
    gradient = np.full(len(x), np.nan)
    for n in np.flatnonzero(size):
        unit = size[n] * np.eye(len(x))[n]

        def odd(times: int, unit: Floats = unit) -> float:
            up, down = (
                recursion(model, as_order(x + s * times * unit, order.rsb), resolution=FINE)
                for s in (1, -1)
            )
            return float(up.free_energy - down.free_energy)

        gradient[n] = (45 * odd(1) - 9 * odd(2) + odd(3)) / (60 * size[n])
    return gradient


def scales(order: Order, J: float) -> Floats:
    """What each derivative is small against: f ~ J² C q."""
    size = J**2 * order.C * order.q[-1]
    scale: Floats = size / np.array(
        [
            np.sqrt(order.q[-1]),
            order.C,
            *np.full(len(order.q), order.q[-1]),
            *order.y,
        ]
    )
    return scale


def an_order(*numbers: float, rsb: int) -> Order:
    return as_order(np.array(numbers), rsb)


AWAY = {
    "RS": (Model(gamma=10.0), an_order(0.0, 0.8, 80.0, rsb=0)),
    "RS, no double wells": (Model(gamma=2.0, J=0.8), an_order(0.0, 0.4, 9.0, rsb=0)),
    "RS, polarised": (Model(gamma=5.0, J0=1.4, field=-0.3), an_order(2.0, 0.5, 30.0, rsb=0)),
    "RS, sextic": (
        Model(gamma=4.0, coefficients=(0.5, -0.1, 0.01)),
        an_order(0.0, 0.7, 6.0, rsb=0),
    ),
    "1RSB, q_0 = 0": (Model(gamma=10.0), an_order(0.0, 0.6, 0.0, 85.0, 0.006, rsb=1)),
    "1RSB": (Model(gamma=10.0), an_order(0.0, 0.6, 40.0, 90.0, 0.008, rsb=1)),
    "1RSB, polarised": (
        Model(gamma=4.0, J0=1.2, J=1.1, field=0.4),
        an_order(2.5, 0.6, 18.0, 30.0, 0.03, rsb=1),
    ),
    "2RSB": (
        Model(gamma=2.0, J=0.9),
        an_order(0.0, 0.6, 3.0, 7.0, 12.0, 0.02, 0.09, rsb=2),
    ),
    "3RSB, q_0 = 0": (
        Model(gamma=2.0),
        an_order(0.0, 0.55, 0.0, 7.0, 11.0, 13.0, 0.01, 0.05, 0.2, rsb=3),
    ),
    "3RSB, polarised": (
        Model(gamma=2.0, J0=0.7, field=0.2),
        an_order(0.6, 0.5, 3.0, 7.0, 11.0, 13.0, 0.01, 0.05, 0.2, rsb=3),
    ),
}


@pytest.mark.parametrize("case", AWAY)
def test_gradient_of_the_free_energy(case: str) -> None:
    """Away from the saddle point every derivative of f is its residual, with its factor."""
    model, order = AWAY[case]
    expected = numerical(model, order)
    found = analytic(recursion(model, order, resolution=FINE))
    free = np.isfinite(expected)
    scale = scales(order, model.J)
    assert np.abs(found[free] / scale[free]).max() > 1e-3, "this point is stationary: a void test"
    # Rounding, 1e-15 of f over STEP, and STEP⁶: a part in 1e8 of the natural scale.
    np.testing.assert_allclose(found[free] / scale[free], expected[free] / scale[free], atol=2e-8)


@pytest.mark.parametrize(
    ("model", "rsb"),
    [
        *((Model(gamma=10.0), rsb) for rsb in range(4)),
        *((Model(gamma=2.0), rsb) for rsb in range(3)),
        *((Model(gamma=5.0, J0=0.5, field=0.3), rsb) for rsb in range(3)),
    ],
)
def test_solutions_are_stationary(model: Model, rsb: int, solved: Callable[..., Solution]) -> None:
    """At a solution no derivative of f is left, in any of the 2k + 3 unknowns."""
    solution = solved(model, rsb)
    assert solution.converged
    order = solution.levels.order
    gradient = numerical(model, order)
    free = np.isfinite(gradient)
    assert free.sum() >= 2 * rsb + 2
    scale = scales(order, model.J)
    np.testing.assert_allclose(gradient[free] / scale[free], 0.0, atol=2e-8)


def test_negative_control() -> None:
    """Without the jump in C the gradient in q_k would be wrong by much more than the tolerance."""
    model, order = AWAY["1RSB"]
    levels = recursion(model, order, resolution=FINE)
    assert model.J**2 * levels.C_jump / 2 / scales(order, model.J)[2] > 0.1
