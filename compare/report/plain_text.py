"""Tables and sections as plain text, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from glasswell.theory.model import columns as columns

from ..confront.comparison import Comparison
from .phrases import value_and_z
from .section import Cell, Section, Table


def aligned(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """Columns of text under their heads.

    Examples
    --------
    >>> print(aligned(["k", "P0"], [["0", "0.0061"], ["full", "-"]]))
    k     P0
    --------
    0     0.0061
    full  -
    """
    first, *others = columns([head, *body])
    return "\n".join([first, "-" * len(first), *others])


def cell_text(cell: Cell) -> str:
    """Text as it is, a prediction with its z-score."""
    return cell if isinstance(cell, str) else value_and_z(cell)


def table_text(table: Table) -> str:
    """Aligned columns; those of theories say that z is behind the value.

    Examples
    --------
    >>> from glasswell.compare import Table, table_text
    >>> print(table_text(Table(("N", "energy"), [("64", "-4.21")])))
    N   energy
    ----------
    64  -4.21
    """
    head = [*table.head, *(f"{name} (z)" for name in table.theories)]
    return aligned(head, [[cell_text(cell) for cell in row] for row in table.rows])


def section_text(section: Section, comparison: Comparison) -> str:
    """Its tables, then its sentences; empty where it does not apply."""
    if not section.terminal or not section.applies(comparison):
        return ""
    blocks = [table_text(table) for table in section.tables(comparison) if table.rows]
    sentences = [*section.sentences(comparison), *section.trust(comparison)]
    blocks += ["\n".join(sentences), section.listing(comparison)]
    return "\n\n".join(block for block in blocks if block)
