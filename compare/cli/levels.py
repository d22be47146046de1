"""``glasswell levels``: quantum levels of local potentials."""

from __future__ import annotations

import argparse
import json
import math
from typing import Any

import numpy as np
from glasswell.theory.ansatz.solver import solve
from glasswell.theory.model import LevelsError, Model, ModelError, columns
from glasswell.theory.plots import canvas
from glasswell.theory.plots.levels import level_figure
from glasswell.theory.quantum import tunnelling
from glasswell.theory.quantum.spectrum import levels

from .._typing import Floats
from .arguments import add_model, add_units, model_of_alike_sites
from .command_line import number
from .exit_codes import ExitCode
from .picture import add_picture, picture
from .progress import add_quiet, meter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The model, fields and units."""
    add_model(parser)
    add_units(parser)
    parser.add_argument("--rsb", type=int, default=0, metavar="K", help="steps that give C")
    parser.add_argument("--C", type=number, help="the coefficient of -v²/2, instead of solving")
    parser.add_argument("--h", type=number, nargs="+", default=[0.0], help="cavity fields")
    parser.add_argument("--count", type=int, default=10, help="levels of each potential")
    add_quiet(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_picture(parser)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Print the levels: not converged when C comes from a saddle point that was not found.

    Raises
    ------
    GlasswellError
        If the model or the request makes no sense.
    """
    model = model_of_alike_sites(arguments, "levels")
    path = picture(arguments.output)
    C, converged = arguments.C, True
    if C is None:
        with meter("levels", "step", quiet=arguments.quiet) as progress:
            solution = solve(model, rsb=arguments.rsb, progress=progress)
        C, converged = model.J**2 * solution.C, solution.converged
    quantum = {"hbar": arguments.hbar, "mass": arguments.mass}
    h = np.array(arguments.h)
    spectrum = levels(h, C, model, count=arguments.count, **quantum)
    splitting = float(tunnelling.splitting(C, model, **quantum))
    asymmetry, tunnelling_wkb = _two_level(h, C, model, **quantum)
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
                "asymmetry": _finite(asymmetry[n]),
                "tunnelling_wkb": _finite(tunnelling_wkb[n]),
            }
            for n in range(len(h))
        ],
    }
    print(json.dumps(record, allow_nan=False) if arguments.json else _level_text(record))
    if path is not None:
        canvas.save(lambda: level_figure(h, C, model, spectrum), path)
    return ExitCode.of_result(converged=converged)


def _two_level(h: Floats, C: float, model: Model, **quantum: float) -> tuple[Floats, Floats]:
    """Δ and Δ_0 of each potential; NaN where G may have more wells than two, and so no pair."""
    try:
        pairs = tunnelling.two_level(h, C, model, wkb=True, **quantum)
    except (LevelsError, ModelError):
        return np.full(len(h), np.nan), np.full(len(h), np.nan)
    return pairs.asymmetry, pairs.tunnelling


def _level_text(record: dict[str, Any]) -> str:
    lines = [f"C = {record['C']:.8g}, splitting at h = 0: {record['tunnel_splitting_h0']:.6g}"]
    for potential in record["potentials"]:
        lines.append(
            f"h = {potential['h']:g}: min U = {potential['minimum']:.10g}, levels above it"
        )
        rows = [(f"{n}", f"{E:.12g}") for n, E in enumerate(potential["energies"])]
        lines += [f"  {line}" for line in columns(rows, at=(">3", "<"))]
        if not potential["splitting_resolved"]:
            lines.append("  E_1 - E_0 lies below double precision")
    return "\n".join(lines)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
