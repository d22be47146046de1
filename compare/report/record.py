"""A comparison as plain values: what report.json holds."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np
from glasswell.sim.config import model_table
from glasswell.sim.equilibrium.flags import describe
from glasswell.sim.local.three_ways import Status
from glasswell.theory.numerics.limits import Number
from numpy.typing import NDArray

from ..confront.comparison import Comparison
from ..confront.fields import Fit
from ..confront.heat import Heats
from ..confront.quantities import WELL_NAMES
from ..confront.tempering import Tempering, Temperings
from ..confront.verdicts import Row
from ..measured.local_heat import Band
from ..measured.local_potentials import LocalPotentials
from ..measured.lowest_states import LowestStates
from ..measured.three_ways import WAYS
from ..sections.well_table import SHAPES, well_fits, well_rows
from ..statistics.bootstrap import Estimate

Floats = NDArray[np.float64]


def as_dict(comparison: Comparison) -> dict[str, Any]:
    """The comparison as plain values for JSON; null stands for what does not exist."""
    extrapolations = {
        name: {
            "omega": fit.omega,
            "limit": _value(fit.limit),
            "slope": _value(fit.slope),
            "chi2": fit.chi2,
            "degrees_of_freedom": fit.degrees_of_freedom,
            "scale": fit.scale,
        }
        for name, fit in comparison.extrapolations.items()
    }
    return {
        "model": model_table(comparison.model),
        "compare": asdict(comparison.config),
        "theory": {name: s.to_dict() for name, s in comparison.solutions.items()},
        "sizes": {str(states.N): _size(states, comparison) for states in comparison.measured},
        "extrapolations": extrapolations,
        "vibrations": {
            str(N): {
                name: _value(getattr(modes, name))
                for name in ("softest", "softest_participation", "chi_SG")
            }
            for N, modes in comparison.vibrations.items()
        },
        "scatter_exponent": _value(comparison.scatter.exponent),
        "preparation": [
            {
                "name": kind.name,
                "N": kind.N,
                "minima": kind.minima,
                **{key: _value(estimate) for key, estimate in kind.values.items()},
            }
            for kind in comparison.prepared
        ],
        "table": [_row(row) for row in comparison.rows],
        "field_distribution": [_fit(fit) for fit in comparison.field_fits],
        "field_distribution_limit": [_fit(fit) for fit in comparison.limit_field_fits],
        "eigenvalue_distribution": [_fit(fit) for fit in comparison.vibration_fits],
        "double_wells": [
            {"name": row.name, "C": _value(row.C)}
            | {key: _value(estimate) for key, estimate in row.values.items()}
            for row in (well_rows(comparison) if comparison.model.coefficients is None else [])
        ],
        "well_distributions": {
            name: {key: asdict(fit) for key, fit in zip(SHAPES, fits, strict=True)}
            for name, fits in well_fits(comparison.distinct, comparison.largest).items()
        }
        if comparison.model.coefficients is None
        else {},
        "local_potentials": {str(N): _local(local) for N, local in comparison.local.items()},
        "specific_heat": _heat(comparison.heats) if isinstance(comparison.heats, Heats) else None,
        "thermal": None if comparison.thermal is None else _thermal(comparison.thermal),
    }


def _fit(fit: Fit) -> dict[str, Any]:
    deviation = fit.deviation
    return {
        "theory": fit.theory,
        "chi2": _finite(deviation.statistic),
        "bins": deviation.bins,
        "p_value": deviation.p_value,
        "misplaced": deviation.misplaced,
        "misplaced_by_chance": deviation.misplaced_by_chance,
    }


def _heat(heats: Heats) -> dict[str, Any]:
    """C(T) of theories and samples, and the numbers of the table."""
    where, exponent = heats.exponent
    return {
        "T_g": heats.T_g,
        "temperature": heats.band.temperature.tolist(),
        "theory": {
            name: {
                **curve.to_dict(heats.T_g),
                "capacity": curve.heat.capacity.tolist(),
                "entropy": curve.heat.entropy.tolist(),
            }
            for name, curve in heats.predictions.items()
        },
        "samples": {
            "N": heats.N,
            "samples": len(heats.band.capacity.by_sample),
            "T_b": _value(heats.bump),
            "exponent": {**_value(exponent), "at": where},
            "capacity": _band(heats.band.capacity),
            "entropy": _band(heats.band.entropy),
        },
    }


def _band(band: Band) -> dict[str, list[float]]:
    return {name: getattr(band, name).tolist() for name in ("value", "low", "high")}


def _local(local: LocalPotentials) -> dict[str, Any]:
    """Fate of the second wells, what the cavity form misses, and C in random fields."""
    three, answer = local.wells, local.response
    found: dict[str, Any] = {
        "samples": len(three.wells),
        "wells": len(three.status),
        "confirmed": _value(three.confirmed()),
        **{
            status.name.lower(): _value(three.share(status))
            for status in (Status.AVALANCHE, Status.ELSEWHERE, Status.NO_PARTNER)
        },
        "ratio": {way: {name: _value(three.ratio(name, way)) for name in SHAPES} for way in WAYS},
        "scatter": {
            way: {name: _value(three.scatter(name, way)) for name in SHAPES} for way in WAYS
        },
        "response": None,
    }
    if answer is not None:
        found["response"] = {
            "field": answer.field.tolist(),
            "C_reg": _value(answer.hessian),
            **{
                name: [_value(estimate) for estimate in answer.averages(name)]
                for name in ("followed", "whole", "crossings")
            },
        }
    return found


def _thermal(thermal: Temperings) -> dict[str, Any]:
    """Evidence and inherent structures per size, and the table of observables."""
    return {
        "T_g": thermal.comparison.T_g,
        "in_equilibrium": thermal.in_equilibrium,
        "sizes": {str(size.N): _tempering(size) for size in thermal.sizes},
        "table": [
            {
                "temperature": found.temperature,
                "stable": found.stable,
                "critical": found.critical,
                **_row(found.row),
            }
            for found in thermal.comparison.rows
        ],
    }


def _tempering(size: Tempering) -> dict[str, Any]:
    found = size.evidence
    averages = {
        "bond_energy": found.parts.left,
        "by_parts": found.parts.right,
        "virial": found.virial.left,
        "inherent_structures": size.inherent,
    }
    names = ("z", "z_controlled", "z_virial", "z_drift_energy", "z_drift_overlap")
    return {
        "temperatures": found.temperatures.tolist(),
        **{
            name: {"value": _list(average.value), "error": _list(average.error)}
            for name, average in averages.items()
        },
        **{name: _list(z) for name, z in zip(names, found.scores, strict=True)},
        "refuted": found.refuted.tolist(),
        "rhat": _list(found.rhat.max(axis=0)),
        "tau": _list(np.median(found.tau, axis=0)),
        "flagged": np.count_nonzero(found.flags, axis=0).tolist(),
        "flags": describe(found.flags),
        "acceptance": _list(found.acceptance),
        "swap_acceptance": _list(found.swap_acceptance),
        "round_trips": found.round_trips.tolist(),
    }


def _list(values: Floats) -> list[float | None]:
    return [_finite(value) for value in values]


def _size(states: LowestStates, comparison: Comparison) -> dict[str, Any]:
    scalars = ["energy", "q", "p", "C"] if states.signed else ["energy", "q", "C"]
    if states.model.coefficients is None:
        scalars += ["dwp_fraction", *WELL_NAMES]
    return {
        "samples": states.samples,
        "left_out": states.left_out,
        "found_twice": states.found_twice,
        **{name: _value(states.scalar(name)) for name in scalars},
        **{row.key: _value(row.by_size[states.N]) for row in comparison.own_rows},
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "key": row.key,
        "name": row.name,
        **({"unit": row.unit} if row.unit else {}),
        "where": row.where,
        "measured": {**_value(row.measured), "finite_size": _finite(row.measured.finite_size)},
        "predictions": {
            p.theory: {"value": _finite(p.value), "z": _finite(p.z), "verdict": p.verdict}
            for p in row.predictions
        },
    }


def _value(estimate: Estimate) -> dict[str, float | None]:
    return {"value": _finite(estimate.value), "error": _finite(estimate.error)}


def _finite(value: Number) -> float | None:
    return float(value) if math.isfinite(value) else None
