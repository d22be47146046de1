"""How the command line is read: numbers in any notation, ranges, file names, one-line refusals."""

from __future__ import annotations

import argparse
import math
import os
import re
from collections.abc import Callable
from typing import Any, NoReturn

from glasswell.theory.model.errors import one_line

BAD_INPUT = 2
"""The exit code of a command that was not understood."""

NEGATIVE = re.compile(
    r"-(?:(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[+-]?\d+)?|inf(?:inity)?|nan)$", re.IGNORECASE
)
"""What is a negative number and no option; argparse itself knows -1 and -1.5, not -1e6."""

MOST = 10**9
"""Of anything that is counted."""

LONGEST_NAME = 255
"""Bytes of a file's name, on all file systems in use."""

SUFFIXES = 40
"""Bytes that an output's name leaves for what stands beside it while it is written."""

LONGEST_PATH = 4000
"""Bytes of all folders and the name together."""


class Parser(argparse.ArgumentParser):
    """A parser that refuses in one line and reads -1e6 as a number."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._negative_number_matcher = NEGATIVE

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{one_line(f'{self.prog}: {message}')}; see {self.prog} --help\n")


def number(text: str) -> float:
    """A finite number.

    Raises
    ------
    ArgumentTypeError
        If it is none; so do all others here.
    """
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"invalid float value: {text!r}") from None
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"must be finite, got {text}")
    return value


def positive(text: str) -> float:
    """A finite number above zero."""
    value = number(text)
    if value <= 0.0:
        raise argparse.ArgumentTypeError(f"must be positive, got {text}")
    return value


def whole(least: int, most: int = MOST) -> Callable[[str], int]:
    """The type of integers from ``least`` to ``most``."""

    def integer(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"invalid int value: {text!r}") from None
        if not least <= value <= most:
            what = f"from {least} to {most}" if value > most else f"of at least {least}"
            raise argparse.ArgumentTypeError(f"must be an integer {what}, got {text}")
        return value

    return integer


def file_name(spare: int) -> Callable[[str], str]:
    """The type of names that a file can have, with ``spare`` bytes to spare for a suffix."""

    def name(text: str) -> str:
        try:
            encoded = os.fsencode(text)
        except UnicodeEncodeError:
            raise argparse.ArgumentTypeError(f"no file can have the name {text!r}") from None
        if not text or b"\0" in encoded:
            raise argparse.ArgumentTypeError(f"no file can have the name {text!r}")
        longest = max(len(part) for part in encoded.split(os.fsencode(os.sep)))
        if longest > LONGEST_NAME - spare or len(encoded) > LONGEST_PATH:
            raise argparse.ArgumentTypeError(
                f"the name is too long: {LONGEST_NAME - spare} bytes at most, and "
                f"{LONGEST_PATH} with its folders, got {text}"
            )
        return text

    return name


input_name, output_name = file_name(0), file_name(SUFFIXES)
