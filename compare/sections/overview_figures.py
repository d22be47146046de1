"""The figures of the report: measured points with error bars over predicted curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from glasswell.theory.plots.canvas import MEASURED, blank
from numpy.typing import NDArray

from ..confront.comparison import Comparison
from ..confront.fields import equal_widths, field_histogram
from ..confront.quantities import near_zero_width
from ..report.drawing import Drawings, by_size, coloured, legend, points, say, single
from ..report.titles import model_title
from ..statistics.extrapolation import OMEGA_STABLE
from .pseudogap_figures import pseudogap_figure, scatter_figure
from .spectrum_figures import spectrum_figure
from .well_figures import delta_lambda, wells_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]


def draw(comparison: Comparison) -> Drawings:
    """All figures by name, the main one first."""
    figures: Drawings = {
        "crosscheck": lambda: main_figure(comparison),
        "energy": lambda: single(lambda ax: energy(ax, comparison)),
        "fields": lambda: single(lambda ax: fields(ax, comparison)),
        "responses": lambda: single(lambda ax: responses(ax, comparison)),
        "double_wells": lambda: single(lambda ax: fraction(ax, comparison)),
    }
    if comparison.model.coefficients is None and np.any(comparison.largest.wells.double):
        figures["well_densities"] = lambda: wells_figure(comparison)
        figures["delta_lambda"] = lambda: single(lambda ax: delta_lambda(ax, comparison))
    if comparison.vibrations:
        figures["vibrations"] = lambda: spectrum_figure(comparison)
    if any(solution.q_hat * comparison.model.J > 0 for solution in comparison.solutions.values()):
        figures["pseudogap"] = lambda: pseudogap_figure(comparison)
    figures["scatter"] = lambda: scatter_figure(comparison)
    return figures


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


def responses(ax: Axes, comparison: Comparison) -> None:
    """The distribution of C_i at every size, with J² C (full) and J² C_reg (dashed) of theory."""
    everything = np.concatenate([s.response.ravel() for s, _ in by_size(comparison)])
    low, high = np.quantile(everything, [0.002, 0.998])
    edges = np.linspace(low, high if high > low else low + 1.0, 50)
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


def fraction(ax: Axes, comparison: Comparison) -> None:
    """The double-well fraction against N, with each theory's value."""
    if comparison.model.coefficients is not None:
        say(ax, "double wells: quartic G only")
        return
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
