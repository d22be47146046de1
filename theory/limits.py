"""Limits k → ∞ of what k-step solutions say, with a stated error.

    X_k = X_∞ + A (k + s)^(-n)

through the last three members of a sequence gives the limit. Its error is the larger of two doubts:
how much the limit moved with the last step, and half of what n ± 1/2 would change.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import optimize

FEWEST = 4
"""Members that an extrapolation with an error needs."""

ROUNDING = 1e-10
"""A relative step of a quantity below this is none: the equations are solved to about as much."""


class Limit(float):
    """The value for k → ∞, a float like any other, with its stated ``error``."""

    error: float

    def __new__(cls, value: float, error: float) -> Limit:
        limit = super().__new__(cls, value)
        limit.error = error
        return limit

    def __str__(self) -> str:
        return f"{float(self):.8g} ± {self.error:.1g}"


def extrapolated(values: Sequence[float], order: float) -> Limit:
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
    if not np.all(np.isfinite(values)):
        return np.nan
    ahead = third - second
    if abs(ahead) <= ROUNDING * abs(third):
        return third
    if (second - first) / ahead <= 1.0:
        return np.nan

    scaled = [(value - third) / ahead for value in values]

    def bend(reach: float) -> float:
        a, b, c = (abs(value - reach) ** (-1 / order) for value in scaled)
        return float(a - 2 * b + c)

    reach = 1.0
    while bend(reach) > 0 and reach < 1e6:
        reach *= 2
    if bend(reach) > 0:
        return np.nan
    return third + ahead * float(optimize.brentq(bend, 1e-6, reach, xtol=1e-12))
