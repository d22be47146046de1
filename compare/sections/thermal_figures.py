"""The figures of a thermal run: observables against temperature, and their 1/N trends."""

from __future__ import annotations

import math
from string import ascii_lowercase
from typing import TYPE_CHECKING

import numpy as np
from glasswell.theory.plots.canvas import COLOURS, blank

from .._typing import Floats
from ..confront.thermal import ThermalComparison, ThermalRow
from ..confront.thermal_observable import ThermalObservable
from ..confront.thermal_theory import Curve
from ..measured.thermal import ThermalData
from ..report.drawing import SIZE_COLOURS, Drawings, a_few, legend, logarithmic, shared_legend
from ..report.titles import model_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


COLUMNS = 2


def draw(comparison: ThermalComparison) -> Drawings:
    """All figures by name; the trends only where some temperature has one."""
    figures: Drawings = {"thermal": lambda: thermal_figure(comparison)}
    if any(row.fit is not None and row.row.predictions for row in comparison.rows):
        figures["thermal_trends"] = lambda: trend_figure(comparison)
    return figures


def thermal_figure(comparison: ThermalComparison) -> Figure:
    """Each observable against T, and what remains of it once theory is taken off."""
    panels = [one for one in comparison.observables if "curve" in one.drawn]
    lines = math.ceil(len(panels) / COLUMNS)
    figure = blank(11.0, 4.5 * lines)
    halves = [half for row in figure.subfigures(lines, COLUMNS, squeeze=False) for half in row]
    for label, half, one in zip(ascii_lowercase, halves, panels, strict=False):
        if one.predicted is None:
            upper = lower = half.subplots()
        else:
            upper, lower = half.subplots(2, 1, sharex=True, height_ratios=(2.2, 1.0))
            remainder(lower, comparison, one.key)
        observable(upper, comparison, one)
        upper.set_title(f"({label}) {one.name}", loc="left")
        lower.set_xlabel(_axis(comparison))
    figure.suptitle(f"Tempered samples against replica theory, {model_title(comparison.model)}")
    return figure


def observable(ax: Axes, comparison: ThermalComparison, shown: ThermalObservable) -> None:
    """Measured points at every size over the curves of every theory."""
    key = shown.key
    for (name, curve), colour in zip(comparison.curves.items(), COLOURS, strict=False):
        ax.plot(*_line(comparison, curve, curve.values[key]), color=colour, lw=1.3, label=name)
    for size, colour in _by_size(comparison, key):
        ax.errorbar(
            size.temperatures / _scale(comparison),
            size.values[key],
            size.errors[key],
            fmt="o",
            ms=3,
            color=colour,
            label=f"N = {size.N}",
            zorder=3,
        )
    _mark_transition(ax, comparison)
    ax.set(ylabel=shown.label)
    logarithmic(ax, "x", plain=False)
    legend(ax, fontsize="small")


def remainder(ax: Axes, comparison: ThermalComparison, key: str) -> None:
    """What the last theory leaves of the samples, and the others relative to it."""
    curves = list(comparison.curves.values())
    last = curves[-1]
    for curve, colour in zip(curves, COLOURS, strict=False):
        gap = curve.values[key] - last.values[key]
        ax.plot(*_line(comparison, curve, gap), color=colour, lw=1.3)
    for size, colour in _by_size(comparison, key):
        reference = np.array([last.at(key, float(T)) for T in size.temperatures])
        ax.errorbar(
            size.temperatures / _scale(comparison),
            size.values[key] - reference,
            size.errors[key],
            fmt="o",
            ms=3,
            color=colour,
            zorder=3,
        )
    _mark_transition(ax, comparison)
    ax.set(ylabel=f"minus {last.name}")
    logarithmic(ax, "x")


def trend_figure(comparison: ThermalComparison) -> Figure:
    """Above T_g: measured minus theory against 1/N, which must go to zero."""
    panels = [one for one in comparison.observables if "trend" in one.drawn and one.predicted]
    lines = math.ceil(len(panels) / COLUMNS)
    figure = blank(10.5, 3.8 * lines)
    axes = figure.subplots(lines, COLUMNS, squeeze=False)
    for label, ax, one in zip(ascii_lowercase, axes.flat, panels, strict=False):
        trend(ax, comparison, one.key)
        ax.set_title(f"({label}) {one.name}", loc="left")
    for ax in axes.flat[len(panels) :]:
        ax.set_axis_off()
    shared_legend(figure, axes[0, 0])
    return figure


def trend(ax: Axes, comparison: ThermalComparison, key: str) -> None:
    """The straight line in 1/N at a few temperatures, and its end at N → ∞."""
    rows = [row for row in comparison.select(key, stable=True) if row.fit is not None]
    shown = a_few(len(rows))
    for n, colour in zip(shown if rows else [], COLOURS, strict=False):
        _fitted(ax, comparison, rows[n], colour)
    ax.axhline(0.0, color="k", lw=0.8)
    ax.set_xlim(left=-0.03 / comparison.data[0].N)
    ax.set(xlabel="1/N", ylabel="measured - theory")


def _fitted(ax: Axes, comparison: ThermalComparison, found: ThermalRow, colour: str) -> None:
    fit = found.fit
    if fit is None:
        return
    exact = float(found.row.predictions[0].value)
    estimates = [
        (size.N, at)
        for size in comparison.data
        if (at := size.estimate(found.key, found.temperature)) is not None
    ]
    inverse = np.array([1.0 / N for N, _ in estimates])
    x = np.array([0.0, inverse.max()])
    ax.plot(x, fit.limit.value - exact + fit.slope.value * x, ":", color=colour)
    label = f"{_axis(comparison)} = {found.temperature / _scale(comparison):.3g}"
    ax.errorbar(
        inverse,
        [at.value - exact for _, at in estimates],
        [at.error for _, at in estimates],
        fmt="o",
        ms=4,
        color=colour,
        label=label,
    )
    limit = fit.limit
    ax.errorbar(
        [0.0],
        [limit.value - exact],
        [limit.error],
        fmt="D",
        mfc="w",
        color=colour,
        capsize=3,
        clip_on=False,
        zorder=4,
    )


def _by_size(comparison: ThermalComparison, key: str) -> list[tuple[ThermalData, str]]:
    """The three largest sizes that measured it and their colours, darkest last."""
    sizes = [size for size in comparison.data if key in size.values][-len(SIZE_COLOURS) :]
    return list(zip(sizes, SIZE_COLOURS[-len(sizes) :], strict=True))


def _line(comparison: ThermalComparison, curve: Curve, values: Floats) -> tuple[Floats, Floats]:
    """What is known of a curve: it runs through where it did not converge."""
    known = np.isfinite(values)
    return curve.temperatures[known] / _scale(comparison), values[known]


def _scale(comparison: ThermalComparison) -> float:
    return comparison.T_g if comparison.T_g > 0 else 1.0


def _axis(comparison: ThermalComparison) -> str:
    return "$T/T_g$" if comparison.T_g > 0 else "T"


def _mark_transition(ax: Axes, comparison: ThermalComparison) -> None:
    if comparison.T_g > 0:
        ax.axvline(1.0, color="k", lw=0.6, ls="--")
