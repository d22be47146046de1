"""Where and how samples are simulated: the device, and processes on it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from glasswell.sim.archive.layout import Archive
from glasswell.sim.backend import devices
from glasswell.sim.config import SimulationConfig
from glasswell.sim.config.part import WHOLE, Part
from glasswell.sim.run import executors, memory_need, shards
from glasswell.sim.run.ensemble import simulate
from glasswell.sim.run.planning import CHUNK
from glasswell.sim.run.provenance import describe
from glasswell.theory.model import Model

from .exit_codes import ExitCode
from .progress import meter


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
    memory_need.check_run(
        config,
        CHUNK,
        engine=engine_of(arguments),
        workers=arguments.workers,
        device=arguments.device,
    )


def stopped(stop: KeyboardInterrupt, path: Path, way: str) -> ExitCode:
    """Say what is kept of an interrupted run and the way to go on; returns the exit code."""
    code = ExitCode.of(stop)
    print(
        f"{code.name.lower()}: finished samples are kept in {shards.folder(path)}", file=sys.stderr
    )
    print(way, file=sys.stderr)
    return code


def run_with_progress(
    model: Model,
    config: SimulationConfig,
    path: Path,
    text: str,
    arguments: argparse.Namespace,
    *,
    resume: bool,
    overwrite: bool = False,
    part: Part = WHOLE,
    start: str | None = None,
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
            shard=(part.number, part.of),
            from_archive=start,
        )


def _notice(line: str) -> None:
    print(f"glasswell: {line}", file=sys.stderr)
