"""The commands of quantum levels: ``glasswell levels`` and ``glasswell heat``."""

from __future__ import annotations

import argparse
import json
import math
from typing import Any

import numpy as np
from glasswell.theory.ansatz.ergodic import glass_temperature
from glasswell.theory.ansatz.solver import solve
from glasswell.theory.heat.prediction import HeatPrediction
from glasswell.theory.heat.units import LaboratoryUnits
from glasswell.theory.model import LevelsError, SolveError
from glasswell.theory.numerics.progress import meter
from glasswell.theory.plots import canvas
from glasswell.theory.plots.heat import heat_figure
from glasswell.theory.plots.levels import level_figure
from glasswell.theory.quantum import tunnelling
from glasswell.theory.quantum.spectrum import levels

from .arguments import NOT_CONVERGED, add_model, model_of, picture, steps
from .command_line import number, output_name, positive, whole

MOST_POINTS = 10_000
"""Temperatures of a curve: a page has fewer pixels."""


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``levels`` and ``heat``."""
    parser = subparsers.add_parser("levels", help="quantum levels of local potentials")
    _add_common(parser)
    parser.add_argument("--rsb", type=int, default=0, metavar="K", help="steps that give C")
    parser.add_argument("--C", type=number, help="the coefficient of -v²/2, instead of solving")
    parser.add_argument("--h", type=number, nargs="+", default=[0.0], help="cavity fields")
    parser.add_argument("--count", type=int, default=10, help="levels of each potential")
    parser.set_defaults(run=run_levels)
    parser = subparsers.add_parser("heat", help="specific heat of the theory's local potentials")
    _add_common(parser)
    parser.add_argument(
        "--rsb",
        type=steps,
        nargs="+",
        default=[0, 1],
        metavar="K",
        help='steps of breaking, or "full"',
    )
    parser.add_argument(
        "--range",
        type=positive,
        nargs=2,
        default=[1e-4, 2e-2],
        metavar=("LOW", "HIGH"),
        help="T/T_g",
    )
    parser.add_argument("--points", type=whole(3, MOST_POINTS), default=120, help="temperatures")
    parser.add_argument("--count", type=int, default=40, help="levels of each potential")
    parser.add_argument("--kelvin", type=float, metavar="T_g", help="T_g in K: adds SI units")
    parser.add_argument("--atomic-mass", type=positive, default=60.08, help="u, with --kelvin")
    parser.set_defaults(run=run_heat)


def _add_common(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    parser.add_argument("--hbar", type=float, default=1.0, help="ħ")
    parser.add_argument("--mass", type=float, default=1.0, help="m0")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("-o", "--output", type=output_name, metavar="FILE.png", help="draw")


def run_levels(arguments: argparse.Namespace) -> int:
    """``glasswell levels``: 0, or 3 when C comes from a saddle point that was not found.

    Raises
    ------
    GlasswellError
        If the model or the request makes no sense.
    """
    model = model_of(arguments)
    path = None if arguments.output is None else picture(arguments.output)
    C, converged = arguments.C, True
    if C is None:
        with meter("levels", "step") as progress:
            solution = solve(model, rsb=arguments.rsb, progress=progress)
        C, converged = model.J**2 * solution.C, solution.converged
    quantum = {"hbar": arguments.hbar, "mass": arguments.mass}
    h = np.array(arguments.h)
    spectrum = levels(h, C, model, count=arguments.count, **quantum)
    splitting = float(tunnelling.splitting(C, model, **quantum))
    pairs = tunnelling.two_level(h, C, model, wkb=True, **quantum)
    record = {
        "C": C,
        "hbar": arguments.hbar,
        "mass": arguments.mass,
        "tunnel_splitting_h0": splitting,
        "converged": converged,
        "potentials": [
            {
                "h": float(h[n]),
                "minimum": float(spectrum.floor[n]),
                "energies": [float(E) for E in spectrum.energy[n]],
                "splitting_resolved": bool(spectrum.resolved[n]),
                "asymmetry": _finite(pairs.asymmetry[n]),
                "tunnelling_wkb": _finite(pairs.tunnelling[n]),
            }
            for n in range(len(h))
        ],
    }
    print(json.dumps(record, allow_nan=False) if arguments.json else _level_text(record))
    if path is not None:
        canvas.save(lambda: level_figure(h, C, model, spectrum), path)
    return 0 if converged else NOT_CONVERGED


def run_heat(arguments: argparse.Namespace) -> int:
    """``glasswell heat``: 0, or 3 when a saddle point was not found.

    Raises
    ------
    GlasswellError
        If the model or the request makes no sense.
    """
    model = model_of(arguments)
    if len(set(arguments.rsb)) != len(arguments.rsb):
        raise SolveError(
            f"--rsb {' '.join(map(str, arguments.rsb))} names a theory twice: once is enough"
        )
    path = None if arguments.output is None else picture(arguments.output)
    T_g = glass_temperature(model)
    low, high = arguments.range
    if not low < high:
        raise LevelsError("--range must increase from above 0")
    if T_g == 0:
        raise LevelsError("this model has no glass temperature to measure T by: raise --gamma")
    T = T_g * np.geomspace(low, high, arguments.points)
    units = None
    if arguments.kelvin is not None:
        units = LaboratoryUnits(
            T_g, arguments.kelvin, arguments.atomic_mass, arguments.hbar, arguments.mass
        )
    curves: dict[str, HeatPrediction] = {}
    rows: list[dict[str, Any]] = []
    converged = True
    quantum = {"hbar": arguments.hbar, "mass": arguments.mass}
    with meter("heat", "curve") as progress:
        for n, rsb in enumerate(arguments.rsb):
            progress(n, len(arguments.rsb))
            solution = solve(model, rsb=rsb)
            converged = converged and solution.converged
            curve = HeatPrediction.of(solution, T, count=arguments.count, **quantum)
            curves[solution.name] = curve
            rows.append({"rsb": rsb, "C": float(solution.C), **curve.to_dict(T_g)})
    record: dict[str, Any] = {
        "T_g": T_g,
        "temperature": T.tolist(),
        "theories": [
            {**row, "heat_capacity": [float(c) for c in curve.heat.capacity]}
            for row, curve in zip(rows, curves.values(), strict=True)
        ],
        "converged": converged,
    }
    if units is not None:
        record["kelvin_per_unit"], record["metre_per_unit"] = units.kelvin, units.metre
    print(json.dumps(record, allow_nan=False) if arguments.json else _heat_text(T_g, rows, units))
    if path is not None:
        title = rf"$\gamma$ = {model.gamma:g}, $J_0$ = {model.J0:g}"
        canvas.save(lambda: heat_figure(curves, T_g, units=units, title=title), path)
    return 0 if converged else NOT_CONVERGED


def _heat_text(T_g: float, rows: list[dict[str, Any]], units: LaboratoryUnits | None) -> str:
    """One line per theory."""
    lines = [f"T_g = {T_g:.6g}", "  k   T_b/T_g     P0          d ln C/d ln T   C/(π²/6 P0 T)"]
    for row in rows:
        cells = [row[name] for name in ("T_b", "P0", "exponent", "over_linear_law")]
        words = ["-" if cell is None else f"{cell:.4g}" for cell in cells]
        lines.append("{:>4}  {:<10}  {:<10}  {:<14}  {}".format(row["rsb"], *words))
    if units is not None:
        lines.append(f"one unit of T is {units.kelvin:.4g} K, of v {units.metre * 1e10:.4g} Å")
        lines += [
            f"  k = {row['rsb']}: T_b = {row['T_b'] * units.glass_temperature:.3g} K"
            for row in rows
            if row["T_b"] is not None
        ]
    return "\n".join(lines)


def _level_text(record: dict[str, Any]) -> str:
    lines = [f"C = {record['C']:.8g}, splitting at h = 0: {record['tunnel_splitting_h0']:.6g}"]
    for potential in record["potentials"]:
        lines.append(
            f"h = {potential['h']:g}: min U = {potential['minimum']:.10g}, levels above it"
        )
        lines += [f"  {n:>3}  {E:.12g}" for n, E in enumerate(potential["energies"])]
        if not potential["splitting_resolved"]:
            lines.append("  E_1 - E_0 lies below double precision")
    return "\n".join(lines)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
