"""``glasswell inspect``: what an archive holds, and whether it is whole."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from glasswell.sim.archive import summary
from glasswell.sim.archive.verifying import AGAIN, verify

from ..errors import CompareError
from .command_line import input_name
from .exit_codes import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The archive."""
    parser.add_argument("archive", type=input_name, metavar="ARCHIVE.h5")
    parser.add_argument(
        "--verify",
        action="store_true",
        help="read and check all of it, and tell every fault; exit code 1 if there is one",
    )
    parser.add_argument(
        "--again",
        type=_count,
        metavar="n",
        help="samples of each size whose energies and gradients --verify holds against their "
        f'couplings; "all" of them, or {AGAIN} by default',
    )
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def _count(text: str) -> int | str:
    if text == "all":
        return text
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f'a number of samples or "all" is needed, got {text}')
    return int(text)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Print the summary, or what is wrong.

    Raises
    ------
    ArchiveError
        If the archive cannot be read; with --verify, if there is none.
    """
    if arguments.verify:
        return _verify(arguments)
    if arguments.again is not None:
        raise CompareError("--again is what --verify makes again: give both, or neither")
    print_summary(Path(arguments.archive), as_json=arguments.json)
    return ExitCode.DONE


def _verify(arguments: argparse.Namespace) -> ExitCode:
    again = AGAIN if arguments.again is None else arguments.again
    found = verify(arguments.archive, again=None if again == "all" else again)
    if arguments.json:
        print(json.dumps({"path": str(arguments.archive), **asdict(found)}, allow_nan=False))
    else:
        for fault in found.faults:
            print(f"{arguments.archive}: {fault.text}")
        for note in found.notes:
            print(f"note: {note}")
        faults = len(found.faults)
        print(
            f"{found.samples} samples read, {found.again} made again: "
            f"{f'{faults} fault' + 's' * (faults > 1) if faults else 'no fault'}"
        )
    return ExitCode.FAILED if found.faults else ExitCode.DONE


def print_summary(path: Path, *, as_json: bool) -> None:
    """Print what an archive holds, as text or as one JSON object.

    Raises
    ------
    ArchiveError
        If the archive cannot be read.
    """
    content = summary.inspect(path)
    print(json.dumps(content, allow_nan=False) if as_json else summary.as_text(content))
