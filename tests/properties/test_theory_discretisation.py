"""The recursion against a second discretisation that shares nothing with it but the equations.

Here fields lie on a uniform grid, where the trapezoidal rule converges faster than any power for
smooth functions that decay, Gaussian averages are plain sums, and the single-site problem is a sum
over a uniform grid of v; the package has Gauss–Legendre panels laid in v and banded matrices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from glasswell.theory import Model
from glasswell.theory.recursion.recursion import Order, recursion
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import logsumexp

Floats = NDArray[np.float64]
NODES = 1601


@dataclass(frozen=True)
class Uniform:
    """f, p, C_reg and q_0 … q_k of one set of order parameters."""

    free_energy: float
    p: float
    C: float
    q: Floats


def on_uniform_grids(model: Model, order: Order, T: float, reach: float) -> Uniform:
    """The k-step recursion at T > 0, straight from physics.md §2."""
    beta = 1 / T
    h = np.linspace(-reach, reach, NODES)
    v_max = 3 * np.cbrt(6 * model.gamma * reach / model.a) + 3 * np.sqrt(6 * model.gamma / model.a)
    v = np.linspace(-v_max, v_max, 2001)
    W = (model.k * v**2 / 2 + model.a * v**4 / 24) / model.gamma - model.J**2 * order.C * v**2 / 2
    exponent = -beta * (W - h[:, None] * v)
    log_Z = logsumexp(exponent, axis=1) + np.log(v[1] - v[0])
    weight = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    mean = weight @ v
    response = beta * (weight @ v**2 - mean**2)

    g, slopes, kernels = log_Z / beta, [mean], []
    for step in range(order.rsb, 0, -1):
        variance = model.J**2 * (order.q[step] - order.q[step - 1])
        y = order.y[step - 1]
        tilted = -((h - h[:, None]) ** 2) / (2 * variance) + y * g
        kernel = np.exp(tilted - tilted.max(axis=1, keepdims=True))
        norm = np.sqrt(2 * np.pi * variance) / (h[1] - h[0])
        g = (np.log(kernel.sum(axis=1) / norm) + tilted.max(axis=1)) / y
        kernels.append(kernel / kernel.sum(axis=1, keepdims=True))
        slopes.append(kernels[-1] @ slopes[-1])

    centre = model.field + model.J0 * order.p
    P = np.exp(-((h - centre) ** 2) / (2 * model.J**2 * order.q[0]))
    P /= P.sum()
    mean_g = P @ g
    overlaps = []
    for slope, kernel in zip(slopes[::-1], [*kernels[::-1], None], strict=True):
        overlaps.append(P @ slope**2)
        if kernel is not None:
            P = P @ kernel
    q_hat = order.q[-1] + T * order.C
    coupling = order.C * (q_hat + order.q[-1]) + np.dot(order.y, np.diff(order.q**2))
    return Uniform(
        free_energy=float(model.J0 * order.p**2 / 2 + model.J**2 * coupling / 4 - mean_g),
        p=float(P @ mean),
        C=float(P @ response),
        q=np.array(overlaps),
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[Model, Order, float]:
    """Models and order parameters of everyday size, stationary or not.

    y_l ⟨v⟩ √(q_l - q_{l-1}) is about one wherever it is stationary, and up to two here.
    """
    model = Model(
        gamma=draw(st.floats(0.6, 4.0)),
        J0=draw(st.floats(0.0, 0.8)),
        J=draw(st.floats(0.7, 1.4)),
        k=draw(st.floats(-0.5, 1.5)),
        a=draw(st.floats(0.5, 2.0)),
        field=draw(st.floats(0.0, 1.0)),
    )
    T = draw(st.floats(0.8, 2.0))
    k = draw(st.integers(0, 3))
    gaps = draw(st.lists(st.floats(0.5, 2.0), min_size=k + 1, max_size=k + 1))
    y = np.sort(draw(st.lists(st.floats(0.05, 0.3), min_size=k, max_size=k)))
    p = draw(st.sampled_from([0.0, 0.7]))
    return model, Order(p, draw(st.floats(0.2, 0.9)), np.cumsum(gaps), y), T


@settings(max_examples=12)
@given(case=cases())
def test_two_discretisations_agree(case: tuple[Model, Order, float]) -> None:
    model, order, T = case
    levels = recursion(model, order, T)
    other = on_uniform_grids(model, order, T, reach=1.3 * levels.reach)
    # Both are at rounding; log(sum) over a thousand terms costs a few digits of it.
    assert levels.free_energy == pytest.approx(other.free_energy, rel=1e-10, abs=1e-10)
    assert levels.C_reg == pytest.approx(other.C, rel=1e-9)
    np.testing.assert_allclose(levels.overlaps, other.q, rtol=1e-9)
    if not levels.folded:
        assert levels.polarisation == pytest.approx(other.p, rel=1e-9, abs=1e-10)


def test_the_other_discretisation_notices_a_change() -> None:
    """Negative control: a per mille in one breakpoint shows a million times the tolerance."""
    model, T = Model(gamma=2.0), 1.0
    order = Order(0.0, 0.6, np.array([1.0, 3.0]), np.array([0.4]))
    shifted = Order(0.0, 0.6, order.q, 1.001 * order.y)
    here = recursion(model, order, T)
    other = on_uniform_grids(model, shifted, T, reach=1.3 * here.reach)
    assert abs(here.free_energy - other.free_energy) > 1e-5
