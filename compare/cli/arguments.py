"""What the theory's commands share: the model, by flags or in a file, and steps of breaking."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from glasswell.theory.ansatz.rsb_steps import MOST_STEPS, Steps
from glasswell.theory.model import ConfigError, Model, load_model

from .command_line import input_name

FLAGS = {
    "gamma": "γ > 0",
    "J0": "ferromagnetic bias; 0 by default",
    "J": "strength of the disorder; 1 by default",
    "k": "stiffness in G(v) = k v²/2 + a v⁴/4!; 1 by default",
    "a": "anharmonicity in G(v); 1 by default",
    "field": "uniform field H; 0 by default",
}
"""A model's parameters that can be given on the command line."""


def add_model(parser: argparse.ArgumentParser, flags: Iterable[str] = FLAGS) -> None:
    """A configuration, or the parameters of a model."""
    parser.add_argument(
        "config",
        type=input_name,
        metavar="CONFIG.toml",
        nargs="?",
        help="its [model], with distributions or coefficients, in place of the flags",
    )
    for name in flags:
        parser.add_argument(f"--{name}", type=float, help=FLAGS[name])
    parser.set_defaults(model_flags=tuple(flags))


def add_units(parser: argparse.ArgumentParser) -> None:
    """ħ and the mass."""
    parser.add_argument("--hbar", type=float, default=1.0, help="ħ")
    parser.add_argument("--mass", type=float, default=1.0, help="m0")


def model_of(arguments: argparse.Namespace, **others: float) -> Model:
    """The model that ``add_model`` asked for; ``others`` are parameters without a flag.

    Raises
    ------
    ConfigError
        If there is neither a file nor γ, or both a file and flags, or as ``load_model``.
    ModelError
        If it is not defined.
    """
    flags = {name: getattr(arguments, name) for name in arguments.model_flags}
    given = {name: value for name, value in flags.items() if value is not None}
    if arguments.config is not None:
        if given:
            names = " ".join(f"--{name}" for name in given)
            raise ConfigError(
                f"{names} beside {arguments.config}: give the model by the file or by flags, "
                "not both"
            )
        return load_model(arguments.config)
    values = given | others
    if "gamma" not in values:
        raise ConfigError("there is no model: give --gamma 10, or a CONFIG.toml with [model]")
    return Model(**values)


def model_of_alike_sites(arguments: argparse.Namespace, what: str, **others: float) -> Model:
    """The same where sites must not differ, for ``what`` is to be done.

    Raises
    ------
    ConfigError
        If they differ, or as ``model_of``.
    ModelError
        If the model is not defined.
    """
    model = model_of(arguments, **others)
    if model.random:
        names = " and ".join(model.random)
        raise ConfigError(
            f"{what} need sites that are alike, and {arguments.config} draws {names} site by site: "
            f"give {names} as a number"
        )
    return model


def steps(text: str) -> Steps:
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
