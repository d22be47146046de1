"""One table of exit codes, and the README's copy of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from glasswell.compare import CompareError
from glasswell.compare.cli.exit_codes import ExitCode
from glasswell.sim import ArchiveError, SimulationError, StorageError
from glasswell.sim.backend.interrupts import Terminated
from glasswell.theory import GlasswellError, LevelsError, ModelError, NotConvergedError, SolveError
from glasswell.theory.model import ConfigError

README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")


def test_the_readme_has_the_same_table() -> None:
    listed = re.findall(r"^\| (\d+) \| (.+) \|$", README, re.MULTILINE)
    assert {int(code): meaning for code, meaning in listed} == {
        int(code): code.meaning for code in ExitCode
    }


@pytest.mark.parametrize(
    ("stop", "code"),
    [
        (KeyboardInterrupt(), 130),
        (Terminated(), 143),
        (StorageError("full"), 1),
        (NotConvergedError("no line"), 3),
        *(
            (error("bad"), 2)
            for error in (
                ArchiveError, CompareError, ConfigError, GlasswellError, LevelsError, ModelError,
                SimulationError, SolveError,
            )
        ),
    ],
)  # fmt: skip
def test_codes_of_what_ends_a_command(stop: GlasswellError | KeyboardInterrupt, code: int) -> None:
    assert ExitCode.of(stop) == code


def test_codes_of_results() -> None:
    assert ExitCode.of_result(converged=True) == 0
    assert ExitCode.of_result(converged=False) == 3
