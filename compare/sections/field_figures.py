"""P(h), its close-up near h = 0, also on logarithmic scales, and its local exponent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from glasswell.theory import Theory
from glasswell.theory.plots.canvas import MEASURED, blank

from .._typing import Floats
from ..confront.comparison import Comparison
from ..confront.fields import equal_widths, field_histogram
from ..confront.quantities import near_zero_width
from ..report.drawing import (
    bottom,
    by_size,
    coloured,
    legend,
    logarithmic,
    points,
    say,
    shared_legend,
)
from ..statistics.bins import least_width
from ..statistics.powerlaw import predicted, scan, windows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Density = Callable[[Floats], Floats]

BINS_PER_DECADE = 5

SHOWN = (1e-3, 0.9)
"""Quantiles of |h| between which P(h) is shown on logarithmic scales."""


def fields(ax: Axes, comparison: Comparison) -> None:
    """P(h) over the predictions, at every size."""
    edges = equal_widths(comparison.largest)
    signed = comparison.largest.signed
    if all(solution.q_hat == 0 for solution in comparison.solutions.values()):
        say(ax, "all displacements, and so all cavity fields, are zero in theory")
    _field_points_and_curves(ax, comparison, edges)
    legend(ax, fontsize="small")
    ax.set(xlabel="cavity field h" if signed else "cavity field |h|", ylabel="P(h)")


def close_up(ax: Axes, comparison: Comparison) -> None:
    """P(h) near h = 0, for every size: the pseudogap that RS and 1RSB do not have."""
    solutions = list(comparison.solutions.values())
    reach = 6 * near_zero_width(comparison.model, solutions)
    signed = comparison.largest.signed
    edges = np.linspace(-reach if signed else 0.0, reach, 37 if signed else 19)
    _field_points_and_curves(ax, comparison, edges)
    if len(comparison.measured) > 1:
        _limit_of_fields(ax, comparison, edges[::2])
    legend(ax, fontsize="small")
    ax.set_xlim(edges[0], edges[-1])
    ax.set(xlabel="cavity field h" if signed else "cavity field |h|", ylabel="P(h) near h = 0")


def _field_points_and_curves(ax: Axes, comparison: Comparison, edges: Floats) -> None:
    for states, colour in by_size(comparison):
        points(ax, states.field_histogram(edges), f"samples, N = {states.N}", colour)
    _field_curves(ax, comparison, float(edges[0]), float(edges[-1]))
    ax.set_ylim(bottom=0)


def _limit_of_fields(ax: Axes, comparison: Comparison, edges: Floats) -> None:
    """Each bin's limit N → ∞, with the energy's exponent."""
    limit = field_histogram(comparison.measured, edges, comparison.omega)
    ax.errorbar(
        limit.centres,
        limit.density,
        limit.error,
        fmt="D",
        mfc="w",
        color=MEASURED,
        label="N → ∞ in $N^{-2/3}$",
        capsize=3,
        zorder=4,
    )


def _field_curves(ax: Axes, comparison: Comparison, low: float, high: float) -> None:
    h = np.linspace(low, high, 400)
    signed = comparison.largest.signed
    for name, solution, colour in coloured(comparison):
        if solution.q_hat * solution.model.J == 0:
            continue
        density = solution.field_density(h)
        if not signed:
            density = (density + solution.field_density(-h)) / 2
        ax.plot(h, density, color=colour, label=name)


def pseudogap_figure(comparison: Comparison) -> Figure:
    """P(|h|) in logarithmic bins, with counts, and d ln P/d ln h in sliding windows."""
    figure = blank(10.5, 4.2)
    axes = figure.subplots(1, 2)
    logarithmic_fields(axes[0], comparison)
    exponents(axes[1], comparison)
    shared_legend(figure, axes[0])
    return figure


def logarithmic_fields(ax: Axes, comparison: Comparison) -> None:
    """The even part of P(h) on logarithmic scales; numbers are fields per bin at the largest N."""
    fields = np.abs(comparison.largest.field)
    fields = fields[fields > 0]
    if not len(fields):
        say(ax, "all fields are zero")
        return
    low, high = (float(field) for field in np.quantile(fields, SHOWN))
    if high - low <= least_width(low, high):
        low, high = low / 2, 2 * high
    low = max(low, 1e-4 * high)
    edges = np.geomspace(low, high, max(4, int(BINS_PER_DECADE * np.log10(high / low)) + 1))
    centres = np.sqrt(edges[1:] * edges[:-1])
    for states, colour in by_size(comparison):
        histogram = states.absolute_field_histogram(edges)
        seen = histogram.events > 0
        ax.errorbar(
            centres[seen],
            histogram.density[seen],
            histogram.error[seen],
            fmt="o",
            ms=3.5,
            color=colour,
            label=f"samples, N = {states.N}",
        )
    for centre, events in zip(centres, histogram.events, strict=True):
        ax.annotate(
            f"{events:.0f}",
            (centre, 0.02),
            xycoords=("data", "axes fraction"),
            ha="center",
            fontsize=6,
            color=MEASURED,
        )
    for name, solution, colour in coloured(comparison):
        h = np.geomspace(low, high, 200)
        ax.plot(h, _even(solution)(h), color=colour, label=name)
    logarithmic(ax, "x", "y")
    ax.set(xlabel="cavity field |h|", ylabel="P(h)")
    bottom(ax, histogram.density)


def exponents(ax: Axes, comparison: Comparison) -> None:
    """The exponent θ of P(h) ~ h^θ in sliding windows of h: level where there is a power law."""
    low, high = np.inf, 0.0
    for states, colour in by_size(comparison):
        laws = scan(np.abs(states.field), states.resampling)
        ax.errorbar(
            [law.middle for law in laws],
            [law.exponent.value for law in laws],
            [law.exponent.error for law in laws],
            fmt="o",
            ms=3.5,
            color=colour,
            label=f"samples, N = {states.N}",
        )
        low, high = min([low, *(law.low for law in laws)]), max([high, *(law.high for law in laws)])
    if high == 0.0:
        say(ax, "too few fields near zero for an exponent")
        return
    for name, solution, colour in coloured(comparison):
        sliding = windows(low, high)
        found = [predicted(_even(solution), *window) for window in sliding]
        ax.plot([np.sqrt(a * b) for a, b in sliding], found, color=colour, label=name)
    ax.axhline(0.0, ls=":", color="#999999")
    ax.axhline(1.0, ls=":", color="#999999")
    logarithmic(ax, "x")
    ax.set(xlabel="middle of the window in |h|", ylabel="exponent θ of P(h) ~ $h^θ$")


def _even(solution: Theory) -> Density:
    """The even part of P_k(h)."""
    return lambda h: (solution.field_density(h) + solution.field_density(-h)) / 2
