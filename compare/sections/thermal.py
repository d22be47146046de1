"""Observables against temperature beside theory: a table, in words and as figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..confront.comparison import Comparison
from ..confront.tempering import Temperings
from ..confront.thermal import ThermalComparison, ThermalRow
from ..confront.thermal_observable import ThermalObservable
from ..confront.verdicts import AGREES, PARTS, Prediction
from ..report import json_values
from ..report.drawing import Drawings
from ..report.phrases import z_text
from ..report.section import Section, Table
from . import equilibrium, thermal_figures


class AgainstTemperature(Section):
    """Energy, self-overlap, heat capacity, Binder ratio, χ_SG and a user's own, of temperings."""

    title = "Observables against temperature"
    captions: ClassVar[Mapping[str, str]] = {
        "thermal": "Energy, self-overlap, heat capacity and Binder ratio against temperature; "
        "below each, less the last theory.",
        "thermal_trends": "Measured less theory against 1/N, where replica symmetry is stable and "
        "theory exact as N → ∞.",
    }

    def applies(self, comparison: Comparison) -> bool:
        return comparison.thermal is not None

    def sentences(self, comparison: Comparison) -> Sequence[str]:
        return [] if comparison.thermal is None else summary(comparison.thermal.comparison)

    def tables(self, comparison: Comparison) -> Sequence[Table]:
        return [] if comparison.thermal is None else [thermal_table(comparison.thermal.comparison)]

    def figures(self, comparison: Comparison) -> Drawings:
        return (
            {}
            if comparison.thermal is None
            else thermal_figures.draw(comparison.thermal.comparison)
        )

    def record(self, comparison: Comparison) -> Mapping[str, Any]:
        return {"thermal": None if comparison.thermal is None else _record(comparison.thermal)}


def _record(thermal: Temperings) -> dict[str, Any]:
    """Evidence and inherent structures per size, and the table of observables."""
    return {
        "T_g": thermal.comparison.T_g,
        "in_equilibrium": thermal.in_equilibrium,
        "sizes": {str(size.N): equilibrium.record_of(size) for size in thermal.sizes},
        "table": [
            {
                "temperature": found.temperature,
                "stable": found.stable,
                "critical": found.critical,
                **json_values.row(found.row),
            }
            for found in thermal.comparison.rows
        ],
    }


def thermal_table(comparison: ThermalComparison) -> Table:
    """One line per observable and temperature: measured, then each theory with its z-score."""
    unit, scale = _unit(comparison)
    return Table(
        head=("quantity", unit, "where", "measured"),
        rows=[
            (
                found.row.label,
                f"{found.temperature / scale:.3g}",
                found.row.where,
                str(found.row.measured),
                *(found.row.prediction(name) for name in comparison.curves),
            )
            for found in comparison.rows
        ],
        theories=tuple(comparison.curves),
    )


def summary(comparison: ThermalComparison) -> list[str]:
    """A sentence per observable where theory is exact, one per theory elsewhere, then caveats."""
    sentences = [_exact(comparison, observable) for observable in comparison.observables]
    sentences += [_broken(comparison, name) for name in comparison.curves]
    return [*(sentence for sentence in sentences if sentence), *_caveats(comparison)]


def _exact(comparison: ThermalComparison, observable: ThermalObservable) -> str:
    """How far the limits N → ∞ are from replica symmetry, which is exact there."""
    rows = [r for r in comparison.select(observable.key, stable=True) if r.row.predictions]
    scores = [(r, _theory(r).z) for r in rows if math.isfinite(_theory(r).z)]
    limits = [(r, z) for r, z in scores if r.fit is not None]
    # A limit says more than a size with a guess of what it lacks.
    scores = limits or scores
    if not scores:
        return ""
    worst, z = max(scores, key=lambda scored: abs(scored[1]))
    within = sum(abs(score) < AGREES for _, score in scores)
    verdict = "agrees with"
    if abs(z) >= PARTS:
        verdict = "misses"
    elif abs(z) >= AGREES and within < 0.9 * len(scores):
        verdict = "is in tension with"
    return (
        f"Where replica symmetry is stable, the {observable.name} {verdict} theory at "
        f"{len(scores)} temperatures: {within} within {AGREES:g} σ, the farthest "
        f"{z_text(z)} σ at {_at(comparison, worst)} ({worst.row.where}){_trend(scores)}."
    )


def _trend(scores: list[tuple[ThermalRow, float]]) -> str:
    """How visible the 1/N corrections are, and how well a straight line holds them."""
    fits = [row.fit for row, _ in scores if row.fit is not None]
    if not fits:
        return "; no two sizes share a temperature, so that no 1/N trend is known"
    seen = sum(abs(fit.slope.z(0.0)) > AGREES for fit in fits)
    text = f"; the 1/N correction is seen at {seen} of {len(fits)}"
    freedom = sum(fit.degrees_of_freedom for fit in fits)
    if not freedom:
        return f"{text}, and nothing tests that it is one"
    chi2 = sum(fit.chi2 for fit in fits)
    return f"{text}, with χ² = {chi2:.0f} for {freedom} degrees of freedom"


def _broken(comparison: ThermalComparison, name: str) -> str:
    """By how much a theory misses below the transition, at the coldest temperature."""
    parts = []
    for observable in comparison.observables:
        rows = comparison.select(observable.key, stable=False)
        found = [(r, p) for r in rows for p in r.row.predictions if p.theory == name]
        judged = [(r, p) for r, p in found if math.isfinite(p.z)]
        if not judged:
            continue
        coldest, prediction = judged[0]
        agree = sum(abs(p.z) < AGREES for _, p in judged)
        parts.append(
            f"{observable.name} at {agree} of {len(judged)} temperatures "
            f"({_gap(coldest, prediction)} at {_at(comparison, coldest)}, z = "
            f"{z_text(prediction.z)})"
        )
    if not parts:
        return ""
    return f"Below the transition {name} agrees with the samples on {'; '.join(parts)}."


def _gap(found: ThermalRow, prediction: Prediction) -> str:
    return f"theory - measured = {prediction.value - found.row.measured.value:+.2g}"


def _caveats(comparison: ThermalComparison) -> list[str]:
    notes = []
    critical = sorted({r.temperature for r in comparison.rows if r.critical})
    if critical:
        unit, scale = _unit(comparison)
        listed = ", ".join(f"{T / scale:.3g}" for T in critical)
        notes.append(
            f"Not judged: {unit} = {listed}, where every size is inside the critical window and "
            "corrections are no powers of 1/N."
        )
    if any(not r.stable and r.fit is not None for r in comparison.rows):
        notes.append("Below the transition limits N → ∞ are straight lines in N^(-2/3).")
    if any(r.fit is None for r in comparison.rows):
        notes.append(
            "A second error says how far a row at finite N may still be from N → ∞, judged by the "
            "next smaller size; z contains it."
        )
    notes.append("Temperatures share their samples, so that their z-scores are not independent.")
    notes.append("The heat capacity is that of the displacements: momenta would add 1/2 per site.")
    return notes


def _theory(found: ThermalRow) -> Prediction:
    """Where replica symmetry is stable all theories are one."""
    return found.row.predictions[0]


def _unit(comparison: ThermalComparison) -> tuple[str, float]:
    return ("T/T_g", comparison.T_g) if comparison.T_g > 0 else ("T", 1.0)


def _at(comparison: ThermalComparison, found: ThermalRow) -> str:
    unit, scale = _unit(comparison)
    return f"{unit} = {found.temperature / scale:.3g}"
