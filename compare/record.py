"""A comparison as plain values: what report.json holds."""

from __future__ import annotations

import math
from typing import Any

from .comparison import WELL_NAMES, Comparison, Row, theory_name
from .measured import LowestStates
from .statistics import Estimate


def as_dict(comparison: Comparison) -> dict[str, Any]:
    """The comparison as plain values for JSON; null stands for what does not exist."""
    extrapolations = {
        name: {
            "omega": fit.omega,
            "limit": _number(fit.limit),
            "slope": _number(fit.slope),
            "chi2": fit.chi2,
            "degrees_of_freedom": fit.degrees_of_freedom,
        }
        for name, fit in comparison.extrapolations.items()
    }
    return {
        "model": {
            name: getattr(comparison.model, name)
            for name in ("gamma", "J0", "J", "k", "a", "field", "coefficients")
        },
        "theory": {theory_name(s.rsb): s.to_dict() for s in comparison.solutions},
        "sizes": {str(states.N): _size(states) for states in comparison.measured},
        "extrapolations": extrapolations,
        "table": [_row(row) for row in comparison.rows],
        "field_distribution": [
            {
                "theory": fit.theory,
                "chi2": fit.deviation.statistic,
                "chi2_by_chance": fit.deviation.expected,
                "p_value": fit.deviation.p_value,
                "total_variation": fit.deviation.total_variation,
            }
            for fit in comparison.field_fits
        ],
    }


def _size(states: LowestStates) -> dict[str, Any]:
    scalars = ["energy", "q", "C"]
    if states.model.coefficients is None:
        scalars += ["dwp_fraction", *WELL_NAMES]
    return {
        "samples": states.samples,
        "left_out": states.left_out,
        "found_twice": states.found_twice,
        **{name: _number(states.scalar(name)) for name in scalars},
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "key": row.key,
        "name": row.name,
        "where": row.where,
        "measured": _number(row.measured),
        "predictions": {
            p.theory: {"value": _finite(p.value), "z": _finite(p.z), "verdict": p.verdict}
            for p in row.predictions
        },
    }


def _number(estimate: Estimate) -> dict[str, float | None]:
    return {"value": _finite(estimate.value), "error": _finite(estimate.error)}


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
