"""The commands of N → ∞: ``glasswell solve``, ``glasswell phases`` and those of ``heat_cli``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from tqdm import tqdm

from . import heat_cli
from .diagram import PhaseDiagram, phase_diagram
from .errors import SolveError
from .model import Model
from .plots import plot_glass_temperature, plot_ground_phases
from .solve import solve

NOT_CONVERGED = 3

GAMMAS = (*np.arange(0.5, 1.5, 0.1).round(1).tolist(), *np.arange(1.5, 10.1, 0.5).tolist())
J0S = tuple(np.arange(0.0, 2.05, 0.1).round(1).tolist())
"""Where ``phases`` follows the lines if it is not told."""


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this package's commands; each sets ``run``, a function of the arguments to exit code."""
    _add_solve(subparsers)
    _add_phases(subparsers)
    heat_cli.add_commands(subparsers)


def _add_solve(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "solve", help="solve the mean-field theory: RS (--rsb 0), 1RSB (--rsb 1), … --rsb full"
    )
    parser.add_argument("--gamma", type=float, required=True, help="γ > 0")
    parser.add_argument("--J0", type=float, default=0.0, help="ferromagnetic bias")
    _add_couplings(parser)
    parser.add_argument("--field", type=float, default=0.0, help="uniform field H")
    parser.add_argument("--temperature", type=float, default=0.0, help="T, with k_B = 1")
    parser.add_argument(
        "--rsb", type=steps, default=0, metavar="K", help='steps of breaking, or "full" for K → ∞'
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run_solve)


def _add_phases(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "phases", help="phase boundaries: T_g(γ), and E, G, P, AT and double-well lines at T = 0"
    )
    parser.add_argument("--gamma", type=float, nargs="+", default=GAMMAS, metavar="G")
    parser.add_argument("--J0", type=float, nargs="+", default=J0S, metavar="X")
    _add_couplings(parser)
    parser.add_argument(
        "--rsb", type=int, default=0, metavar="K", help="steps of breaking for the lines they move"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("-o", "--output", metavar="FILE.png", help="draw the diagram")
    parser.set_defaults(run=run_phases)


def _add_couplings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--J", type=float, default=1.0, help="strength of the disorder")
    parser.add_argument("--k", type=float, default=1.0, help="stiffness in G(v) = k v²/2 + a v⁴/4!")
    parser.add_argument("--a", type=float, default=1.0, help="anharmonicity in G(v)")


def run_solve(arguments: argparse.Namespace) -> int:
    """``glasswell solve``: 0, or 3 when the saddle point was not found to tolerance.

    Raises
    ------
    GlasswellError
        If the model or the request makes no sense.
    """
    parameters = ("gamma", "J0", "J", "k", "a", "field")
    model = Model(**{name: getattr(arguments, name) for name in parameters})
    solution = solve(model, arguments.rsb, arguments.temperature)
    print(json.dumps(solution.to_dict(), allow_nan=False) if arguments.json else solution)
    return 0 if solution.converged else NOT_CONVERGED


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
    picture = None if arguments.output is None else _checked_picture(arguments.output)
    gammas, J0s = sorted(arguments.gamma), sorted(arguments.J0)
    model = Model(gamma=gammas[0], J=arguments.J, k=arguments.k, a=arguments.a)

    def track(values: Iterable[float]) -> Iterable[float]:
        yield from tqdm(values, desc="phases", unit="point", leave=False, disable=None)

    diagram = phase_diagram(model, gammas, J0s, arguments.rsb, track=track)
    if picture is not None:
        draw(diagram).savefig(picture, dpi=150)
    print(json.dumps(diagram.to_dict(), allow_nan=False) if arguments.json else diagram)
    return 0


def draw(diagram: PhaseDiagram) -> Figure:
    """T_g(γ) and the phases at T = 0, side by side, drawn without any window system."""
    figure = Figure(figsize=(9.6, 4.4), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    plot_glass_temperature(diagram, left)
    plot_ground_phases(diagram, right)
    return figure


def steps(text: str) -> int | Literal["full"]:
    """A number of breaking steps, or their limit."""
    return "full" if text == "full" else int(text)


steps.__name__ = "number of steps"  # what argparse calls it when it is not one


def _checked_picture(name: str) -> Path:
    path = Path(name)
    known = FigureCanvasAgg.get_supported_filetypes()
    if path.suffix.lstrip(".") not in known:
        raise SolveError(f"cannot draw {name}: its name must end in one of {', '.join(known)}")
    if not path.parent.is_dir():
        raise SolveError(f"cannot draw {name}: there is no folder {path.parent}")
    return path
