"""``glasswell solve``: the mean-field theory of one model."""

from __future__ import annotations

import argparse
import json

from glasswell.theory.ansatz.solver import solve

from .arguments import add_model, model_of, steps
from .exit_codes import ExitCode
from .progress import add_quiet, meter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The model, temperature and steps of breaking."""
    add_model(parser)
    parser.add_argument("--temperature", type=float, default=0.0, help="T, with k_B = 1")
    parser.add_argument(
        "--rsb", type=steps, default=0, metavar="K", help='steps of breaking, or "full" for K → ∞'
    )
    add_quiet(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Solve and print: not converged when the saddle point was not found to tolerance.

    Raises
    ------
    GlasswellError
        If the model or the request makes no sense.
    """
    model = model_of(arguments)
    with meter("solve", "step", quiet=arguments.quiet) as progress:
        solution = solve(model, arguments.rsb, arguments.temperature, progress=progress)
    print(json.dumps(solution.to_dict(), allow_nan=False) if arguments.json else solution)
    return ExitCode.of_result(converged=solution.converged)
