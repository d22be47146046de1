"""Solutions that several files look at, each made once."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from glasswell.theory import Model, Solution, solve

REFERENCE = Path(__file__).parents[1] / "reference" / "published.toml"


@cache
def _solved(model: Model, rsb: int, resolution: float) -> Solution:
    return solve(model, rsb=rsb, resolution=resolution)


@pytest.fixture(scope="session")
def solved() -> Callable[..., Solution]:
    """solve(model, rsb), remembered for the session."""

    def lookup(model: Model, rsb: int = 0, resolution: float = 1.0) -> Solution:
        return _solved(model, rsb, resolution)

    return lookup


@pytest.fixture(scope="session")
def published() -> dict[str, Any]:
    """Numbers printed by others."""
    return tomllib.loads(REFERENCE.read_text(encoding="utf-8"))
