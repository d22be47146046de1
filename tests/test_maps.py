"""The maps in the packages' docstrings: every file has one place there."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest


@pytest.mark.parametrize("package", ["theory", "sim", "compare"])
def test_map_names_every_module_once(package: str) -> None:
    module = import_module(f"glasswell.{package}")
    files = {path.stem for path in Path(str(module.__file__)).parent.glob("*.py")} - {"__init__"}
    drawn = re.search(r"\n\n((?:    .*\n)+)", str(module.__doc__))
    assert drawn is not None
    rows = [line[24:] for line in drawn[1].splitlines()]
    named = [word for row in rows for word in re.findall(r"[a-z_]+", re.sub(r": [^;(]*", " ", row))]
    assert files - set(named) == set()
    assert all(named.count(name) == 1 for name in files)
