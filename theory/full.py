"""Full replica-symmetry breaking: the limit k → ∞ of the k-step solutions, with a stated error.

A staircase with k steps stands for the function q(y) as a midpoint rule stands for an integral,
with the best of all rules, since overlaps and breakpoints are stationary. The free energy's
distance from its limit therefore falls as k^-4, that of C as k^-2 (both are seen in the solutions
to three digits of the exponent), and

    X_k = X_∞ + A (k + s)^(-n)

through the last three members gives the limit. Its error is stated as the larger of two doubts:
how much the limit moved with the last step, and half of what n ± 1/2 would change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import interpolate, optimize

from .model import Model
from .solution import Solution, Status
from .solve import solve

Floats = NDArray[np.float64]

STEPS = 6
"""Steps of the longest staircase by default: 1e-6 in f at γ = 10, where f = -36.5."""

FEWEST = 4
"""Members that an extrapolation with an error needs."""

ROUNDING = 1e-12
"""A relative step of a quantity below this is none."""

ORDERS = {"free_energy": 4, "C": 2, "C_reg": 2}
"""The power n with which each quantity approaches its limit."""


@dataclass(frozen=True)
class Limit:
    """The value for k → ∞ and its stated error."""

    value: float
    error: float

    def __str__(self) -> str:
        return f"{self.value:.8g} ± {self.error:.1g}"


@dataclass(frozen=True)
class FullSolution:
    """The solutions with k = 0, 1, … steps, and the limits that they approach.

    If replica symmetry is stable there is one solution only and the limits are exact.
    """

    solutions: tuple[Solution, ...]

    @property
    def model(self) -> Model:
        """The model solved."""
        return self.solutions[0].model

    @property
    def converged(self) -> bool:
        """True if every member converged and there are enough for an error."""
        exact = self.solutions[-1].status is Status.COLLAPSED
        enough = exact or len(self.solutions) > FEWEST
        return enough and all(solution.converged for solution in self.solutions)

    @property
    def free_energy(self) -> Limit:
        """f of full replica-symmetry breaking."""
        return self._limit("free_energy")

    @property
    def C(self) -> Limit:
        """Local susceptibility; its jump part vanishes in the limit."""
        return self._limit("C")

    @property
    def C_reg(self) -> Limit:
        """Regular part of C, which approaches the same limit as C from the other side."""
        return self._limit("C_reg")

    def overlap_function(self, y: ArrayLike) -> Floats:
        """q(y), monotone between the points where the longest staircase's jumps are halved.

        For y beyond the last breakpoint it is held at q_k; as a function of x = T y for T > 0.
        """
        last = self.solutions[-1]
        order = last.levels.order
        y = np.asarray(y, dtype=np.float64)
        if order.rsb == 0:
            return np.full(y.shape, order.q[0])
        known_y = np.concatenate([[0.0], order.y, [2 * order.y[-1]]])
        middles = (order.q[1:] + order.q[:-1]) / 2
        known_q = np.concatenate([order.q[:1], middles, order.q[-1:]])
        curve = interpolate.PchipInterpolator(known_y, known_q)
        return np.asarray(curve(np.minimum(y, known_y[-1])))

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers for JSON."""
        limits = {name: self._limit(name) for name in ORDERS}
        return {
            "rsb": "full",
            **{name: limit.value for name, limit in limits.items()},
            "errors": {name: limit.error for name, limit in limits.items()},
            "converged": self.converged,
            "sequence": [solution.to_dict() for solution in self.solutions],
        }

    def __repr__(self) -> str:
        head = f"{'k':>3} {'f':>16} {'C':>10} {'C_reg':>10} {'P_k(0)':>10} {'wells':>9}"
        rows = [
            f"{s.rsb:>3} {s.free_energy:>16.10f} {s.C:>10.6f} {s.C_reg:>10.6f} "
            f"{float(s.field_density(0.0)):>10.6f} {s.wells.fraction:>9.6f}"
            for s in self.solutions
        ]
        limits = [f"  {name} → {self._limit(name)}" for name in ORDERS]
        return "\n".join([f"full RSB of {self.model}", head, *rows, *limits])

    def _limit(self, name: str) -> Limit:
        values = [float(getattr(solution, name)) for solution in self.solutions]
        if self.solutions[-1].status is Status.COLLAPSED:
            return Limit(values[-1], 0.0)
        return extrapolated(values[1:], ORDERS[name])


def solve_full(model: Model, temperature: float = 0.0, *, steps: int = STEPS) -> FullSolution:
    """Solve with 0, 1, …, ``steps`` steps, each from the last, for the limit k → ∞.

    Members stop at the first that does not converge, or where replica symmetry is stable.

    Raises
    ------
    SolveError
        If ``temperature`` is negative.
    """
    solutions = [solve(model, 0, temperature)]
    for k in range(1, steps + 1):
        solution = solve(model, k, temperature, guess=solutions[-1] if k > 1 else None)
        solutions.append(solution)
        if solution.status is not Status.CONVERGED:
            break
    return FullSolution(tuple(solutions))


def extrapolated(values: Sequence[float], order: int) -> Limit:
    """X_∞ of X_k = X_∞ + A (k + s)^(-order), with its error; NaN from too few members."""
    if len(values) < FEWEST:
        return Limit(values[-1], np.nan)
    limit, before = _limit_of(values[-3:], order), _limit_of(values[-4:-1], order)
    either_side = [_limit_of(values[-3:], order + shift) for shift in (-0.5, 0.5)]
    doubt = max(abs(limit - before), abs(either_side[1] - either_side[0]) / 2)
    return Limit(limit, doubt)


def _limit_of(values: Sequence[float], order: float) -> float:
    """X_∞ from three members: (X_k - X_∞)^(-1/order) is linear in k."""
    first, second, third = values
    ahead = third - second
    if abs(ahead) < ROUNDING * abs(third):
        return third
    if (second - first) / ahead <= 1.0:
        return np.nan

    scaled = [(value - third) / ahead for value in values]

    def bend(reach: float) -> float:
        a, b, c = (abs(value - reach) ** (-1 / order) for value in scaled)
        return a - 2 * b + c

    reach = 1.0
    while bend(reach) > 0 and reach < 1e6:
        reach *= 2
    if bend(reach) > 0:
        return np.nan
    return third + ahead * float(optimize.brentq(bend, 1e-6, reach, xtol=1e-12))
