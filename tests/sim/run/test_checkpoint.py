"""A checkpoint is whole or refused."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from glasswell.sim import ArchiveError
from glasswell.sim._typing import HostArray
from glasswell.sim.run import checkpoint

ARRAYS = {"state.v": np.random.default_rng(0).standard_normal((2, 3)), "swept": np.asarray(7)}


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "run.checkpoint"
    assert checkpoint.load(path, "mine") is None
    checkpoint.save(path, ARRAYS, "mine")
    checkpoint.save(path, ARRAYS, "mine")
    names = {file.name for file in tmp_path.iterdir()}
    assert names == {"run.checkpoint", "run.checkpoint.previous"}
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


def _swept(loaded: dict[str, HostArray] | None) -> int:
    assert loaded is not None
    return int(loaded["swept"])


def _cut(path: Path, keep: int) -> None:
    path.write_bytes(path.read_bytes()[:keep])


@pytest.mark.parametrize("keep", [0, 10, 100, -30])
def test_a_damaged_one_gives_way_to_the_one_before(tmp_path: Path, keep: int) -> None:
    """And says so; where both are damaged the search begins anew, which is said too."""
    path, said = tmp_path / "run", list[str]()
    checkpoint.save(path, ARRAYS, "mine")
    checkpoint.save(path, {"swept": np.asarray(8)}, "mine")
    checkpoint.save(path, {"swept": np.asarray(9)}, "mine")
    assert _swept(checkpoint.load(path, "mine", said.append)) == 9
    assert said == []
    _cut(path, keep)
    assert _swept(checkpoint.load(path, "mine", said.append)) == 8
    assert said == [f"{path} is damaged: its samples go on from the checkpoint before it"]
    with pytest.raises(ArchiveError, match="damaged"):
        checkpoint.read(path, "mine")
    _cut(checkpoint.previous(path), keep)
    assert checkpoint.load(path, "mine", said.append) is None
    assert said[1:] == [f"{path} is damaged: its samples are begun anew"]
    checkpoint.remove(path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("links", [True, False])
def test_a_kill_while_one_is_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    """The one before is gone on with, by whichever name, and nothing need be said."""
    path, replace = tmp_path / "run", os.replace

    def killed(source: Path, target: Path) -> None:
        if Path(target) == path:
            raise KeyboardInterrupt
        replace(source, target)

    def no_links(*_: Path) -> None:
        raise OSError(errno.EPERM, "no hard links here")

    checkpoint.save(path, {"swept": np.asarray(6)}, "mine")
    checkpoint.save(path, ARRAYS, "mine")
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        if not links:
            patch.setattr(os, "link", no_links)
        with pytest.raises(KeyboardInterrupt):
            checkpoint.save(path, {"swept": np.asarray(8)}, "mine")
    assert path.exists() == links
    assert _swept(checkpoint.load(path, "mine", pytest.fail)) == 7


def test_one_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="cannot write"):
        checkpoint.save(tmp_path / "nowhere" / "run", ARRAYS, "mine")
