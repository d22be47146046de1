"""TOML: a configuration's text read within bounds, its tables and keys checked, and written."""

from __future__ import annotations

import difflib
import os
import stat
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tomli_w

from .errors import ConfigError, GlasswellError

TABLES = ("model", "simulation", "theory", "compare")

LONGEST_TEXT = 2**20
"""Characters of a configuration."""


def read(path: str | Path) -> str:
    """The text of a file that is short enough to be a configuration, and no device.

    Raises
    ------
    ConfigError
        If it is not there, no text, too long, or a device.
    """
    try:
        mode = os.stat(path).st_mode
        device = stat.S_ISCHR(mode) or stat.S_ISBLK(mode)
        with open(os.devnull if device else path, encoding="utf-8") as file:
            text = file.read(LONGEST_TEXT + 1)
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read the configuration {path}: {error}") from error
    if device:
        raise ConfigError(f"cannot read the configuration {path}: it is a device, not a file")
    if len(text) > LONGEST_TEXT:
        raise ConfigError(
            f"{path} is longer than {LONGEST_TEXT} characters: it is no configuration"
        )
    return text


def tables(text: str, where: str) -> dict[str, Any]:
    """The tables of a configuration's text; ``where`` it stands is for the refusal.

    Raises
    ------
    ConfigError
        If it is not TOML, holds an unknown table, or something that is no table.
    """
    try:
        table = tomllib.loads(text)
    except RecursionError as error:
        raise ConfigError(f"{where} nests too deeply for a configuration") from error
    except ValueError as error:  # of TOML, and of int() for numbers of thousands of digits
        raise ConfigError(f"{where} is not valid TOML: {error}") from error
    refuse_unknown("table", table, TABLES)
    for name, value in table.items():
        if not isinstance(value, dict):
            raise ConfigError(f"{name!r} must be a table: write [{name}] on a line of its own")
    return table


def refuse_unknown(where: str, keys: Iterable[str], known: Iterable[str]) -> None:
    """Refuse keys that are not known, naming the nearest that is.

    Raises
    ------
    ConfigError
        Naming the first unknown key.
    """
    known = tuple(known)
    for key in keys:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.4)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
            raise ConfigError(f"unknown {where} {key!r}: {hint}")


def numbers(
    name: str, values: object, error: type[GlasswellError] = ConfigError
) -> tuple[float, ...]:
    """A list of finite numbers, none of which is true or false.

    Raises
    ------
    ConfigError
        If it is something else; another ``error`` where its owner has one.
    """
    if not isinstance(values, (list, tuple)):
        raise error(f"{name} must be a list of numbers, got {values!r}")
    for value in values:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise error(f"{name} must be a list of numbers, got {value!r} in it")
        # An integer may lie beyond what a float can hold.
        if not abs(value) <= sys.float_info.max:
            raise error(f"{name} must be finite numbers, got {value} in it")
    return tuple(float(value) for value in values)


def text_of(content: Mapping[str, Mapping[str, Any]]) -> str:
    """Tables of plain values as text, without what is None, for which TOML has no word."""
    given = {
        name: {key: value for key, value in table.items() if value is not None}
        for name, table in content.items()
    }
    return tomli_w.dumps(given)
