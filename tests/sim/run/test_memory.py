"""Memory is estimated before a run, and what will not fit is refused before anything starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from array_api_compat import numpy as xp
from glasswell.sim import SimulationConfig, SimulationError, simulate
from glasswell.sim.run.memory_need import check, in_words, load_of
from glasswell.theory import Model

GIB = 2**30

MEASURE = """
from pathlib import Path
from glasswell.sim import SimulationConfig
from glasswell.sim.run.tasks import run_sample
from glasswell.theory import Model
def peak(N, R):
    config = SimulationConfig(sizes=(N,), starts=R, steps=3, states=1)
    run_sample(Model(gamma=10.0), config, N, 0)
    status = dict(x.split(":", 1) for x in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) * 1024
before = peak(16, 4)
print(peak({N}, {R}) - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(("N", "R"), [(600, 8), (100, 1500)])
def test_the_estimate_is_what_a_sample_takes(N: int, R: int) -> None:
    """Seen from the system; the estimate is of what is taken at the least."""
    code = MEASURE.format(N=N, R=R)
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    estimate = load_of(SimulationConfig(sizes=(N,), samples=1, starts=R, steps=3), 4).worker
    assert 0.6 < estimate / float(done.stdout) < 1.2


@pytest.mark.parametrize(
    ("options", "processes", "message"),
    [
        ({"sizes": (100_000,)}, 1, r"N = 100000 needs 447 GiB .* N = 13257 would fit"),
        ({"sizes": (8000,)}, 4, r"in each of 4 processes.*2 fit, set with --workers"),
        ({"sizes": (16,), "steps": 10**9}, 1, "take fewer starts, steps or measurements"),
        ({"sizes": (16,), "starts": 10**7, "states": 1}, 1, "take fewer starts"),
        ({"sizes": (4096,), "samples": 10**5}, 1, "take fewer samples, or keep fewer states"),
        (
            {"sizes": (16,), "method": "temper", "sweeps": 10**9, "measure_every": 10},
            1,
            "take fewer starts, steps or measurements",
        ),
    ],
)
def test_what_will_not_fit(
    options: dict[str, Any],
    processes: int,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("glasswell.sim.run.memory_need.free_on_host", lambda: 8 * GIB)
    load = load_of(SimulationConfig(**{"samples": 1, **options}), 4)
    with pytest.raises(SimulationError, match=message):
        check(load, processes, xp)


def test_what_fits_is_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glasswell.sim.run.memory_need.free_on_host", lambda: 8 * GIB)
    check(load_of(SimulationConfig(sizes=(64, 4096), samples=100), 4), 2, xp)
    monkeypatch.setattr("glasswell.sim.run.memory_need.free_on_host", lambda: None)
    check(load_of(SimulationConfig(sizes=(100_000,)), 4), 2, xp)


def test_nothing_is_started_or_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before, a worker's MemoryError, or minutes of swapping."""
    monkeypatch.setattr("glasswell.sim.run.memory_need.free_on_host", lambda: 8 * GIB)
    config = SimulationConfig(sizes=(100_000,), samples=8)
    with pytest.raises(SimulationError, match="would fit"):
        simulate(Model(gamma=10.0), config, tmp_path / "x.h5", engine="process", workers=1)
    assert list(tmp_path.iterdir()) == []


def test_what_is_much_is_said() -> None:
    """Before the start, in one line; small runs say nothing."""
    large = load_of(SimulationConfig(sizes=(64, 4096), samples=2, starts=8), 4)
    found = in_words(large, 2)
    assert found == "memory: N = 4096 takes 0.753 GiB or more in each of 2 processes"
    assert in_words(load_of(SimulationConfig(sizes=(256,), samples=2), 4), 2) is None
