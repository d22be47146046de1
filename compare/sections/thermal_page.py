"""The thermal part of the page: evidence of equilibrium, then observables beside theory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from glasswell.theory.ansatz.full import Theory

from ..confront.tempering import Temperings
from ..report.drawing import Drawings
from ..report.markup import cell, row, table
from . import equilibrium_figures, equilibrium_words, thermal_figures, thermal_words

CAPTIONS = {
    "equilibrium": "Left: the bond energy and its Gaussian integration by parts, which are equal "
    "in equilibrium at every N. Right: z-scores of that and of the virial theorem.",
    "overlaps": "P(q) averaged over samples; thin, of single samples of the largest size. Lines: "
    "the overlaps of theory, the darker the more weight they have.",
    "inherent_structures": "Energy of the minima that configurations of temperature T fall into, "
    "and the ground-state energy of each theory.",
    "thermal": "Energy, self-overlap, heat capacity and Binder ratio against temperature; below "
    "each, less the last theory.",
    "thermal_trends": "Measured less theory against 1/N, where replica symmetry is stable and "
    "theory exact as N → ∞.",
}


def figures(thermal: Temperings, ground: Mapping[str, Theory]) -> Drawings:
    """All thermal figures by name; ``ground`` are the solutions at T = 0."""
    return {**equilibrium_figures.draw(thermal, ground), **thermal_figures.draw(thermal.comparison)}


def section(thermal: Temperings) -> str:
    """Its tables and sentences as HTML."""
    comparison = thermal.comparison
    unit = equilibrium_words.head(thermal)[1]
    observables = [
        f"<tr><td>{escape(found.row.name)}</td><td>{found.temperature / thermal.unit:.3g}</td>"
        f"<td>{escape(found.row.where)}</td><td>{escape(str(found.row.measured))}</td>"
        + "".join(cell(p) for p in found.row.predictions)
        + "</tr>"
        for found in comparison.rows
    ]
    return (
        "<h2>Equilibrium</h2>"
        + _sentences(equilibrium_words.summary(thermal))
        + table(
            equilibrium_words.head(thermal), [row(line) for line in equilibrium_words.rows(thermal)]
        )
        + "<h2>Observables against temperature</h2>"
        + _sentences(thermal_words.summary(comparison))
        + table(["quantity", unit, "where", "measured", *comparison.curves], observables)
    )


def _sentences(sentences: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences) + "</ul>"
