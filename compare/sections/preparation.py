"""Minima by how they were prepared, and what theory says of the lowest of all."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from glasswell.theory import Theory

from ..confront.comparison import Comparison
from ..confront.quantities import mean_density, mean_of, near_zero_width
from ..report import json_values
from ..report.section import Section, Table
from ..statistics.bootstrap import Estimate
from .vibrations import softest

COLUMNS = {
    "energy": "energy per site",
    "softest": "lowest λ",
    "q": "[v²]",
    "C": "mean C_i",
    "P_h0": "P(h) near 0",
    "dwp_fraction": "double wells",
    "barrier": "mean V",
    "asymmetry": "mean Δ",
    "distance": "mean d",
}


class Preparation(Section):
    """One line per way of preparing minima of the largest size, then theory."""

    title = "By preparation"
    terminal = False

    def tables(self, comparison: Comparison) -> Sequence[Table]:
        prepared = comparison.prepared
        shown = {k: v for k, v in COLUMNS.items() if any(k in kind.values for kind in prepared)}
        rows = [
            (kind.name, str(kind.minima), *(str(kind.values[key]) for key in shown))
            for kind in prepared
        ]
        width = near_zero_width(comparison.model, list(comparison.solutions.values()))
        for name, solution in comparison.distinct.items():
            values = lowest_states(solution, width)
            rows.append((name, "", *(str(Estimate(values[key], math.nan)) for key in shown)))
        return [Table((f"N = {comparison.largest.N}", "minima", *shown.values()), rows)]

    def record(self, comparison: Comparison) -> Mapping[str, Any]:
        return {
            "preparation": [
                {
                    "name": kind.name,
                    "N": kind.N,
                    "minima": kind.minima,
                    **{key: json_values.estimate(found) for key, found in kind.values.items()},
                }
                for kind in comparison.prepared
            ]
        }


def lowest_states(theory: Theory, width: float) -> dict[str, float]:
    """What theory says of the columns of COLUMNS; NaN for what it does not."""
    values = {
        "energy": theory.free_energy,
        "softest": softest(theory) if theory.model.J > 0 else math.nan,
        "q": theory.q_hat,
        "C": theory.model.J**2 * theory.C_reg,
        "P_h0": theory.limit_of(lambda s: mean_density(s, width)).at_least(0.0),
        "dwp_fraction": theory.limit_of(lambda s: s.wells.fraction).at_least(0.0),
    }
    for key in ("barrier", "asymmetry", "distance"):
        values[key] = theory.limit_of(mean_of(key)).at_least(0.0)
    return {key: float(value) for key, value in values.items()}
