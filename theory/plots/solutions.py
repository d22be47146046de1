"""Pictures of solutions on Matplotlib axes: fields, overlaps, wells and the phase diagram.

Every function draws on ``ax`` - the current axes of pyplot by default - and returns it. Axes belong
to the caller, and so does their style: these pictures follow a user's settings, as in a notebook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from .._typing import Floats
from .canvas import blank

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..ansatz.solution import Solution
    from ..phases.diagram import PhaseDiagram
    from ..wells.distribution import DoubleWells


SYMBOLS = {
    "barrier": "barrier $V$",
    "asymmetry": r"asymmetry $\Delta$",
    "distance": "distance $d$",
    "exponent": r"tunnelling exponent $\lambda$",
}


def plot_fields(solution: Solution, ax: Axes | None = None, *, points: int = 801) -> Axes:
    """P_k(h) out to where 1e-4 of its largest value is left; where ⟨v⟩ jumps is dashed.

    Examples
    --------
    >>> from glasswell.theory import Model, plots, solve
    >>> ax = plots.blank(5.0, 4.0).subplots()
    >>> ax = plots.plot_fields(solve(Model(gamma=2.0)), ax)
    >>> ax.get_ylabel()
    '$P(h)$'
    """
    ax = current(ax)
    reach = solution.levels.reach
    h = np.linspace(-reach, reach, points)
    density = solution.field_density(h)
    seen = density > 1e-4 * density.max()
    (line,) = ax.plot(h[seen], density[seen], label=solution.name)
    jumps = {jump.h for _, part in solution.levels.parts for jump in part.site.jumps}
    for at in jumps:
        ax.axvline(at, color=line.get_color(), lw=0.8, ls="--")
    ax.set(xlabel="cavity field $h$", ylabel="$P(h)$")
    ax.set_ylim(bottom=0)
    return ax


def plot_overlaps(solution: Solution, ax: Axes | None = None) -> Axes:
    """The staircase q(y) at T = 0, or q(x) with x = T y above.

    Examples
    --------
    >>> from glasswell.theory import Model, plots, solve
    >>> ax = plots.blank(5.0, 4.0).subplots()
    >>> ax = plots.plot_overlaps(solve(Model(gamma=2.0)), ax)
    >>> ax.get_ylabel()
    'overlap $q$'
    """
    ax = current(ax)
    y, q = solution.breakpoints, solution.overlaps
    # Where replica symmetry is stable there is one overlap, whatever was asked for.
    y, q = y[np.isfinite(y)], q[np.append(True, np.isfinite(y))]
    last = 1.0 if solution.temperature > 0 else 1.5 * max(y, default=1.0)
    ax.stairs(q, [0.0, *y, last], baseline=None, label=solution.name)
    ax.set(xlabel="$x$" if solution.temperature > 0 else "$y$", ylabel="overlap $q$")
    return ax


def plot_wells(wells: DoubleWells, quantity: str, ax: Axes | None = None) -> Axes:
    """The density of V, Δ, d or λ per site, dense towards the edges, where it may diverge.

    Examples
    --------
    >>> from glasswell.theory import Model, plots, solve
    >>> ax = plots.blank(5.0, 4.0).subplots()
    >>> ax = plots.plot_wells(solve(Model(gamma=10.0)).wells, "barrier", ax)
    >>> ax.get_xlabel()
    'barrier $V$'
    """
    ax = current(ax)
    low, high = wells.support(quantity)
    # Chebyshev points crowd at both ends, but do not sit on them.
    x = low + (high - low) * (1 - np.cos(np.pi * (np.arange(400) + 0.5) / 400)) / 2
    ax.plot(x, wells.pdf(quantity, x))
    ax.set(xlabel=SYMBOLS[quantity], ylabel="density per site")
    ax.set_ylim(bottom=0)
    return ax


def plot_glass_temperature(diagram: PhaseDiagram, ax: Axes | None = None) -> Axes:
    """T_g against γ at J0 = 0.

    Examples
    --------
    >>> from glasswell.theory import Model, phase_diagram, plots
    >>> diagram = phase_diagram(Model(gamma=1.0), gammas=[0.2, 0.4], J0s=[0.5])
    >>> ax = plots.plot_glass_temperature(diagram, plots.blank(5.0, 4.0).subplots())
    >>> ax.get_title()
    '$J_0 = 0$'
    """
    ax = current(ax)
    ax.plot(diagram.gammas, diagram.T_g, color="black")
    ax.text(0.25, 0.7, "E", transform=ax.transAxes, fontsize=14)
    ax.text(0.75, 0.3, "G", transform=ax.transAxes, fontsize=14)
    ax.set(xlabel=r"$\gamma$", ylabel="$T$", xlim=(0, None), ylim=(0, None), title="$J_0 = 0$")
    return ax


def plot_ground_phases(diagram: PhaseDiagram, ax: Axes | None = None) -> Axes:
    """The phases at T = 0 in the plane of γ and J0, and where double wells begin.

    Examples
    --------
    >>> from glasswell.theory import Model, phase_diagram, plots
    >>> diagram = phase_diagram(Model(gamma=1.0), gammas=[0.2, 0.4], J0s=[0.5])
    >>> ax = plots.plot_ground_phases(diagram, plots.blank(5.0, 4.0).subplots())
    >>> ax.get_title()
    '$T = 0$'
    """
    ax = current(ax)
    name = "RS" if diagram.rsb == 0 else f"{diagram.rsb}RSB"
    J = diagram.model.J
    J0s = np.array(diagram.J0s)
    EP, AT, DWP = (
        _or_nan(line) for line in (diagram.gamma_EP, diagram.gamma_AT, diagram.gamma_DWP_at_J0)
    )
    triple = [diagram.gamma_EG, J]
    ax.plot([diagram.gamma_EG] * 2, [min(J0s.min(), 0.0), J], color="black")
    ax.plot(EP, J0s, color="black")
    GP = _line(triple, diagram.gammas, _or_nan(diagram.J0_GP))
    ax.plot(*GP, color="black")
    ax.plot(*_line(triple, AT, J0s), color="#c44e52", ls="--", label="AT line")
    ax.plot(DWP, J0s, color="#4c72b0", ls=":", label=f"double wells ({name})")
    right, low, high = max(diagram.gammas), float(J0s.min()), float(J0s.max())
    if low == high:
        low, high = low - J / 2, high + J / 2
    ax.set(xlabel=r"$\gamma$", ylabel="$J_0$", xlim=(0, right), ylim=(low, high))
    ax.text(0.2 * diagram.gamma_EG, 0.4 * J, "E", fontsize=14)
    ax.text(0.5 * right, 0.4 * J, "G", fontsize=14)
    ax.text(0.5 * right, 0.5 * (J + high), "P", fontsize=14, clip_on=True)
    ax.set_title("$T = 0$")
    ax.legend(loc="lower right")
    return ax


def plot_AT_temperatures(diagram: PhaseDiagram, ax: Axes | None = None) -> Axes:
    """The temperature below which replica symmetry is unstable, against J0, at some γ.

    Examples
    --------
    >>> from glasswell.theory import Model, phase_diagram, plots
    >>> diagram = phase_diagram(Model(gamma=1.0), gammas=[0.4], J0s=[0.5], thermal=[2.0])
    >>> ax = plots.plot_AT_temperatures(diagram, plots.blank(5.0, 4.0).subplots())
    >>> ax.get_title()
    'AT line'
    """
    ax = current(ax)
    for gamma, line in diagram.T_AT.items():
        # Zero, where replica symmetry is stable at T = 0, is nowhere on a logarithmic axis.
        ax.plot(
            diagram.J0s,
            np.where(np.array(line) > 0, line, np.nan),
            "o-",
            label=rf"$\gamma$ = {gamma:g}",
        )
    ax.set(xlabel="$J_0$", ylabel="$T_{AT}$")
    if any(T > 0 for line in diagram.T_AT.values() for T in line):
        ax.set_yscale("log")
    ax.set_title("AT line")
    ax.legend()
    return ax


def phase_figure(diagram: PhaseDiagram) -> Figure:
    """T_g(γ), the phases at T = 0 and, where there are any, AT lines in T, side by side.

    Examples
    --------
    >>> from glasswell.theory import Model, phase_diagram, plots
    >>> diagram = phase_diagram(Model(gamma=1.0), gammas=[0.2, 0.4], J0s=[0.5])
    >>> len(plots.phase_figure(diagram).axes)
    2
    """
    panels = 3 if diagram.T_AT else 2
    figure = blank(4.8 * panels, 4.4)
    axes = figure.subplots(1, panels)
    plot_glass_temperature(diagram, axes[0])
    plot_ground_phases(diagram, axes[1])
    if diagram.T_AT:
        plot_AT_temperatures(diagram, axes[2])
    return figure


def _line(start: list[float], x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    """The points with two coordinates, behind the one where all lines meet."""
    points = np.column_stack([x, y])
    points = np.concatenate([[start], points[np.all(np.isfinite(points), axis=1)]])
    return points[:, 0], points[:, 1]


def _or_nan(line: tuple[float | None, ...]) -> Floats:
    return np.array([np.nan if x is None else x for x in line])


def current(ax: Axes | None) -> Axes:
    """The axes given, or those of pyplot."""
    if ax is not None:
        return ax
    from matplotlib import pyplot as plt

    return plt.gca()
