"""Pictures in files: Matplotlib's own defaults, and no window system.

Whatever draws on a user's axes follows the user's settings. What glasswell draws by itself - its
commands, the report, the examples - does not: a matplotlibrc may ask for a LaTeX that is not there,
and MPLBACKEND for a backend that another process has.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..model.errors import SolveError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 150

DRAWING_ERRORS = (ValueError, ArithmeticError, IndexError, RuntimeError)
"""What numbers that nobody foresaw can raise while they are drawn.

ValueError: a logarithmic axis without a positive number, limits that are not finite, an empty
array. ArithmeticError: an overflow, also of the pixels. IndexError: a quantile of nothing.
RuntimeError: a format that needs a LaTeX that is not there. Not TypeError and its like: those are
mistakes in the code, and keep their traceback; nor OSError, which the next figure meets too.
"""

LONGEST_REASON = 200
"""Characters of an error's text that are repeated."""

COLOURS = ("#c44e52", "#dd8452", "#4c72b0", "#55a868", "#8172b3", "#937860")
"""Of theories, in their order."""

MEASURED = "#222222"
"""Of samples."""


def load() -> None:
    """Import Matplotlib, whatever MPLBACKEND says.

    A Jupyter kernel hands its backend to every process that it starts, and Matplotlib refuses to be
    imported where that backend is not installed. So the variable is read after the import, and as
    Matplotlib reads it, except that a backend which is not there is no error: files need none.
    """
    if "matplotlib" in sys.modules:
        return
    backend = os.environ.pop("MPLBACKEND", None)
    try:
        import matplotlib
    finally:
        if backend is not None:
            os.environ["MPLBACKEND"] = backend
    if backend:
        with suppress(ValueError):
            matplotlib.rcParams["backend"] = backend


@contextmanager
def own_style() -> Iterator[None]:
    """Matplotlib's own defaults inside; a figure has to be drawn and saved there.

    Examples
    --------
    >>> from glasswell.theory import plots
    >>> with plots.own_style():
    ...     axes = plots.blank(6.0, 4.0).subplots(1, 2)
    >>> len(axes)
    2
    """
    load()
    from matplotlib import style

    with style.context("default"):
        yield


def blank(width: float, height: float) -> Figure:
    """An empty figure in inches, drawn without any window system.

    Examples
    --------
    >>> from glasswell.theory import plots
    >>> figure = plots.blank(6.0, 4.0)
    >>> figure.get_size_inches()
    array([6., 4.])
    """
    load()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def formats() -> dict[str, str]:
    """What a picture's name may end in, and what that is."""
    return dict(blank(1.0, 1.0).canvas.get_supported_filetypes())


def save(draw: Callable[[], Figure], path: Path | str) -> None:
    """Draw a figure in Matplotlib's own defaults and write it; the name's ending is its format.

    Raises
    ------
    SolveError
        If it cannot be drawn or written.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.theory import plots
    >>> with TemporaryDirectory() as folder:
    ...     plots.save(lambda: plots.blank(2.0, 2.0), Path(folder) / "empty.svg")
    ...     sorted(path.name for path in Path(folder).iterdir())
    ['empty.svg']
    """
    try:
        with own_style():
            draw().savefig(path, dpi=DPI)
    except (OSError, *DRAWING_ERRORS) as error:
        raise SolveError(f"cannot draw {path}: {reason(error)}") from error


def reason(error: Exception) -> str:
    """An error in one line."""
    words = " ".join(str(error).split())[:LONGEST_REASON].rstrip(".")
    return getattr(error, "strerror", None) or words or type(error).__name__
