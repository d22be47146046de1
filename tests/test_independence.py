"""Theory and simulation are two routes: what they share is the model, and nothing else."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
THEORY, SIM, COMPARE = (f"glasswell.{name}" for name in ("theory", "sim", "compare"))
MODEL = f"{THEORY}.model"

FORBIDDEN = {
    "theory": (SIM, COMPARE),
    "sim": (THEORY, COMPARE),
    "compare/measured": (THEORY,),
}
"""Packages that no file of a folder may import; of the theory the model alone is allowed."""


def imports(source: str) -> Iterator[str]:
    """Full names of everything that is imported by its full name, inside functions as well."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def breaches(source: str, forbidden: tuple[str, ...]) -> list[str]:
    """Imports of what is forbidden."""
    return [
        name
        for name in imports(source)
        if f"{name}.".startswith(tuple(f"{package}." for package in forbidden))
        and not f"{name}.".startswith(f"{MODEL}.")
    ]


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_no_route_borrows_from_the_other(folder: str) -> None:
    files = sorted((ROOT / folder).rglob("*.py"))
    assert len(files) > 5
    found = {
        str(path.relative_to(ROOT)): wrong
        for path in files
        if (wrong := breaches(path.read_text(encoding="utf-8"), FORBIDDEN[folder]))
    }
    assert found == {}


def test_a_loan_would_be_noticed() -> None:
    for line in (
        "from glasswell.theory import geometry",
        "from glasswell import theory",
        "def f():\n    import glasswell.theory.quantum.dvr",
        "from glasswell.theory.site.geometry import geometry",
    ):
        assert breaches(line, FORBIDDEN["sim"]), line
    assert not breaches("from glasswell.theory.model import Model", FORBIDDEN["sim"])
    assert not breaches("from glasswell.theory import model", FORBIDDEN["sim"])
