"""The page as HTML: templates filled in, every text escaped."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from ..confront.comparison import Comparison
from ..confront.verdicts import Prediction
from ..report import drawing
from ..report.phrases import value_text, z_text
from ..report.plain_text import cell_text
from ..report.section import Cell, Section, Table
from ..report.symbols import SYMBOLS
from ..report.titles import model_title, model_values

CLASSES = {"agrees": "agrees", "in tension": "tension", "misses": "misses"}
"""Of cells in the colour of a verdict."""

SIGNS = {"agrees": "✓", "in tension": "?", "misses": "✗"}
"""Beside the colour, for who does not see it."""


@dataclass(frozen=True)
class Picture:
    """A figure that was drawn: its caption, and the PNG in base 64."""

    name: str
    caption: str
    data: str

    @classmethod
    def read(cls, name: str, caption: str, folder: Path) -> Picture:
        """What ``drawing.save`` has written."""
        png = folder / drawing.files(name)[0]
        return cls(name, caption, base64.b64encode(png.read_bytes()).decode())

    @property
    def files(self) -> tuple[tuple[str, str], ...]:
        """What stands beside the page: what a link to it is called, and the file."""
        return tuple(zip(("PNG", "PDF", "numbers"), drawing.files(self.name), strict=True))


@dataclass(frozen=True)
class Part:
    """What a section says of a comparison."""

    slug: str
    title: str
    template: str
    sentences: Sequence[str]
    trust: Sequence[str]
    tables: Sequence[Table]
    listing: str
    pictures: Sequence[Picture]
    leading: Sequence[Picture]

    @classmethod
    def of(cls, section: Section, comparison: Comparison, pictures: Sequence[Picture]) -> Part:
        """Ask a section that applies for all but its figures; these were drawn."""
        return cls(
            slug=type(section).__name__.lower(),
            title=section.title or type(section).__name__,
            template=section.template,
            sentences=list(section.sentences(comparison)),
            trust=list(section.trust(comparison)),
            tables=[t for t in section.tables(comparison) if t.rows or t.note],
            listing=section.listing(comparison),
            pictures=[picture for picture in pictures if picture.name not in section.leading],
            leading=[picture for picture in pictures if picture.name in section.leading],
        )

    @property
    def empty(self) -> bool:
        """Whether there is nothing for a chapter of its own."""
        return not (self.sentences or self.tables or self.listing or self.pictures)


def page(comparison: Comparison, parts: Sequence[Part], missing: Mapping[str, str]) -> str:
    """The whole page; ``missing`` says by name why a figure could not be drawn."""
    sizes = ", ".join(str(states.N) for states in comparison.measured)
    return (
        _environment()
        .get_template("page.html")
        .render(
            title=f"Cross-check at {model_title(comparison.model)}",
            subtitle=f"Lowest states of finite samples (N = {sizes}) of the random-matrix glass, "
            f"held against {', '.join(comparison.solutions)} at T = 0.",
            model=model_values(comparison.model),
            parts=parts,
            missing=missing,
            symbols=SYMBOLS,
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
    environment.filters |= {"text": cell_text, "verdict": _class, "sign": _sign, "z": _z}
    environment.filters["value"] = lambda prediction: value_text(prediction.value)
    return environment


def _class(cell: Cell) -> str:
    return CLASSES.get(cell.verdict, "") if isinstance(cell, Prediction) else ""


def _sign(cell: Cell) -> str:
    return SIGNS.get(cell.verdict, "") if isinstance(cell, Prediction) else ""


def _z(prediction: Prediction) -> str:
    return f"{prediction.verdict}, {z_text(prediction.z)} σ"
