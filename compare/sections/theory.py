"""The solutions that samples are held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from glasswell.theory.model import verdict

from .._typing import Floats
from ..confront.comparison import Comparison
from ..report.section import Section, Table

MANY = 7
"""Overlaps of a staircase with six steps: more are those of the continuous limit."""


class Solutions(Section):
    """Free energy, C, overlaps and breakpoints of every theory, converged or not."""

    title = "Theory"
    terminal = False

    def tables(self, comparison: Comparison) -> Sequence[Table]:
        head = ("theory", "f", "C", "C_reg", "overlaps q", "breakpoints y", "residual", "status")
        rows = [
            (
                name,
                f"{s.free_energy:.6f}",
                f"{s.C:.5f}",
                f"{s.C_reg:.5f}",
                _a_few(s.overlaps, 5),
                _a_few(s.breakpoints, 4),
                f"{s.residual:.0e}",
                verdict(s.status),
            )
            for name, s in comparison.solutions.items()
        ]
        return [Table(head, rows)]

    def record(self, comparison: Comparison) -> Mapping[str, Any]:
        return {"theory": {name: s.to_dict() for name, s in comparison.solutions.items()}}


def _a_few(values: Floats, digits: int) -> str:
    """All of a few numbers, the ends of many: the record has them all."""
    texts = [f"{x:.{digits}g}" for x in values]
    if len(texts) <= MANY:
        return ", ".join(texts)
    return f"{texts[0]}, {texts[1]}, … {texts[-1]} ({len(texts)} values)"
