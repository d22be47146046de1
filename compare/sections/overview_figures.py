"""The main figure of the report, and the energy against N."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from glasswell.theory.plots.canvas import MEASURED, blank

from ..confront.comparison import Comparison
from ..report.drawing import coloured, legend
from ..report.titles import model_title
from ..statistics.extrapolation import OMEGA_STABLE
from .field_figures import close_up, fields
from .responses import responses
from .well_figures import fraction

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def main_figure(comparison: Comparison) -> Figure:
    """Energy, P(h), responses and double-well fraction on one page."""
    figure = blank(10.5, 7.6)
    axes = figure.subplots(2, 2)
    energy(axes[0, 0], comparison)
    fields(axes[0, 1], comparison) if comparison.stable else close_up(axes[0, 1], comparison)
    responses(axes[1, 0], comparison)
    fraction(axes[1, 1], comparison)
    for label, ax in zip("abcd", axes.flat, strict=True):
        ax.set_title(f"({label})", loc="left")
    figure.suptitle(
        f"Lowest states of samples against replica theory, {model_title(comparison.model)}"
    )
    return figure


def energy(ax: Axes, comparison: Comparison) -> None:
    """Ground-state energy against N^(-ω), its extrapolation, and each theory's f."""
    omega = comparison.omega
    sizes = np.array([states.N for states in comparison.measured], dtype=float)
    estimates = [states.scalar("energy") for states in comparison.measured]
    ax.errorbar(
        sizes**-omega,
        [e.value for e in estimates],
        [e.error for e in estimates],
        fmt="o",
        color=MEASURED,
        label="samples",
        zorder=3,
    )
    if fit := comparison.extrapolations.get("energy"):
        x = np.array([0.0, sizes.min() ** -omega])
        ax.plot(x, fit.limit.value + fit.slope.value * x, ":", color=MEASURED)
        ax.errorbar(
            [0],
            [fit.limit.value],
            [fit.limit.error],
            fmt="D",
            mfc="w",
            color=MEASURED,
            label=f"N → ∞: {fit.limit}",
            capsize=3,
            clip_on=False,
            zorder=4,
        )
    for name, solution, colour in coloured(comparison):
        label = f"{name}: {solution.free_energy:.3f}"
        ax.axhline(float(solution.free_energy), color=colour, lw=1.2, label=label)
    ax.set_xlim(left=-0.03 * sizes.min() ** -omega)
    power = "1/N" if omega == OMEGA_STABLE else "$N^{-2/3}$"
    ax.set(xlabel=power, ylabel="ground-state energy per site")
    legend(ax, fontsize="small")
