"""What the theory's commands share: the model on the command line, steps of breaking, a picture."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Literal

from glasswell.theory.ansatz.steps import MOST_STEPS
from glasswell.theory.model import SolveError
from glasswell.theory.model.model import Model
from glasswell.theory.plots import canvas

NOT_CONVERGED = 3
"""The exit code of a command whose saddle point was not found."""

PARAMETERS = ("gamma", "J0", "J", "k", "a", "field")


def add_model(parser: argparse.ArgumentParser) -> None:
    """All parameters of a model."""
    parser.add_argument("--gamma", type=float, required=True, help="γ > 0")
    parser.add_argument("--J0", type=float, default=0.0, help="ferromagnetic bias")
    add_couplings(parser)
    parser.add_argument("--field", type=float, default=0.0, help="uniform field H")


def add_couplings(parser: argparse.ArgumentParser) -> None:
    """J and the quartic G(v)."""
    parser.add_argument("--J", type=float, default=1.0, help="strength of the disorder")
    parser.add_argument("--k", type=float, default=1.0, help="stiffness in G(v) = k v²/2 + a v⁴/4!")
    parser.add_argument("--a", type=float, default=1.0, help="anharmonicity in G(v)")


def model_of(arguments: argparse.Namespace) -> Model:
    """The model that ``add_model`` asked for.

    Raises
    ------
    ModelError
        If it is not defined.
    """
    return Model(**{name: getattr(arguments, name) for name in PARAMETERS})


def steps(text: str) -> int | Literal["full"]:
    """A number of breaking steps, or their limit.

    Raises
    ------
    ArgumentTypeError
        If there are more than anyone can wait for.
    """
    if text == "full":
        return "full"
    number = int(text)
    if number > MOST_STEPS:
        raise argparse.ArgumentTypeError(
            f'{number} steps would take hours: ask for {MOST_STEPS} at most, or "full"'
        )
    return number


steps.__name__ = "number of steps"  # what argparse calls it when it is not one


def picture(name: str) -> Path:
    """Where a picture may be written, looked at before any work is done.

    Raises
    ------
    SolveError
        If its format is not known or its folder not there.
    """
    path = Path(name)
    known = canvas.formats()
    if path.suffix.lstrip(".") not in known:
        raise SolveError(f"cannot draw {name}: its name must end in one of {', '.join(known)}")
    if not path.parent.is_dir():
        raise SolveError(f"cannot draw {name}: there is no folder {path.parent}")
    return path
