"""Every example says what it is for, and then leaves."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").rglob("*.py"))
PUBLIC = ("glasswell", "glasswell.theory", "glasswell.sim", "glasswell.compare")


def imported(source: str) -> Iterator[tuple[str, str]]:
    """Modules of glasswell that a script imports from, and the names that it takes."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


def not_public(source: str) -> list[tuple[str, str]]:
    """What a script takes of glasswell that the ``__init__.pyi`` of no package lists."""
    return [
        (module, name)
        for module, name in imported(source)
        if module.split(".")[0] == "glasswell"
        and (module not in PUBLIC or (name and not hasattr(import_module(module), name)))
    ]


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


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_examples_import_public_names_only(example: Path) -> None:
    assert not_public(example.read_text(encoding="utf-8")) == []


def test_a_name_that_is_not_public_is_noticed() -> None:
    for line in (
        "from glasswell.theory.ansatz.solver import solve",
        "import glasswell.sim.run.ensemble",
        "from glasswell.theory import solver",
        "def f():\n    from glasswell.compare.cli import command",
    ):
        assert not_public(line), line
    assert not_public("from glasswell.theory import Model, solve\nimport glasswell") == []
