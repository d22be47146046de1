"""What theory says a thermal run should see: e, q̂, c, the Binder ratio and χ_SG against T."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from glasswell.theory import Model, Solution, Status, Theory, solve, solve_full
from glasswell.theory.numerics.limits import Number

from .._typing import Floats

STEP = 1e-3
"""Relative step in T of the difference quotient for c: its error is of order STEP² c, while
energies known to 1e-10 leave 1e-7 of noise."""

FULL_STEPS = 4
"""Steps of the longest staircase of full breaking at T > 0: they leave 7e-5 of 33 in e at
γ = 10 and T_g/10, where they are worst."""

MARGINAL = 1e-9
"""A replicon below this is zero: the solver's equations hold to 1e-10."""


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


def predict(model: Model, rsb: int | str, temperatures: Sequence[float]) -> Curve:
    """Solve the theory with ``rsb`` steps, or "full", at every temperature.

        c = de/dT, by central differences;  g = ½(3 - [q⁴]/[q²]²) with P(q) as below

    Raises
    ------
    SolveError
        If a temperature is not positive or ``rsb`` is negative.
    """
    T = np.asarray(temperatures, dtype=np.float64)
    points = []
    for t in T:
        theory = solved(model, rsb, float(t))
        points.append(_point(theory))
    keys = points[0][0].keys()
    values = {key: np.array([point[key] for point, _ in points]) for key in keys}
    return Curve(theory.name, T, values, np.array([replicon for _, replicon in points]))


def solved(model: Model, rsb: int | str, T: float) -> Theory:
    """The solution with ``rsb`` steps at one temperature, or the limit of FULL_STEPS."""
    if rsb == "full":
        return solve_full(model, T, steps=FULL_STEPS)
    return solve(model, rsb=int(rsb), temperature=T)


def overlap_moment(solution: Solution, power: int) -> float:
    """[q^n] of P(q) = Σ_l (m_{l+1} - m_l) δ(q - q_l), with m_0 = 0 and m_{k+1} = 1 (n even).

    At H = 0 the symmetry v → -v adds the mirror image, which leaves even moments as they are.
    """
    q = solution.overlaps
    if solution.status is Status.COLLAPSED or solution.rsb == 0:
        return float(q[-1] ** power)
    weights = np.diff([0.0, *solution.breakpoints, 1.0])
    return float(weights @ q**power)


def _point(theory: Theory) -> tuple[dict[str, float], float]:
    longest = theory.longest
    found: dict[str, Number] = {
        "energy": theory.energy,
        "q_hat": theory.q_hat,
        "heat_capacity": _heat_capacity(longest),
        "binder": theory.limit_of(_binder),
        # Infinite where replica symmetry is not stable: there is nothing to compare with.
        "chi_SG": longest.chi_SG if longest.replicon > MARGINAL else math.nan,
    }
    values = {key: float(x) if theory.converged else math.nan for key, x in found.items()}
    symmetric = longest.rsb == 0 or longest.status is Status.COLLAPSED
    return values, longest.replicon if symmetric else math.nan


def _heat_capacity(solution: Solution) -> float:
    """de/dT; NaN on the transition itself, where it has two values."""
    T, collapsed = solution.temperature, solution.status is Status.COLLAPSED
    guess = None if collapsed or solution.rsb == 0 else solution
    near = [
        solve(solution.model, rsb=solution.rsb, temperature=T * factor, guess=guess)
        for factor in (1 - STEP, 1 + STEP)
    ]
    glassy = {bool(neighbour.overlaps[-1] > 0) for neighbour in near}
    if len(glassy) > 1 or not all(neighbour.converged for neighbour in near):
        return math.nan
    return (near[1].energy - near[0].energy) / (2 * STEP * T)


def _binder(solution: Solution) -> float:
    second = overlap_moment(solution, 2)
    if second == 0.0:
        # Overlaps are then Gaussian, of variance χ_SG T²/N.
        return 0.0
    return 0.5 * (3.0 - overlap_moment(solution, 4) / second**2)
