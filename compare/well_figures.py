"""The figures of the double wells: their densities, and asymmetry against exponent."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .comparison import Comparison
from .drawing import MEASURED, blank, coloured
from .rows import WELL_NAMES

SYMBOLS = {"barrier": "V", "asymmetry": "Δ", "distance": "d", "exponent": "λ"}

BINS = 48
"""Bins of measured wells; predictions have narrower ones, for their divergences."""


def wells_figure(comparison: Comparison) -> Figure:
    """Densities of V, Δ, d and λ per double well, measured and predicted."""
    figure = blank(10.5, 7.6)
    axes = figure.subplots(2, 2)
    for ax, quantity in zip(axes.flat, WELL_NAMES, strict=True):
        well_density(ax, comparison, quantity)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return figure


def well_density(ax: Axes, comparison: Comparison, quantity: str) -> None:
    """One density, normalised to the double wells: the fractions differ by far too much."""
    states = comparison.largest
    values = getattr(states.wells, quantity)
    theories = [line for line in coloured(comparison) if line[1].wells.fraction > 0]
    tops = [solution.wells.support(quantity)[1] for _, solution, _ in theories]
    top = max([float(np.nanmax(values)), *tops])
    edges = np.linspace(0.0, 1.02 * top, BINS)
    measured = states.well_histogram(quantity, edges)
    number = measured.density @ measured.widths
    filled = measured.events > 0
    ax.errorbar(
        measured.centres[filled],
        measured.density[filled] / number,
        measured.error[filled] / number,
        fmt="o",
        ms=3.5,
        color=MEASURED,
        label=f"samples, N = {states.N} ({int(measured.events.sum())} wells)",
        zorder=3,
    )
    for name, solution, colour in theories:
        fine = np.linspace(0.0, 1.02 * top, 321)
        counts = solution.wells.count_below(quantity, fine) / solution.wells.fraction
        ax.stairs(
            np.diff(counts) / np.diff(fine),
            fine,
            color=colour,
            label=name,
            lw=1.3,
        )
    ax.set_yscale("log")
    ax.set_ylim(bottom=float((measured.density[filled] / number).min()) / 3)
    ax.set(xlabel=WELL_NAMES[quantity], ylabel=f"P({SYMBOLS[quantity]}) per double well")


def delta_lambda(ax: Axes, comparison: Comparison) -> None:
    """Δ against λ: one curve per theory, since both are functions of h; samples scatter."""
    wells = comparison.largest.wells
    ax.plot(
        wells.exponent[wells.double],
        wells.asymmetry[wells.double],
        ".",
        color=MEASURED,
        ms=4,
        label=f"samples, N = {comparison.largest.N}",
    )
    for name, solution, colour in coloured(comparison):
        if solution.wells.fraction > 0:
            curve = solution.wells.curve()
            ax.plot(curve.exponent, curve.asymmetry, color=colour, label=name)
    # Theories lie far to the right of the samples, and of each other.
    ax.set_xscale("log")
    ax.set_yscale("log")
    for formatter in (ax.xaxis.set_major_formatter, ax.xaxis.set_minor_formatter):
        formatter("{x:g}")
    ax.yaxis.set_major_formatter("{x:g}")
    ax.set_ylim(bottom=0.5 * float(np.nanmin(wells.asymmetry)))
    ax.set(xlabel="tunnelling exponent λ", ylabel="asymmetry Δ")
    ax.legend(fontsize="small")
