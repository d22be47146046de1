"""The samples, size by size."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..confront.comparison import Comparison
from ..confront.quantities import WELL_NAMES
from ..measured.lowest_states import LowestStates
from ..report import json_values
from ..report.section import Section, Table
from ..statistics.bootstrap import Estimate
from ..statistics.unseen import missed


class Samples(Section):
    """How many there are of every size, and the averages of their lowest states."""

    title = "Samples"
    terminal = False

    def tables(self, comparison: Comparison) -> Sequence[Table]:
        own = comparison.own_rows
        head = (
            *("N", "samples", "lowest state found twice", "missed, at least about"),
            *("energy per site", "[v²]", "mean C_i"),
        )
        rows = [
            (
                str(states.N),
                str(states.samples),
                f"{100 * states.found_twice:.0f} %",
                in_percent(missed_lowest(states, comparison)),
                *(str(states.scalar(name)) for name in ("energy", "q", "C")),
                *(str(row.by_size[states.N]) for row in own),
            )
            for states in comparison.measured
        ]
        return [Table((*head, *(row.label for row in own)), rows)]

    def record(self, comparison: Comparison) -> Mapping[str, Any]:
        return {"sizes": {str(each.N): _size(each, comparison) for each in comparison.measured}}


def missed_lowest(states: LowestStates, comparison: Comparison) -> Estimate | None:
    """The estimated fraction of samples whose lowest state is not the lowest there is.

    None where samples were searched until it had been hit often enough, or columns are not
    independent: hits then do not tell.
    """
    config = comparison.archive.config
    if config.sampler.together or (config.least_hits > 1 and config.rounds > 1):
        return None
    return missed(states.hits, config.sampler.starts)


def in_percent(fraction: Estimate | None) -> str:
    """ "3.1 ± 0.8 %", or a dash."""
    if fraction is None or not math.isfinite(fraction.value):
        return "-"
    return f"{100 * fraction.value:.1f} ± {100 * fraction.error:.1f} %"


def _size(states: LowestStates, comparison: Comparison) -> dict[str, Any]:
    scalars = ["energy", "q", "p", "C"] if states.signed else ["energy", "q", "C"]
    scalars += ["dwp_fraction", *WELL_NAMES]
    unseen = missed_lowest(states, comparison)
    return {
        "samples": states.samples,
        "left_out": states.left_out,
        "found_twice": states.found_twice,
        "missed": None if unseen is None else json_values.estimate(unseen),
        **{name: json_values.estimate(states.scalar(name)) for name in scalars},
        **{row.key: json_values.estimate(row.by_size[states.N]) for row in comparison.own_rows},
    }
