"""The figures of the vibrations: density of states, participation, χ_SG; theory drawn over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from glasswell.theory import HessianSpectrum
from glasswell.theory.plots.canvas import MEASURED, blank

from .._typing import Floats
from ..confront.comparison import Comparison
from ..confront.vibrations import Vibrations
from ..report.drawing import SIZE_COLOURS, bottom, coloured, legend, logarithmic, points, say
from ..statistics.bins import least_width, told_apart

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


BINS = 36

REACH = 0.98
"""Quantile of the frequencies up to which a density of states is shown."""

SOFT = 0.25
"""The same for the soft modes on logarithmic scales."""


def spectrum_figure(comparison: Comparison) -> Figure:
    """D(ω), its soft end on logarithmic scales, participation ratios, and χ_SG against N."""
    figure = blank(10.5, 7.6)
    axes = figure.subplots(2, 2)
    density_of_states(axes[0, 0], comparison)
    soft_modes(axes[0, 1], comparison)
    participation(axes[1, 0], comparison)
    chi_SG(axes[1, 1], comparison)
    for label, ax in zip("abcd", axes.flat, strict=True):
        ax.set_title(f"({label})", loc="left")
    return figure


def density_of_states(ax: Axes, comparison: Comparison) -> None:
    """D(ω) at every size over the predictions."""
    top = float(np.quantile(_positive(comparison), REACH))
    for modes, colour in _by_size(comparison):
        histogram = modes.frequency_histogram(np.linspace(0.0, top, BINS + 1))
        points(ax, histogram, f"samples, N = {modes.N}", colour)
    omega = np.linspace(0.0, top, 400)
    for name, spectrum, colour in _predicted(comparison):
        ax.plot(omega, spectrum.frequency_density(omega), color=colour, label=name)
    ax.set(xlabel="frequency ω", ylabel="density of states D(ω)", ylim=(0, None))
    legend(ax, fontsize="small")


def soft_modes(ax: Axes, comparison: Comparison) -> None:
    """The soft end of D(ω); ω⁴ and ω² to compare slopes with."""
    soft = _positive(comparison)
    ends = float(np.quantile(soft, 1e-4)), float(np.quantile(soft, SOFT))
    if ends[1] - ends[0] <= 16 * least_width(*ends):
        say(ax, "all soft modes have one frequency")
        return
    edges = np.geomspace(*ends, 16)
    densities = []
    for modes, colour in _by_size(comparison):
        histogram = modes.frequency_histogram(edges)
        seen = histogram.events > 0
        ax.errorbar(
            np.sqrt(edges[1:] * edges[:-1])[seen],
            histogram.density[seen],
            histogram.error[seen],
            fmt="o",
            ms=3.5,
            color=colour,
            label=f"N = {modes.N}",
        )
        densities.append(histogram.density)
    omega = np.geomspace(*ends, 300)
    for name, spectrum, colour in _predicted(comparison):
        density = spectrum.frequency_density(omega)
        ax.plot(omega[density > 0], density[density > 0], color=colour, label=name)
    filled = densities[-1][densities[-1] > 0]
    for power, style in ((4, ":"), (2, "--")) if len(filled) else ():
        guide = filled[-1] * (omega / ends[1]) ** power
        ax.plot(omega, guide, style, color="#999999", label=f"$\\omega^{power}$", zorder=1)
    logarithmic(ax, "x")
    logarithmic(ax, "y", plain=False)
    ax.set(xlabel="frequency ω", ylabel="soft modes, D(ω)")
    bottom(ax, densities[-1])
    legend(ax, fontsize="x-small", ncols=2)


def participation(ax: Axes, comparison: Comparison) -> None:
    """Participation ratio against ω: how many of the sites vibrate together."""
    edges = told_apart(np.quantile(_positive(comparison), np.linspace(0.0, REACH, 21)))
    for modes, colour in _by_size(comparison):
        means = modes.participation_in(edges)
        ax.errorbar(
            (edges[1:] + edges[:-1]) / 2,
            [mean.value for mean in means],
            [mean.error for mean in means],
            fmt="o",
            ms=3.5,
            color=colour,
            label=f"samples, N = {modes.N}",
        )
    omega = np.linspace(1e-3, float(edges[-1]), 300)
    for name, spectrum, colour in _predicted(comparison):
        ax.plot(omega, spectrum.participation(omega**2), color=colour, label=name)
    ax.axhline(1 / 3, ls=":", color="#999999")
    ax.set(xlabel="frequency ω", ylabel="participation ratio", ylim=(0, 0.4))
    legend(ax, fontsize="small", ncols=2)


def chi_SG(ax: Axes, comparison: Comparison) -> None:
    """Tr H⁻²/N of the lowest states against 1/N."""
    modes = list(comparison.vibrations.values())
    estimates = [one.chi_SG for one in modes]
    ax.errorbar(
        [1 / one.N for one in modes],
        [estimate.value for estimate in estimates],
        [estimate.error for estimate in estimates],
        fmt="o",
        color=MEASURED,
        label="samples",
    )
    for name, spectrum, colour in _predicted(comparison):
        value = spectrum.inverse_square_trace
        if np.isfinite(value):
            ax.axhline(value, color=colour, label=f"{name}: {value:.4g}")
    ax.set_xlim(left=0)
    ax.set(xlabel="1/N", ylabel="$\\chi_{SG}$ = Tr $(\\partial^2 U)^{-2}$/N")
    legend(ax, fontsize="small")


def _predicted(comparison: Comparison) -> list[tuple[str, HessianSpectrum, str]]:
    return [
        (name, solution.hessian_spectrum, colour) for name, solution, colour in coloured(comparison)
    ]


def _largest(comparison: Comparison) -> Vibrations:
    return comparison.vibrations[comparison.largest.N]


def _positive(comparison: Comparison) -> Floats:
    """The frequencies of all modes of the largest size; 1 if none is stable."""
    frequency = _largest(comparison).frequency
    return np.asarray(frequency[frequency > 0]) if np.any(frequency > 0) else np.ones(1)


def _by_size(comparison: Comparison) -> list[tuple[Vibrations, str]]:
    shown = list(comparison.vibrations.values())[-len(SIZE_COLOURS) :]
    return list(zip(shown, SIZE_COLOURS[-len(shown) :], strict=True))
