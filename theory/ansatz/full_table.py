"""Full replica-symmetry breaking as a text: the staircases, and the limits with their errors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..model.status import in_words
from ..model.text_table import columns
from ..numerics.limits import Limit
from .solution import fixed

if TYPE_CHECKING:
    from .full_solution import FullSolution


def table(full: FullSolution, limits: Mapping[str, Limit]) -> str:
    """One row for each number of steps, then one for each limit that is known."""
    rows = [
        (
            f"{s.rsb}",
            fixed(s.free_energy, 10),
            fixed(s.C, 6),
            fixed(s.C_reg, 6),
            fixed(float(s.field_density(0.0)), 6),
            f"{s.wells.fraction:.6f}",
        )
        for s in full.solutions
    ]
    steps = columns(
        [("k", "f", "C", "C_reg", "P_k(0)", "wells"), *rows],
        at=(">3", ">16", ">10", ">10", ">10", ">9"),
        gap=" ",
    )
    known = {name: limit for name, limit in limits.items() if not math.isnan(limit)}
    lines = columns([(name, f"→ {limit}") for name, limit in known.items()], ("<15", "<"), "")
    shown = [f"  {line}" for line in lines]
    if full.continuum:
        shown.append(f"  with Parisi's equations at {full.continuum.fine.rsb} overlaps")
    title = f"full RSB at T = {full.temperature:g} of {full.model}"
    return "\n".join([title, *steps, *shown, f"  {in_words(full.status)}"])
