"""A checkpoint is whole or refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from glasswell.sim import ArchiveError
from glasswell.sim.run import checkpoint

ARRAYS = {"state.v": np.random.default_rng(0).standard_normal((2, 3)), "swept": np.asarray(7)}


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "run.checkpoint"
    assert checkpoint.load(path, "mine") is None
    checkpoint.save(path, ARRAYS, "mine")
    checkpoint.save(path, ARRAYS, "mine")
    assert [file.name for file in tmp_path.iterdir()] == ["run.checkpoint"]
    loaded = checkpoint.load(path, "mine")
    assert loaded is not None
    assert loaded.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(loaded[name], array)
        assert loaded[name].dtype == array.dtype


def test_another_run_s_is_refused(tmp_path: Path) -> None:
    checkpoint.save(tmp_path / "run", ARRAYS, "mine")
    with pytest.raises(ArchiveError, match="another configuration"):
        checkpoint.load(tmp_path / "run", "yours")


@pytest.mark.parametrize("keep", [0, 10, 100, -30])
def test_a_damaged_one_is_refused(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "run"
    checkpoint.save(path, ARRAYS, "mine")
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ArchiveError, match="damaged"):
        checkpoint.load(path, "mine")


def test_one_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="cannot write"):
        checkpoint.save(tmp_path / "nowhere" / "run", ARRAYS, "mine")
