"""Were the temperings in equilibrium? The evidence as a table, in words and as figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from glasswell.sim.equilibrium.evidence import Evidence
from glasswell.sim.equilibrium.flags import describe
from glasswell.sim.equilibrium.jackknife import LIMIT, Average

from ..confront.comparison import Comparison
from ..confront.tempering import Tempering, Temperings
from ..report import json_values
from ..report.drawing import Drawings
from ..report.phrases import z_text
from ..report.section import Section, Table
from ..statistics.bootstrap import Estimate
from . import equilibrium_figures

SCORES = ("z", "z less ΣJ²", "virial z", "drift z of e_J", "of R²")
"""Of ``Evidence.scores``."""

HEAD = (
    "N",
    "bond energy e_J",
    "by parts",
    *SCORES,
    "R̂",
    "τ of R²",
    "flagged",
    "accepted",
    "swapped",
)


class Equilibrium(Section):
    """Gaussian integration by parts, the virial theorem, drifts and mixing of every tempering."""

    title = "Equilibrium"
    captions: ClassVar[Mapping[str, str]] = {
        "equilibrium": "Left: the bond energy and its Gaussian integration by parts, which are "
        "equal in equilibrium at every N. Right: z-scores of that and of the virial theorem.",
        "overlaps": "P(q) averaged over samples; thin, of single samples of the largest size. "
        "Lines: the overlaps of theory, the darker the more weight they have.",
        "inherent_structures": "Energy of the minima that configurations of temperature T fall "
        "into, and the ground-state energy of each theory.",
    }

    def applies(self, comparison: Comparison) -> bool:
        return comparison.thermal is not None

    def sentences(self, comparison: Comparison) -> Sequence[str]:
        return [] if comparison.thermal is None else evidence_sentences(comparison.thermal)

    def tables(self, comparison: Comparison) -> Sequence[Table]:
        return [] if comparison.thermal is None else [evidence_table(comparison.thermal)]

    def figures(self, comparison: Comparison) -> Drawings:
        if comparison.thermal is None:
            return {}
        return equilibrium_figures.draw(comparison.thermal, comparison.distinct)


def evidence_table(thermal: Temperings) -> Table:
    """The evidence of every size and temperature.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.compare import evidence_sentences, evidence_table, table_text, temperings
    >>> from glasswell.sim import SimulationConfig, simulate
    >>> from glasswell.theory import Model
    >>> config = SimulationConfig(
    ...     sizes=(4,), samples=8, starts=4, method="temper", temperatures=(1.0, 2.0), sweeps=200
    ... )
    >>> with TemporaryDirectory() as folder:
    ...     archive = simulate(Model(gamma=2.0), config, Path(folder) / "samples.h5")
    >>> thermal = temperings(archive, rsb=[0])
    >>> len(evidence_table(thermal).rows), table_text(evidence_table(thermal))[:9]
    (2, 'N  T/T_g ')
    """
    return Table(head(thermal), rows(thermal))


def head(thermal: Temperings) -> list[str]:
    """Of ``rows``: the temperature's unit stands in the second column."""
    return [HEAD[0], "T/T_g" if thermal.comparison.T_g > 0 else "T", *HEAD[1:]]


def rows(thermal: Temperings) -> list[list[str]]:
    """A line per size and temperature: both sides of the identity, its z-scores, and mixing."""
    return [
        _line(size.evidence, n, thermal.unit)
        for size in thermal.sizes
        for n in range(len(size.temperatures))
    ]


def _line(found: Evidence, n: int, unit: float) -> list[str]:
    last = n == len(found.temperatures) - 1
    return [
        str(found.N),
        f"{found.temperatures[n] / unit:.3g}",
        *(str(estimate(side, n)) for side in (found.parts.left, found.parts.right)),
        *("-" if math.isnan(z) else z_text(z) for z in found.scores[:, n]),
        f"{_largest(found.rhat[:, n]):.3g}",
        f"{_median(found.tau[:, n]):.3g}",
        f"{np.count_nonzero(found.flags[:, n])}/{len(found.flags)}",
        f"{found.acceptance[n]:.2f}",
        "" if last else f"{found.swap_acceptance[n]:.2f}",
    ]


def estimate(average: Average, n: int) -> Estimate:
    """One entry of an average over samples."""
    return Estimate(float(average.value[n]), float(average.error[n]))


def _largest(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    finite = values[~np.isnan(values)]
    return float(finite.max()) if len(finite) else math.nan


def _median(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    finite = values[~np.isnan(values)]
    return float(np.median(finite)) if len(finite) else math.nan


def evidence_sentences(thermal: Temperings) -> list[str]:
    """A verdict per size, then what the columns are.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.compare import evidence_sentences, temperings
    >>> from glasswell.sim import SimulationConfig, simulate
    >>> from glasswell.theory import Model
    >>> config = SimulationConfig(
    ...     sizes=(4,), samples=8, starts=4, method="temper", temperatures=(1.0, 2.0), sweeps=200
    ... )
    >>> with TemporaryDirectory() as folder:
    ...     archive = simulate(Model(gamma=2.0), config, Path(folder) / "samples.h5")
    >>> evidence_sentences(temperings(archive, rsb=[0]))[0][:5]
    'N = 4'
    """
    return [*(_verdict(size.evidence, thermal.unit) for size in thermal.sizes), LEGEND]


LEGEND = (
    "The bond energy and its Gaussian integration by parts agree in equilibrium only, at every N; "
    "z is their difference in its error, once more with the part removed that ΣJ² of each sample "
    "explains. A drift is the second half of a run against the quarter before it. R̂ is the "
    "largest of all samples, τ their median, in sweeps."
)


def _verdict(found: Evidence, unit: float) -> str:
    parts = [_balance(found, unit), _couplings(found), _trips(found)]
    flagged = describe(found.flags)
    if flagged:
        pairs = found.flags.size
        listed = "; ".join(f"{count} of {pairs} {meaning}" for meaning, count in flagged.items())
        parts.append(f"Flags, by sample and temperature: {listed}.")
    return " ".join(part for part in parts if part)


def _balance(found: Evidence, unit: float) -> str:
    if not found.judged.any():
        samples = int(found.parts.difference.samples.min())
        return f"N = {found.N} is not judged: {samples} samples are too few for error bars."
    bad = found.refuted
    if bad.any():
        listed = ", ".join(f"{T / unit:.3g}" for T in found.temperatures[bad])
        return (
            f"N = {found.N} is NOT in equilibrium at T = {listed} (in T_g where there is one): a "
            f"z-score is beyond {LIMIT:g}. No errors are given there; run longer."
        )
    worst = ", ".join(
        f"{name} {z_text(row[np.nanargmax(np.abs(row))])}"
        for name, row in zip(SCORES, found.scores, strict=True)
        if np.isfinite(row).any()
    )
    return (
        f"N = {found.N} shows no sign against equilibrium at {len(found.temperatures)} "
        f"temperatures; the farthest scores are {worst}."
    )


def _couplings(found: Evidence) -> str:
    if found.gaussian:
        return ""
    return "Its couplings are not Gaussian: integration by parts need not hold and is not judged."


def _trips(found: Evidence) -> str:
    if len(found.temperatures) < 2:
        return ""
    trips = found.round_trips
    return (
        f"Round trips per sample: {np.median(trips):.0f} in the median, {trips.min()} at least; "
        f"exchanges are accepted in {100 * np.nanmin(found.swap_acceptance):.0f} % or more."
    )


def record_of(size: Tempering) -> dict[str, Any]:
    """Evidence, inherent structures and mixing of one size as plain values."""
    found = size.evidence
    averages = {
        "bond_energy": found.parts.left,
        "by_parts": found.parts.right,
        "virial": found.virial.left,
        "inherent_structures": size.inherent,
    }
    names = ("z", "z_controlled", "z_virial", "z_drift_energy", "z_drift_overlap")
    return {
        "temperatures": found.temperatures.tolist(),
        **{
            name: {
                "value": json_values.numbers(average.value),
                "error": json_values.numbers(average.error),
            }
            for name, average in averages.items()
        },
        **{name: json_values.numbers(z) for name, z in zip(names, found.scores, strict=True)},
        "refuted": found.refuted.tolist(),
        "rhat": json_values.numbers(found.rhat.max(axis=0)),
        "tau": json_values.numbers(np.median(found.tau, axis=0)),
        "flagged": np.count_nonzero(found.flags, axis=0).tolist(),
        "flags": describe(found.flags),
        "acceptance": json_values.numbers(found.acceptance),
        "swap_acceptance": json_values.numbers(found.swap_acceptance),
        "round_trips": found.round_trips.tolist(),
    }
