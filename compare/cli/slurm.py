"""``glasswell slurm``: a script that runs a configuration in parts on a cluster."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from glasswell.sim.backend import durable
from glasswell.sim.config import load
from glasswell.sim.config.part import Part

from .. import config as compare_config
from .batch_script import Request, script
from .command_line import input_name, output_name, whole
from .exit_codes import ExitCode

MOST_TASKS = 10_000
"""An array of jobs is rarely allowed to be larger."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The configuration, the archive, and what to ask the queue for."""
    parser.add_argument(
        "config", type=input_name, metavar="CONFIG.toml", help="[model] and [simulation]"
    )
    parser.add_argument("-o", "--output", type=output_name, metavar="ARCHIVE.h5", required=True)
    parser.add_argument(
        "--tasks", type=whole(1, MOST_TASKS), metavar="N", required=True, help="parts"
    )
    parser.add_argument("--time", default="4:00:00", help="limit of a task; %(default)s by default")
    parser.add_argument("--partition", metavar="NAME")
    parser.add_argument("--account", metavar="NAME")
    parser.add_argument(
        "--gpus-per-task", type=whole(0, 64), default=0, metavar="n", help="none by default"
    )
    parser.add_argument(
        "--cpus-per-task", type=whole(1, 1024), default=1, metavar="n", help="1 by default"
    )
    parser.add_argument("--memory", metavar="SIZE", help="of a task, such as 4G")
    parser.add_argument(
        "--from",
        dest="start",
        type=input_name,
        metavar="OLD.h5",
        help="make only what this archive lacks",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing archive")
    parser.add_argument(
        "--script", type=output_name, metavar="FILE", help="write it there, not to stdout"
    )


def run(arguments: argparse.Namespace) -> ExitCode:
    """Print the script, or write it.

    Raises
    ------
    GlasswellError
        If the configuration or an option makes no sense, or a file stands there already.
    """
    _, config, _, table = load(arguments.config)
    compare_config.parse(table)
    request = Request(
        arguments.tasks,
        arguments.time,
        arguments.partition,
        arguments.account,
        arguments.gpus_per_task,
        arguments.cpus_per_task,
        arguments.memory,
    )
    archive = Path(arguments.output).absolute()
    start = None if arguments.start is None else Path(arguments.start).absolute()
    durable.refuse_what_stands(archive, overwrite=arguments.overwrite)
    text = script(
        Path(arguments.config).absolute(),
        archive,
        request,
        file=arguments.script or "THIS_FILE",
        start=start,
        overwrite=arguments.overwrite,
    )
    last = Part(request.tasks, request.tasks)
    if not any(len(last.samples(config, N)) for N in config.sizes):
        print("glasswell: some parts will have no samples: fewer --tasks do", file=sys.stderr)
    if arguments.script is None:
        print(text, end="")
        return ExitCode.DONE
    with durable.written(arguments.script, overwrite=arguments.overwrite) as file:
        file.write(text.encode("utf-8", "surrogateescape"))
    return ExitCode.DONE
