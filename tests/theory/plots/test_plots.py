"""Pictures carry the numbers they claim to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from glasswell.theory import FullSolution, Model, Solution, phase_diagram
from glasswell.theory.plots.solutions import phase_figure, plot_ground_phases, plot_wells
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch

Solved = Callable[..., Solution]


@pytest.fixture
def ax() -> Axes:
    return Figure().subplots()


def test_fields(ax: Axes, solved: Solved) -> None:
    solution = solved(Model(gamma=10.0), 1)
    assert solution.plot_fields(ax) is ax
    curve, jump = ax.lines
    h, density = np.array(curve.get_data())
    assert np.trapezoid(density, h) == pytest.approx(1.0, abs=1e-3)
    assert curve.get_label() == "1RSB"
    assert np.asarray(jump.get_xdata())[0] == 0.0


def test_overlaps(ax: Axes, solved: Solved) -> None:
    solution = solved(Model(gamma=10.0), 2)
    solution.plot_overlaps(ax)
    (stairs,) = ax.patches
    assert isinstance(stairs, StepPatch)
    values, edges, _ = stairs.get_data()
    np.testing.assert_allclose(values, solution.overlaps)
    np.testing.assert_allclose(edges[1:-1], solution.breakpoints)


def test_an_overlap_that_does_not_break_is_a_level(ax: Axes, solved: Solved) -> None:
    solution = solved(Model(gamma=2.0, J0=3.0), 1)
    solution.plot_overlaps(ax)
    (stairs,) = ax.patches
    assert isinstance(stairs, StepPatch)
    values, _, _ = stairs.get_data()
    np.testing.assert_allclose(values, solution.overlaps[:1])


def test_the_curve_lies_in_the_staircase(ax: Axes, solved: Solved) -> None:
    full = FullSolution(tuple(solved(Model(gamma=10.0), k) for k in range(4)))
    full.plot_overlaps(ax)
    q = np.asarray(ax.lines[0].get_ydata())
    assert q.min() >= full.longest.overlaps[0]
    assert q.max() <= full.longest.overlaps[-1]


def test_wells(ax: Axes, solved: Solved) -> None:
    wells = solved(Model(gamma=10.0)).wells
    plot_wells(wells, "asymmetry", ax)
    x, density = np.array(ax.lines[0].get_data())
    # P(Δ) ends in a cusp, which the trapezoidal rule sees well enough.
    assert np.trapezoid(density, x) == pytest.approx(wells.fraction, rel=1e-3)


@pytest.mark.parametrize("T_AT", [{}, {2.0: (0.0,)}, {2.0: (1.5,)}])
def test_one_point_is_a_picture(T_AT: dict[float, tuple[float, ...]]) -> None:
    """One γ and one J0; no AT line, one that is nowhere, one that is a point."""
    diagram = phase_diagram(Model(gamma=1.0), [2.0], [0.0])
    figure = phase_figure(replace(diagram, T_AT=T_AT))
    assert len(figure.axes) == 2 + bool(T_AT)
    figure.canvas.draw()


def test_phases_meet(ax: Axes) -> None:
    """All lines in the plane of γ and J0 end at γ = k/2J, J0 = J."""
    plot_ground_phases(phase_diagram(Model(gamma=1.0), [0.7, 2.0], [1.0, 1.3]), ax)
    ends = [np.asarray(line.get_xydata()) for line in ax.lines[:4]]
    for line in ends:
        assert np.min(np.linalg.norm(line - [0.5, 1.0], axis=1)) < 1e-12
