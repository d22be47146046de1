"""``glasswell inspect``: what an archive holds."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from glasswell.sim.archive import summary

from .command_line import input_name
from .exit_codes import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The archive."""
    parser.add_argument("archive", type=input_name, metavar="ARCHIVE.h5")
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Print the summary.

    Raises
    ------
    ArchiveError
        If the archive cannot be read.
    """
    print_summary(Path(arguments.archive), as_json=arguments.json)
    return ExitCode.DONE


def print_summary(path: Path, *, as_json: bool) -> None:
    """Print what an archive holds, as text or as one JSON object.

    Raises
    ------
    ArchiveError
        If the archive cannot be read.
    """
    content = summary.inspect(path)
    print(json.dumps(content, allow_nan=False) if as_json else summary.as_text(content))
