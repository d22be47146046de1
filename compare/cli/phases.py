"""The command of the phase diagram: ``glasswell phases``."""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Iterable

import numpy as np
from glasswell.theory.model import SolveError
from glasswell.theory.model.model import Model
from glasswell.theory.numerics.progress import meter
from glasswell.theory.phases.diagram import phase_diagram
from glasswell.theory.plots import canvas
from glasswell.theory.plots.solutions import phase_figure

from .arguments import add_couplings, picture
from .command_line import number, output_name, positive

GAMMAS = (*np.arange(0.5, 1.5, 0.1).round(1).tolist(), *np.arange(1.5, 10.1, 0.5).tolist())
J0S = tuple(np.arange(0.0, 2.05, 0.1).round(1).tolist())
"""Where the lines are followed if nothing is asked for."""


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``phases``."""
    parser = subparsers.add_parser(
        "phases", help="phase boundaries: T_g(γ), and E, G, P, AT and double-well lines at T = 0"
    )
    parser.add_argument("--gamma", type=number, nargs="+", default=GAMMAS, metavar="G")
    parser.add_argument("--J0", type=number, nargs="+", default=J0S, metavar="X")
    add_couplings(parser)
    parser.add_argument(
        "--rsb", type=int, default=0, metavar="K", help="steps of breaking for the lines they move"
    )
    parser.add_argument(
        "--thermal",
        type=positive,
        nargs="+",
        default=[],
        metavar="G",
        help="also follow the AT line in temperature at these γ: seconds for every J0 > J",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "-o", "--output", type=output_name, metavar="FILE.png", help="draw the diagram"
    )
    parser.set_defaults(run=run_phases)


def run_phases(arguments: argparse.Namespace) -> int:
    """``glasswell phases``.

    Raises
    ------
    GlasswellError
        If the model or the request makes no sense, the picture cannot be written, or a solution
        on the way to a line does not converge.
    """
    if arguments.rsb < 0:
        raise SolveError(f"--rsb is a number of steps and cannot be negative, got {arguments.rsb}")
    path = None if arguments.output is None else picture(arguments.output)
    gammas, J0s = sorted(arguments.gamma), sorted(arguments.J0)
    model = Model(gamma=gammas[0], J=arguments.J, k=arguments.k, a=arguments.a)

    thermal = sorted(arguments.thermal)
    points = len(gammas) + (1 + len(thermal)) * len(J0s)
    with meter("phases", "point") as progress:
        followed = itertools.count(1)

        def track(values: Iterable[float]) -> Iterable[float]:
            for value in values:
                yield value
                progress(next(followed), points)

        progress(0, points)
        diagram = phase_diagram(model, gammas, J0s, arguments.rsb, thermal=thermal, track=track)
    print(json.dumps(diagram.to_dict(), allow_nan=False) if arguments.json else diagram)
    if path is not None:
        canvas.save(lambda: phase_figure(diagram), path)
    return 0
