"""``glasswell phases``: the phase diagram, in the plane of γ and J0 or in that of field and J."""

from __future__ import annotations

import argparse
import json

import numpy as np
from glasswell.theory.model import SolveError
from glasswell.theory.phases.diagram import phase_diagram
from glasswell.theory.plots import canvas
from glasswell.theory.plots.solutions import phase_figure

from . import phases_in_field
from .arguments import add_model, model_of_alike_sites
from .command_line import number, positive
from .exit_codes import ExitCode
from .picture import add_picture, picture
from .progress import add_quiet, followed

GAMMAS = (*np.arange(0.5, 1.5, 0.1).round(1).tolist(), *np.arange(1.5, 10.1, 0.5).tolist())
J0S = tuple(np.arange(0.0, 2.05, 0.1).round(1).tolist())
"""Where the lines are followed if nothing is asked for."""

POTENTIAL = ("J", "k", "a")
"""Flags of the model; γ and J0 are the axes."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The axes, the model without them, and the steps of breaking."""
    parser.add_argument("--gamma", type=number, nargs="+", metavar="G")
    parser.add_argument("--J0", type=number, nargs="+", metavar="X")
    phases_in_field.add_arguments(parser)
    add_model(parser, POTENTIAL)
    parser.add_argument(
        "--rsb", type=int, default=0, metavar="K", help="steps of breaking for the lines they move"
    )
    parser.add_argument(
        "--thermal",
        type=positive,
        nargs="+",
        default=[],
        metavar="G",
        help="also follow the AT line in temperature at these γ, with --field at these J: seconds "
        "for every J0 > J or field",
    )
    add_quiet(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_picture(parser)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Follow the lines and print them. γ and J0 of a configuration give way to the axes.

    Raises
    ------
    GlasswellError
        If the model or the request makes no sense, the picture cannot be written, or a solution
        on the way to a line does not converge.
    """
    if arguments.rsb < 0:
        raise SolveError(f"--rsb is a number of steps and cannot be negative, got {arguments.rsb}")
    path = picture(arguments.output)
    if phases_in_field.asked_for(arguments):
        return phases_in_field.run(arguments, path)
    gammas = sorted(arguments.gamma or GAMMAS)
    J0s = sorted(J0S if arguments.J0 is None else arguments.J0)
    model = model_of_alike_sites(arguments, "phase boundaries", gamma=gammas[0])

    thermal = sorted(arguments.thermal)
    points = len(gammas) + (1 + len(thermal)) * len(J0s)
    with followed(points, quiet=arguments.quiet) as track:
        diagram = phase_diagram(model, gammas, J0s, arguments.rsb, thermal=thermal, track=track)
    print(json.dumps(diagram.to_dict(), allow_nan=False) if arguments.json else diagram)
    if path is not None:
        canvas.save(lambda: phase_figure(diagram), path)
    return ExitCode.DONE
