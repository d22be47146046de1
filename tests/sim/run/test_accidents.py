"""Workers that die: a task is tried again, and what kills every worker is named."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest
from accidents import Deadly, couplings
from glasswell.sim import SimulationConfig, SimulationError, simulate
from glasswell.sim.archive import writing
from glasswell.sim.run import shards, waiting
from glasswell.theory import Model

MODEL = Model(gamma=10.0)

ENGINES: list[Any] = [{"engine": "process", "workers": 2}, {"engine": "dask", "workers": 2}]


def _config(notes: Path, **options: Any) -> SimulationConfig:
    sampler = Deadly(starts=2, notes=str(notes), **options)
    return SimulationConfig(sizes=(8,), samples=9, sampler=sampler, couplings=couplings)


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("how", ENGINES)
def test_a_worker_that_dies_costs_its_task_alone(how: Any, tmp_path: Path, notes: Path) -> None:
    """A sampler and couplings of one's own; one sample kills its worker once."""
    config = _config(notes, deadly=(2,), times=1)
    simulate(MODEL, config, tmp_path / "minima.h5", chunk=2, **how)
    assert (notes / "8-2").stat().st_size == 2
    # Nobody dies any more, so that the same is made here, in one piece.
    simulate(MODEL, config, tmp_path / "once.h5")
    assert (tmp_path / "minima.h5").read_bytes() == (tmp_path / "once.h5").read_bytes()


@pytest.mark.parametrize("how", ENGINES)
def test_a_sample_that_kills_every_worker_is_named(
    how: Any, tmp_path: Path, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "ATTEMPTS", 1)
    config, path = _config(notes, deadly=(3,), by=signal.SIGSEGV), tmp_path / "minima.h5"
    with pytest.raises(SimulationError, match="died at N = 8, sample 3 in each") as error:
        simulate(MODEL, config, path, chunk=4, **how)
    assert "\n" not in str(error.value)
    assert (notes / "8-3").stat().st_size == 2
    kept = [writing.read_shard(file) for file in shards.folder(path).glob("*.h5")]
    found = {int(n) for shard in kept for n in shard.sizes[8].sample}
    assert {0, 1, 2} <= found
    assert 3 not in found
