"""Every example says what it is for, and then leaves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.py"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_help_prints_help_and_nothing_else(example: Path, tmp_path: Path) -> None:
    """In a folder of its own, and with a backend that only another process has."""
    foreign = {"MPLBACKEND": "module://not_installed.backend"}
    done = subprocess.run(
        [sys.executable, str(example), "--help"],
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=tmp_path,
        env=os.environ | foreign,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: {example.name}")
    assert done.stderr == ""
    assert not list(tmp_path.iterdir())
