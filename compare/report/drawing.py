"""What all figures share: colours, axes that bear any data, and points with error bars."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from glasswell.theory import Theory
from glasswell.theory.numerics.progress import Progress
from glasswell.theory.plots.canvas import COLOURS, DPI, DRAWING_ERRORS, blank, own_style, reason
from numpy.typing import ArrayLike

from .._typing import Indices
from ..confront.comparison import Comparison
from ..measured.lowest_states import LowestStates
from ..statistics.histogram import Histogram
from . import figure_data

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Drawings = dict[str, Callable[[], "Figure"]]
"""Figures by name, each drawn when it is called."""

SIZE_COLOURS = ("#b5b5b5", "#7f7f7f", "#222222")

A_FEW = 4
"""Temperatures in one figure."""


def single(draw_on: Callable[[Axes], None]) -> Figure:
    """A figure of one panel."""
    figure = blank(6.4, 4.4)
    draw_on(figure.subplots())
    return figure


def files(name: str) -> tuple[str, ...]:
    """What ``save`` writes of a figure: the picture, the same in vectors, and its numbers."""
    return (f"{name}.png", f"{name}.pdf", f"{name}.json")


def save(drawings: Drawings, folder: Path, progress: Progress) -> dict[str, str]:
    """Write each figure, and what it shows as numbers; returns by name why one is missing.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    missing = {}
    with own_style():
        for n, (name, draw) in enumerate(drawings.items()):
            progress(n, len(drawings))
            try:
                _write(draw(), name, folder)
            except DRAWING_ERRORS as error:
                for file in files(name):
                    (folder / file).unlink(missing_ok=True)
                missing[name] = reason(error)
    return missing


def _write(figure: Figure, name: str, folder: Path) -> None:
    picture, vectors, numbers = (folder / file for file in files(name))
    figure.savefig(picture, dpi=DPI)
    # Without the time, so that equal reports are equal files.
    figure.savefig(vectors, metadata={"CreationDate": None})
    text = json.dumps(figure_data.panels(figure), allow_nan=False)
    numbers.write_text(text + "\n", encoding="utf-8")


def coloured(comparison: Comparison) -> list[tuple[str, Theory, str]]:
    """Name, solution and colour of every theory to draw."""
    return [
        (name, solution, COLOURS[n % len(COLOURS)])
        for n, (name, solution) in enumerate(comparison.distinct.items())
    ]


def by_size(comparison: Comparison) -> list[tuple[LowestStates, str]]:
    """The three largest sizes and their colours, darkest last."""
    shown = comparison.measured[-len(SIZE_COLOURS) :]
    return list(zip(shown, SIZE_COLOURS[-len(shown) :], strict=True))


def logarithmic(ax: Axes, *which: Literal["x", "y"], plain: bool = True) -> None:
    """Logarithmic axes where something positive is drawn, linear ones elsewhere.

    With ``plain`` numbers at 1, 2 and 5 times powers of ten instead of the powers. Called once
    everything is drawn: Matplotlib cannot place a tick where no number has a logarithm.
    """
    from matplotlib.ticker import LogLocator, NullFormatter

    for name in which:
        axis = ax.xaxis if name == "x" else ax.yaxis
        if not np.isfinite(axis.get_minpos()):
            continue
        ax.set(**{f"{name}scale": "log"})
        if plain:
            axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axis.set_major_formatter("{x:g}")
            axis.set_minor_formatter(NullFormatter())


def legend(ax: Axes, **options: Any) -> None:
    """A legend, if there is anything to explain."""
    if ax.get_legend_handles_labels()[0]:
        ax.legend(**options)


def shared_legend(figure: Figure, ax: Axes) -> None:
    """The legend of one panel above all of them, if there is anything to explain."""
    handles, labels = ax.get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))


def bottom(ax: Axes, *values: ArrayLike) -> None:
    """The lowest number that a logarithmic axis shows: a third of the smallest positive value."""
    everything = np.concatenate([np.ravel(np.asarray(some, dtype=float)) for some in values])
    positive = everything[np.isfinite(everything) & (everything > 0)]
    if len(positive):
        ax.set_ylim(bottom=float(positive.min()) / 3)


def a_few(count: int) -> Indices:
    """Indices of at most A_FEW of so many temperatures, the first, the last, and evenly between."""
    return np.unique(np.linspace(0, count - 1, A_FEW).round().astype(int))


def say(ax: Axes, text: str) -> None:
    """A sentence in the place of data that are not there."""
    if not ax.has_data():
        ax.set(xticks=[], yticks=[])
    ax.text(0.5, 0.5, text, ha="center", va="center", transform=ax.transAxes)


def points(ax: Axes, histogram: Histogram, label: str, colour: str) -> None:
    """A measured histogram as points with error bars."""
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
