"""The samples, size by size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..confront.comparison import Comparison
from ..confront.quantities import WELL_NAMES
from ..measured.lowest_states import LowestStates
from ..report import json_values
from ..report.section import Section, Table


class Samples(Section):
    """How many there are of every size, and the averages of their lowest states."""

    title = "Samples"
    terminal = False

    def tables(self, comparison: Comparison) -> Sequence[Table]:
        own = comparison.own_rows
        head = ("N", "samples", "lowest state found twice", "energy per site", "[v²]", "mean C_i")
        rows = [
            (
                str(states.N),
                str(states.samples),
                f"{100 * states.found_twice:.0f} %",
                *(str(states.scalar(name)) for name in ("energy", "q", "C")),
                *(str(row.by_size[states.N]) for row in own),
            )
            for states in comparison.measured
        ]
        return [Table((*head, *(row.label for row in own)), rows)]

    def record(self, comparison: Comparison) -> Mapping[str, Any]:
        return {"sizes": {str(each.N): _size(each, comparison) for each in comparison.measured}}


def _size(states: LowestStates, comparison: Comparison) -> dict[str, Any]:
    scalars = ["energy", "q", "p", "C"] if states.signed else ["energy", "q", "C"]
    scalars += ["dwp_fraction", *WELL_NAMES]
    return {
        "samples": states.samples,
        "left_out": states.left_out,
        "found_twice": states.found_twice,
        **{name: json_values.estimate(states.scalar(name)) for name in scalars},
        **{row.key: json_values.estimate(row.by_size[states.N]) for row in comparison.own_rows},
    }
