"""``glasswell crosscheck``: the main job, from a configuration to the report."""

from __future__ import annotations

import argparse
from importlib.resources import as_file, files
from pathlib import Path

from glasswell.sim.config import load
from glasswell.theory.model import ConfigError

from .. import config as compare_config
from ..measured import local_potentials
from ..page import folder as report_folder
from ..statistics.bootstrap import check_samples
from .command_line import input_name, output_name
from .compare import write_report
from .engine import add_run_options, check_run, run_with_progress, stopped
from .exit_codes import ExitCode

ARCHIVE_NAME = "samples.h5"

EXAMPLES = {"glass": "crosscheck.toml", "khgps": "khgps.toml"}
"""Bundled configurations by name, the first one by default."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The configuration, the folder, and how to run."""
    parser.add_argument(
        "config",
        type=input_name,
        metavar="CONFIG.toml",
        nargs="?",
        help="a bundled example by default",
    )
    parser.add_argument(
        "--example",
        choices=EXAMPLES,
        help="the bundled one: the glass at γ = 10, by default, or random stiffness in a field",
    )
    parser.add_argument("-o", "--output", type=output_name, metavar="DIR", default="crosscheck")
    add_run_options(parser)
    parser.add_argument("--json", action="store_true", help="print the comparison as JSON")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Do it all. Interrupted, the same command goes on where it stopped.

    Raises
    ------
    GlasswellError
        Whatever is wrong with the configuration, the folder or the device.
    """
    if arguments.config is not None and arguments.example is not None:
        raise ConfigError(
            f"--example {arguments.example} beside {arguments.config}: give one of them"
        )
    name = EXAMPLES[arguments.example or "glass"]
    with as_file(files(__package__) / name) as bundled:
        path = Path(arguments.config or bundled)
        model, config, text, table = load(path)
    settings = compare_config.parse(table)
    for N in config.sizes:
        check_samples(config.samples_of(N))
    if settings.local_samples:
        local_potentials.check(model)
    folder = Path(arguments.output)
    path = folder / ARCHIVE_NAME
    if not path.exists():
        check_run(model, config, arguments)
    report_folder.check(folder)
    try:
        samples = run_with_progress(model, config, path, text, arguments, resume=True)
    except KeyboardInterrupt as stop:
        return stopped(stop, path, "run the same command again to go on")
    return write_report(samples, settings, folder, arguments)
