"""The distribution of cavity fields, and its pseudogap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..confront.comparison import Comparison
from ..report import json_values
from ..report.drawing import Drawings, single
from ..report.phrases import fits_text, power_of_N
from ..report.section import Section
from .field_figures import fields, pseudogap_figure


class Fields(Section):
    """P(h) as figures and in the record; the overview has its sentences."""

    title = "Cavity fields"
    leading = ("fields",)
    captions: ClassVar[Mapping[str, str]] = {
        "fields": "Density of the cavity fields of the lowest states, the larger N the darker, and "
        "P(h) of every theory (lines).",
        "pseudogap": "Left: P(h) in logarithmic bins; numbers count the fields of a bin at the "
        "largest N. Right: maximum-likelihood exponent of P(h) ~ h^θ in windows that slide over h, "
        "each half way into the last.",
    }

    def figures(self, comparison: Comparison) -> Drawings:
        drawings: Drawings = {"fields": lambda: single(lambda ax: fields(ax, comparison))}
        J = comparison.model.J
        if any(solution.q_hat * J > 0 for solution in comparison.solutions.values()):
            drawings["pseudogap"] = lambda: pseudogap_figure(comparison)
        return drawings

    def record(self, comparison: Comparison) -> Mapping[str, Any]:
        at_largest, limit = comparison.field_fits, comparison.limit_field_fits
        return {
            "field_distribution": [json_values.fit(fit) for fit in at_largest],
            "field_distribution_limit": [json_values.fit(fit) for fit in limit],
        }


def field_sentences(comparison: Comparison) -> Sequence[str]:
    """P(h) where it was measured or, in a stable phase, its limit; in a glass then both."""
    extrapolated = comparison.stable and len(comparison.measured) > 1
    where = (
        "extrapolated to N → ∞"
        if extrapolated
        else (f"at N = {comparison.largest.N}, without its finite-size corrections")
    )
    tests = [(where, comparison.field_fits)]
    if comparison.limit_field_fits:
        law = power_of_N(comparison.omega)
        where = f"extrapolated to N → ∞ in {law}, assumed as for the energy"
        tests.append((where, comparison.limit_field_fits))
    return [
        f"The whole of P(h) {where}, {fits_text(fits, 'sites')}." for where, fits in tests if fits
    ]
