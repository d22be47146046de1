"""A comparison in words and as a table for the terminal."""

from __future__ import annotations

import math

from .comparison import Comparison, Prediction, Row, theory_name

LARGE_Z = 1000.0
"""Beyond this a z-score is only said to be beyond this."""

POOR_FIT = 4.0
"""χ² per degree of freedom above which an extrapolation is called poor."""


def table(comparison: Comparison) -> str:
    """The rows as aligned text: measured, then each theory with its z-score."""
    theories = [theory_name(s.rsb) for s in comparison.solutions]
    head = ["quantity", "where", "measured", *(f"{t} (z)" for t in theories)]
    body = [
        [row.name, row.where, str(row.measured), *(value_and_z(p) for p in row.predictions)]
        for row in comparison.rows
    ]
    widths = [max(len(line[n]) for line in [head, *body]) for n in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in [head, *body]
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def value_and_z(prediction: Prediction) -> str:
    """A prediction and its z-score, such as ``-37.62 (+4.4)``."""
    if not math.isfinite(prediction.value):
        return "-"
    if not math.isfinite(prediction.z):
        return f"{prediction.value:.5g}"
    return f"{prediction.value:.5g} ({z_text(prediction.z)})"


def z_text(z: float) -> str:
    """A z-score in a few characters."""
    if abs(z) > LARGE_Z:
        return f"{'+' if z > 0 else '-'}>{LARGE_Z:.0f}"
    return f"{z:+.1f}" if abs(z) < 100 else f"{z:+.0f}"


def summary(comparison: Comparison) -> list[str]:
    """What agrees and what does not, and by how much: one sentence per theory, then caveats."""
    sentences = [_about(comparison, theory) for theory in _theories(comparison)]
    sentences += [_field_sentence(comparison)] if comparison.field_fits else []
    return [*sentences, *caveats(comparison)]


def _theories(comparison: Comparison) -> list[str]:
    return [theory_name(s.rsb) for s in comparison.solutions]


def _about(comparison: Comparison, theory: str) -> str:
    found: dict[str, list[str]] = {"agrees": [], "in tension": [], "misses": []}
    for row in comparison.rows:
        prediction = next(p for p in row.predictions if p.theory == theory)
        if prediction.verdict in found:
            found[prediction.verdict].append(_phrase(row, prediction))
    parts = []
    if found["agrees"]:
        parts.append("agrees with the samples on " + "; ".join(found["agrees"]))
    if found["in tension"]:
        parts.append("is in tension with them on " + "; ".join(found["in tension"]))
    if found["misses"]:
        parts.append("misses " + "; ".join(found["misses"]))
    return f"{theory} " + (". It ".join(parts) if parts else "cannot be compared") + "."


def _phrase(row: Row, prediction: Prediction) -> str:
    return f"{row.name} ({_miss(row, prediction)}, z = {z_text(prediction.z)})"


def _miss(row: Row, prediction: Prediction) -> str:
    """By how much a theory misses, relative to the measurement or as a factor."""
    measured, value = row.measured.value, prediction.value
    if measured > 0 and value > 0 and not 0.5 < value / measured < 2:
        return f"theory {value / measured:.2g} times the measured value"
    if measured == 0:
        return f"{value:+.2g} where nothing was measured"
    return f"theory {100 * (value - measured) / abs(measured):+.2g} % off"


def _field_sentence(comparison: Comparison) -> str:
    parts = [
        f"{fit.theory}: χ² = {fit.deviation.statistic:.0f} where chance gives "
        f"{fit.deviation.expected:.0f} (p = {fit.deviation.p_value:.2g}), "
        f"{100 * fit.deviation.total_variation:.1f} % of all sites misplaced"
        for fit in comparison.field_fits
    ]
    return f"The whole of P(h) at N = {comparison.largest.N}, " + "; ".join(parts) + "."


def caveats(comparison: Comparison) -> list[str]:
    """What a careful reader must know before using a number."""
    notes = [
        f"{theory_name(solution.rsb)} did not converge: {solution.status.value}."
        for solution in comparison.solutions
        if not solution.converged
    ]
    fit = comparison.extrapolations.get("energy")
    if fit is not None and fit.degrees_of_freedom > 0:
        reduced = fit.chi2 / fit.degrees_of_freedom
        quality = (
            "poor: the smallest sizes are not in the scaling regime"
            if reduced > POOR_FIT
            else "good"
        )
        notes.append(
            f"The extrapolation of the energy with N^(-2/3) has χ² = {fit.chi2:.1f} for "
            f"{fit.degrees_of_freedom} degrees of freedom, which is {quality}; "
            f"its error is statistical only."
        )
    found = "; ".join(
        f"{100 * states.found_twice:.0f} % at N = {states.N}" for states in comparison.measured
    )
    notes.append(
        "The lowest state was reached by two or more independent starts in this share of the "
        f"samples: {found}. Where it was reached once, a lower one may have been missed."
    )
    left_out = sum(states.left_out for states in comparison.measured)
    if left_out:
        notes.append(f"{left_out} samples were left out: their lowest state is not certified.")
    notes.append(
        f"Rows at N = {comparison.largest.N} carry finite-size corrections that their errors do "
        "not include."
    )
    return notes
