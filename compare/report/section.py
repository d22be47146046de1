"""A section of the report: its sentences, tables and figures, and its part of the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..confront.comparison import Comparison
from ..confront.verdicts import Prediction

if TYPE_CHECKING:
    from .drawing import Drawings

Cell = str | Prediction | None
"""Text; or a prediction, shown with its z-score and in the colour of its verdict; or a dash."""


@dataclass(frozen=True)
class Table:
    """A table for the page and the terminal: a head, and rows of as many cells.

    ``theories`` names the last columns, those of predictions. ``note`` is a sentence below the
    table.

    Examples
    --------
    >>> from glasswell.compare.report.plain_text import table_text
    >>> print(table_text(Table(("N", "[v²]"), [("64", "77.1"), ("128", "78")])))
    N    [v²]
    ---------
    64   77.1
    128  78
    """

    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    theories: Sequence[str] = ()
    note: str = ""


class Section:
    """A part of the report; derive from it and say what it has, all else is empty.

    The page shows it as a chapter with title, sentences, tables and figures; the terminal shows
    tables and sentences; ``record`` goes into report.json. What is said once is shown in all
    three places by ``write_report``.

    Attributes
    ----------
    title
        The heading; there is none over a section without sentences, tables and listing.
    captions
        By name of a figure; every figure that ``figures`` can return is here, so that old ones are
        removed from the folder.
    terminal
        False keeps it out of what the command prints.
    template
        The file in page/templates that lays it out.
    leading
        Names of those of its figures that stand on top of the page, and not in its chapter.

    Examples
    --------
    >>> class Softest(Section):
    ...     title = "Softest modes"
    ...
    ...     def sentences(self, comparison):
    ...         modes = comparison.vibrations
    ...         return [f"λ_min = {modes[N].softest} at N = {N}." for N in modes]
    """

    title: ClassVar[str] = ""
    captions: ClassVar[Mapping[str, str]] = {}
    terminal: ClassVar[bool] = True
    template: ClassVar[str] = "section.html"
    leading: ClassVar[Sequence[str]] = ()

    # ARG002: what these do not use is there for those who override them.

    def applies(self, comparison: Comparison) -> bool:  # noqa: ARG002
        """False where there is nothing to show: then only ``record`` is asked."""
        return True

    def sentences(self, comparison: Comparison) -> Sequence[str]:  # noqa: ARG002
        """In words, one entry each."""
        return ()

    def trust(self, comparison: Comparison) -> Sequence[str]:  # noqa: ARG002
        """How far to trust the numbers: on top of the page, and in the terminal."""
        return ()

    def tables(self, comparison: Comparison) -> Sequence[Table]:  # noqa: ARG002
        """Its tables; one without rows is left out."""
        return ()

    def listing(self, comparison: Comparison) -> str:  # noqa: ARG002
        """Text that keeps its line breaks."""
        return ""

    def figures(self, comparison: Comparison) -> Drawings:  # noqa: ARG002
        """Figures by name, each drawn when it is called."""
        return {}

    def record(self, comparison: Comparison) -> Mapping[str, Any]:  # noqa: ARG002
        """Its keys of report.json: plain values, None for what does not exist, and never nan.

        Asked of every section, so that the keys do not depend on the samples.
        """
        return {}
