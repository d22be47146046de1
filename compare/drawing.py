"""What all figures share: canvases, colours, and points with error bars."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from glasswell.theory.full import Theory
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from .comparison import Comparison
from .measured import LowestStates
from .statistics import Histogram

COLOURS = ("#c44e52", "#dd8452", "#4c72b0", "#55a868", "#8172b3", "#937860")
MEASURED = "#222222"
SIZE_COLOURS = ("#b5b5b5", "#7f7f7f", "#222222")


def blank(width: float, height: float) -> Figure:
    """An empty figure in inches, drawn without any window system."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def single(draw_on: Callable[[Axes], None]) -> Figure:
    """A figure of one panel."""
    figure = blank(6.4, 4.4)
    draw_on(figure.subplots())
    return figure


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


def logarithmic(ax: Axes, *which: Literal["x", "y"]) -> None:
    """Logarithmic axes with plain numbers at 1, 2 and 5 times powers of ten."""
    for name in which:
        ax.set(**{f"{name}scale": "log"})
        axis = ax.xaxis if name == "x" else ax.yaxis
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter(NullFormatter())


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
