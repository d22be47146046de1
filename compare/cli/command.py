"""The ``glasswell`` command: each package's own commands, tied together."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path

from glasswell.sim import StorageError
from glasswell.sim.archive import writing
from glasswell.sim.backend import interrupts
from glasswell.sim.config import load
from glasswell.theory import GlasswellError, NotConvergedError
from glasswell.theory.numerics.progress import meter

from .. import config as compare_config
from ..confront.comparison import compare
from ..measured import local_potentials
from ..measured.local_potentials import LocalPotentials
from ..page import folder as report_folder
from ..page import report
from ..page.record import as_dict, as_text
from ..statistics.bootstrap import check_samples
from . import simulate as sim_cli
from . import solve as theory_cli
from . import terminal
from .arguments import steps
from .command_line import BAD_INPUT, Parser, input_name, output_name

OK, FAILED, NOT_CONVERGED = 0, 1, 3

ARCHIVE_NAME = "samples.h5"

CITATION = (
    "glasswell {version}, and for the model: R. Kühn and U. Horstmann, Random matrix approach to "
    "glassy physics: low temperatures and beyond, Phys. Rev. Lett. 78, 4067 (1997)"
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code.

    0 done, 1 failed for a reason that is not the input (a full disk), 2 bad input, 3 not
    converged, 130 after Ctrl-C, 143 after SIGTERM. What glasswell refuses is one line on stderr;
    anything unforeseen keeps its traceback.
    """
    with terminal.usable():
        return _run(argv)


def _run(argv: Sequence[str] | None) -> int:
    arguments = _parser().parse_args(argv)
    try:
        with interrupts.terminable():
            return _written(int(arguments.run(arguments)))
    except GlasswellError as error:
        print(f"glasswell: {error}", file=sys.stderr)
        return _code(error)
    except KeyboardInterrupt as stop:
        print("glasswell: interrupted; run the same command again", file=sys.stderr)
        return interrupts.exit_code(stop)
    except BrokenPipeError:
        # Whoever read stdout has left, as in `glasswell … | head`; nobody is there to be told.
        terminal.discard_output()
        return FAILED


def _code(error: GlasswellError) -> int:
    if isinstance(error, StorageError):
        return FAILED
    return NOT_CONVERGED if isinstance(error, NotConvergedError) else BAD_INPUT


def _written(code: int) -> int:
    """The exit code of a command whose results have left, as far as the system can tell."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        terminal.discard_output()
        print(f"glasswell: cannot write the results ({error.strerror})", file=sys.stderr)
        return FAILED
    return code


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
    path = folder / ARCHIVE_NAME
    if not path.exists():
        sim_cli.check_run(model, config, arguments)
    report_folder.check(folder)
    try:
        samples = sim_cli.run_with_progress(model, config, path, text, arguments, resume=True)
    except KeyboardInterrupt as stop:
        return sim_cli.stopped(stop, path, "run the same command again to go on")
    return _compare(samples, settings, folder, arguments)


def run_compare(arguments: argparse.Namespace) -> int:
    """``glasswell compare``.

    Raises
    ------
    GlasswellError
        If the archive cannot be read or compared, or the folder not be written.
    """
    sim_cli.check_engine(arguments)
    samples = writing.read(arguments.archive)
    settings = compare_config.from_text(samples.provenance.config_text)
    if arguments.rsb is not None:
        settings = replace(settings, rsb=tuple(arguments.rsb))
    if arguments.local is not None:
        settings = replace(settings, local_samples=arguments.local)
    folder = Path(arguments.output)
    report_folder.check(folder)
    beside = [writing.read(path) for path in arguments.beside]
    return _compare(samples, settings, folder, arguments, beside)


def _compare(
    samples: writing.Archive,
    settings: compare_config.CompareConfig,
    folder: Path,
    arguments: argparse.Namespace,
    beside: Sequence[writing.Archive] = (),
) -> int:
    local = _local(samples, settings, arguments) if settings.local_samples else None
    with meter("compare", "part") as progress:
        comparison = compare(samples, settings, beside, local, progress)
        record = json.dumps(as_dict(comparison), allow_nan=False) if arguments.json else ""
        numbers = record or as_text(comparison)
    print(numbers)
    with meter("report", "figure") as progress:
        written = report.write_report(comparison, folder, progress)
    for name, why in written.missing.items():
        print(f"figure {name} could not be drawn: {why}", file=sys.stderr)
    print(f"report: {written.page}", file=sys.stderr)
    return OK if comparison.converged else NOT_CONVERGED


def _local(
    samples: writing.Archive,
    settings: compare_config.CompareConfig,
    arguments: argparse.Namespace,
) -> dict[int, LocalPotentials]:
    with meter("local potentials", "sample", keep=True) as progress:
        return local_potentials.measure(
            samples,
            settings.local_samples,
            resamples=settings.resamples,
            seed=settings.seed,
            engine=sim_cli.engine_of(arguments),
            workers=arguments.workers,
            progress=progress,
        )


if __name__ == "__main__":
    sys.exit(main())
