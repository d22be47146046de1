"""The page as HTML: templates filled in, every text escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from ..confront.comparison import Comparison
from ..confront.verdicts import Prediction
from ..report.plain_text import cell_text
from ..report.section import Cell, Section, Table
from ..report.titles import model_title

CLASSES = {"agrees": "agrees", "in tension": "tension", "misses": "misses"}
"""Of cells in the colour of a verdict."""


@dataclass(frozen=True)
class Part:
    """What a section says of a comparison."""

    title: str
    template: str
    appendix: bool
    sentences: Sequence[str]
    tables: Sequence[Table]
    listing: str

    @classmethod
    def of(cls, section: Section, comparison: Comparison) -> Part:
        """Ask a section that applies for everything but its figures."""
        return cls(
            title=section.title,
            template=section.template,
            appendix=section.appendix,
            sentences=list(section.sentences(comparison)),
            tables=[t for t in section.tables(comparison) if t.rows or t.note],
            listing=section.listing(comparison),
        )


@dataclass(frozen=True)
class Picture:
    """A figure that was drawn: its caption, and the PNG in base 64."""

    caption: str
    data: str


def page(
    comparison: Comparison,
    parts: Sequence[Part],
    pictures: Sequence[Picture],
    missing: Mapping[str, str],
) -> str:
    """The whole page; ``missing`` says by name why a figure could not be drawn."""
    sizes = ", ".join(str(states.N) for states in comparison.measured)
    return (
        _environment()
        .get_template("page.html")
        .render(
            title=f"Cross-check at {model_title(comparison.model)}",
            subtitle=f"Lowest states of finite samples (N = {sizes}) of the random-matrix glass, "
            f"held against {', '.join(comparison.solutions)} at T = 0.",
            parts=parts,
            pictures=pictures,
            missing=missing,
        )
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__ or __name__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"text": cell_text, "verdict": _class}
    return environment


def _class(cell: Cell) -> str:
    return CLASSES.get(cell.verdict, "") if isinstance(cell, Prediction) else ""
