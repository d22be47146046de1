"""What theory says that a thermal run should see: observables along the temperatures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from glasswell.theory import Model, Status, Theory, solve

from .._typing import Floats
from .thermal_observable import ThermalObservable
from .thermal_quantities import THERMAL


@dataclass(frozen=True)
class Curve:
    """One theory along the temperatures (n,); NaN where it did not converge or does not say.

    ``replicon`` is that of replica symmetry, positive where it is stable; NaN where this theory has
    left it.
    """

    name: str
    temperatures: Floats
    values: dict[str, Floats]
    replicon: Floats

    def at(self, key: str, temperature: float) -> float:
        """The prediction at one of the temperatures."""
        return float(self.values[key][self._index(temperature)])

    def stability(self, temperature: float) -> float:
        """The replicon at one of the temperatures."""
        return float(self.replicon[self._index(temperature)])

    def _index(self, temperature: float) -> int:
        return int(np.argmin(np.abs(self.temperatures - temperature)))


def predict(
    model: Model,
    rsb: int | str,
    temperatures: Sequence[float],
    observables: Sequence[ThermalObservable] = THERMAL,
) -> Curve:
    """Solve the theory with ``rsb`` steps, or "full", at every temperature.

    Raises
    ------
    SolveError
        If a temperature is not positive or ``rsb`` is negative.
    CompareError
        If an observable cannot be predicted.
    """
    T = np.asarray(temperatures, dtype=np.float64)
    points = []
    for t in T:
        theory = solved(model, rsb, float(t))
        points.append(_point(theory, observables))
    keys = points[0][0].keys()
    values = {key: np.array([point[key] for point, _ in points]) for key in keys}
    return Curve(theory.name, T, values, np.array([replicon for _, replicon in points]))


def solved(model: Model, rsb: int | str, T: float) -> Theory:
    """The solution with ``rsb`` steps at one temperature, or the limit of many."""
    if rsb == "full":
        return solve(model, "full", T)
    return solve(model, rsb=int(rsb), temperature=T)


def _point(
    theory: Theory, observables: Sequence[ThermalObservable]
) -> tuple[dict[str, float], float]:
    """Predictions by key, NaN for a theory that did not converge, and the replicon."""
    values = {
        observable.key: float(observable.prediction(theory)) if theory.converged else math.nan
        for observable in observables
    }
    longest = theory.longest
    symmetric = longest.rsb == 0 or longest.status is Status.COLLAPSED
    return values, longest.replicon if symmetric else math.nan
