"""The sections of the page on vibrations, responses, and minima by how they were prepared."""

from __future__ import annotations

import math
from html import escape

from glasswell.theory import FullSolution, Limit
from glasswell.theory.ansatz.full import Theory

from ..confront.comparison import Comparison
from ..confront.quantities import mean_density, mean_of, near_zero_width
from ..report.markup import row, table
from ..report.words import vibration_sentence
from ..statistics.bootstrap import Estimate


def vibrations(comparison: Comparison) -> str:
    """Soft modes and the scatter of C_i by size, then theory."""
    head = ["", "lowest λ", "sites in its mode", "Tr H⁻²/N", "scatter of C_i"]
    law = comparison.scatter
    scatter = dict(zip(law.sizes.tolist(), zip(law.values, law.errors, strict=True), strict=True))
    rows = [
        row(
            [
                f"N = {N}",
                *(str(x) for x in (modes.softest, modes.softest_participation, modes.chi_SG)),
                str(Estimate(*scatter[N])),
            ]
        )
        for N, modes in comparison.vibrations.items()
    ]
    for name, solution in comparison.distinct.items() if comparison.vibrations else ():
        numbers = (softest(solution), softness(solution))
        edge, chi = (f"{x:.4g}" if math.isfinite(x) else "∞" for x in numbers)
        rows.append(row([name, edge, "", chi, ""]))
    if math.isfinite(law.exponent.error):
        rows.append(row(["power of N", "", "", "", f"N^(-x), x = {law.exponent}"]))
    sentence = escape(vibration_sentence(comparison))
    return f"{table(head, rows)}<p>{sentence}</p>"


PREPARED = {
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


def preparation(comparison: Comparison) -> str:
    """One line per way of preparing minima, then theory: of the lowest of all minima."""
    shown = {k: v for k, v in PREPARED.items() if any(k in p.values for p in comparison.prepared)}
    head = [f"N = {comparison.largest.N}", "minima", *shown.values()]
    rows = [
        row([kind.name, str(kind.minima), *(str(kind.values[key]) for key in shown)])
        for kind in comparison.prepared
    ]
    width = near_zero_width(comparison.model, list(comparison.solutions.values()))
    for name, solution in comparison.distinct.items():
        values = lowest_states(solution, width)
        rows.append(row([name, "", *(str(Estimate(values[key], math.nan)) for key in shown)]))
    return table(head, rows)


def softest(theory: Theory) -> Limit:
    """The lower edge of the Hessian's spectrum; zero where theory says that there is no gap."""
    if isinstance(theory, FullSolution) and theory.continuum and theory.continuum.gapless:
        return Limit(0.0, 0.0)
    return theory.limit_of(lambda s: s.hessian_spectrum.lower_edge).at_least(0.0)


def softness(theory: Theory) -> float:
    """Tr H⁻²/N; infinite where the spectrum reaches zero, within the error of its edge."""
    edge = softest(theory)
    if edge <= edge.error:
        return math.inf
    return theory.limit_of(lambda s: s.hessian_spectrum.inverse_square_trace).at_least(0.0).value


def lowest_states(theory: Theory, width: float) -> dict[str, float]:
    """What theory says of the columns of PREPARED; NaN for what it does not."""
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
