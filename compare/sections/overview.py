"""What agrees and what does not: the table of verdicts, in words, and the main figure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from glasswell.theory import Status, Theory

from ..confront.comparison import Comparison
from ..confront.verdicts import Prediction, Row
from ..report import json_values
from ..report.drawing import Drawings, single
from ..report.phrases import power_of_N, z_text
from ..report.section import Section, Table
from .fields import field_sentences
from .overview_figures import energy, main_figure
from .samples import in_percent, missed_lowest

POOR_FIT = 4.0
"""χ² per degree of freedom above which an extrapolation is called poor."""


class Overview(Section):
    """Every observable beside every theory."""

    title = "What agrees and what does not, in words"
    template = "overview.html"
    leading = ("energy",)
    captions: ClassVar[Mapping[str, str]] = {
        "crosscheck": "(a) Lowest energy per site, its extrapolation to N → ∞, and the free energy "
        "of each theory. (b) Density of cavity fields; in a glass its close-up near h = 0, where a "
        "finite number of breaking steps has a finite density and the full theory a pseudogap; "
        "diamonds are limits N → ∞ of wider bins, with the energy's exponent assumed. (c) Response "
        "C_i of the surroundings; dashed, the regular part of the theory's C, which is what linear "
        "response sees; full, all of C. (d) Fraction of sites whose cavity potential is a double "
        "well.",
        "energy": "Lowest energy per site of samples against a power of N; dotted, the straight "
        "line whose end at N → ∞ (open symbol) is held against every theory's free energy (lines).",
    }

    def sentences(self, comparison: Comparison) -> Sequence[str]:
        return summary(comparison)

    def trust(self, comparison: Comparison) -> Sequence[str]:
        return caveats(comparison)

    def tables(self, comparison: Comparison) -> Sequence[Table]:
        return [verdict_table(comparison)]

    def figures(self, comparison: Comparison) -> Drawings:
        return {
            "crosscheck": lambda: main_figure(comparison),
            "energy": lambda: single(lambda ax: energy(ax, comparison)),
        }

    def record(self, comparison: Comparison) -> Mapping[str, Any]:
        return {
            "table": [json_values.row(row) for row in comparison.rows],
            "extrapolations": {
                name: {
                    "omega": fit.omega,
                    "limit": json_values.estimate(fit.limit),
                    "slope": json_values.estimate(fit.slope),
                    "chi2": fit.chi2,
                    "degrees_of_freedom": fit.degrees_of_freedom,
                    "scale": fit.scale,
                }
                for name, fit in comparison.extrapolations.items()
            },
        }


def verdict_table(comparison: Comparison) -> Table:
    """A row per observable: measured, then each theory with its z-score."""
    return Table(
        head=("quantity", "where", "measured"),
        rows=[
            (
                row.label,
                row.where,
                str(row.measured),
                *(row.prediction(theory) for theory in comparison.solutions),
            )
            for row in comparison.rows
        ],
        theories=tuple(comparison.solutions),
    )


def summary(comparison: Comparison) -> list[str]:
    """What agrees and what does not, and by how much: a sentence per theory."""
    sentences = [_about(comparison, theory) for theory in comparison.solutions]
    return [*sentences, *field_sentences(comparison)]


def _about(comparison: Comparison, theory: str) -> str:
    solution, first = comparison.solutions[theory], next(iter(comparison.solutions))
    if not solution.converged:
        return f"{theory} did not converge and is not judged: {solution.status.advice}."
    if solution.status is Status.COLLAPSED and theory != first:
        return f"{theory} is the same as {first} here: replica symmetry is stable."
    found: dict[str, list[str]] = {"agrees": [], "in tension": [], "misses": []}
    for row in comparison.rows:
        prediction = row.prediction(theory)
        if prediction is not None and prediction.verdict in found:
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


def _missed(comparison: Comparison) -> str:
    """What a hit is worth: how often a lower state was missed all the same."""
    shares = {states.N: missed_lowest(states, comparison) for states in comparison.measured}
    if any(share is None for share in shares.values()):
        return (
            "Two starts in one state prove nothing; how often a lower one was missed cannot be "
            "told where samples are searched until it is hit again, or starts are not independent."
        )
    listed = "; ".join(f"{in_percent(share)} at N = {N}" for N, share in shares.items())
    return (
        "Two starts in one state prove nothing; from how often it was hit once and twice, the "
        "share of samples in which a lower one was missed is estimated to be at least about "
        f"{listed}."
    )


def caveats(comparison: Comparison) -> list[str]:
    """What a careful reader must know before using a number."""
    notes = _extrapolation_notes(comparison)
    found = "; ".join(
        f"{100 * states.found_twice:.0f} % at N = {states.N}" for states in comparison.measured
    )
    notes.append(
        "The lowest state was reached by two or more independent starts in this share of the "
        f"samples: {found}. {_missed(comparison)}"
    )
    left_out = sum(states.left_out for states in comparison.measured)
    if left_out:
        notes.append(
            f"{left_out} samples were left out because their lowest state is not certified; "
            "the rest may not be typical of all."
        )
    if any(row.where != "N → ∞" for row in comparison.rows):
        notes.append(_finite_size_note(comparison))
    limits = (s for s in comparison.solutions.values() if s.extrapolated_from)
    notes += [_limit_note(theory) for theory in limits]
    return notes


def _limit_note(theory: Theory) -> str:
    names = ("free_energy", "q_hat", "C")
    numbers = ", ".join(f"{name} = {getattr(theory, name)}" for name in names)
    name = theory.name[:1].upper() + theory.name[1:]
    found = f"{name} is the limit of {theory.extrapolated_from}: {numbers}."
    if theory.has_distributions:
        return f"{found} z contains the errors."
    return (
        f"{found} Its numbers are limits, whose errors z contains; its distributions are those of "
        "the longest staircase, and near h = 0 they would still fall."
    )


def _extrapolation_notes(comparison: Comparison) -> list[str]:
    fits = comparison.extrapolations
    judged = {name: fit for name, fit in fits.items() if fit.degrees_of_freedom > 0}
    law = power_of_N(comparison.omega)
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
        f"in {power_of_N(comparison.omega)}; z contains it."
    )
