"""The table: one row per quantity, what was measured beside what each theory predicts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from glasswell.theory import Model, Solution
from glasswell.theory.ansatz.full import Theory
from glasswell.theory.numerics.limits import Number

from ..measured.lowest_states import LowestStates
from ..statistics.bootstrap import Estimate
from ..statistics.extrapolation import Extrapolation, remaining
from .fields import bin_density

AGREES, PARTS = 2.0, 4.0
"""|z| below which two numbers agree and above which they part, in standard deviations."""

NEAR_ZERO = 0.1
"""P(h → 0) is measured in |h| < NEAR_ZERO √(J² q), a tenth of the width of P_RS."""

SMALL_ASYMMETRY = 0.5
"""P0 is measured at Δ < SMALL_ASYMMETRY [Δ]: small, and yet with events enough."""

WELL_NAMES = {
    "barrier": "barrier V",
    "asymmetry": "asymmetry Δ",
    "distance": "distance d",
    "exponent": "tunnelling exponent λ",
}


@dataclass(frozen=True)
class Prediction:
    """One theory's value for a row: its name, the number, and the measurement's distance.

    Examples
    --------
    >>> from glasswell.compare import CompareConfig, compare
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.sim import SimulationConfig, simulate
    >>> from glasswell.theory import Model
    >>> config = SimulationConfig(sizes=(8, 12, 16), samples=8, starts=4, method="quench", states=1)
    >>> with TemporaryDirectory() as folder:
    ...     archive = simulate(Model(gamma=2.0), config, Path(folder) / "samples.h5")
    >>> comparison = compare(archive, CompareConfig(rsb=(0,), resamples=100))
    >>> comparison.rows[0].predictions[0].theory
    'RS'
    """

    theory: str
    value: Number
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
    """One quantity: what it is, where it was measured, and what each theory says.

    Examples
    --------
    >>> from glasswell.compare import CompareConfig, compare
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.sim import SimulationConfig, simulate
    >>> from glasswell.theory import Model
    >>> config = SimulationConfig(sizes=(8, 12, 16), samples=8, starts=4, method="quench", states=1)
    >>> with TemporaryDirectory() as folder:
    ...     archive = simulate(Model(gamma=2.0), config, Path(folder) / "samples.h5")
    >>> comparison = compare(archive, CompareConfig(rsb=(0,), resamples=100))
    >>> comparison.rows[0].name, comparison.rows[0].where
    ('ground-state energy', 'N → ∞')
    """

    key: str
    name: str
    where: str
    measured: Estimate
    predictions: tuple[Prediction, ...]


@dataclass(frozen=True)
class Table:
    """Makes rows out of the sizes measured, their limits N → ∞, and the solutions by name."""

    model: Model
    solutions: Mapping[str, Theory]
    measured: Sequence[LowestStates]
    extrapolations: Mapping[str, Extrapolation]
    omega: float

    def rows(self) -> tuple[Row, ...]:
        """All rows of which anything was measured or predicted."""
        solutions = self.solutions.values()
        rows = [
            self._limit("energy", "ground-state energy", [s.free_energy for s in solutions]),
            self._limit("q", "self-overlap [v²]", [s.q_hat for s in solutions]),
        ]
        if any(s.p != 0 for s in solutions):
            rows.append(self._limit("p", "polarisation [v]", [s.p for s in solutions]))
        rows += [*self._responses(), self._near_zero()]
        if self.model.coefficients is None:
            rows += self._wells()
        return tuple(row for row in rows if _says_anything(row))

    def _row(self, key: str, name: str, at: Estimate | None, values: Sequence[Number]) -> Row:
        """A row of the largest size, unless there is a limit N → ∞ to show.

        What did not converge is shown, but not judged.
        """
        where = "N → ∞" if at is not None else f"N = {self.measured[-1].N}"
        measured = at if at is not None else self._at_largest(key)
        predictions = tuple(
            Prediction(theory, value, measured.z(value) if solution.converged else math.nan)
            for (theory, solution), value in zip(self.solutions.items(), values, strict=True)
        )
        return Row(key, name, where, measured, predictions)

    def _limit(self, key: str, name: str, values: Sequence[Number]) -> Row:
        fit = self.extrapolations.get(key)
        return self._row(key, name, fit.limit if fit else None, values)

    def _at_largest(self, key: str) -> Estimate:
        """At the largest size, with how far that may still be from N → ∞."""
        found = [self._measured(states, key) for states in self.measured[-2:]]
        if len(found) < 2:
            return found[-1]
        sizes = (self.measured[-2].N, self.measured[-1].N)
        return replace(found[-1], finite_size=remaining(found[0], found[1], sizes, self.omega))

    def _measured(self, states: LowestStates, key: str) -> Estimate:
        if key == "P_h0":
            return states.near_zero(near_zero_width(self.model, list(self.solutions.values())))
        if key == "P0":
            return states.small_asymmetries(small_asymmetry(self.solutions))
        return states.scalar(key)

    def _responses(self) -> list[Row]:
        J2 = self.model.J**2
        solutions = self.solutions.values()
        row = self._limit("C", "mean C_i against J² C", [J2 * s.C for s in solutions])
        if all(s.C_jump == 0 for s in solutions):
            return [row]
        regular = self._limit("C", "mean C_i against J² C_reg", [J2 * s.C_reg for s in solutions])
        return [row, replace(regular, key="C_reg")]

    def _near_zero(self) -> Row:
        solutions = list(self.solutions.values())
        width = near_zero_width(self.model, solutions)
        values = [s.limit_of(lambda s: mean_density(s, width)).at_least(0.0) for s in solutions]
        return self._row("P_h0", f"P(h), mean over |h| < {width:.2g}", None, values)

    def _wells(self) -> list[Row]:
        solutions = self.solutions.values()
        fractions = [s.limit_of(lambda s: s.wells.fraction).at_least(0.0) for s in solutions]
        rows = [self._row("dwp_fraction", "double-well fraction", None, fractions)]
        width = small_asymmetry(self.solutions)
        if math.isfinite(width):
            small = [s.limit_of(lambda s: few_below(s, width)).at_least(0.0) for s in solutions]
            rows.append(self._row("P0", f"P0, mean of P(Δ) over Δ < {width:.2g}", None, small))
        for key, name in WELL_NAMES.items():
            means = [s.limit_of(mean_of(key)).at_least(0.0) for s in solutions]
            row = self._row(key, f"mean {name} of double wells", None, means)
            rows.append(replace(row, key=f"mean_{key}"))
        return rows


def _says_anything(row: Row) -> bool:
    values = [row.measured.value, *(p.value for p in row.predictions)]
    return any(math.isfinite(value) for value in values)


def near_zero_width(model: Model, solutions: Sequence[Theory]) -> float:
    """Half-width of the bin at h = 0."""
    return NEAR_ZERO * model.J * math.sqrt(max(float(s.q_hat) for s in solutions)) or NEAR_ZERO


def mean_density(solution: Solution, width: float) -> float:
    """P(h) averaged over |h| < width."""
    return float(bin_density(solution, np.array([-width, width]), signed=True)[0])


def mean_of(quantity: str) -> Callable[[Solution], float]:
    """The mean of V, Δ, d or λ over a solution's double wells."""

    def mean(solution: Solution) -> float:
        return solution.wells.mean(quantity)

    return mean


def few_below(solution: Solution, width: float) -> float:
    """P(Δ) averaged over Δ < width."""
    return float(solution.wells.count_below("asymmetry", width)) / width


def small_asymmetry(solutions: Mapping[str, Theory]) -> float:
    """Δ below which P0 is measured: half the mean of the last theory that has double wells.

    NaN if none has.
    """
    means = [s.wells.mean("asymmetry") for s in solutions.values() if s.wells.fraction > 0]
    return SMALL_ASYMMETRY * means[-1] if means else math.nan
