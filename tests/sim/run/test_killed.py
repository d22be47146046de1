"""Killed by SIGKILL in the middle of a sample, at any moment: nothing but seconds is lost."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from glasswell.sim import SimulationConfig, simulate
from glasswell.sim.run import checkpoint, shards
from glasswell.theory import Model
from own_samplers import Wandering

MODEL = Model(gamma=10.0)

PROGRAM = """\
import pickle, sys
from pathlib import Path
from glasswell.sim import simulate
if __name__ == "__main__":
    model, config, path = pickle.loads(Path(sys.argv[1]).read_bytes())
    simulate(model, config, path, save_every=0.0)
"""

CONFIGS: dict[str, SimulationConfig] = {
    "anneal": SimulationConfig(sizes=(12,), samples=2, starts=3, steps=15_000),
    "quench": SimulationConfig(sizes=(150,), samples=4, starts=60, states=1, method="quench"),
    "temper": SimulationConfig(
        sizes=(8,), samples=2, starts=4, method="temper", temperatures=(0.5, 1.5), sweeps=1500,
        burn_in=100,
    ),
    "tuned": SimulationConfig(
        sizes=(8,), samples=1, starts=2, method="temper", rungs=3, sweeps=80, burn_in=0
    ),
    "own": SimulationConfig(sizes=(8,), samples=2, sampler=Wandering(sweeps=1500)),
    "own, without": SimulationConfig(
        sizes=(8,), samples=2, sampler=Wandering(sweeps=1500, kept=False)
    ),
}  # fmt: skip

STANDS: dict[str, str] = {
    "anneal": "run.step",
    "quench": "minimised.descent.passes.front.count",
    "temper": "run.swept",
    "tuned": "run.run.swept",
    "own": "run.swept",
}
"""A number of the checkpoint that says how far the first sample is."""


def _killed(path: Path, config: SimulationConfig, saved: int) -> None:
    """Simulate, and be killed after so many checkpoints were saved, whatever goes on just then."""
    program, what = path.with_name("main.py"), path.with_name("what.pickle")
    program.write_text(PROGRAM)
    what.write_bytes(pickle.dumps((MODEL, config, path)))
    shared = str(Path(__file__).parents[2] / "shared")
    child = subprocess.Popen(
        [sys.executable, str(program), str(what)], env={**os.environ, "PYTHONPATH": shared}
    )
    try:
        deadline, seen = time.monotonic() + 60.0, set[int]()
        while len(seen) < saved:
            assert child.poll() is None
            assert time.monotonic() < deadline
            for file in shards.folder(path).glob("*.checkpoint"):
                try:
                    seen.add(file.stat().st_mtime_ns)
                except FileNotFoundError:
                    continue
    finally:
        child.kill()
        child.wait()


def _newest(path: Path) -> dict[str, Any]:
    (file,) = shards.folder(path).glob("*.checkpoint")
    with np.load(file) as arrays:
        return {name: arrays[name] for name in arrays.files}


@pytest.mark.parametrize("name", CONFIGS)
def test_killed_and_resumed(tmp_path: Path, name: str) -> None:
    config, path, said = CONFIGS[name], tmp_path / "minima.h5", list[str]()
    _killed(path, config, saved=4)
    assert not path.exists()
    kept = _newest(path)
    if name in STANDS:
        assert kept[STANDS[name]] > 0
    else:
        assert not any(n.startswith("run.") for n in kept)
    simulate(MODEL, config, path, resume=True, notice=said.append)
    assert said == []
    simulate(MODEL, config, tmp_path / "whole.h5")
    assert path.read_bytes() == (tmp_path / "whole.h5").read_bytes()
    left = {"minima.h5", "whole.h5", "main.py", "what.pickle"}
    assert {file.name for file in tmp_path.iterdir()} == left


def test_a_damaged_checkpoint_costs_no_more_than_the_time_between_two(tmp_path: Path) -> None:
    """It is told in a line, and the archive is that of an undisturbed run."""
    config, path, said = CONFIGS["own"], tmp_path / "minima.h5", list[str]()
    _killed(path, config, saved=4)
    (file,) = shards.folder(path).glob("*.checkpoint")
    file.write_bytes(file.read_bytes()[:-40])
    before = checkpoint.previous(file)
    with np.load(before) as arrays:
        assert arrays["run.swept"] > 0
    simulate(MODEL, config, path, resume=True, notice=said.append)
    assert said == [f"{file} is damaged: its samples go on from the checkpoint before it"]
    simulate(MODEL, config, tmp_path / "whole.h5")
    assert path.read_bytes() == (tmp_path / "whole.h5").read_bytes()
