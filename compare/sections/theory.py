"""The solutions that samples are held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from glasswell.theory.model import verdict

from ..confront.comparison import Comparison
from ..report.section import Section, Table


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
                ", ".join(f"{x:.5g}" for x in s.overlaps),
                ", ".join(f"{x:.4g}" for x in s.breakpoints),
                f"{s.residual:.0e}",
                verdict(s.status),
            )
            for name, s in comparison.solutions.items()
        ]
        return [Table(head, rows)]

    def record(self, comparison: Comparison) -> Mapping[str, Any]:
        return {"theory": {name: s.to_dict() for name, s in comparison.solutions.items()}}
