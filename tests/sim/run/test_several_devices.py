"""Several GPUs: every worker has one of its own. The CuPy of these tests has devices, no arrays."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from glasswell.compare.cli.engine import engine_of
from glasswell.sim.backend import devices
from glasswell.sim.run import executors

CUPY = """
import time

class CUDARuntimeError(RuntimeError):
    pass

class runtime:
    CUDARuntimeError = CUDARuntimeError
    def getDeviceCount():
        return 2

class Device:
    used = None
    def __init__(self, number):
        self.number = number
    def use(self):
        Device.used = self.number

class cuda:
    runtime, Device = runtime, Device

def which(_job):
    time.sleep(0.5)
    return Device.used
"""


@pytest.fixture
def cupy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A module that workers find too."""
    (tmp_path / "cupy.py").write_text(CUPY)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "cupy", raising=False)
    yield importlib.import_module("cupy")
    sys.modules.pop("cupy", None)


def test_devices_are_counted_round_and_round(cupy: Any) -> None:
    used = []
    for number in range(4):
        devices.use("cuda", number)
        used.append(cupy.Device.used)
    assert used == [0, 1, 0, 1]
    assert devices.count("cuda") == 2
    assert devices.count("cpu") == 1
    devices.use("cpu", 1)
    assert cupy.Device.used == 1


@pytest.mark.parametrize("engine", ["process", "dask"])
def test_every_worker_has_one(cupy: Any, engine: str) -> None:
    """As many workers as devices, if nothing else is asked for."""
    if engine == "dask":
        pytest.importorskip("distributed")
    assert executors.capacity(engine, None, "cuda") == 2
    assert executors.capacity(engine, 5, "cuda") == 5
    jobs = executors.run(cupy.which, [1, 2], engine=engine, workers=None, device="cuda")
    assert sorted(jobs) == [0, 1]


class Arguments:
    engine: str | None = None
    scheduler: str | None = None
    device = "cuda"


def test_several_devices_are_used_by_default(cupy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments: Any = Arguments()
    assert engine_of(arguments) == "process"
    monkeypatch.setattr(cupy.runtime, "getDeviceCount", lambda: 1)
    assert engine_of(arguments) == "inline"
