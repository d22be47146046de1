"""The commands of N → ∞: ``glasswell solve``, and those of ``heat_cli``."""

from __future__ import annotations

import argparse
import json

from . import heat_cli
from .model import Model
from .solve import solve

NOT_CONVERGED = 3


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this package's commands; each sets ``run``, a function of the arguments to exit code."""
    parser = subparsers.add_parser(
        "solve", help="solve the mean-field theory: RS (--rsb 0), 1RSB (--rsb 1), more steps"
    )
    parser.add_argument("--gamma", type=float, required=True, help="γ > 0")
    parser.add_argument("--J0", type=float, default=0.0, help="ferromagnetic bias")
    parser.add_argument("--J", type=float, default=1.0, help="strength of the disorder")
    parser.add_argument("--k", type=float, default=1.0, help="stiffness in G(v) = k v²/2 + a v⁴/4!")
    parser.add_argument("--a", type=float, default=1.0, help="anharmonicity in G(v)")
    parser.add_argument("--field", type=float, default=0.0, help="uniform field H")
    parser.add_argument("--temperature", type=float, default=0.0, help="T, with k_B = 1")
    parser.add_argument("--rsb", type=int, default=0, metavar="K", help="steps of breaking")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run_solve)
    heat_cli.add_commands(subparsers)


def run_solve(arguments: argparse.Namespace) -> int:
    """``glasswell solve``: 0, or 3 when the saddle point was not found to tolerance.

    Raises
    ------
    GlasswellError
        If the model or the request makes no sense.
    """
    parameters = ("gamma", "J0", "J", "k", "a", "field")
    model = Model(**{name: getattr(arguments, name) for name in parameters})
    solution = solve(model, rsb=arguments.rsb, temperature=arguments.temperature)
    print(json.dumps(solution.to_dict(), allow_nan=False) if arguments.json else solution)
    return 0 if solution.converged else NOT_CONVERGED
