"""Pieces of the page: tables, rows, and cells coloured by what a prediction is worth."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ..confront.verdicts import Prediction
from .words import value_and_z

CLASSES = {"agrees": "agrees", "in tension": "tension", "misses": "misses"}


def cell(prediction: Prediction | None) -> str:
    """A prediction with its z-score, in the colour of its verdict."""
    css = "" if prediction is None else CLASSES.get(prediction.verdict, "")
    return f'<td class="{css}">{escape(value_and_z(prediction))}</td>'


def row(texts: Sequence[str]) -> str:
    """A row of plain text."""
    return "<tr>" + "".join(f"<td>{escape(text)}</td>" for text in texts) + "</tr>"


def table(head: Sequence[str], rows: Sequence[str]) -> str:
    """A table of rows that are HTML already."""
    top = "".join(f"<th>{escape(text)}</th>" for text in head)
    return f'<div class="wide"><table><tr>{top}</tr>{"".join(rows)}</table></div>'
