"""The responses C_i of the surroundings: their distribution, mean and scatter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from glasswell.theory.plots.canvas import MEASURED, blank

from ..confront.comparison import Comparison
from ..report import json_values
from ..report.drawing import Drawings, by_size, coloured, legend, logarithmic, say, single
from ..report.section import Section
from ..statistics.bins import ends

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Responses(Section):
    """C_i as figures; the table of vibrations has their scatter."""

    captions: ClassVar[Mapping[str, str]] = {
        "responses": "Distribution of the responses C_i, with C_reg (dashed) and C (full) of "
        "theory.",
        "scatter": "Mean of the responses C_i, with C_reg of theory, and their scatter over sites.",
    }

    def figures(self, comparison: Comparison) -> Drawings:
        return {
            "responses": lambda: single(lambda ax: responses(ax, comparison)),
            "scatter": lambda: scatter_figure(comparison),
        }

    def record(self, comparison: Comparison) -> Mapping[str, Any]:
        return {"scatter_exponent": json_values.estimate(comparison.scatter.exponent)}


def responses(ax: Axes, comparison: Comparison) -> None:
    """The distribution of C_i at every size, with J² C (full) and J² C_reg (dashed) of theory."""
    everything = np.concatenate([s.response.ravel() for s, _ in by_size(comparison)])
    low, high = (float(end) for end in np.quantile(everything, [0.002, 0.998]))
    edges = np.linspace(*ends(low, high, 49), 50)
    highest = 0.0
    for states, colour in by_size(comparison):
        density = states.response_histogram(edges).density
        highest = max(highest, float(density.max()))
        ax.stairs(density, edges, color=colour, label=f"N = {states.N}: {states.scalar('C')}")
    J2 = comparison.model.J**2
    for name, solution, colour in coloured(comparison):
        C = J2 * float(solution.C)
        ax.axvline(C, color=colour, label=f"{name}: $J^2 C$ = {C:.4f}")
        if solution.C_jump > 0:
            regular = J2 * float(solution.C_reg)
            label = f"{name}: $J^2 C_{{reg}}$ = {regular:.4f}"
            ax.axvline(regular, color=colour, ls="--", label=label)
    # Room for the legend above everything that is drawn.
    ax.set_ylim(0.0, 1.6 * highest or None)
    ax.set(xlabel="response of the surroundings $C_i$", ylabel="P($C_i$)")
    legend(ax, fontsize="x-small", ncols=2, loc="upper right", framealpha=1.0)


def scatter_figure(comparison: Comparison) -> Figure:
    """Mean and standard deviation of the responses C_i against N."""
    figure = blank(10.5, 4.2)
    axes = figure.subplots(1, 2)
    means(axes[0], comparison)
    widths(axes[1], comparison)
    return figure


def means(ax: Axes, comparison: Comparison) -> None:
    """The mean of C_i against 1/N, and J² C_reg of theory."""
    estimates = [states.scalar("C") for states in comparison.measured]
    ax.errorbar(
        [1 / states.N for states in comparison.measured],
        [estimate.value for estimate in estimates],
        [estimate.error for estimate in estimates],
        fmt="o",
        color=MEASURED,
        label="samples",
    )
    for name, solution, colour in coloured(comparison):
        value = comparison.model.J**2 * float(solution.C_reg)
        ax.axhline(value, color=colour, label=f"{name}: $J^2 C_{{reg}}$ = {value:.4f}")
    ax.set_xlim(left=0)
    ax.set(xlabel="1/N", ylabel="mean of $C_i$")
    bottom, top = ax.get_ylim()
    # Room for the legend above everything that is drawn.
    ax.set_ylim(bottom, top + 0.5 * (top - bottom))
    legend(ax, fontsize="small", loc="upper left")


def widths(ax: Axes, comparison: Comparison) -> None:
    """The scatter of C_i over sites against N, and its power of N."""
    fit = comparison.scatter
    sizes = fit.sizes
    if np.any(fit.values <= 0.0):
        say(ax, "no scatter of $C_i$")
        return
    ax.errorbar(sizes, fit.values, fit.errors, fmt="o", color=MEASURED, label="samples")
    N = np.geomspace(sizes.min(), sizes.max(), 50)
    if len(sizes) > 1:
        label = f"$N^{{-x}}$, x = {fit.exponent}"
        ax.plot(N, fit.at(N), color=MEASURED, lw=1, label=label)
    ax.plot(N, fit.values[-1] * (N / sizes[-1]) ** -0.5, ":", color="#999999", label="$N^{-1/2}$")
    logarithmic(ax, "x", "y")
    ax.set(xlabel="N", ylabel="standard deviation of $C_i$")
    ax.set_xticks(sizes, [f"{size:.0f}" for size in sizes])
    legend(ax, fontsize="small")
