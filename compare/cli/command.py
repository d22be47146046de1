"""The ``glasswell`` command: its commands tied together, and what ends them."""

from __future__ import annotations

import argparse
import errno
import sys
from collections.abc import Sequence

from glasswell.sim.backend import interrupts
from glasswell.theory.model.errors import GlasswellError

from . import terminal
from .command_line import Answer, Command, Parser
from .exit_codes import ExitCode

COMMANDS = {
    "crosscheck": "the main job: simulate, solve, compare, write the report",
    "solve": "solve the mean-field theory: RS (--rsb 0), 1RSB (--rsb 1), … --rsb full",
    "phases": "phase boundaries: T_g(γ), and E, G, P, AT and double-well lines at T = 0",
    "levels": "quantum levels of local potentials",
    "heat": "specific heat of the theory's local potentials",
    "simulate": "find the lowest minima of many samples and store them in an archive",
    "extend": "add samples, sizes, starts or sweeps to an archive",
    "slurm": "write a script that simulates in parts on a cluster",
    "merge": "join the parts of a simulation into one archive",
    "inspect": "say what an archive holds",
    "compare": "hold an archive against theory and write the report",
}
"""Each in a file of its own, which is imported when it is called for."""

CITATION = (
    "glasswell {version}, and for the model: R. Kühn and U. Horstmann, Random matrix approach to "
    "glassy physics: low temperatures and beyond, Phys. Rev. Lett. 78, 4067 (1997)"
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code, an ``ExitCode``.

    What glasswell refuses is one line on stderr; anything unforeseen keeps its traceback.
    """
    with terminal.usable():
        return _run(argv)


def _run(argv: Sequence[str] | None) -> ExitCode:
    try:
        with interrupts.terminable():
            arguments = _parser().parse_args(argv)
            code = ExitCode(arguments.run(arguments))
            sys.stdout.flush()
            return code
    except GlasswellError as error:
        print(f"glasswell: {error}", file=sys.stderr)
        return ExitCode.of(error)
    except KeyboardInterrupt as stop:
        print("glasswell: interrupted; run the same command again", file=sys.stderr)
        return ExitCode.of(stop)
    except BrokenPipeError:
        # Whoever read stdout has left, as in `glasswell … | head`; nobody is there to be told.
        terminal.discard_output()
        return ExitCode.FAILED
    except OSError as error:
        # Files of ours fail as a StorageError: what is left is stdout, buffered or not.
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
            raise
        terminal.discard_output()
        print(f"glasswell: cannot write the results ({error.strerror})", file=sys.stderr)
        return ExitCode.FAILED


def _parser() -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = Parser(
        prog="glasswell",
        description="Cross-check replica theory of glasses against direct simulation.",
    )
    parser.add_argument(
        "--version", action=Answer, text=_version, help="show program's version number and exit"
    )
    parser.add_argument(
        "--cite",
        action=Answer,
        text=lambda: CITATION.format(version=_version()),
        help="show what to cite and exit",
    )
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Command
    )
    for name, what in COMMANDS.items():
        commands.add_parser(name, help=what, file=name)
    return parser


def _version() -> str:
    import glasswell

    return glasswell.__version__


if __name__ == "__main__":
    sys.exit(main())
