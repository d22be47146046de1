"""A comparison in words and as a table for the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from glasswell.theory import FullSolution, Status
from glasswell.theory.numerics.limits import Number, error_of

from ..confront.comparison import Comparison
from ..confront.fields import Fit
from ..confront.rows import Prediction, Row
from ..statistics.bootstrap import Deviation, Estimate
from ..statistics.extrapolation import OMEGA_STABLE

LARGE_Z = 1000.0
"""Beyond this a z-score is only said to be beyond this."""

POOR_FIT = 4.0
"""χ² per degree of freedom above which an extrapolation is called poor."""


def table(comparison: Comparison) -> str:
    """The rows as aligned text: measured, then each theory with its z-score."""
    head = ["quantity", "where", "measured", *(f"{name} (z)" for name in comparison.solutions)]
    body = [
        [row.name, row.where, str(row.measured), *(value_and_z(p) for p in row.predictions)]
        for row in comparison.rows
    ]
    return aligned(head, body)


def aligned(head: list[str], body: list[list[str]]) -> str:
    """Columns of text under their heads.

    Examples
    --------
    >>> from glasswell.compare import aligned
    >>> print(aligned(["N", "energy"], [["64", "-4.21"], ["128", "-4.23"]]))
    N    energy
    -----------
    64   -4.21
    128  -4.23
    """
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
    value = _value_text(prediction.value)
    return f"{value} ({z_text(prediction.z)})" if math.isfinite(prediction.z) else value


def _value_text(value: Number) -> str:
    """Five digits, or as many as an error leaves."""
    number, error = float(value), error_of(value)
    if error > 0:
        return str(Estimate(number, error))
    return f"{number:.5g}" if abs(number) > 1e-99 else "0"


def z_text(z: float) -> str:
    """A z-score in a few characters."""
    if abs(z) > LARGE_Z:
        return f"{'+' if z > 0 else '-'}>{LARGE_Z:.0f}"
    if abs(z) < 0.05:
        return "0.0"
    return f"{z:+.1f}" if abs(z) < 100 else f"{z:+.0f}"


def summary(comparison: Comparison) -> list[str]:
    """What agrees and what does not, and by how much: a sentence per theory, then caveats."""
    sentences = [_about(comparison, theory) for theory in comparison.solutions]
    sentences += _field_sentences(comparison)
    return [*sentences, *caveats(comparison)]


def _about(comparison: Comparison, theory: str) -> str:
    solution, first = comparison.solutions[theory], next(iter(comparison.solutions))
    if not solution.converged:
        return f"{theory} did not converge and is not judged: {solution.status.value}."
    if solution.status is Status.COLLAPSED and theory != first:
        return f"{theory} is the same as {first} here: replica symmetry is stable."
    found: dict[str, list[str]] = {"agrees": [], "in tension": [], "misses": []}
    for row in comparison.rows:
        prediction = next(p for p in row.predictions if p.theory == theory)
        if prediction.verdict in found:
            found[prediction.verdict].append(_phrase(row, prediction))
    openings = {
        "agrees": "agrees with the samples on ",
        "in tension": "is in tension with them on ",
        "misses": "misses ",
    }
    parts = [openings[verdict] + "; ".join(rows) for verdict, rows in found.items() if rows]
    return f"{theory} " + (". It ".join(parts) if parts else "cannot be compared") + "."


def _phrase(row: Row, prediction: Prediction) -> str:
    return f"{row.name} ({_miss(row, prediction)}, z = {z_text(prediction.z)})"


def _miss(row: Row, prediction: Prediction) -> str:
    """By how much a theory misses, relative to the measurement or as a factor."""
    measured, value = row.measured.value, prediction.value
    if math.isclose(measured, value, rel_tol=1e-9, abs_tol=1e-12):
        return "the same"
    if measured == 0:
        return f"theory {value:.2g}, nothing measured"
    if value == 0:
        return f"theory 0, measured {measured:.2g}"
    if measured > 0 and value > 0 and not 0.5 < value / measured < 2:
        return f"theory {value / measured:.2g} times the measured value"
    return f"theory {100 * (value - measured) / abs(measured):+.2g} % off"


def _field_sentences(comparison: Comparison) -> list[str]:
    """P(h) where it was measured or, in a stable phase, its limit; in a glass then both."""
    extrapolated = comparison.stable and len(comparison.measured) > 1
    where = (
        "extrapolated to N → ∞"
        if extrapolated
        else (f"at N = {comparison.largest.N}, without its finite-size corrections")
    )
    tests = [(where, comparison.field_fits)]
    if comparison.limit_field_fits:
        where = f"extrapolated to N → ∞ in {exponent(comparison.omega)}, assumed as for the energy"
        tests.append((where, comparison.limit_field_fits))
    return [f"The whole of P(h) {where}, {_fits(fits)}." for where, fits in tests if fits]


def _fits(fits: Sequence[Fit]) -> str:
    return "; ".join(f"{fit.theory}: {_deviation(fit.deviation)}" for fit in fits)


def vibration_sentence(comparison: Comparison) -> str:
    """How well each theory's resolvent fits the Hessians' eigenvalues; empty without any."""
    if not comparison.vibration_fits:
        return ""
    where = f"at N = {comparison.largest.N}"
    if len(comparison.measured) > 1:
        assumed = "" if comparison.stable else ", assumed as for the energy"
        where = f"extrapolated to N → ∞ in {exponent(comparison.omega)}{assumed}"
    return (
        f"The eigenvalues of the Hessian {where}, against the resolvent of each theory's P(h), "
        + _fits(comparison.vibration_fits).replace("all sites", "all modes")
        + "."
    )


def _deviation(deviation: Deviation) -> str:
    relation = "<" if deviation.exceeded == 0 else "="
    return (
        f"χ² = {deviation.statistic:.0f} where chance gives {deviation.bins} "
        f"(p {relation} {deviation.p_value:.2g}), {100 * deviation.misplaced:.1f} % of all sites "
        f"misplaced ({100 * deviation.misplaced_by_chance:.1f} % by chance)"
    )


def caveats(comparison: Comparison) -> list[str]:
    """What a careful reader must know before using a number."""
    notes = _extrapolation_notes(comparison)
    found = "; ".join(
        f"{100 * states.found_twice:.0f} % at N = {states.N}" for states in comparison.measured
    )
    notes.append(
        "The lowest state was reached by two or more independent starts in this share of the "
        f"samples: {found}. Where it was reached once, a lower one may have been missed."
    )
    left_out = sum(states.left_out for states in comparison.measured)
    if left_out:
        notes.append(
            f"{left_out} samples were left out because their lowest state is not certified; "
            "the rest may not be typical of all."
        )
    if any(row.where != "N → ∞" for row in comparison.rows):
        notes.append(_finite_size_note(comparison))
    limits = [s for s in comparison.solutions.values() if isinstance(s, FullSolution)]
    if limits and limits[0].rsb > 0:
        notes.append(_limit_note(limits[0]))
    return notes


def _limit_note(full: FullSolution) -> str:
    numbers = ", ".join(f"{name} = {getattr(full, name)}" for name in ("free_energy", "q_hat", "C"))
    steps = f"the limit of staircases with up to {full.solutions[-1].rsb} steps"
    if full.continuum:
        return (
            f"Full RSB is {steps}, and of the continuous equations at "
            f"{full.continuum.fine.rsb} overlaps: {numbers}. z contains the errors."
        )
    return (
        f"Full RSB is {steps}: {numbers}. Its numbers are limits, whose errors z contains; its "
        "distributions are those of the longest staircase, and near h = 0 they would still fall."
    )


def exponent(omega: float) -> str:
    """A power of N as text."""
    return "1/N" if omega == OMEGA_STABLE else "N^(-2/3)"


def _extrapolation_notes(comparison: Comparison) -> list[str]:
    fits = comparison.extrapolations
    judged = {name: fit for name, fit in fits.items() if fit.degrees_of_freedom > 0}
    law = exponent(comparison.omega)
    if not fits:
        return []
    if not judged:
        return [f"Limits N → ∞ are straight lines in {law} through two sizes: nothing tests them."]
    quality = ", ".join(
        f"{fit.chi2 / fit.degrees_of_freedom:.1f} for {name}"
        + (" (poor)" if fit.chi2 > POOR_FIT * fit.degrees_of_freedom else "")
        for name, fit in judged.items()
    )
    return [
        f"Limits N → ∞ are straight lines in {law}, with χ² per degree of freedom {quality}; where "
        "that exceeds 1, the error has been enlarged by its square root."
    ]


def _finite_size_note(comparison: Comparison) -> str:
    where = f"Rows at N = {comparison.largest.N}"
    if len(comparison.measured) < 2:
        return f"{where} carry finite-size corrections that their errors do not include."
    return (
        f"{where} are not extrapolated to N → ∞. A second error, where there is one, says "
        f"how far they may still go, judged by N = {comparison.measured[-2].N} and corrections "
        f"in {exponent(comparison.omega)}; z contains it."
    )
