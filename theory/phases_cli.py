"""The command of the phase diagram: ``glasswell phases``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from tqdm import tqdm

from .arguments import add_couplings, picture
from .command_line import number, output_name, positive
from .diagram import PhaseDiagram, phase_diagram
from .errors import SolveError
from .model import Model
from .plots import plot_AT_temperatures, plot_glass_temperature, plot_ground_phases

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

    def track(values: Iterable[float]) -> Iterable[float]:
        yield from tqdm(values, desc="phases", unit="point", leave=False, disable=None)

    diagram = phase_diagram(
        model, gammas, J0s, arguments.rsb, thermal=sorted(arguments.thermal), track=track
    )
    if path is not None:
        draw(diagram).savefig(path, dpi=150)
    print(json.dumps(diagram.to_dict(), allow_nan=False) if arguments.json else diagram)
    return 0


def draw(diagram: PhaseDiagram) -> Figure:
    """T_g(γ), the phases at T = 0 and, where there are any, AT lines in T, side by side."""
    panels = 3 if diagram.T_AT else 2
    figure = Figure(figsize=(4.8 * panels, 4.4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, panels)
    plot_glass_temperature(diagram, axes[0])
    plot_ground_phases(diagram, axes[1])
    if diagram.T_AT:
        plot_AT_temperatures(diagram, axes[2])
    return figure
