"""The command of a saddle point, ``glasswell solve``, and all others of N → ∞."""

from __future__ import annotations

import argparse
import json

from glasswell.theory.ansatz.solver import solve
from glasswell.theory.numerics.progress import meter

from . import heat, phases
from .arguments import NOT_CONVERGED, add_model, model_of, steps


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this package's commands; each sets ``run``, a function of the arguments to exit code."""
    parser = subparsers.add_parser(
        "solve", help="solve the mean-field theory: RS (--rsb 0), 1RSB (--rsb 1), … --rsb full"
    )
    add_model(parser)
    parser.add_argument("--temperature", type=float, default=0.0, help="T, with k_B = 1")
    parser.add_argument(
        "--rsb", type=steps, default=0, metavar="K", help='steps of breaking, or "full" for K → ∞'
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run_solve)
    phases.add_commands(subparsers)
    heat.add_commands(subparsers)


def run_solve(arguments: argparse.Namespace) -> int:
    """``glasswell solve``: 0, or 3 when the saddle point was not found to tolerance.

    Raises
    ------
    GlasswellError
        If the model or the request makes no sense.
    """
    model = model_of(arguments)
    with meter("solve", "step") as progress:
        solution = solve(model, arguments.rsb, arguments.temperature, progress=progress)
    print(json.dumps(solution.to_dict(), allow_nan=False) if arguments.json else solution)
    return 0 if solution.converged else NOT_CONVERGED
