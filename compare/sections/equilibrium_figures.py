"""Figures of temperings: both sides of the identity, P(q), and inherent structures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from glasswell.sim.equilibrium.overlap_distribution import overlap_distribution
from glasswell.theory import Status, Theory
from glasswell.theory.plots.canvas import COLOURS, blank

from ..confront.tempering import Tempering, Temperings
from ..confront.thermal_theory import solved
from ..report.drawing import SIZE_COLOURS, Drawings, a_few, legend, logarithmic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BINS = 41
SAMPLES_SHOWN = 5


def draw(thermal: Temperings, ground: Mapping[str, Theory]) -> Drawings:
    """All figures by name; ``ground`` are the solutions at T = 0."""
    figures: Drawings = {
        "equilibrium": lambda: equilibrium_figure(thermal),
        "overlaps": lambda: overlap_figure(thermal),
    }
    if any(np.isfinite(size.inherent.value).any() for size in thermal.sizes):
        figures["inherent_structures"] = lambda: inherent_figure(thermal, ground)
    return figures


def equilibrium_figure(thermal: Temperings) -> Figure:
    """Both sides of the integration by parts, and the z-scores of all tests, against T."""
    figure = blank(10.5, 4.4)
    sides, scores = figure.subplots(1, 2)
    for size, colour in _coloured(thermal):
        x, found = size.temperatures / thermal.unit, size.evidence
        style = {"ms": 4, "color": colour}
        left, right = found.parts.left, found.parts.right
        sides.errorbar(x, left.value, left.error, fmt="o", label=f"e_J, N = {size.N}", **style)
        sides.errorbar(
            x, right.value, right.error, fmt="s", mfc="w", label=f"by parts, N = {size.N}", **style
        )
        scores.plot(x, found.parts.z, "o-", color=colour, ms=4, label=f"by parts, N = {size.N}")
        scores.plot(x, found.virial.z, "x:", color=colour, ms=4, label=f"virial, N = {size.N}")
    scores.axhspan(-2, 2, color="#e2f0e2", zorder=0)
    scores.axhline(0.0, color="k", lw=0.8)
    sides.set_ylabel("per site")
    scores.set_ylabel("z")
    for ax in (sides, scores):
        ax.set(xlabel=_axis(thermal))
        logarithmic(ax, "x", plain=False)
        legend(ax, fontsize="small")
    return figure


def overlap_figure(thermal: Temperings) -> Figure:
    """P(q) at a few temperatures of the largest size: all sizes, single samples, and theory."""
    figure = blank(10.5, 7.6)
    T = thermal.sizes[-1].temperatures
    shown = a_few(len(T))
    axes = figure.subplots(2, 2).flat
    for ax, n in zip(axes, shown, strict=False):
        overlaps(ax, thermal, float(T[n]))
    for ax in list(axes)[len(shown) :]:
        ax.set_axis_off()
    return figure


def overlaps(ax: Axes, thermal: Temperings, T: float) -> None:
    """P(q) at one temperature; thin, single samples of the largest size."""
    model = thermal.comparison.model
    present = [
        (size, colour, n)
        for size, colour in _coloured(thermal)
        if (n := _index(size, T)) is not None
    ]
    everything = np.concatenate([np.abs(size.run.overlap[:, n]).ravel() for size, _, n in present])
    widest = float(np.max(everything, where=np.isfinite(everything), initial=0.0)) or 1.0
    edges = np.linspace(-widest, widest, BINS + 1)
    for size, colour, n in present:
        overlap = size.run.overlap[:, n : n + 1, None]
        found = overlap_distribution(overlap, edges, symmetrise=model.symmetric)
        if size is thermal.sizes[-1]:
            for sample in found.per_sample[:SAMPLES_SHOWN, 0]:
                ax.plot(found.centres, sample, color=COLOURS[2], lw=0.5, alpha=0.5)
        overall = found.overall
        ax.errorbar(
            found.centres, overall.value[0], overall.error[0], color=colour, label=f"N = {size.N}"
        )
    _mark(ax, solved(model, thermal.steps[-1], T), mirrored=model.symmetric)
    ax.set_title(f"{_axis(thermal)} = {T / thermal.unit:.3g}", loc="left")
    ax.set(xlabel="q", ylabel="P(q)")
    legend(ax, fontsize="small")


def inherent_figure(thermal: Temperings, ground: Mapping[str, Theory]) -> Figure:
    """Energy of inherent structures against the temperature that they were quenched from."""
    figure = blank(6.4, 4.4)
    ax = figure.subplots()
    for size, colour in _coloured(thermal):
        ax.errorbar(
            size.temperatures / thermal.unit,
            size.inherent.value,
            size.inherent.error,
            fmt="o-",
            ms=4,
            color=colour,
            label=f"N = {size.N}",
        )
    for (name, solution), colour in zip(ground.items(), COLOURS, strict=False):
        ax.axhline(float(solution.free_energy), color=colour, lw=1.3, label=f"{name}, T = 0")
    ax.set(xlabel=_axis(thermal), ylabel="energy of inherent structures")
    logarithmic(ax, "x", plain=False)
    legend(ax, fontsize="small")
    return figure


def _mark(ax: Axes, theory: Theory, *, mirrored: bool) -> None:
    """Overlaps of theory as lines, the darker the more weight they have."""
    solution = theory.longest
    broken = solution.rsb > 0 and solution.status is not Status.COLLAPSED
    weights = np.diff([0.0, *solution.breakpoints, 1.0]) if broken else np.ones(1)
    name = f"{solution.rsb}RSB" if broken else "RS"
    for q, weight in zip(solution.overlaps[-len(weights) :], weights, strict=True):
        for place in {float(q), -float(q)} if mirrored else {float(q)}:
            ax.axvline(place, color=COLOURS[0], lw=1.3, alpha=0.2 + 0.8 * float(weight))
    ax.plot([], [], color=COLOURS[0], lw=1.3, label=name)


def _index(size: Tempering, T: float) -> int | None:
    near = np.flatnonzero(np.isclose(size.temperatures, T, rtol=1e-9, atol=0.0))
    return int(near[0]) if len(near) else None


def _coloured(thermal: Temperings) -> list[tuple[Tempering, str]]:
    """The three largest sizes and their colours, darkest last."""
    shown = thermal.sizes[-len(SIZE_COLOURS) :]
    return list(zip(shown, SIZE_COLOURS[-len(shown) :], strict=True))


def _axis(thermal: Temperings) -> str:
    return "$T/T_g$" if thermal.comparison.T_g > 0 else "T"
