"""``glasswell heat``: the specific heat of the theory's local potentials."""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np
from glasswell.theory.ansatz.ergodic import glass_temperature
from glasswell.theory.ansatz.solver import solve
from glasswell.theory.heat.prediction import RANGE, HeatPrediction
from glasswell.theory.heat.units import LaboratoryUnits
from glasswell.theory.model import LevelsError, SolveError, columns
from glasswell.theory.plots import canvas
from glasswell.theory.plots.heat import heat_figure

from ..report.titles import model_title
from .arguments import add_model, add_units, model_of, steps
from .command_line import positive, whole
from .exit_codes import ExitCode
from .picture import add_picture, picture
from .progress import add_quiet, meter

MOST_POINTS = 10_000
"""Temperatures of a curve: a page has fewer pixels."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The model, theories, temperatures and units."""
    add_model(parser)
    add_units(parser)
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
        default=list(RANGE),
        metavar=("LOW", "HIGH"),
        help="T/T_g",
    )
    parser.add_argument("--points", type=whole(3, MOST_POINTS), default=120, help="temperatures")
    parser.add_argument("--count", type=int, default=40, help="levels of each potential")
    parser.add_argument("--kelvin", type=float, metavar="T_g", help="T_g in K: adds SI units")
    parser.add_argument("--atomic-mass", type=positive, default=60.08, help="u, with --kelvin")
    add_quiet(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_picture(parser)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Print the curves' numbers: not converged when a saddle point was not found.

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
    path = picture(arguments.output)
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
    with meter("heat", "curve", quiet=arguments.quiet) as progress:
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
        title = model_title(model)
        canvas.save(lambda: heat_figure(curves, T_g, units=units, title=title), path)
    return ExitCode.of_result(converged=converged)


def _heat_text(T_g: float, rows: list[dict[str, Any]], units: LaboratoryUnits | None) -> str:
    """One line per theory."""
    table = [("k ", "T_b/T_g", "P0", "d ln C/d ln T", "C/(π²/6 P0 T)")]
    for row in rows:
        cells = [row[name] for name in ("T_b", "P0", "exponent", "over_linear_law")]
        T_b, P0, exponent, ratio = ("-" if cell is None else f"{cell:.4g}" for cell in cells)
        table.append((f"{row['rsb']}", T_b, P0, exponent, ratio))
    at = (">4", "<10", "<10", "<14", "<")
    lines = [f"T_g = {T_g:.6g}", *columns(table, at)]
    if units is not None:
        lines.append(f"one unit of T is {units.kelvin:.4g} K, of v {units.metre * 1e10:.4g} Å")
        lines += [
            f"  k = {row['rsb']}: T_b = {row['T_b'] * units.glass_temperature:.3g} K"
            for row in rows
            if row["T_b"] is not None
        ]
    return "\n".join(lines)
