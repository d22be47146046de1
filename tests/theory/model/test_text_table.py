"""Tables of text: what columns look like, and that nothing else aligns them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from glasswell.theory.model import columns

ROOT = Path(__file__).parents[3]
FOLDERS = ("theory", "sim", "compare", "benchmarks", "examples")


def test_columns_are_as_wide_as_they_have_to_be() -> None:
    rows = [("N", "energy", "hits"), ("64", "-4.2 ± 0.1", "3"), ("12345678", "-4", "12")]
    assert columns(rows, at=(">4", "<6", ">")) == [
        "       N  energy      hits",
        "      64  -4.2 ± 0.1     3",
        "12345678  -4            12",
    ]
    assert columns(rows[:2]) == ["N   energy      hits", "64  -4.2 ± 0.1  3"]


def test_a_row_by_itself_has_the_given_widths() -> None:
    at = (">5", "<7", ">6")
    rows = [("N", "", "s"), ("64", "-", "0.1")]
    assert [*columns(rows[:1], at, gap=""), *columns(rows[1:], at, gap="")] == [
        "    N            s",
        "   64-         0.1",
    ]
    assert columns(rows, at, gap="") == ["    N            s", "   64-         0.1"]


def test_no_rows_are_no_lines() -> None:
    assert columns([]) == columns([], at=(">5",)) == []
    assert columns([("", "")]) == [""]


def test_rows_of_different_lengths_are_no_table() -> None:
    for rows in ([("a", "b"), ("a", "b", "c")], [("a", "b", "c")]):
        with pytest.raises(ValueError, match="zip"):
            columns(rows, at=("<", "<"))


def aligned_by_hand(source: str) -> Iterator[int]:
    """Lines that pad text to a width, by a format or by a method of str."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            spec = ast.unparse(node.format_spec)[2:-1]
            if spec[:1] in tuple("<>^") or spec[1:2] in tuple("<>^"):
                yield node.lineno
        if isinstance(node, ast.Attribute):
            formats = node.attr == "format" and isinstance(node.value, ast.Constant)
            if formats or node.attr in ("ljust", "rjust", "center"):
                yield node.lineno


def test_there_is_one_way_to_align() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line in aligned_by_hand(path.read_text(encoding="utf-8"))
        if path.name != "text_table.py"
    ]
    assert found == []


@pytest.mark.parametrize(
    "line", ['f"{x:>10.4g}"', 'f"{x:<{n}}"', 'f"{x: ^4}"', "x.ljust(3)", '"{:>4}".format(x)']
)
def test_another_way_would_be_noticed(line: str) -> None:
    assert list(aligned_by_hand(line)) == [1]
    assert not list(aligned_by_hand('f"{x:.4g} {y!s} {z:+.1f} {n:06d}"'))
