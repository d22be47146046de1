"""The figures of the report: measured points with error bars over predicted curves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from glasswell.theory import Solution
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .comparison import WELL_NAMES, Comparison, field_edges, near_zero_width, theory_name
from .statistics import Histogram

Floats = NDArray[np.float64]

COLOURS = ("#c44e52", "#dd8452", "#4c72b0", "#55a868", "#8172b3", "#937860")
MEASURED = "#222222"
SIZE_COLOURS = ("#b5b5b5", "#7f7f7f", "#222222")

SYMBOLS = {"barrier": "V", "asymmetry": "Δ", "distance": "d", "exponent": "λ"}

WELL_BINS = 24


def draw(comparison: Comparison) -> dict[str, Figure]:
    """All figures by name, the main one first."""
    figures = {
        "crosscheck": main_figure(comparison),
        "energy": _single(lambda ax: energy(ax, comparison)),
        "fields": fields_figure(comparison),
        "responses": _single(lambda ax: responses(ax, comparison)),
        "double_wells": _single(lambda ax: fraction(ax, comparison)),
    }
    if comparison.model.coefficients is None and np.any(comparison.largest.wells.double):
        figures["well_densities"] = wells_figure(comparison)
        figures["delta_lambda"] = _single(lambda ax: delta_lambda(ax, comparison))
    return figures


def save(figures: dict[str, Figure], folder: Path) -> dict[str, Path]:
    """Write each figure as PNG; returns the paths by name."""
    paths = {name: folder / f"{name}.png" for name in figures}
    for name, figure in figures.items():
        figure.savefig(paths[name], dpi=150)
    return paths


def _figure(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _single(draw_on: Callable[[Axes], None]) -> Figure:
    figure = _figure(6.4, 4.4)
    draw_on(figure.subplots())
    return figure


def main_figure(comparison: Comparison) -> Figure:
    """Energy, P(h) near zero, responses and double-well fraction on one page."""
    figure = _figure(10.5, 7.6)
    axes = figure.subplots(2, 2)
    energy(axes[0, 0], comparison)
    close_up(axes[0, 1], comparison)
    responses(axes[1, 0], comparison)
    fraction(axes[1, 1], comparison)
    for label, ax in zip("abcd", axes.flat, strict=True):
        ax.set_title(f"({label})", loc="left")
    model = comparison.model
    figure.suptitle(
        "Lowest states of samples against replica theory, "
        rf"$\gamma$ = {model.gamma:g}, $J_0$ = {model.J0:g}"
    )
    return figure


def energy(ax: Axes, comparison: Comparison) -> None:
    """Ground-state energy against N^(-2/3), its extrapolation, and each theory's f."""
    sizes = np.array([states.N for states in comparison.measured], dtype=float)
    estimates = [states.scalar("energy") for states in comparison.measured]
    ax.errorbar(
        sizes ** (-2 / 3),
        [e.value for e in estimates],
        [e.error for e in estimates],
        fmt="o",
        color=MEASURED,
        label="samples",
        zorder=3,
    )
    if fit := comparison.extrapolations.get("energy"):
        x = np.linspace(0, sizes.min() ** -fit.omega, 50)
        ax.plot(x, fit.limit.value + fit.slope.value * x, ":", color=MEASURED)
        ax.errorbar(
            [0],
            [fit.limit.value],
            [fit.limit.error],
            fmt="D",
            mfc="w",
            color=MEASURED,
            label=f"N → ∞: {fit.limit}",
            clip_on=False,
            zorder=4,
        )
    for solution, colour in _coloured(comparison):
        label = f"{theory_name(solution.rsb)}: {solution.free_energy:.3f}"
        ax.axhline(solution.free_energy, color=colour, lw=1.2, label=label)
    ax.set_xlim(left=-0.002)
    ax.set(xlabel="$N^{-2/3}$", ylabel="energy per site")
    ax.legend(fontsize="small")


def fields_figure(comparison: Comparison) -> Figure:
    """P(h) over the predictions, and the close-up of h = 0."""
    figure = _figure(10.5, 4.4)
    left, right = figure.subplots(1, 2)
    states = comparison.largest
    edges = field_edges(states)
    _points(left, states.field_histogram(edges), f"samples, N = {states.N}")
    _field_curves(left, comparison, edges[0], edges[-1])
    left.set(xlabel="cavity field |h|" if not states.signed else "cavity field h", ylabel="P(h)")
    left.legend(fontsize="small")
    close_up(right, comparison)
    return figure


def close_up(ax: Axes, comparison: Comparison) -> None:
    """P(h) near h = 0, for every size: the pseudogap that RS and 1RSB do not have."""
    reach = 6 * near_zero_width(comparison.model, comparison.solutions)
    signed = comparison.largest.signed
    edges = np.linspace(-reach if signed else 0.0, reach, 37 if signed else 19)
    colours = SIZE_COLOURS[-len(comparison.measured) :]
    for states, colour in zip(comparison.measured[-3:], colours, strict=True):
        _points(ax, states.field_histogram(edges), f"samples, N = {states.N}", colour)
    _field_curves(ax, comparison, edges[0], edges[-1])
    ax.set_ylim(bottom=0)
    ax.set_xlim(edges[0], edges[-1])
    ax.set(xlabel="cavity field h" if signed else "cavity field |h|", ylabel="P(h) near h = 0")
    ax.legend(fontsize="small")


def responses(ax: Axes, comparison: Comparison) -> None:
    """The distribution of C_i at every size, with J² C (full) and J² C_reg (dashed) of theory."""
    everything = np.concatenate([s.response.ravel() for s in comparison.measured[-3:]])
    edges = np.linspace(*np.quantile(everything, [0.002, 0.998]), 50)
    colours = SIZE_COLOURS[-len(comparison.measured) :]
    for states, colour in zip(comparison.measured[-3:], colours, strict=True):
        ax.stairs(
            states.response_histogram(edges).density,
            edges,
            color=colour,
            label=f"$C_i$, N = {states.N}: {states.scalar('C')}",
        )
    J2 = comparison.model.J**2
    for solution, colour in _coloured(comparison):
        name = theory_name(solution.rsb)
        ax.axvline(J2 * solution.C_reg, color=colour, ls="--", label=f"{name} $C_{{reg}}$")
        ax.axvline(J2 * solution.C, color=colour, label=f"{name} C")
    ax.set(xlabel="response of the surroundings $C_i$", ylabel="P($C_i$)")
    ax.legend(fontsize="x-small", ncols=2)


def fraction(ax: Axes, comparison: Comparison) -> None:
    """The double-well fraction against N, with each theory's value."""
    if comparison.model.coefficients is not None:
        ax.text(0.5, 0.5, "double wells: quartic G only", ha="center", transform=ax.transAxes)
        return
    sizes = np.array([states.N for states in comparison.measured], dtype=float)
    estimates = [states.scalar("dwp_fraction") for states in comparison.measured]
    ax.errorbar(
        1 / sizes,
        [e.value for e in estimates],
        [e.error for e in estimates],
        fmt="o",
        color=MEASURED,
        label="samples",
        zorder=3,
    )
    for solution, colour in _coloured(comparison):
        if solution.wells.fraction > 0:
            label = f"{theory_name(solution.rsb)}: {solution.wells.fraction:.4f}"
            ax.axhline(solution.wells.fraction, color=colour, label=label)
    if any(e.value > 0 for e in estimates):
        ax.set_yscale("log")
    ax.set_xlim(left=0)
    ax.set(xlabel="1/N", ylabel="double-well fraction")
    ax.legend(fontsize="small")


def wells_figure(comparison: Comparison) -> Figure:
    """Densities of V, Δ, d and λ per double well, measured and predicted."""
    figure = _figure(10.5, 7.6)
    for ax, quantity in zip(figure.subplots(2, 2).flat, WELL_NAMES, strict=True):
        well_density(ax, comparison, quantity)
    return figure


def well_density(ax: Axes, comparison: Comparison, quantity: str) -> None:
    """One density, normalised to the double wells: the fractions differ by far too much."""
    states = comparison.largest
    values = getattr(states.wells, quantity)
    tops = [s.wells.support(quantity)[1] for s in comparison.solutions if s.wells.fraction > 0]
    top = max([float(np.nanmax(values)), *tops])
    edges = np.linspace(0.0, 1.02 * top, WELL_BINS * 2)
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
    for solution, colour in _coloured(comparison):
        if solution.wells.fraction == 0:
            continue
        fine = np.linspace(0.0, 1.02 * top, 321)
        counts = solution.wells.count_below(quantity, fine) / solution.wells.fraction
        ax.stairs(
            np.diff(counts) / np.diff(fine),
            fine,
            color=colour,
            label=theory_name(solution.rsb),
            lw=1.3,
        )
    ax.set_yscale("log")
    ax.set_ylim(bottom=float((measured.density[filled] / number).min()) / 3)
    ax.set(xlabel=f"{WELL_NAMES[quantity]}", ylabel=f"P({SYMBOLS[quantity]}) per double well")
    ax.legend(fontsize="small")


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
    for solution, colour in _coloured(comparison):
        if solution.wells.fraction > 0:
            curve = solution.wells.curve()
            ax.plot(curve.exponent, curve.asymmetry, color=colour, label=theory_name(solution.rsb))
    ax.set(xlabel="tunnelling exponent λ", ylabel="asymmetry Δ")
    ax.legend(fontsize="small")


def _coloured(comparison: Comparison) -> list[tuple[Solution, str]]:
    return [(s, COLOURS[n % len(COLOURS)]) for n, s in enumerate(comparison.solutions)]


def _points(ax: Axes, histogram: Histogram, label: str, colour: str = MEASURED) -> None:
    ax.errorbar(
        histogram.centres,
        histogram.density,
        histogram.error,
        fmt="o",
        ms=3.5,
        color=colour,
        label=label,
        zorder=3,
    )


def _field_curves(ax: Axes, comparison: Comparison, low: float, high: float) -> None:
    h = np.linspace(low, high, 400)
    signed = comparison.largest.signed
    for solution, colour in _coloured(comparison):
        density = solution.field_density(h)
        if not signed:
            density = (density + solution.field_density(-h)) / 2
        ax.plot(h, density, color=colour, label=theory_name(solution.rsb))
