"""``glasswell compare``: an archive against theory, and the report."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from glasswell.sim.archive import writing

from .. import config as compare_config
from ..confront.comparison import compare, require_potential, require_whole
from ..measured import local_potentials
from ..measured.local_potentials import LocalPotentials
from ..page import folder as report_folder
from ..page import report
from ..page.report_json import as_dict, as_text
from .arguments import steps
from .command_line import input_name, output_name
from .engine import add_engine_options, check_engine, engine_of
from .exit_codes import ExitCode
from .progress import add_quiet, meter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The archives, the folder, and what to change of the configuration."""
    parser.add_argument("archive", type=input_name, metavar="ARCHIVE.h5")
    parser.add_argument("-o", "--output", type=output_name, metavar="DIR", required=True)
    parser.add_argument(
        "--rsb",
        type=steps,
        nargs="+",
        metavar="K",
        help='other steps of breaking than the archive\'s configuration names; "full" for K → ∞',
    )
    parser.add_argument(
        "--beside",
        type=input_name,
        nargs="+",
        default=[],
        metavar="ARCHIVE.h5",
        help="archives of the same model prepared otherwise, for the table by preparation",
    )
    parser.add_argument(
        "--local",
        type=int,
        metavar="n",
        help="samples of each size whose local potentials are measured by constrained relaxation, "
        "paths and random fields too; what the configuration says by default",
    )
    add_engine_options(parser)
    add_quiet(parser)
    parser.add_argument("--json", action="store_true", help="print the comparison as JSON")
    parser.set_defaults(device="cpu")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Compare and write the report.

    Raises
    ------
    GlasswellError
        If the archive cannot be read or compared, or the folder not be written.
    """
    check_engine(arguments)
    with ExitStack() as archives:
        samples = archives.enter_context(writing.open_archive(arguments.archive))
        require_whole(samples)
        require_potential(samples)
        settings = compare_config.from_text(samples.provenance.config_text)
        if arguments.rsb is not None:
            settings = settings.replace(rsb=tuple(arguments.rsb))
        if arguments.local is not None:
            settings = settings.replace(local_samples=arguments.local)
        folder = Path(arguments.output)
        report_folder.check(folder)
        beside = [archives.enter_context(writing.open_archive(path)) for path in arguments.beside]
        return write_report(samples, settings, folder, arguments, beside)


def write_report(
    samples: writing.Archive,
    settings: compare_config.CompareConfig,
    folder: Path,
    arguments: argparse.Namespace,
    beside: Sequence[writing.Archive] = (),
) -> ExitCode:
    """Compare, print the numbers and write the report: not converged if a theory is not.

    Raises
    ------
    GlasswellError
        If the archive cannot be compared, or the folder not be written.
    """
    local = _local(samples, settings, arguments) if settings.local_samples else None
    with meter("compare", "part", quiet=arguments.quiet) as progress:
        comparison = compare(samples, settings, beside, local, progress)
        record = json.dumps(as_dict(comparison), allow_nan=False) if arguments.json else ""
        numbers = record or as_text(comparison)
    print(numbers)
    with meter("report", "figure", quiet=arguments.quiet) as progress:
        written = report.write_report(comparison, folder, progress)
    for name, why in written.missing.items():
        print(f"figure {name} could not be drawn: {why}", file=sys.stderr)
    if not arguments.quiet:
        print(f"report: {written.page}", file=sys.stderr)
    return ExitCode.of_result(converged=comparison.converged)


def _local(
    samples: writing.Archive,
    settings: compare_config.CompareConfig,
    arguments: argparse.Namespace,
) -> dict[int, LocalPotentials]:
    with meter("local potentials", "sample", keep=True, quiet=arguments.quiet) as progress:
        return local_potentials.measure(
            samples,
            settings.local_samples,
            resamples=settings.resamples,
            seed=settings.seed,
            engine=engine_of(arguments),
            workers=arguments.workers,
            scheduler=arguments.scheduler,
            progress=progress,
        )
