"""Parisi's equations at given order parameters, against what is known of them."""

from __future__ import annotations

import numpy as np
import pytest
from glasswell.theory import Model
from glasswell.theory.recursion.continuum import Continuum, levels_of_flow
from glasswell.theory.recursion.intervals import Intervals, lagrange, stretched, unstretched
from glasswell.theory.recursion.parisi import Flow, flow
from glasswell.theory.recursion.path import Path
from glasswell.theory.recursion.recursion import Order, recursion
from glasswell.theory.recursion.site_lines import SiteLines
from numpy.typing import NDArray

Q_0, Q, Y, DEPTH = 5.0, 12.0, 0.08, 4.0

TRIPLE = (0.6, -0.35, 0.035)
"""Coefficients of a potential with three wells: v* jumps at fields of both signs."""


def constant(p: float, C: float) -> Path:
    """y = Y from q_0 to q_EA."""
    path = Path(p, C, Q_0, Q, DEPTH, DEPTH, np.zeros(30))
    return Path(p, C, Q_0, Q, DEPTH, DEPTH, np.log(Y) - path.asymptote(unstretched(path.knots)))


def run(path: Path, model: Model, temperature: float, density: float) -> Continuum:
    intervals = Intervals(DEPTH, density, split_top=temperature > 0)
    finest = 0.2 if temperature == 0 else 0.0
    step = 0.7 / density
    sites = SiteLines.of(((1.0, model),), path, temperature, finest=finest, step=step)
    levels = levels_of_flow(model, flow(path, intervals, sites), temperature)
    assert isinstance(levels, Continuum)
    return levels


def moments(levels: Continuum) -> NDArray[np.float64]:
    return np.array(
        [
            levels.free_energy,
            levels.overlaps[0],
            levels.overlaps[-1],
            levels.C_reg,
            levels.polarisation,
            *levels.field_density(np.array([-3.0, 1.0])),
        ]
    )


@pytest.mark.parametrize(
    ("model", "temperature", "tolerance"),
    [
        (Model(gamma=10.0, J0=0.4, field=1.0), 5.0, 1e-7),
        (Model(gamma=1.0, J0=0.4, field=1.0), 0.0, 5e-7),
        (Model(gamma=10.0, J0=0.4, field=1.0), 0.0, 2e-3),
        (Model(gamma=1.0, J0=0.4, field=1.0, coefficients=TRIPLE), 0.0, 2e-3),
    ],
    ids=["thermal", "smooth", "jump at zero", "jumps at both signs"],
)
def test_flow_at_one_breakpoint_is_the_recursion(
    model: Model, temperature: float, tolerance: float
) -> None:
    """y constant is 1RSB, which the recursion does in one exact step; of fourth order.

    Where the sharp v* jumps, what the last interval cannot see remains, and there y is to grow.
    """
    p, C = 1.5, 0.4
    order = Order(p, C, np.array([Q_0, Q]), np.array([Y]))
    exact = recursion(model, order, temperature)
    known = np.array(
        [
            exact.free_energy,
            exact.overlaps[0],
            exact.overlaps[1],
            exact.C_reg,
            exact.polarisation,
            *exact.field_density(np.array([-3.0, 1.0])),
        ]
    )
    coarse, fine = (
        np.abs(moments(run(constant(p, C), model, temperature, density)) / known - 1)
        for density in (14.0, 28.0)
    )
    assert np.all(fine < tolerance)
    if tolerance < 1e-6:
        assert np.all((coarse / fine > 6) | (fine < 1e-8))


def test_overlaps_rise_by_marginality() -> None:
    """d∫P m²/dt = ∫P (m')² whatever y is: what P and m have lost on the way shows here."""
    model = Model(gamma=10.0)
    path = Path(0.0, 0.6, 0.0, 75.0, 5.0, 5.0, np.linspace(-6.5, -6.0, 8))

    def error(density: float) -> float:
        intervals = Intervals(5.0, density, split_top=True)
        sites = SiteLines.of(((1.0, model),), path, 10.0, finest=0.0, step=0.7 / density)
        found: Flow = flow(path, intervals, sites)
        s, rise = intervals.s[1:], np.diff(found.overlaps)
        rate = path.gap * np.exp(-s) / intervals.whole * found.marginality
        means = np.diff(s) * (rate[1:] + rate[:-1]) / 2
        return abs(rise.sum() - np.interp(s[-1], s, np.append(0.0, np.cumsum(means))))

    # The trapezoidal rule here is of second order, and so is the difference.
    assert error(28.0) < 0.02
    assert error(14.0) / error(28.0) == pytest.approx(4.0, rel=0.3)


def test_intervals() -> None:
    """Lengths of q add up to one to rounding, and Gauss's rule is of fourth order."""
    intervals = Intervals(12.0, 14.0, split_top=True)
    assert intervals.gaps.sum() == pytest.approx(1.0, abs=1e-14)
    assert intervals.weights.sum() == pytest.approx(1.0, abs=1e-6)
    u = np.linspace(0.0, 5.0, 30)
    np.testing.assert_allclose(stretched(unstretched(u)), u, atol=1e-14)
    x = np.array([0.3, 1.7])
    nodes = np.array([0.0, 0.5, 1.0, 2.0])
    np.testing.assert_allclose(lagrange(nodes, x) @ nodes**3, x**3, rtol=1e-13)


@pytest.mark.parametrize("temperature", [0.0, 10.0])
def test_a_path_on_other_knots_is_the_same(temperature: float) -> None:
    """y(q) survives a change of depth and knots."""
    last = 3.0 if temperature == 0 else 5.0
    path = Path(0.0, 0.6, 2.0, 75.0, 5.0, last, -4 + 0.3 * np.cos(np.arange(9)))
    other = path.on(40, 7.0, 7.0 if temperature > 0 else 5.0)
    q = np.linspace(3.0, 60.0, 30)

    def y_at(found: Path) -> NDArray[np.float64]:
        fraction = (q - found.q_0) / found.gap
        return found.y(-np.log1p(fraction * np.expm1(-found.depth)))

    np.testing.assert_allclose(y_at(other), y_at(path), rtol=0.03 if temperature == 0 else 1e-3)
