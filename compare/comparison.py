"""Theory and simulation side by side: every measured number beside every prediction."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from glasswell.sim import Archive
from glasswell.theory import Model, Solution, solve
from numpy.typing import NDArray

from .config import CompareConfig
from .measured import LowestStates, check_sizes
from .scaling import Extrapolation, extrapolate
from .statistics import Deviation, Estimate

Floats = NDArray[np.float64]

AGREES, PARTS = 2.0, 4.0
"""|z| below which two numbers agree and above which they part, in standard deviations."""

NEAR_ZERO = 0.1
"""P(h → 0) is measured in |h| < NEAR_ZERO √(J² q), a tenth of the width of P_RS."""

FIELD_BINS = 40
"""Bins of the goodness of fit of P(h)."""


@dataclass(frozen=True)
class Prediction:
    """One theory's value for a row: its name, the number, and the measurement's distance."""

    theory: str
    value: float
    z: float

    @property
    def verdict(self) -> str:
        """In words: agrees, is in tension, or misses."""
        if not math.isfinite(self.z):
            return "cannot be compared"
        if abs(self.z) < AGREES:
            return "agrees"
        return "in tension" if abs(self.z) < PARTS else "misses"


@dataclass(frozen=True)
class Row:
    """One quantity: what it is, where it was measured, and what each theory says."""

    key: str
    name: str
    where: str
    measured: Estimate
    predictions: tuple[Prediction, ...]


@dataclass(frozen=True)
class FieldFit:
    """How well one theory's P_k(h) fits the measured histogram at the largest N."""

    theory: str
    deviation: Deviation


@dataclass(frozen=True)
class Comparison:
    """All of it: solutions by number of steps, lowest states by size, rows, extrapolations."""

    model: Model
    solutions: tuple[Solution, ...]
    measured: tuple[LowestStates, ...]
    extrapolations: dict[str, Extrapolation]
    rows: tuple[Row, ...]
    field_fits: tuple[FieldFit, ...]
    archive: Archive

    @property
    def largest(self) -> LowestStates:
        """The lowest states of the largest size."""
        return self.measured[-1]

    @property
    def converged(self) -> bool:
        """True if every theory's saddle point was found."""
        return all(solution.converged for solution in self.solutions)


def theory_name(rsb: int) -> str:
    """RS, 1RSB, 2RSB, …"""
    return "RS" if rsb == 0 else f"{rsb}RSB"


def compare(archive: Archive, config: CompareConfig) -> Comparison:
    """Solve the theory for the archive's model and hold its lowest states against it.

    Raises
    ------
    CompareError
        If there are too few certified samples for error bars.
    """
    check_sizes(archive.sizes)
    model = archive.model
    solutions = tuple(solve(model, rsb=k, temperature=config.temperature) for k in config.rsb)
    polarised = any(solution.p != 0 for solution in solutions)
    measured = tuple(
        LowestStates.of(data, model, config.resamples, config.seed, polarised=polarised)
        for _, data in sorted(archive.sizes.items())
    )
    scaled = {name: _extrapolated(measured, name) for name in ("energy", "q", "C")}
    extrapolations = {name: fit for name, fit in scaled.items() if fit is not None}
    return Comparison(
        model=model,
        solutions=solutions,
        measured=measured,
        extrapolations=extrapolations,
        rows=tuple(_rows(model, solutions, measured[-1], extrapolations, polarised)),
        field_fits=tuple(_field_fits(solutions, measured[-1])),
        archive=archive,
    )


def _extrapolated(measured: Sequence[LowestStates], name: str) -> Extrapolation | None:
    if len(measured) < 2:
        return None
    ratios = [states.resampling.ratio(*states.scalar_sums(name)) for states in measured]
    values = np.array([value for value, _ in ratios])
    replicas = np.stack([replica for _, replica in ratios], axis=1)
    return extrapolate(np.array([states.N for states in measured]), values, replicas)


def _rows(
    model: Model,
    solutions: Sequence[Solution],
    largest: LowestStates,
    extrapolations: dict[str, Extrapolation],
    polarised: bool,
) -> list[Row]:
    at_N = f"N = {largest.N}"
    J2 = model.J**2
    rows = []

    def add(key: str, name: str, where: str, measured: Estimate, values: Sequence[float]) -> None:
        predictions = tuple(
            Prediction(theory_name(solution.rsb), value, measured.z(value))
            for solution, value in zip(solutions, values, strict=True)
        )
        rows.append(Row(key, name, where, measured, predictions))

    def both(key: str, name: str, quantity: str, values: Sequence[float]) -> None:
        if quantity in extrapolations:
            add(key, name, "N → ∞", extrapolations[quantity].limit, values)
        else:
            add(key, name, at_N, largest.scalar(quantity), values)

    both("energy", "ground-state energy per site", "energy", [s.free_energy for s in solutions])
    both("q", "self-overlap [v²]", "q", [s.q_hat for s in solutions])
    if polarised:
        add("p", "polarisation [v]", at_N, largest.scalar("p"), [s.p for s in solutions])
    both("C", "mean C_i against J² C", "C", [J2 * s.C for s in solutions])
    both("C_reg", "mean C_i against J² C_reg", "C", [J2 * s.C_reg for s in solutions])
    width = near_zero_width(model, solutions)
    add(
        "P_h0",
        f"P(h), mean over |h| < {width:.2g}",
        at_N,
        largest.near_zero(width),
        [_mean_density(s, width) for s in solutions],
    )
    if model.coefficients is None:
        fraction = [s.wells.fraction for s in solutions]
        add("dwp_fraction", "double-well fraction", at_N, largest.scalar("dwp_fraction"), fraction)
        for key, name in WELL_NAMES.items():
            means = [s.wells.mean(key) for s in solutions]
            add(f"mean_{key}", f"mean {name} of double wells", at_N, largest.scalar(key), means)
    return rows


WELL_NAMES = {
    "barrier": "barrier V",
    "asymmetry": "asymmetry Δ",
    "distance": "distance d",
    "exponent": "tunnelling exponent λ",
}


def near_zero_width(model: Model, solutions: Sequence[Solution]) -> float:
    """Half-width of the bin at h = 0."""
    return NEAR_ZERO * model.J * math.sqrt(max(s.q_hat for s in solutions)) or NEAR_ZERO


def _mean_density(solution: Solution, width: float) -> float:
    return float(bin_density(solution, np.array([-width, width]), signed=True)[0])


def bin_density(solution: Solution, edges: Floats, *, signed: bool) -> Floats:
    """P_k(h) averaged over each bin; unsigned: the even part, for bins of |h|."""
    nodes, weights = np.polynomial.legendre.leggauss(24)
    half = np.diff(edges)[:, None] / 2
    h = (edges[1:] + edges[:-1])[:, None] / 2 + half * nodes
    density = solution.field_density(h)
    if not signed:
        density = (density + solution.field_density(-h)) / 2
    return np.asarray(density @ weights / 2)


def field_edges(states: LowestStates, bins: int = FIELD_BINS) -> Floats:
    """Equal bins over the central 99.8 % of the measured fields."""
    values = states.field if states.signed else np.abs(states.field)
    low, high = np.quantile(values, [0.001, 0.999])
    return np.linspace(low if states.signed else 0.0, high, bins + 1)


def _field_fits(solutions: Sequence[Solution], states: LowestStates) -> list[FieldFit]:
    edges = field_edges(states)
    measured = states.field_histogram(edges)
    return [
        FieldFit(
            theory_name(s.rsb), measured.deviation(bin_density(s, edges, signed=states.signed))
        )
        for s in solutions
        if s.q_hat > 0
    ]
