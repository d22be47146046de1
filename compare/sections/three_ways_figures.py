"""The figures of one site's potential measured three ways, and of C with level crossings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from glasswell.theory.plots.canvas import COLOURS, MEASURED, blank

from ..confront.comparison import Comparison
from ..confront.quantities import WELL_NAMES
from ..measured.field_response import FieldResponse
from ..measured.three_ways import TILTS, WAYS, ThreeWays
from ..report.drawing import SIZE_COLOURS, coloured, legend, logarithmic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKERS = {"constrained": "o", "path": "x"}

SHAPES = ("barrier", "asymmetry", "distance")


def three_ways_figure(measured: Sequence[ThreeWays]) -> Figure:
    """Cavity against constrained and path values of V, Δ, d, and which second wells are real.

    Parameters
    ----------
    measured
        One per size, smallest first; the last is drawn as points.
    """
    figure = blank(10.5, 8.4)
    axes = figure.subplots(2, 2)
    for ax, quantity in zip(axes.flat, SHAPES, strict=False):
        side_by_side(ax, measured[-1], quantity)
    confirmed_by_tilt(axes[1, 1], measured)
    return figure


def side_by_side(ax: Axes, three: ThreeWays, quantity: str) -> None:
    """Each confirmed double well: what the cavity potential says, and what the samples do.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.compare import ThreeWays, side_by_side
    >>> from glasswell.sim import couplings, minimise, three_ways
    >>> from glasswell.theory import Model
    >>> model, wells = Model(gamma=10.0), []
    >>> for n in range(8):
    ...     J = couplings.sample(model, 8, seed=1, sample=n)
    ...     minimum = minimise(np.full((8, 1), 5.0), J, model)
    ...     wells.append(three_ways.measure(minimum.v[:, 0], J, model, points=8, images=7))
    >>> three = ThreeWays.of(wells, rng=np.random.default_rng(1))
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> side_by_side(ax, three, "barrier")
    >>> len(ax.lines) > 0
    True
    """
    cavity = three.values(quantity)
    for colour, way in zip(COLOURS, WAYS, strict=False):
        other = three.values(quantity, way)
        known = three.real & np.isfinite(other)
        ax.plot(cavity[known], other[known], MARKERS[way], mfc="none", color=colour, label=way)
    ends = [f(cavity[three.real]) for f in (np.min, np.max)] if three.real.any() else [0.1, 1.0]
    ax.plot(ends, ends, color=MEASURED, lw=0.8)
    if quantity != "distance":
        logarithmic(ax, "x", "y")
    ax.set(xlabel=f"{WELL_NAMES[quantity]}, cavity potential", ylabel=WELL_NAMES[quantity])
    ax.set_title(f"N = {three.N}", fontsize=10)
    legend(ax, fontsize="small")


def confirmed_by_tilt(ax: Axes, measured: Sequence[ThreeWays]) -> None:
    """Fraction of second wells that are minima of U, from symmetric wells to the spinodal.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.compare import ThreeWays, confirmed_by_tilt
    >>> from glasswell.sim import couplings, minimise, three_ways
    >>> from glasswell.theory import Model
    >>> model, wells = Model(gamma=10.0), []
    >>> for n in range(8):
    ...     J = couplings.sample(model, 8, seed=1, sample=n)
    ...     minimum = minimise(np.full((8, 1), 5.0), J, model)
    ...     wells.append(three_ways.measure(minimum.v[:, 0], J, model, points=8, images=7))
    >>> three = ThreeWays.of(wells, rng=np.random.default_rng(1))
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> confirmed_by_tilt(ax, [three])
    >>> ax.get_ylabel() != ""
    True
    """
    for three, colour in zip(measured[-3:], SIZE_COLOURS[-len(measured[-3:]) :], strict=True):
        for low, high in pairwise(TILTS):
            inside = (three.tilt >= low) & (three.tilt < high)
            if inside.any():
                share = three.confirmed(inside)
                middle = (low + high) / 2
                ax.errorbar([middle], [share.value], [share.error], fmt="o", color=colour)
        ax.plot([], [], "o", color=colour, label=f"N = {three.N}")
    ax.set(xlabel="Δ/2V of the cavity potential", ylabel="second well is a minimum of U")
    ax.set_ylim(-0.05, 1.1)
    legend(ax, fontsize="small", loc="lower left")


def response_figure(comparison: Comparison, answers: Mapping[int, FieldResponse]) -> Figure:
    """C of the followed and of the lowest state against the random field, by size, and theory."""
    figure = blank(8.4, 4.6)
    ax = figure.subplots()
    unit = np.sqrt(comparison.largest.scalar("q").value) or 1.0
    for (N, answer), colour in zip(answers.items(), SIZE_COLOURS[-len(answers) :], strict=False):
        for name, style, what in (
            ("lowest_state", "o-", "lowest state"),
            ("same_state", "s--", "followed"),
        ):
            found = answer.averages(name)
            ax.errorbar(
                answer.field / unit,
                [estimate.value for estimate in found],
                [estimate.error for estimate in found],
                fmt=style,
                mfc="none",
                color=colour,
                label=f"N = {N}, {what}",
            )
    for name, solution, colour in coloured(comparison):
        J2 = comparison.model.J**2
        ax.axhline(J2 * float(solution.C), color=colour, lw=1.2, label=f"{name}: $J^2 C$")
        chi = float(solution.susceptibility)
        ax.axhline(chi, color=colour, lw=1.0, ls=":", label=f"{name}: χ")
    logarithmic(ax, "x")
    ax.set(xlabel=r"random field $\delta/\sqrt{[v^2]}$", ylabel="C")
    if ax.get_legend_handles_labels()[0]:
        figure.legend(fontsize="small", loc="outside right upper")
    return figure
