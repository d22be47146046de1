"""CUDA kernels compiled for the host: what a thread does, done for one thread after the other.

Kernels that share nothing between threads need a few lines of C++ to be functions of C: what they
compute is then compared with NumPy where there is no GPU. Arguments are checked against the
kernel's declaration, which no GPU does: there a wrong type is a wrong number.
"""

from __future__ import annotations

import atexit
import ctypes
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

COMPILER = shutil.which("g++") or shutil.which("clang++")

SHIM = """
#include <cmath>
#include <cstddef>
// Hidden: the C library has functions of such names, too, and would be called in their place.
#define __global__ __attribute__((visibility("hidden")))
#define __device__
using std::isfinite;
struct Index { unsigned x; };
static Index blockIdx, blockDim, threadIdx;
"""

# Threads in reverse order: none may need what one before it has done.
LAUNCH = """
extern "C" void launch_{name}(unsigned blocks, unsigned threads{declared}) {{
    blockDim.x = threads;
    for (unsigned block = blocks; block-- > 0;)
        for (unsigned thread = threads; thread-- > 0;) {{
            blockIdx.x = block;
            threadIdx.x = thread;
            {name}({passed});
        }}
}}
"""

_folder = tempfile.TemporaryDirectory()
atexit.register(_folder.cleanup)


class Module:
    """Stands in for ``cupy.RawModule``, with functions of NumPy arrays and numbers."""

    def __init__(self, code: str, options: Sequence[str]) -> None:
        self._real = np.dtype(np.float32 if "-DREAL=float" in options else np.float64)
        self.declared = declarations(code)
        self._library = ctypes.CDLL(str(_compiled(code, tuple(options))))

    def launch(self, name: str, blocks: int, threads: int, arguments: Sequence[Any]) -> None:
        """One launch; blocks and threads as a GPU has them."""
        declared = self.declared[name]
        assert len(arguments) == len(declared), f"{name} takes {len(declared)} arguments"
        passed = [
            self._passed(value, kind, f"{name}, {called}")
            for value, (kind, called) in zip(arguments, declared, strict=True)
        ]
        function = getattr(self._library, f"launch_{name}")
        function(ctypes.c_uint(blocks), ctypes.c_uint(threads), *passed)

    def _passed(self, value: Any, kind: str, what: str) -> Any:
        pointer = kind.endswith("*")
        base = kind.removeprefix("const ").removesuffix("*").strip()
        dtype = {"REAL": self._real, "Word": np.dtype(np.uint32), "int": np.dtype(np.int32)}[base]
        assert value.dtype == dtype, f"{what} is {kind}, got {value.dtype}"
        if pointer:
            assert isinstance(value, np.ndarray), f"{what} is {kind}, got a number"
            assert value.flags.c_contiguous, f"{what} must be contiguous"
            return ctypes.c_void_p(value.ctypes.data)
        assert isinstance(value, np.generic), f"{what} is {kind}, got an array"
        numbers = {"f4": ctypes.c_float, "f8": ctypes.c_double, "u4": ctypes.c_uint}
        return numbers.get(dtype.str[1:], ctypes.c_int)(value.item())


def declarations(code: str) -> dict[str, list[tuple[str, str]]]:
    """Type and name of every argument of every kernel."""
    found = {}
    for name, arguments in re.findall(r"^KERNEL (\w+)\(([^)]*)\)", code, re.MULTILINE):
        pairs = (re.fullmatch(r"(.*?)\s*(\w+)", a.strip(), re.DOTALL) for a in arguments.split(","))
        found[name] = [(pair[1], pair[2]) for pair in pairs if pair]
    return found


@cache
def _compiled(code: str, options: tuple[str, ...]) -> Path:
    assert COMPILER is not None
    launchers = "".join(
        LAUNCH.format(
            name=name,
            declared="".join(f", {kind} {called}" for kind, called in arguments),
            passed=", ".join(called for _, called in arguments),
        )
        for name, arguments in declarations(code).items()
    )
    stem = Path(_folder.name) / f"kernels{len(list(Path(_folder.name).iterdir()))}"
    source, library = stem.with_suffix(".cpp"), stem.with_suffix(".so")
    source.write_text(SHIM + code + launchers, encoding="utf-8")
    flags = ["-O1", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter"]
    how = [COMPILER, "-std=c++17", "-shared", "-fPIC", *flags, *options]
    subprocess.run([*how, str(source), "-o", str(library)], check=True)
    return library
