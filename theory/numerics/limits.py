"""Limits k → ∞ of what k-step solutions say, with a stated error.

    X_k = X_∞ + A (k + s)^(-n)

through the last three members of a sequence gives the limit. Its error is the larger of two doubts:
how much the limit moved with the last step, and half of what n ± 1/2 would change.
"""

from __future__ import annotations

import math
import numbers
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike
from scipy import optimize

from .._typing import HostArray

FEWEST = 4
"""Members that an extrapolation with an error needs."""

ROUNDING = 1e-10
"""A relative step of a quantity below this is none: the equations are solved to about as much."""


@dataclass(frozen=True, eq=False)
class Limit:
    """The value for k → ∞ with its stated ``error``; a number that carries its error along.

    Arithmetic with numbers and other limits propagates errors to first order, and adds them:

        z = f(x, y),    δz = |∂f/∂x| δx + |∂f/∂y| δy

    An error of a limit is a doubt about an extrapolation and no scatter. Two limits of one theory
    come from the same staircases and err together, so that nothing may cancel: the sum is what
    holds whatever ties them. It follows that x - x is 0 ± 2 δx.

    Limits are compared by value, with each other and with numbers. ``float(limit)`` is the value
    alone, and so is an entry of ``np.array([limit, …])`` and what a format makes of it:
    f"{limit:.3f}"; f"{limit}" shows the error too. With arrays there is no arithmetic.

    Examples
    --------
    >>> from glasswell.theory import Limit
    >>> f = Limit(-4.25, 0.01)
    >>> print(f, 2 * f, f - f)
    -4.25 ± 0.01 -8.5 ± 0.02 0 ± 0.02
    """

    value: float
    error: float

    # NumPy's scalars would else treat it as an object, and its arrays make arrays of objects.
    __array_ufunc__ = None

    def at_least(self, lowest: float) -> Limit:
        """The same where the value is known not to lie below ``lowest``: that is put in its place.

        For what is positive by its meaning, a density or a fraction, of which an extrapolation
        knows nothing.
        """
        return Limit(max(self.value, lowest), self.error)

    def __float__(self) -> float:
        return self.value

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> HostArray:
        return np.array(self.value, dtype=dtype)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __str__(self) -> str:
        return f"{self.value:.8g} ± {self.error:.1g}"

    def __format__(self, spec: str) -> str:
        return format(self.value, spec) if spec else str(self)

    def __hash__(self) -> int:
        return hash(self.value)

    def __eq__(self, other: object) -> bool:
        known = _as_limit(other)
        return NotImplemented if known is None else self.value == known.value

    def __lt__(self, other: Number) -> bool:
        known = _as_limit(other)
        return NotImplemented if known is None else self.value < known.value

    def __le__(self, other: Number) -> bool:
        known = _as_limit(other)
        return NotImplemented if known is None else self.value <= known.value

    def __gt__(self, other: Number) -> bool:
        known = _as_limit(other)
        return NotImplemented if known is None else self.value > known.value

    def __ge__(self, other: Number) -> bool:
        known = _as_limit(other)
        return NotImplemented if known is None else self.value >= known.value

    def __pos__(self) -> Limit:
        return self

    def __neg__(self) -> Limit:
        return Limit(-self.value, self.error)

    def __abs__(self) -> Limit:
        return Limit(abs(self.value), self.error)

    def __add__(self, other: Number) -> Limit:
        return _combined(operator.add, self, other, _slopes_of_sum)

    def __radd__(self, other: Number) -> Limit:
        return self + other

    def __sub__(self, other: Number) -> Limit:
        return _combined(operator.sub, self, other, _slopes_of_sum)

    def __rsub__(self, other: Number) -> Limit:
        return -self + other

    def __mul__(self, other: Number) -> Limit:
        return _combined(operator.mul, self, other, lambda x, y: (y, x))

    def __rmul__(self, other: Number) -> Limit:
        return self * other

    def __truediv__(self, other: Number) -> Limit:
        return _combined(operator.truediv, self, other, lambda x, y: (1 / y, x / y / y))

    def __rtruediv__(self, other: Number) -> Limit:
        known = _as_limit(other)
        return NotImplemented if known is None else known / self

    def __pow__(self, power: Number) -> Limit:
        return _combined(math.pow, self, power, _slopes_of_power)

    def __rpow__(self, base: Number) -> Limit:
        known = _as_limit(base)
        return NotImplemented if known is None else known**self


# What takes any real number, such as pytest.approx, takes a limit.
numbers.Real.register(Limit)

Number = float | Limit
"""What a theory says about one quantity: exactly, or with an error."""


def error_of(value: Number) -> float:
    """The error of a limit; zero of a plain number."""
    return value.error if isinstance(value, Limit) else 0.0


def _as_limit(value: object) -> Limit | None:
    """A number as a limit without error; None for what is no number."""
    if isinstance(value, Limit):
        return value
    return Limit(float(value), 0.0) if isinstance(value, numbers.Real) else None


def _combined(
    operation: Callable[[float, float], float],
    one: Limit,
    other: object,
    slopes: Callable[[float, float], tuple[float, float]],
) -> Limit:
    known = _as_limit(other)
    if known is None:
        return NotImplemented  # type: ignore[no-any-return]  # its type is Any
    value = operation(one.value, known.value)
    of_one, of_other = slopes(one.value, known.value)
    return Limit(value, _doubt(of_one, one.error) + _doubt(of_other, known.error))


def _doubt(slope: float, error: float) -> float:
    """|slope| error; what is exact stays so, however steep the function is."""
    return abs(slope) * error if error != 0.0 else 0.0


def _slopes_of_sum(_x: float, _y: float) -> tuple[float, float]:
    """Those of a difference up to their signs, which errors do not have."""
    return 1.0, 1.0


def _slopes_of_power(x: float, n: float) -> tuple[float, float]:
    """∂x^n/∂x = n x^(n-1) and ∂x^n/∂n = x^n ln x; infinite at zero where they are."""
    singular = x == 0.0 and 0.0 < n < 1.0
    of_x = math.inf if singular else n * math.pow(x, n - 1) if n != 0.0 else 0.0
    of_n = math.pow(x, n) * math.log(x) if x > 0.0 else (0.0 if x == 0.0 else math.nan)
    return of_x, of_n


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
