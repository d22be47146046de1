"""``glasswell simulate``: the lowest minima of many samples, in an archive."""

from __future__ import annotations

import argparse
from pathlib import Path

from glasswell.sim.config import load
from glasswell.sim.config.part import WHOLE, Part
from glasswell.sim.errors import SimulationError

from .. import config as compare_config
from .command_line import input_name, output_name
from .engine import add_run_options, run_with_progress, stopped
from .exit_codes import ExitCode
from .inspect import print_summary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The configuration, the archive, and how to run."""
    parser.add_argument(
        "config", type=input_name, metavar="CONFIG.toml", help="[model] and [simulation]"
    )
    parser.add_argument("-o", "--output", type=output_name, metavar="ARCHIVE.h5", required=True)
    add_run_options(parser)
    parser.add_argument(
        "--shard",
        type=_part,
        default=WHOLE,
        metavar="I/N",
        help="make part I of N, to be joined with the others by glasswell merge",
    )
    parser.add_argument(
        "--from",
        dest="start",
        type=input_name,
        metavar="OLD.h5",
        help="make only what this archive lacks, and leave it as it is",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="continue an interrupted run, or add what the archive lacks",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing archive")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Simulate, and say what the archive holds; a signal keeps what is finished.

    Raises
    ------
    GlasswellError
        Whatever is wrong with the configuration, the archive or the device.
    """
    model, config, text, table = load(arguments.config)
    compare_config.parse(table)
    path = Path(arguments.output)
    try:
        run_with_progress(
            model,
            config,
            path,
            text,
            arguments,
            resume=arguments.resume,
            overwrite=arguments.overwrite,
            part=arguments.shard,
            start=arguments.start,
        )
    except KeyboardInterrupt as stop:
        return stopped(stop, path, "go on with --resume")
    print_summary(path, as_json=arguments.json)
    return ExitCode.DONE


def _part(text: str) -> Part:
    try:
        return Part.parse(text)
    except SimulationError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
