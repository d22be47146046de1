"""``glasswell extend``: more samples, sizes, starts or sweeps in an archive."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from glasswell.sim.archive import writing
from glasswell.sim.archive.layout import Archive
from glasswell.sim.config.simulation import MOST_SAMPLES
from glasswell.sim.errors import SimulationError
from glasswell.theory.model import Described, toml

from .command_line import output_name, whole
from .engine import add_run_options, run_with_progress, stopped
from .exit_codes import ExitCode
from .inspect import print_summary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The archive, and how large it is to become."""
    parser.add_argument("archive", type=output_name, metavar="ARCHIVE.h5")
    parser.add_argument(
        "--samples",
        type=whole(1, MOST_SAMPLES),
        nargs="+",
        metavar="n",
        help="how many there are to be of every size: one number, or one per size",
    )
    parser.add_argument(
        "--sizes", type=whole(2), nargs="+", metavar="N", help="sizes beside those that are there"
    )
    parser.add_argument(
        "--starts", type=whole(1), metavar="n", help="how many there are to be of every sample"
    )
    parser.add_argument(
        "--sweeps", type=whole(1), metavar="n", help="how many there are to be of a tempering"
    )
    add_run_options(parser)
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Add what is asked for, and say what the archive holds; what is there is kept.

    Raises
    ------
    GlasswellError
        If the archive cannot be read, or something cannot be added to it.
    """
    path = Path(arguments.archive)
    found = writing.read(path)
    changes = _changes(found, arguments)
    if isinstance(found.model.potential, Described):
        raise SimulationError(
            f"the archive's potential {found.model.potential} is a class of Python: let it grow "
            "from there, with simulate(model, config, path, resume=True)"
        )
    text = _changed(found.provenance.config_text, changes)
    config = found.config.replace(**changes)
    try:
        run_with_progress(found.model, config, path, text, arguments, resume=True)
    except KeyboardInterrupt as stop:
        return stopped(stop, path, "run the same command again to go on")
    print_summary(path, as_json=arguments.json)
    return ExitCode.DONE


def _changes(found: Archive, arguments: argparse.Namespace) -> dict[str, Any]:
    """What is to be different, by keys of [simulation]."""
    changes: dict[str, Any] = {}
    if arguments.sizes is not None:
        there = found.config.sizes
        changes["sizes"] = (*there, *(N for N in arguments.sizes if N not in there))
    if arguments.samples is not None:
        one = len(arguments.samples) == 1
        changes["samples"] = arguments.samples[0] if one else tuple(arguments.samples)
    for key in ("starts", "sweeps"):
        if getattr(arguments, key) is not None:
            changes[key] = getattr(arguments, key)
    if not changes:
        raise SimulationError(
            "there is nothing to add: give --samples, --sizes, --starts or --sweeps"
        )
    return changes


def _changed(text: str, changes: dict[str, Any]) -> str:
    """The configuration's text with other values, and without its comments."""
    tables = toml.tables(text, "the archive's configuration")
    tables["simulation"] = {**tables.get("simulation", {}), **changes}
    return toml.text_of(tables)
