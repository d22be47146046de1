"""``glasswell phases --field``: where replica symmetry breaks at T = 0, in the plane of H and J."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from glasswell.theory.model import ConfigError, Model, parse_model
from glasswell.theory.model.randomness import parameter_names
from glasswell.theory.phases.field_diagram import field_diagram
from glasswell.theory.plots import canvas
from glasswell.theory.plots.breaking import field_figure

from .arguments import model_of
from .command_line import number
from .exit_codes import ExitCode
from .progress import followed

FIELDS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0)
"""Where the line is followed if nothing is asked for."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The fields, and a distribution of the stiffness."""
    parser.add_argument(
        "--field",
        type=number,
        nargs="*",
        metavar="H",
        help="follow J_c(H) at J0 = 0 instead, at one γ, and say whether soft modes or double "
        "wells break replica symmetry there; seconds for every field",
    )
    parser.add_argument(
        "--stiffness",
        nargs="+",
        metavar="X",
        help="with --field: draw k for every site, from 'uniform LOW HIGH' or another "
        "distribution of scipy.stats and its parameters in their order",
    )


def asked_for(arguments: argparse.Namespace) -> bool:
    """Whether the plane of field and J is meant."""
    return arguments.field is not None or arguments.stiffness is not None


def run(arguments: argparse.Namespace, path: Path | None) -> ExitCode:
    """Follow the line and print it. J and field of a configuration give way to the axes.

    Raises
    ------
    GlasswellError
        If the model or the request makes no sense, or a solution on the way does not converge.
    """
    model = _model(arguments)
    fields = sorted({abs(H) for H in arguments.field or FIELDS})
    thermal = sorted(arguments.thermal)
    with followed(len(fields) * (1 + len(thermal)), quiet=arguments.quiet) as track:
        diagram = field_diagram(model, fields, thermal=thermal, track=track)
    print(json.dumps(diagram.to_dict(), allow_nan=False) if arguments.json else diagram)
    if path is not None:
        canvas.save(lambda: field_figure(diagram), path)
    return ExitCode.DONE


def _model(arguments: argparse.Namespace) -> Model:
    """The model of the file or the flags.

    Raises
    ------
    ConfigError
        If a flag has no meaning here, or there is more than one model.
    """
    for name, why in (
        ("J0", "the line J_c(H) is that of J0 = 0"),
        ("J", "J is followed along the line"),
        ("rsb", "it is replica symmetry that breaks"),
    ):
        if getattr(arguments, name):
            raise ConfigError(f"--{name} beside --field: {why}; leave it out")
    if arguments.config is not None:
        for name in ("gamma", "stiffness"):
            if getattr(arguments, name):
                raise ConfigError(
                    f"--{name} beside {arguments.config}: give the model by the file or by flags, "
                    "not both"
                )
        return model_of(arguments)
    gammas = arguments.gamma or [1.0]
    if len(gammas) > 1:
        raise ConfigError("the line J_c(H) is followed at one γ: give one number after --gamma")
    if arguments.stiffness is None:
        return model_of(arguments, gamma=gammas[0])
    if arguments.k is not None:
        raise ConfigError("--k beside --stiffness: both are the stiffness, give one of them")
    table = {"gamma": gammas[0], "k": _distribution(arguments.stiffness)}
    return parse_model(table if arguments.a is None else table | {"a": arguments.a})


def _distribution(words: list[str]) -> dict[str, Any]:
    """The table of a distribution, as a configuration has it."""
    name, *parameters = " ".join(words).split()
    names = ("low", "high") if name == "uniform" else parameter_names(name)
    if len(parameters) > len(names) or (name == "uniform" and len(parameters) != len(names)):
        raise ConfigError(
            f"--stiffness {name} takes {', '.join(names)}, got {len(parameters)} numbers"
        )
    try:
        values = [float(word) for word in parameters]
    except ValueError:
        raise ConfigError(
            f"--stiffness takes a distribution and numbers, for example uniform 0.5 1, got "
            f"{' '.join(words)!r}"
        ) from None
    return {"distribution": name, **dict(zip(names, values, strict=False))}
