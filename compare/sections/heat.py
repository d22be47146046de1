"""The specific heat in words, as a table and as a figure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from glasswell.theory.plots.heat import heat_figure

from ..confront.comparison import Comparison
from ..confront.heat import Heats
from ..measured.local_heat import Band
from ..report import json_values
from ..report.drawing import Drawings
from ..report.section import Section, Table
from ..report.titles import model_title
from ..statistics.bootstrap import Estimate

HEAD = ("specific heat, ħ = m0 = 1", "T_b/T_g", "P0", "d ln C/d ln T", "at T/T_g", "C/(π²P0T/6)")


class SpecificHeat(Section):
    """C(T) of local potentials in the glass phase, or why there is none."""

    title = "Specific heat"
    captions: ClassVar[Mapping[str, str]] = {
        "heat": "C/T³ of local potentials against T/T_g, as in Fig. 2 of Kühn and Horstmann: "
        "theory, and the measured ones of the largest N with 68 % of their resampled means. Right: "
        "where the first theory's heat comes from.",
    }

    def applies(self, comparison: Comparison) -> bool:
        return comparison.heats is not None

    def sentences(self, comparison: Comparison) -> Sequence[str]:
        heats = comparison.heats
        return [] if isinstance(heats, Heats) else [f"No specific heat: {heats}."]

    def tables(self, comparison: Comparison) -> Sequence[Table]:
        heats = comparison.heats
        return [Table(HEAD, lines(heats))] if isinstance(heats, Heats) else []

    def figures(self, comparison: Comparison) -> Drawings:
        heats = comparison.heats
        if not isinstance(heats, Heats):
            return {}
        measured = {f"samples, N = {heats.N}": heats.band}
        title = f"Specific heat of local potentials, {model_title(comparison.model)}"
        return {
            "heat": lambda: heat_figure(
                heats.predictions, heats.T_g, measured=measured, title=title
            )
        }

    def record(self, comparison: Comparison) -> Mapping[str, Any]:
        heats = comparison.heats
        return {"specific_heat": _record(heats) if isinstance(heats, Heats) else None}


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


def _record(heats: Heats) -> dict[str, Any]:
    """C(T) of theories and samples, and the numbers of the table."""
    where, exponent = heats.exponent
    return {
        "T_g": heats.T_g,
        "temperature": heats.band.temperature.tolist(),
        "theory": {
            name: {
                **curve.to_dict(heats.T_g),
                "capacity": curve.heat.capacity.tolist(),
                "entropy": curve.heat.entropy.tolist(),
            }
            for name, curve in heats.predictions.items()
        },
        "samples": {
            "N": heats.N,
            "samples": len(heats.band.capacity.by_sample),
            "T_b": json_values.estimate(heats.bump),
            "exponent": {**json_values.estimate(exponent), "at": where},
            "capacity": _band(heats.band.capacity),
            "entropy": _band(heats.band.entropy),
        },
    }


def _band(band: Band) -> dict[str, list[float]]:
    return {name: getattr(band, name).tolist() for name in ("value", "low", "high")}
