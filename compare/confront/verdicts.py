"""The table: one row per observable, what was measured beside what each theory predicts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from glasswell.theory import Theory
from glasswell.theory.numerics.limits import Number

from ..measured.lowest_states import LowestStates
from ..statistics.bootstrap import Estimate
from ..statistics.extrapolation import OMEGA_STABLE, Extrapolation, extrapolate, remaining
from .observable import Observable

AGREES, PARTS = 2.0, 4.0
"""|z| below which two numbers agree and above which they part, in standard deviations."""


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

    ``predictions`` is empty where the quantity is measured only; ``by_size`` has its value at
    every N.

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
    unit: str = ""
    by_size: Mapping[int, Estimate] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The name and, if there is one, the unit."""
        return f"{self.name} / {self.unit}" if self.unit else self.name

    def prediction(self, theory: str) -> Prediction | None:
        """What one theory says, if anything was asked of it."""
        return next((p for p in self.predictions if p.theory == theory), None)


def extrapolations(
    observables: Sequence[Observable], measured: Sequence[LowestStates], omega: float
) -> dict[str, Extrapolation]:
    """The limits N → ∞ by key, of what has a known correction N^(-ω); none of a single size.

    Raises
    ------
    CompareError
        If an observable cannot be measured.
    """
    if len(measured) < 2:
        return {}
    known = ("always", "stable") if omega == OMEGA_STABLE else ("always",)
    return {
        observable.key: _extrapolated(observable, measured, omega)
        for observable in observables
        if observable.extrapolate in known
    }


def _extrapolated(
    observable: Observable, measured: Sequence[LowestStates], omega: float
) -> Extrapolation:
    ratios = [states.resampling.ratio(*observable.sums(states)) for states in measured]
    values = np.array([value for value, _ in ratios])
    replicas = np.stack([replica for _, replica in ratios], axis=1)
    return extrapolate(np.array([states.N for states in measured]), values, replicas, omega)


def rows(
    observables: Sequence[Observable],
    solutions: Mapping[str, Theory],
    measured: Sequence[LowestStates],
    limits: Mapping[str, Extrapolation],
    omega: float,
) -> tuple[Row, ...]:
    """A row for each observable of which anything was measured or predicted.

    Raises
    ------
    CompareError
        If an observable cannot be measured or predicted.
    """
    made = (_row(o, solutions, measured, limits.get(o.key), omega) for o in observables)
    return tuple(row for row in made if _says_anything(row))


def _row(
    observable: Observable,
    solutions: Mapping[str, Theory],
    measured: Sequence[LowestStates],
    limit: Extrapolation | None,
    omega: float,
) -> Row:
    """At N → ∞ if there is a limit, else at the largest size.

    What did not converge is shown, but not judged.
    """
    by_size = {states.N: observable.estimate(states) for states in measured}
    at = limit.limit if limit else _at_largest(by_size, omega)
    values = {
        name: observable.prediction(theory)
        for name, theory in (solutions.items() if observable.predicted else ())
    }
    return Row(
        key=observable.key,
        name=observable.name,
        where="N → ∞" if limit else f"N = {measured[-1].N}",
        measured=at,
        predictions=tuple(
            Prediction(name, value, at.z(value) if solutions[name].converged else math.nan)
            for name, value in values.items()
        ),
        unit=observable.unit,
        by_size=by_size,
    )


def _at_largest(by_size: Mapping[int, Estimate], omega: float) -> Estimate:
    """At the largest size, with how far that may still be from N → ∞."""
    *_, largest = found = list(by_size.values())
    if len(found) < 2:
        return largest
    sizes = list(by_size)
    apart = remaining(found[-2], largest, (sizes[-2], sizes[-1]), omega)
    return replace(largest, finite_size=apart)


def _says_anything(row: Row) -> bool:
    values = [row.measured.value, *(p.value for p in row.predictions)]
    return any(math.isfinite(value) for value in values)
