"""The ``glasswell`` command: each package's own commands, tied together."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path

from glasswell.sim import archive
from glasswell.sim import cli as sim_cli
from glasswell.sim.config import load
from glasswell.theory import GlasswellError, NotConvergedError
from glasswell.theory import cli as theory_cli
from glasswell.theory.arguments import steps
from glasswell.theory.command_line import BAD_INPUT, Parser, input_name, output_name

from . import config as compare_config
from . import (
    equilibrium_words,
    heat_page,
    local_potentials,
    local_words,
    report,
    thermal_words,
    words,
)
from .comparison import Comparison, compare
from .heat import Heats
from .local_potentials import LocalPotentials
from .record import as_dict
from .statistics import check_samples

OK, FAILED, NOT_CONVERGED, INTERRUPTED = 0, 1, 3, 130

ARCHIVE_NAME = "samples.h5"

CITATION = (
    "glasswell {version}, and for the model: R. Kühn and U. Horstmann, Random matrix approach to "
    "glassy physics: low temperatures and beyond, Phys. Rev. Lett. 78, 4067 (1997)"
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code (0 done, 2 bad input, 3 not converged).

    What glasswell refuses is one line on stderr; anything unforeseen keeps its traceback.
    """
    arguments = _parser().parse_args(argv)
    try:
        code = int(arguments.run(arguments))
        sys.stdout.flush()
        return code
    except GlasswellError as error:
        print(f"glasswell: {error}", file=sys.stderr)
        return NOT_CONVERGED if isinstance(error, NotConvergedError) else BAD_INPUT
    except KeyboardInterrupt:
        print("glasswell: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read stdout has left, as in `glasswell … | head`; nobody is there to be told.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = Parser(
        prog="glasswell",
        description="Cross-check replica theory of glasses against direct simulation.",
    )
    here = version("glasswell")
    parser.add_argument("--version", action="version", version=here)
    parser.add_argument("--cite", action="version", version=CITATION.format(version=here))
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_crosscheck(subparsers)
    theory_cli.add_commands(subparsers)
    sim_cli.add_commands(subparsers, check=compare_config.parse)
    _add_compare(subparsers)
    return parser


def _add_crosscheck(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "crosscheck", help="the main job: simulate, solve, compare, write the report"
    )
    parser.add_argument(
        "config",
        type=input_name,
        metavar="CONFIG.toml",
        nargs="?",
        help="a bundled example by default",
    )
    parser.add_argument("-o", "--output", type=output_name, metavar="DIR", default="crosscheck")
    sim_cli.add_run_options(parser)
    parser.add_argument("--json", action="store_true", help="print the comparison as JSON")
    parser.set_defaults(run=run_crosscheck)


def _add_compare(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "compare", help="hold an archive against theory and write the report"
    )
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
    sim_cli.add_engine_options(parser)
    parser.add_argument("--json", action="store_true", help="print the comparison as JSON")
    parser.set_defaults(run=run_compare, device="cpu")


def run_crosscheck(arguments: argparse.Namespace) -> int:
    """``glasswell crosscheck``: interrupted, the same command goes on where it stopped.

    Raises
    ------
    GlasswellError
        Whatever is wrong with the configuration, the folder or the device.
    """
    with as_file(files(__package__) / "crosscheck.toml") as bundled:
        path = Path(arguments.config or bundled)
        model, config, text, table = load(path)
    settings = compare_config.parse(table)
    for N in config.sizes:
        check_samples(config.samples_of(N))
    if settings.local_samples:
        local_potentials.check(model)
    folder = Path(arguments.output)
    if not (folder / ARCHIVE_NAME).exists():
        sim_cli.check_run(model, config, arguments)
    report.check_folder(folder)
    samples = sim_cli.run_with_progress(
        model, config, folder / ARCHIVE_NAME, text, arguments, resume=True
    )
    if samples is None:
        print("run the same command again to go on", file=sys.stderr)
        return INTERRUPTED
    return _compare(samples, settings, folder, arguments)


def run_compare(arguments: argparse.Namespace) -> int:
    """``glasswell compare``.

    Raises
    ------
    GlasswellError
        If the archive cannot be read or compared, or the folder not be written.
    """
    sim_cli.check_engine(arguments)
    samples = archive.read(arguments.archive)
    settings = compare_config.from_text(samples.provenance.config_text)
    if arguments.rsb is not None:
        settings = replace(settings, rsb=tuple(arguments.rsb))
    if arguments.local is not None:
        settings = replace(settings, local_samples=arguments.local)
    folder = Path(arguments.output)
    report.check_folder(folder)
    beside = [archive.read(path) for path in arguments.beside]
    return _compare(samples, settings, folder, arguments, beside)


def _compare(
    samples: archive.Archive,
    settings: compare_config.CompareConfig,
    folder: Path,
    arguments: argparse.Namespace,
    beside: Sequence[archive.Archive] = (),
) -> int:
    local = _local(samples, settings, arguments) if settings.local_samples else None
    comparison = compare(samples, settings, beside, local)
    page = report.write(comparison, folder)
    record = json.dumps(as_dict(comparison), allow_nan=False)
    print(record if arguments.json else _text(comparison))
    print(f"report: {page}", file=sys.stderr)
    return OK if comparison.converged else NOT_CONVERGED


def _local(
    samples: archive.Archive,
    settings: compare_config.CompareConfig,
    arguments: argparse.Namespace,
) -> dict[int, LocalPotentials]:
    with ExitStack() as stack:
        return local_potentials.measure(
            samples,
            settings.local_samples,
            resamples=settings.resamples,
            seed=settings.seed,
            engine=sim_cli.engine_of(arguments),
            workers=arguments.workers,
            progress=sim_cli.progress_bar(stack, "local potentials"),
        )


def _text(comparison: Comparison) -> str:
    lines = [words.table(comparison), "", *words.summary(comparison)]
    if comparison.model.coefficients is None:
        wells = local_words.wells_lines(comparison)
        lines += ["", words.aligned(local_words.wells_head(), wells)]
        fits = local_words.fits_lines(comparison)
        lines += ["", words.aligned(list(local_words.FITS_HEAD), fits)] if fits else []
    if comparison.local:
        fates = local_words.fate_lines(comparison)
        lines += ["", words.aligned(local_words.fate_head(), fates)] if fates else []
        answers = local_words.response_lines(comparison)
        lines += ["", words.aligned(list(local_words.RESPONSE_HEAD), answers)] if answers else []
        lines += ["", *local_words.summary(comparison)]
    if isinstance(comparison.heats, Heats):
        lines += ["", words.aligned(list(heat_page.HEAD), heat_page.lines(comparison.heats))]
    thermal = comparison.thermal
    if thermal is not None:
        evidence = words.aligned(equilibrium_words.head(thermal), equilibrium_words.rows(thermal))
        lines += ["", evidence, "", *equilibrium_words.summary(thermal)]
        lines += ["", thermal_words.table(thermal.comparison), ""]
        lines += thermal_words.summary(thermal.comparison)
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
