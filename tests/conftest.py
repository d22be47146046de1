"""Fixtures that all packages' tests share."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import Any

import array_api_compat.numpy
import host_cuda
import numpy as np
import pretended_cupy
import pytest
from hypothesis import settings

# The same examples on every run, so that a failure can be looked at; a first solve is slow.
settings.register_profile("glasswell", derandomize=True, deadline=None)
settings.load_profile("glasswell")


def _namespaces() -> list[Any]:
    names: list[Any] = ["numpy", "numpy, read-only", "array_api_strict"]
    if host_cuda.COMPILER is not None:
        names.append("stand-in")
    if importlib.util.find_spec("cupy") is not None:
        import cupy

        try:
            if cupy.cuda.runtime.getDeviceCount() > 0:
                names.append(pytest.param("cupy", marks=pytest.mark.gpu))
        except cupy.cuda.runtime.CUDARuntimeError:
            pass
    return names


class ReadOnly:
    """NumPy, but nothing may write into what ``asarray`` returns unless it is asked for a copy.

    Functions compute in plain NumPy, which they find by the type of the arrays: what they may not
    do is to write into their arguments.
    """

    def __getattr__(self, name: str) -> Any:
        return getattr(array_api_compat.numpy, name)

    def asarray(self, values: Any, **options: Any) -> np.ndarray:
        """An array, read-only unless ``copy=True`` says that it is the caller's to write to."""
        array: np.ndarray = np.array(values, **options)
        array.flags.writeable = bool(options.get("copy", False))
        return array


@pytest.fixture(params=_namespaces())
def xp(request: pytest.FixtureRequest) -> Iterator[Any]:
    """An array namespace: NumPy, NumPy that nobody may write to, array-api-strict, what stands in
    for CuPy where there is a C++ compiler, and CuPy where there is a device.
    """
    if request.param == "stand-in":
        with pretended_cupy.pretended() as namespace:
            yield namespace
    elif request.param == "array_api_strict":
        yield pytest.importorskip("array_api_strict")
    elif request.param == "numpy, read-only":
        yield ReadOnly()
    else:
        yield importlib.import_module(f"array_api_compat.{request.param}")
