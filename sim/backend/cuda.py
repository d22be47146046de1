"""CUDA kernels: their source, and how they are launched on CuPy arrays.

The source is compiled for one precision and one degree of G when it is first used; it needs
nothing but a CUDA compiler, and so can be checked where there is no GPU.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from .._typing import Array
from ..errors import DeviceError

KERNELS = {
    "leapfrog": ("kick_drift", "energies"),
    "langevin": ("kick_drift", "heat_bath"),
    "descent": ("line", "line_minimum", "advance", "share", "turn"),
}
"""The kernels of every file."""

REALS = {"float32": "float", "float64": "double"}

THREADS = 128
"""Per block: a multiple of a warp, small enough that one sample fills more than a few of a GPU's
processors."""

TILE = 32
"""Sites that one thread sums over."""


@dataclass(frozen=True)
class Launcher:
    """The kernels of one file, compiled."""

    functions: Mapping[str, Any]
    """CuPy's RawKernels by name."""

    def launch(self, name: str, threads: int, *arguments: Any) -> None:
        """One launch of as many threads: arrays and NumPy numbers are what a kernel takes.

        Raises
        ------
        DeviceError
            If there are more than a launch can have.
        """
        blocks = -(-threads // THREADS)
        if blocks >= 2**31:
            raise DeviceError(
                f"a launch of {threads} threads is too large: search fewer samples or starts at "
                "a time"
            )
        self.functions[name]((blocks,), (THREADS,), arguments)


def tiles(N: int) -> int:
    """Tiles of N sites."""
    return -(-N // TILE)


def source(name: str) -> str:
    """CUDA C++ of the kernels in one file, with what all of them share."""
    folder = files(__package__) / "cuda_source"
    parts = (folder / "common.cuh", folder / f"{name}.cu")
    return "\n".join(part.read_text(encoding="utf-8") for part in parts)


def options(dtype: Any, terms: int) -> tuple[str, ...]:
    """What the compiler is told: the precision, the number of coefficients of G, the tiles."""
    return (f"-DREAL={REALS[np.dtype(dtype).name]}", f"-DTERMS={terms}", f"-DTILE={TILE}")


def kernels(name: str, dtype: Any, terms: int) -> Launcher:
    """The kernels of one file for arrays of one precision.

    Raises
    ------
    DeviceError
        If there are none for that precision.
    """
    if np.dtype(dtype).name not in REALS:
        raise DeviceError(f"kernels are for float32 and float64 arrays, not {dtype}")
    import cupy

    return _compiled(cupy, name, options(dtype, terms))


@cache
def _compiled(cupy: Any, name: str, how: tuple[str, ...]) -> Launcher:
    module = cupy.RawModule(code=source(name), options=how)
    return Launcher({kernel: module.get_function(kernel) for kernel in KERNELS[name]})


def numbers(*values: Any, dtype: Any) -> tuple[Any, ...]:
    """NumPy numbers of one precision, which a kernel takes as they are."""
    return tuple(np.dtype(dtype).type(value) for value in values)


def shape_of(v: Array) -> tuple[Any, ...]:
    """S, N and R as a kernel takes them."""
    return tuple(np.int32(n) for n in v.shape)
