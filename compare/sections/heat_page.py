"""The specific heat in words, as a table and as a figure."""

from __future__ import annotations

import math
from html import escape

from glasswell.theory.plots.heat import heat_figure

from ..confront.comparison import Comparison
from ..confront.heat import Heats
from ..report.drawing import Drawings
from ..report.markup import row, table
from ..report.titles import model_title
from ..statistics.bootstrap import Estimate

HEAD = ("specific heat, ħ = m0 = 1", "T_b/T_g", "P0", "d ln C/d ln T", "at T/T_g", "C/(π²P0T/6)")

CAPTIONS = {
    "heat": "C/T³ of local potentials against T/T_g, as in Fig. 2 of Kühn and Horstmann: theory, "
    "and the measured ones of the largest N with 68 % of their resampled means. Right: "
    "where the first theory's heat comes from.",
}


def lines(heats: Heats) -> list[list[str]]:
    """One line per theory, then the samples'; a dash for what does not exist."""
    found = []
    for name, curve in heats.predictions.items():
        values = curve.to_dict(heats.T_g)
        keys = ("T_b", "P0", "exponent", "over_linear_law")
        T_b, P0, power, law = (_text(values[key]) for key in keys)
        lowest = f"{curve.heat.temperature[0] / heats.T_g:.1e}"
        found.append([name, T_b, P0, power, lowest, law])
    where, power_of_samples = heats.exponent
    samples = f"{len(heats.band.capacity.by_sample)} samples of N = {heats.N}"
    found.append([samples, str(heats.bump), "", str(power_of_samples), f"{where:.1e}", ""])
    return found


def _text(value: float | None) -> str:
    return "-" if value is None else str(Estimate(value, math.nan))


def figures(comparison: Comparison) -> Drawings:
    """By name; none where there is no specific heat."""
    heats = comparison.heats
    if not isinstance(heats, Heats):
        return {}
    measured = {f"samples, N = {heats.N}": heats.band}
    title = f"Specific heat of local potentials, {model_title(comparison.model)}"
    return {
        "heat": lambda: heat_figure(heats.predictions, heats.T_g, measured=measured, title=title)
    }


def section(comparison: Comparison) -> str:
    """Its table as HTML, or why there is none; empty outside the glass phase."""
    heats = comparison.heats
    if heats is None:
        return ""
    if not isinstance(heats, Heats):
        return f"<h2>Specific heat</h2><p>{escape(f'None: {heats}')}</p>"
    return "<h2>Specific heat</h2>" + table(HEAD, [row(line) for line in lines(heats)])
