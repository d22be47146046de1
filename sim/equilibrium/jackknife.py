"""Disorder averages, and functions of them, with jackknife errors over samples.

Never over sites or times: the sites of a sample share its couplings, and its times their past.
What a chain's own noise adds is in the scatter between samples already.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._typing import Bools, Floats, Integers
from ..errors import ShapeError

FEWEST_SAMPLES = 8
"""With fewer, ± 2 errors cover less than 90 % (Student's t), so an error bar is refused."""

LIMIT = 5.0
"""|z| beyond which two numbers differ. Student's t of 32 samples goes there once in 50 000."""


@dataclass(frozen=True)
class Average:
    """Values with errors of one standard deviation, and the number of samples behind each.

    The error is NaN for fewer than FEWEST_SAMPLES.
    """

    value: Floats
    error: Floats
    samples: Integers

    def z(self, expected: Any = 0.0) -> Floats:
        """(value - expected)/error; NaN where the error is unknown.

        Where samples do not scatter at all, infinite if they all differ from ``expected``, and NaN
        if none does: what never varies is no evidence.
        """
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((self.value - expected) / self.error)


def jackknife(statistic: Callable[..., Floats], *columns: Floats) -> Average:
    """f([x], [y], …) with its error from leaving out one sample at a time.

        error² = (S - 1)/S Σ_s (f_s - f̄)²,   f_s = f of the averages without sample s

    Parameters
    ----------
    statistic
        f, elementwise in its arrays, of any shape.
    columns
        x, y, …, each (S, ...) of one shape. A sample that is not finite in one of them is left
        out there, in every column.

    Raises
    ------
    ShapeError
        If the shapes differ.
    """
    if len({x.shape for x in columns}) != 1 or columns[0].ndim < 1:
        raise ShapeError(f"columns must share one shape (S, ...), got {[x.shape for x in columns]}")
    present = np.all([np.isfinite(x) for x in columns], axis=0)
    S = present.sum(axis=0)
    kept = [np.where(present, x, 0.0) for x in columns]
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.asarray(statistic(*(x.sum(axis=0) / S for x in kept)))
        left_out = np.asarray(statistic(*((x.sum(axis=0) - x) / (S - 1) for x in kept)))
        apart = np.where(present, left_out - _mean(left_out, present), 0.0)
        error = np.sqrt((S - 1) / S * np.sum(apart**2, axis=0))
    return Average(value, np.where(S >= FEWEST_SAMPLES, error, np.nan), S)


def average(x: Floats) -> Average:
    """[x] over samples, (S, ...) -> (...): for a mean the jackknife is the standard error."""
    return jackknife(lambda mean: mean, x)


def _mean(x: Floats, present: Bools) -> Floats:
    return np.asarray(np.where(present, x, 0.0).sum(axis=0) / present.sum(axis=0))
