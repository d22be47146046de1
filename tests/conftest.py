"""Fixtures that all packages' tests share."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# The same examples on every run, so that a failure can be looked at; a first solve is slow.
settings.register_profile("glasswell", derandomize=True, deadline=None)
settings.load_profile("glasswell")

# What several test files share, ``potentials``, is imported by name, in worker processes too.
sys.path.insert(0, str(Path(__file__).parent))


def _namespaces() -> list[str]:
    names = ["numpy", "array_api_strict"]
    if importlib.util.find_spec("cupy") is not None:
        import cupy

        try:
            if cupy.cuda.runtime.getDeviceCount() > 0:
                names.append("cupy")
        except cupy.cuda.runtime.CUDARuntimeError:
            pass
    return names


@pytest.fixture(params=_namespaces())
def xp(request: pytest.FixtureRequest) -> Any:
    """An array namespace: NumPy, array-api-strict, and CuPy where there is a device."""
    if request.param == "array_api_strict":
        return pytest.importorskip("array_api_strict")
    return importlib.import_module(f"array_api_compat.{request.param}")
