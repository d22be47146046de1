"""Measured numbers as plain values for JSON: null stands for what does not exist."""

from __future__ import annotations

import math
from typing import Any

from glasswell.theory.numerics.limits import Number

from .._typing import Floats
from ..confront.fields import Fit
from ..confront.verdicts import Row
from ..statistics.bootstrap import Estimate


def fit(found: Fit) -> dict[str, Any]:
    """How well a theory fits a distribution."""
    deviation = found.deviation
    return {
        "theory": found.theory,
        "chi2": finite(deviation.statistic),
        "bins": deviation.bins,
        "p_value": deviation.p_value,
        "misplaced": deviation.misplaced,
        "misplaced_by_chance": deviation.misplaced_by_chance,
    }


def row(found: Row) -> dict[str, Any]:
    """A row of a table of verdicts."""
    return {
        "key": found.key,
        "name": found.name,
        **({"unit": found.unit} if found.unit else {}),
        "where": found.where,
        "measured": {**estimate(found.measured), "finite_size": finite(found.measured.finite_size)},
        "predictions": {
            p.theory: {"value": finite(p.value), "z": finite(p.z), "verdict": p.verdict}
            for p in found.predictions
        },
    }


def estimate(found: Estimate) -> dict[str, float | None]:
    """A value and its error."""
    return {"value": finite(found.value), "error": finite(found.error)}


def numbers(values: Floats) -> list[float | None]:
    """An array (n,)."""
    return [finite(value) for value in values]


def finite(value: Number) -> float | None:
    """A number; None for what is not finite."""
    return float(value) if math.isfinite(value) else None
