"""Where and how samples are simulated: the device, and processes on it."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from pathlib import Path

from glasswell.sim.archive.layout import Archive
from glasswell.sim.backend import devices
from glasswell.sim.config import SimulationConfig
from glasswell.sim.config.part import WHOLE, Part
from glasswell.sim.run import executors, memory_need, shards
from glasswell.sim.run.ensemble import simulate
from glasswell.sim.run.planning import check_chunk
from glasswell.sim.run.provenance import describe
from glasswell.sim.run.tasks import Report
from glasswell.theory.model import Model

from .exit_codes import ExitCode
from .progress import add_quiet, meter


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where and how samples are simulated."""
    parser.add_argument("--device", choices=devices.NAMES, default="cpu")
    add_engine_options(parser)
    parser.add_argument(
        "--chunk",
        type=int,
        metavar="n",
        help="samples per task, which an interruption can lose; half a minute's by default",
    )
    add_quiet(parser)


def add_engine_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how samples are spread over processes."""
    parser.add_argument(
        "--engine",
        choices=executors.NAMES,
        help="process on the cpu and on several GPUs by default, inline on one; dask is the extra "
        "cluster",
    )
    parser.add_argument(
        "--workers", type=int, metavar="n", help="processes; all cores, or GPUs, by default"
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="of a dask scheduler that runs already; engine dask starts one here by default",
    )


def engine_of(arguments: argparse.Namespace) -> str:
    """The engine that was asked for, or the one that suits the device.

    Raises
    ------
    DeviceError
        If the device is not there.
    """
    if arguments.engine or arguments.scheduler:
        return str(arguments.engine or "dask")
    one = arguments.device != "cpu" and devices.count(arguments.device) == 1
    return "inline" if one else "process"


def check_engine(arguments: argparse.Namespace) -> None:
    """Refuse options of ``add_engine_options`` that make no sense, used later or not.

    Raises
    ------
    DeviceError, SimulationError
        If workers < 1, or the engine, its scheduler or the device is not there.
    """
    executors.check(engine_of(arguments), arguments.workers, arguments.scheduler)


def check_run(model: Model, config: SimulationConfig, arguments: argparse.Namespace) -> None:
    """Refuse what ``simulate`` will refuse, before a folder is made for it.

    Raises
    ------
    GlasswellError
        If an option, the device, or the model makes no sense, or memory is short.
    """
    check_engine(arguments)
    check_chunk(arguments.chunk)
    config.sampler.check(model, config.sizes)
    describe(model, config, device=arguments.device)
    memory_need.check_run(
        config,
        arguments.chunk,
        engine=engine_of(arguments),
        workers=arguments.workers,
        device=arguments.device,
        scheduler=arguments.scheduler,
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
    """Simulate with a progress bar on stderr, unless that is to be ``quiet``.

    ``arguments`` carries the options of ``add_run_options``.

    Raises
    ------
    GlasswellError
        As ``simulate``.
    KeyboardInterrupt
        On Ctrl-C, and within ``interrupts.terminable`` on SIGTERM.
    """
    with meter("simulate", "sample", keep=True, quiet=arguments.quiet) as progress:
        return simulate(
            model,
            config,
            path,
            engine=engine_of(arguments),
            workers=arguments.workers,
            scheduler=arguments.scheduler,
            device=arguments.device,
            chunk=arguments.chunk,
            resume=resume,
            overwrite=overwrite,
            progress=progress,
            config_text=text,
            notice=lambda line: progress.say(f"glasswell: {line}"),
            told=LowestSoFar(progress.note),
            shard=(part.number, part.of),
            from_archive=start,
        )


class LowestSoFar:
    """Notes the lowest energy of every size among the samples that have finished.

    >>> lowest = LowestSoFar(print)
    >>> lowest(Report(8, 4, -1.25, 2.0))
    lowest U/N -1.25 (N = 8)
    >>> lowest(Report(8, 4, -1.125, 2.0))
    >>> lowest(Report(16, 4, -1.5, 2.0))
    lowest U/N -1.25 (N = 8), -1.5 (N = 16)
    """

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._lowest: dict[int, float] = {}

    def __call__(self, report: Report) -> None:
        """A task has finished."""
        if not report.lowest < self._lowest.get(report.N, math.inf):
            return
        self._lowest[report.N] = report.lowest
        each = (f"{energy:.6g} (N = {N})" for N, energy in sorted(self._lowest.items()))
        self._note(f"lowest U/N {', '.join(each)}")
