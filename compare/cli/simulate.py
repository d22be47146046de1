"""The commands of finite N: ``glasswell simulate`` and ``glasswell inspect``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from glasswell.sim.archive import summary
from glasswell.sim.archive.layout import Archive
from glasswell.sim.backend import devices, interrupts
from glasswell.sim.config import SimulationConfig, load
from glasswell.sim.run import executors, shards
from glasswell.sim.run.ensemble import check_memory, simulate
from glasswell.sim.run.provenance import describe
from glasswell.theory.model import Model
from glasswell.theory.numerics.progress import meter

from .command_line import input_name, output_name

Check = Callable[[Mapping[str, Any]], object]
"""Refuses what a configuration's tables must not hold."""


def _unchecked(_tables: Mapping[str, Any]) -> None:
    """Tables of others are theirs to check."""


def add_commands(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser], check: Check = _unchecked
) -> None:
    """Add this package's commands; each sets ``run``, a function of the arguments to exit code.

    ``check`` refuses tables of a configuration that are not for this package to read.
    """
    _add_simulate(subparsers, check)
    _add_inspect(subparsers)


def _add_simulate(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser], check: Check
) -> None:
    parser = subparsers.add_parser(
        "simulate", help="find the lowest minima of many samples and store them in an archive"
    )
    parser.add_argument(
        "config", type=input_name, metavar="CONFIG.toml", help="[model] and [simulation]"
    )
    parser.add_argument("-o", "--output", type=output_name, metavar="ARCHIVE.h5", required=True)
    add_run_options(parser)
    parser.add_argument("--resume", action="store_true", help="continue an interrupted run")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing archive")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    parser.set_defaults(run=run_simulate, check=check)


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where and how samples are simulated."""
    parser.add_argument("--device", choices=devices.NAMES, default="cpu")
    add_engine_options(parser)


def add_engine_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how samples are spread over processes."""
    parser.add_argument(
        "--engine", choices=executors.NAMES, help="process on the cpu, inline on cuda by default"
    )
    parser.add_argument("--workers", type=int, metavar="n", help="processes; all cores by default")


def engine_of(arguments: argparse.Namespace) -> str:
    """The engine that was asked for, or the one that suits the device."""
    return str(arguments.engine or ("process" if arguments.device == "cpu" else "inline"))


def check_engine(arguments: argparse.Namespace) -> None:
    """Refuse options of ``add_engine_options`` that make no sense, used later or not.

    Raises
    ------
    SimulationError
        If workers < 1.
    """
    executors.check(engine_of(arguments), arguments.workers)


def check_run(model: Model, config: SimulationConfig, arguments: argparse.Namespace) -> None:
    """Refuse what ``simulate`` will refuse, before a folder is made for it.

    Raises
    ------
    GlasswellError
        If an option, the device, or the model makes no sense, or memory is short.
    """
    check_engine(arguments)
    config.sampler.check(model, config.sizes)
    describe(model, config, device=arguments.device)
    check_memory(
        config,
        engine=engine_of(arguments),
        workers=arguments.workers,
        device=arguments.device,
    )


def _add_inspect(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("inspect", help="say what an archive holds")
    parser.add_argument("archive", type=input_name, metavar="ARCHIVE.h5")
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.set_defaults(run=run_inspect)


def run_simulate(arguments: argparse.Namespace) -> int:
    """``glasswell simulate``: 0, or 128 + signal after Ctrl-C (130) or SIGTERM (143).

    Raises
    ------
    GlasswellError
        Whatever is wrong with the configuration, the archive or the device.
    """
    model, config, text, table = load(arguments.config)
    arguments.check(table)
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
        )
    except KeyboardInterrupt as stop:
        return stopped(stop, path, "go on with --resume")
    _print(arguments)
    return 0


def stopped(stop: KeyboardInterrupt, path: Path, way: str) -> int:
    """Say what is kept of an interrupted run and the way to go on; returns the exit code."""
    word = "terminated" if isinstance(stop, interrupts.Terminated) else "interrupted"
    print(f"{word}: finished samples are kept in {shards.folder(path)}", file=sys.stderr)
    print(way, file=sys.stderr)
    return interrupts.exit_code(stop)


def run_with_progress(
    model: Model,
    config: SimulationConfig,
    path: Path,
    text: str,
    arguments: argparse.Namespace,
    *,
    resume: bool,
    overwrite: bool = False,
) -> Archive:
    """Simulate with a progress bar on stderr.

    ``arguments`` carries the options of ``add_run_options``.

    Raises
    ------
    GlasswellError
        As ``simulate``.
    KeyboardInterrupt
        On Ctrl-C, and within ``interrupts.terminable`` on SIGTERM.
    """
    with meter("simulate", "sample", keep=True) as progress:
        return simulate(
            model,
            config,
            path,
            engine=engine_of(arguments),
            workers=arguments.workers,
            device=arguments.device,
            resume=resume,
            overwrite=overwrite,
            progress=progress,
            config_text=text,
            notice=_notice,
        )


def _notice(line: str) -> None:
    print(f"glasswell: {line}", file=sys.stderr)


def run_inspect(arguments: argparse.Namespace) -> int:
    """``glasswell inspect``.

    Raises
    ------
    ArchiveError
        If the archive cannot be read.
    """
    arguments.output = arguments.archive
    _print(arguments)
    return 0


def _print(arguments: argparse.Namespace) -> None:
    content = summary.inspect(arguments.output)
    print(json.dumps(content, allow_nan=False) if arguments.json else summary.as_text(content))
