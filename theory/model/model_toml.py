"""The [model] table of a configuration: its one parser and its one writer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from . import toml
from .errors import ConfigError
from .model import Model
from .potential_description import Described, describe
from .randomness import Random, parameter_names

KEYS = tuple(field.name for field in fields(Model))


def parse_model(table: Mapping[str, Any]) -> Model:
    """The model of a [model] table; only gamma is required.

    gamma, k and a may be tables that name a distribution of scipy.stats, its shape parameters,
    loc and scale: {distribution = "lognorm", s = 0.2, scale = 10}. "uniform" also takes low and
    high.

    >>> parse_model({"gamma": 4.0, "coefficients": [0.5, -0.1, 0.01]}).G.degree
    6
    >>> parse_model({"gamma": {"distribution": "uniform", "low": 8, "high": 12}}).gamma
    uniform(loc=8, scale=4)

    Raises
    ------
    ConfigError
        If a key is unknown, gamma is missing or coefficients are not a list of numbers.
    ModelError
        If the values do not define a model.
    """
    toml.refuse_unknown("key in [model]", table, KEYS)
    if "gamma" not in table:
        raise ConfigError("[model] needs gamma, for example gamma = 10.0")
    values = dict(table)
    if "coefficients" in values:
        values["coefficients"] = toml.numbers("coefficients", values["coefficients"])
    if "potential" in values:
        values["potential"] = Described.from_table(values["potential"])
    for name, value in values.items():
        if isinstance(value, Mapping):
            values[name] = _distribution(name, value)
    return Model(**values)


def model_table(model: Model) -> dict[str, Any]:
    """What ``parse_model`` reads back as the same model, as plain values.

    What was not given is None, for which TOML has no word: leave it out to write it. A potential
    that is no polynomial is an object of Python: there is a description in its place.

    >>> model_table(Model(gamma=10.0))["gamma"]
    10.0
    """
    values = {name: getattr(model, name) for name in KEYS}
    potential = values.pop("potential")
    if potential is not None:
        values["potential"] = describe(potential).to_table()
    for name, value in values.items():
        if isinstance(value, Random):
            values[name] = {"distribution": value.distribution, **dict(value.parameters)}
    return values


def model_of(tables: Mapping[str, Any], where: str) -> Model:
    """The model among the tables of a configuration; ``where`` it stands is for the refusal.

    Raises
    ------
    ConfigError
        If there is no [model], or as ``parse_model``.
    ModelError
        If the values do not define a model.
    """
    if "model" not in tables:
        raise ConfigError(f"{where} has no [model] table: it needs one with gamma in it")
    if "potential" in tables["model"]:
        raise ConfigError(
            "a potential is an object of Python: give it to Model(potential=…) there and call "
            "simulate, or write coefficients in [model]"
        )
    return parse_model(tables["model"])


def load_model(path: str | Path) -> Model:
    """The model of a configuration file, whose other tables are left alone.

    Raises
    ------
    ConfigError
        If the file cannot be read, is not TOML, or holds an unknown table or key.
    ModelError
        If the values do not define a model.
    """
    return model_of(toml.tables(toml.read(path), str(path)), str(path))


def _distribution(name: str, table: Mapping[str, Any]) -> Random:
    """A distribution from its table.

    Raises
    ------
    ConfigError
        If the table names none, or a parameter is unknown or not a number.
    ModelError
        If scipy.stats has no such distribution, or its parameters are out of range.
    """
    values = dict(table)
    distribution = values.pop("distribution", None)
    if distribution is None:
        raise ConfigError(
            f"{name} is a table without a distribution: write for example {name} = "
            '{distribution = "uniform", low = 8, high = 12}'
        )
    known = parameter_names(distribution)
    bounds = ("low", "high") if distribution == "uniform" else ()
    toml.refuse_unknown(f"parameter of {distribution}", values, (*known, *bounds))
    given = toml.numbers(f"parameters of {name}", [*values.values()])
    numbers = dict(zip(values, given, strict=True))
    if {"low", "high"} & set(numbers):
        if set(numbers) != {"low", "high"}:
            raise ConfigError(
                f"{name}: a uniform distribution takes low and high, or loc and scale"
            )
        numbers = {"loc": numbers["low"], "scale": numbers["high"] - numbers["low"]}
    return Random(distribution, tuple(numbers.items()))
