"""Devices: by name, and never another one than asked for."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from glasswell.sim import DeviceError
from glasswell.sim.backend import devices


def test_cpu_is_numpy() -> None:
    xp = devices.resolve("cpu")
    assert isinstance(xp.zeros(2), np.ndarray)
    assert devices.describe("cpu") == "cpu"


def test_unknown_device() -> None:
    with pytest.raises(DeviceError, match="cpu, cuda"):
        devices.resolve("tpu")


def test_cuda_without_cupy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(DeviceError, match=r"glasswell\[cuda12\] or glasswell\[cuda13\]"):
        devices.resolve("cuda")


class _CudaError(RuntimeError):
    pass


@pytest.mark.parametrize(("count", "message"), [(0, "no GPU"), (None, "does not answer")])
def test_cuda_without_a_gpu(
    monkeypatch: pytest.MonkeyPatch, count: int | None, message: str
) -> None:
    def devices_found() -> int:
        if count is None:
            raise _CudaError("cudaErrorNoDevice")
        return count

    cupy: Any = ModuleType("cupy")
    runtime = SimpleNamespace(getDeviceCount=devices_found, CUDARuntimeError=_CudaError)
    cupy.cuda = SimpleNamespace(runtime=runtime)
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    with pytest.raises(DeviceError, match=message):
        devices.resolve("cuda")


def test_nobody_imports_cupy_unasked() -> None:
    import subprocess

    code = (
        "import sys; from glasswell.sim import *; from glasswell.compare.cli import simulate;"
        "sys.exit('cupy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd="/").returncode == 0


def test_to_host() -> None:
    assert isinstance(devices.to_host(np.ones(2)), np.ndarray)
