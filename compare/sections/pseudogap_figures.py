"""P(h) near h = 0 on logarithmic scales, its local exponent, and the scatter of C_i."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from glasswell.theory.ansatz.full import Theory
from glasswell.theory.plots.canvas import MEASURED, blank
from numpy.typing import NDArray

from ..confront.comparison import Comparison
from ..report.drawing import bottom, by_size, coloured, legend, logarithmic, say, shared_legend
from ..statistics.powerlaw import predicted, scan, windows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
Density = Callable[[Floats], Floats]

BINS_PER_DECADE = 5

SHOWN = (1e-3, 0.9)
"""Quantiles of |h| between which P(h) is shown on logarithmic scales."""


def pseudogap_figure(comparison: Comparison) -> Figure:
    """P(|h|) in logarithmic bins, with counts, and d ln P/d ln h in sliding windows."""
    figure = blank(10.5, 4.2)
    axes = figure.subplots(1, 2)
    logarithmic_fields(axes[0], comparison)
    exponents(axes[1], comparison)
    shared_legend(figure, axes[0])
    return figure


def scatter_figure(comparison: Comparison) -> Figure:
    """Mean and standard deviation of the responses C_i against N."""
    figure = blank(10.5, 4.2)
    axes = figure.subplots(1, 2)
    means(axes[0], comparison)
    widths(axes[1], comparison)
    return figure


def logarithmic_fields(ax: Axes, comparison: Comparison) -> None:
    """The even part of P(h) on logarithmic scales; numbers are fields per bin at the largest N."""
    fields = np.abs(comparison.largest.field)
    fields = fields[fields > 0]
    if not len(fields):
        say(ax, "all fields are zero")
        return
    low, high = (float(field) for field in np.quantile(fields, SHOWN))
    if low == high:
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


def _even(solution: Theory) -> Density:
    """The even part of P_k(h)."""
    return lambda h: (solution.field_density(h) + solution.field_density(-h)) / 2
