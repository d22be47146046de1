"""Vibrations about the lowest states: soft modes, the Hessians' eigenvalues, and theory's."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from glasswell.theory import Limit, Theory

from ..confront.comparison import Comparison
from ..report import json_values
from ..report.drawing import Drawings
from ..report.phrases import fits_text, power_of_N
from ..report.section import Section, Table
from ..statistics.bootstrap import Estimate
from .spectrum_figures import spectrum_figure


class NormalModes(Section):
    """Vibrations and the scatter of the responses; none without couplings."""

    title = "Vibrations and responses"
    terminal = False
    captions: ClassVar[Mapping[str, str]] = {
        "vibrations": "Vibrations about the lowest states. (a) Density of states. (b) Its soft "
        "end. (c) Participation ratios, which fall with N; Gaussian modes that prefer no site have "
        "1/3. (d) Tr H⁻²/N of the Hessian H. Theory is the resolvent for each theory's P(h).",
    }

    def tables(self, comparison: Comparison) -> Sequence[Table]:
        return [mode_table(comparison)]

    def figures(self, comparison: Comparison) -> Drawings:
        if not comparison.vibrations:
            return {}
        return {"vibrations": lambda: spectrum_figure(comparison)}

    def record(self, comparison: Comparison) -> Mapping[str, Any]:
        names = ("softest", "softest_participation", "chi_SG")
        return {
            "vibrations": {
                str(N): {name: json_values.estimate(getattr(modes, name)) for name in names}
                for N, modes in comparison.vibrations.items()
            },
            "eigenvalue_distribution": [json_values.fit(fit) for fit in comparison.vibration_fits],
        }


def mode_table(comparison: Comparison) -> Table:
    """Soft modes and the scatter of C_i by size, then theory."""
    law = comparison.scatter
    scatter = dict(zip(law.sizes.tolist(), zip(law.values, law.errors, strict=True), strict=True))
    rows = [
        (
            f"N = {N}",
            *(str(x) for x in (modes.softest, modes.softest_participation, modes.chi_SG)),
            str(Estimate(*scatter[N])),
        )
        for N, modes in comparison.vibrations.items()
    ]
    for name, solution in comparison.distinct.items() if comparison.vibrations else ():
        numbers = (softest(solution), softness(solution))
        edge, chi = (f"{x:.4g}" if math.isfinite(x) else "∞" for x in numbers)
        rows.append((name, edge, "", chi, ""))
    if math.isfinite(law.exponent.error):
        rows.append(("power of N", "", "", "", f"N^(-x), x = {law.exponent}"))
    head = ("", "lowest λ", "sites in its mode", "Tr H⁻²/N", "scatter of C_i")
    return Table(head, rows, note=eigenvalue_sentence(comparison))


def eigenvalue_sentence(comparison: Comparison) -> str:
    """How well each theory's resolvent fits the Hessians' eigenvalues; empty without any."""
    if not comparison.vibration_fits:
        return ""
    where = f"at N = {comparison.largest.N}"
    if len(comparison.measured) > 1:
        assumed = "" if comparison.stable else ", assumed as for the energy"
        where = f"extrapolated to N → ∞ in {power_of_N(comparison.omega)}{assumed}"
    return (
        f"The eigenvalues of the Hessian {where}, against the resolvent of each theory's P(h), "
        f"{fits_text(comparison.vibration_fits, 'modes')}."
    )


def softest(theory: Theory) -> Limit:
    """The lower edge of the Hessian's spectrum; zero where theory says that there is no gap."""
    if theory.gapless:
        return Limit(0.0, 0.0)
    return theory.limit_of(lambda s: s.hessian_spectrum.lower_edge).at_least(0.0)


def softness(theory: Theory) -> float:
    """Tr H⁻²/N; infinite where the spectrum reaches zero, within the error of its edge."""
    edge = softest(theory)
    if edge <= edge.error:
        return math.inf
    return theory.limit_of(lambda s: s.hessian_spectrum.inverse_square_trace).at_least(0.0).value
