"""The figures of the double wells: fraction, densities, and asymmetry against exponent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from glasswell.theory.plots.canvas import MEASURED, blank

from ..confront.comparison import Comparison
from ..confront.quantities import WELL_NAMES
from ..report.drawing import bottom, coloured, legend, logarithmic, shared_legend

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SYMBOLS = {"barrier": "V", "asymmetry": "Δ", "distance": "d", "exponent": "λ"}

BINS = 48
"""Bins of measured wells; predictions have narrower ones, for their divergences."""


MOST_POINTS = 100_000
"""Of single wells in a figure; of more every second one, or third, or so on."""


def fraction(ax: Axes, comparison: Comparison) -> None:
    """The double-well fraction against N, with each theory's value."""
    sizes = np.array([states.N for states in comparison.measured], dtype=float)
    estimates = [states.scalar("dwp_fraction") for states in comparison.measured]
    values, errors = np.array([[e.value, e.error] for e in estimates]).T
    seen = values > 0
    for some, is_limit, label in (
        (seen, False, "samples"),
        (~seen, True, "none in the samples: below"),
    ):
        if np.any(some):
            ax.errorbar(
                1 / sizes[some],
                np.where(seen, values, errors)[some],
                (0.3 if is_limit else 1.0) * errors[some],
                uplims=is_limit,
                fmt="_" if is_limit else "o",
                color=MEASURED,
                label=label,
                zorder=3,
            )
    for name, solution, colour in coloured(comparison):
        limit = solution.limit_of(lambda s: s.wells.fraction).at_least(0.0)
        if limit > 0:
            doubt = f" ± {limit.error:.4f}" if limit.error > 5e-5 else ""
            ax.axhline(limit.value, color=colour, label=f"{name}: {limit:.4f}{doubt}")
            low, high = limit.value - limit.error, limit.value + limit.error
            ax.axhspan(low, high, color=colour, alpha=0.2, lw=0)
        else:
            ax.plot([], [], color=colour, label=f"{name}: 0")
    if np.any(seen):
        ax.set_yscale("log")
    else:
        ax.set_ylim(bottom=0.0)
    ax.set_xlim(left=0)
    ax.set(xlabel="1/N", ylabel="double-well fraction")
    legend(ax, fontsize="small")


def wells_figure(comparison: Comparison) -> Figure:
    """Densities of V, Δ, d and λ per double well, measured and predicted."""
    figure = blank(10.5, 7.6)
    axes = figure.subplots(2, 2)
    for ax, quantity in zip(axes.flat, WELL_NAMES, strict=True):
        well_density(ax, comparison, quantity)
    shared_legend(figure, axes[0, 0])
    return figure


def well_density(ax: Axes, comparison: Comparison, quantity: str) -> None:
    """One density, normalised to the double wells: the fractions differ by far too much."""
    states = comparison.largest
    values = states.double_wells.values[quantity]
    theories = [line for line in coloured(comparison) if line[1].wells.fraction > 0]
    tops = [solution.wells.support(quantity)[1] for _, solution, _ in theories]
    top = max([float(np.max(values, initial=0.0)), *tops]) or 1.0
    edges = np.linspace(0.0, 1.02 * top, BINS)
    measured = states.well_histogram(quantity, edges)
    filled = measured.events > 0
    number = measured.density @ measured.widths if np.any(filled) else 1.0
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
    logarithmic(ax, "y", plain=False)
    bottom(ax, measured.density / number)
    ax.set(xlabel=WELL_NAMES[quantity], ylabel=f"P({SYMBOLS[quantity]}) per double well")


def delta_lambda(ax: Axes, comparison: Comparison) -> None:
    """Δ against λ: one curve per theory, since both are functions of h; samples scatter."""
    wells = comparison.largest.double_wells.values
    shown = slice(None, None, 1 + len(wells["exponent"]) // MOST_POINTS)
    ax.plot(
        wells["exponent"][shown],
        wells["asymmetry"][shown],
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
    logarithmic(ax, "x", "y", plain=False)
    for formatter in (ax.xaxis.set_major_formatter, ax.xaxis.set_minor_formatter):
        formatter("{x:g}")
    ax.yaxis.set_major_formatter("{x:g}")
    bottom(ax, wells["asymmetry"][shown])
    ax.set(xlabel="tunnelling exponent λ", ylabel="asymmetry Δ")
    legend(ax, fontsize="small")
