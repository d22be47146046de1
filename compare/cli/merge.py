"""``glasswell merge``: the parts of a run become one archive."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from glasswell.sim.run import parts

from .command_line import input_name, output_name
from .exit_codes import ExitCode
from .inspect import print_summary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The archive and its parts."""
    parser.add_argument("archive", type=output_name, metavar="ARCHIVE.h5", help="to be written")
    parser.add_argument(
        "parts", type=input_name, metavar="PART.h5", nargs="+", help="made by simulate --shard I/N"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing archive")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Merge, and say what the archive holds.

    Raises
    ------
    GlasswellError
        If the parts do not belong together, one is missing or damaged, or the archive cannot be
        written.
    """
    path = Path(arguments.archive)
    parts.write_merged(path, arguments.parts, overwrite=arguments.overwrite, notice=_notice)
    print_summary(path, as_json=arguments.json)
    return ExitCode.DONE


def _notice(line: str) -> None:
    print(f"glasswell: {line}", file=sys.stderr)
