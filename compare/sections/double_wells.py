"""Double wells by how they were measured, at every size, and by theory: one table.

P0 is the density of small asymmetries per site, here the mean of P(Δ) over 0 < Δ < w with one w for
all. With full replica-symmetry breaking the limit w → 0 is zero, and in samples a matter of luck.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
from glasswell.theory import Theory
from glasswell.theory.numerics.limits import Number, error_of

from .._typing import Floats
from ..confront.comparison import Comparison
from ..confront.quantities import few_below, mean_of, small_asymmetry
from ..measured.local_potentials import LocalPotentials
from ..measured.lowest_states import LowestStates
from ..measured.three_ways import WAYS
from ..report import json_values
from ..report.drawing import Drawings, single
from ..report.section import Section, Table
from ..statistics.bins import told_apart
from ..statistics.bootstrap import Estimate
from .well_figures import delta_lambda, fraction, wells_figure

COLUMNS = {
    "fraction": "per site",
    "P0": "P0",
    "barrier": "V",
    "asymmetry": "Δ",
    "distance": "d",
    "exponent": "λ",
}

SHAPES = ("barrier", "asymmetry", "distance", "exponent")

FEWEST_WELLS = 25
"""Fewer are not held against a distribution."""

POINTS = 200
"""At most, at which distribution functions are compared."""

NAMES = {"constrained": "constrained relaxation", "path": "minimum-energy path"}


class DoubleWells(Section):
    """Of every way they were measured, and of theory; tables where G is quartic."""

    title = "Double wells"
    leading = ("double_wells",)
    captions: ClassVar[Mapping[str, str]] = {
        "double_wells": "Fraction of sites whose cavity potential has two minima, against 1/N, and "
        "that of every theory (lines).",
        "well_densities": "Barrier, asymmetry, distance and tunnelling exponent per double well. "
        "The predicted densities have integrable divergences, shown as averages over narrow bins.",
        "delta_lambda": "Asymmetry against tunnelling exponent. In theory both are functions of "
        "the one field h, hence a curve; in samples C_i varies from site to site.",
    }

    def tables(self, comparison: Comparison) -> Sequence[Table]:
        return [_means_table(comparison), _fits_table(comparison)]

    def figures(self, comparison: Comparison) -> Drawings:
        drawings: Drawings = {
            "double_wells": lambda: single(lambda ax: fraction(ax, comparison)),
        }
        if len(comparison.largest.double_wells.sample):
            drawings["well_densities"] = lambda: wells_figure(comparison)
            drawings["delta_lambda"] = lambda: single(lambda ax: delta_lambda(ax, comparison))
        return drawings

    def record(self, comparison: Comparison) -> Mapping[str, Any]:
        fits = well_fits(comparison.distinct, comparison.largest)
        return {
            "double_wells": [
                {"name": row.name, "C": json_values.estimate(row.C)}
                | {key: json_values.estimate(found) for key, found in row.values.items()}
                for row in well_rows(comparison)
            ],
            "well_distributions": {
                name: {key: asdict(fit) for key, fit in zip(SHAPES, distances, strict=True)}
                for name, distances in fits.items()
            },
        }


def _means_table(comparison: Comparison) -> Table:
    """Double wells by measurement and by theory."""
    return Table(
        ("double wells", "mean C_i", *COLUMNS.values()),
        [
            (row.name, str(row.C), *(str(row.values[key]) for key in COLUMNS))
            for row in well_rows(comparison)
        ],
    )


def _fits_table(comparison: Comparison) -> Table:
    """How far each theory's V, Δ, d and λ per double well are from those of the largest size."""
    return Table(
        ("max |F - F_theory| per double well", "V", "Δ", "d", "λ"),
        [
            (name, *(f"D = {each.D:.2f}, p = {each.p_value:.2g}" for each in distances))
            for name, distances in well_fits(comparison.distinct, comparison.largest).items()
        ],
    )


@dataclass(frozen=True)
class WellRow:
    """One line: what it is of, the sites' C, and the columns; NaN for what does not exist."""

    name: str
    C: Estimate
    values: dict[str, Estimate]


def well_rows(comparison: Comparison) -> list[WellRow]:
    """Cavity potentials of every size, the other two measurements where there are, and theory.

    Means of the other two are over those cavity double wells whose second well is a minimum of U;
    a line of its own gives the cavity potential's means over the same.
    """
    width = small_asymmetry(comparison.solutions)
    rows = []
    for states in comparison.measured:
        rows.append(_cavity(states, width))
        local = comparison.local.get(states.N)
        if local is not None and len(local.wells.status):
            rows += _other_ways(local, width)
    return rows + _theory(comparison, width)


def _cavity(states: LowestStates, width: float) -> WellRow:
    values = {name: states.scalar(name) for name in SHAPES}
    values |= {"fraction": states.scalar("dwp_fraction"), "P0": states.small_asymmetries(width)}
    name = f"N = {states.N}, cavity, {states.samples} samples"
    return WellRow(name, states.scalar("C"), values)


def _other_ways(local: LocalPotentials, width: float) -> list[WellRow]:
    three = local.wells
    real, samples = three.real, len(three.wells)
    rows = []
    for way in ("cavity", *WAYS):
        small = real & (three.values("asymmetry", way) < width)
        values = {name: three.mean(name, way, real) for name in SHAPES}
        values["fraction"] = three.per_site(real)
        values["P0"] = three.per_site(small).over(width)
        what = "cavity, if confirmed" if way == "cavity" else NAMES[way]
        rows.append(WellRow(f"N = {three.N}, {what}, {samples} samples", _NOTHING, values))
    return rows


def _theory(comparison: Comparison, width: float) -> list[WellRow]:
    rows = []
    for name, theory in comparison.solutions.items():
        values = {
            "fraction": _of(theory.limit_of(lambda s: s.wells.fraction).at_least(0.0)),
            "P0": _of(theory.limit_of(lambda s: few_below(s, width)).at_least(0.0)),
        }
        for key in SHAPES:
            values[key] = _of(theory.limit_of(mean_of(key)).at_least(0.0))
        J2 = comparison.model.J**2
        rows.append(WellRow(f"{name}, C_reg for C", _of(J2 * theory.C_reg), values))
    return rows


def _of(value: Number) -> Estimate:
    error = error_of(value)
    return Estimate(float(value), error if error > 0 else math.nan)


@dataclass(frozen=True)
class Distance:
    """Kolmogorov's distance D = max |F - F_theory| of distribution functions, and what chance does.

    ``p_value`` is how often D exceeds it between a resampling of the samples and themselves.
    """

    D: float
    p_value: float


def well_fits(
    theories: Mapping[str, Theory], states: LowestStates
) -> dict[str, tuple[Distance, ...]]:
    """How far every theory's V, Δ, d and λ per double well are from those of samples, as in SHAPES.

    Distribution functions, since theory has none of some values that the scatter of C_i makes
    possible. None of theories without wells, nor where samples have fewer than FEWEST_WELLS.
    """
    if len(states.double_wells.sample) < FEWEST_WELLS:
        return {}
    return {
        name: tuple(_distance(theory, quantity, states) for quantity in SHAPES)
        for name, theory in theories.items()
        if theory.wells.fraction > 0
    }


def _distance(theory: Theory, quantity: str, states: LowestStates) -> Distance:
    values = states.double_wells.values[quantity]
    edges = told_apart(np.quantile(values, np.linspace(0, 1, POINTS)))
    if len(edges) == 1:
        return _distance_of_one(theory, quantity, edges, states)
    edges[-1] = np.nextafter(edges[-1], np.inf)
    found = states.well_histogram(quantity, edges)
    measured, resampled = (
        np.cumsum(density * found.widths, axis=-1) for density in (found.density, found.replicas)
    )
    measured, resampled = measured / measured[-1], resampled / resampled[:, -1:]
    below = np.append(0.0, measured)
    expected = theory.wells.count_below(quantity, edges) / theory.wells.fraction
    D = float(np.max(np.abs(below - expected)))
    null = np.max(np.abs(resampled - measured), axis=1)
    return Distance(D, (np.count_nonzero(null >= D) + 1) / (len(null) + 1))


def _distance_of_one(
    theory: Theory, quantity: str, value: Floats, states: LowestStates
) -> Distance:
    """Where all wells are the same, as mirror images are: samples agree, whichever are drawn."""
    share = float(theory.wells.count_below(quantity, value)[0] / theory.wells.fraction)
    below = min(share, 1.0)  # A ratio of integrals, of which rounding is left.
    return Distance(max(below, 1.0 - below), 1 / (len(states.resampling.counts) + 1))


_NOTHING = Estimate(math.nan, math.nan)
