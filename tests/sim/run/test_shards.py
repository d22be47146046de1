"""A shard is checked as an archive is: a damaged one is made again, and that is said."""

from __future__ import annotations

import os
from pathlib import Path

import h5py
import numpy as np
import pytest
from glasswell.compare.cli.command import main
from glasswell.sim import ArchiveError, SimulationConfig, simulate
from glasswell.sim.archive import writing
from glasswell.sim.run import shards, tasks
from glasswell.theory import Model

CONFIG = """\
[model]
gamma = 10.0
[simulation]
sizes = [8]
samples = 6
starts = 2
states = 1
method = "quench"
"""


@pytest.fixture
def interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A configuration, and an archive whose first shard is there and whose second is not."""
    config, path = tmp_path / "my.toml", tmp_path / "minima.h5"
    config.write_text(CONFIG)
    run = tasks.run

    def once(task: tasks.Task) -> tasks.Report:
        if task.samples[0]:
            raise KeyboardInterrupt
        return run(task)

    with monkeypatch.context() as patch:
        patch.setattr(tasks, "run", once)
        assert main(["simulate", str(config), "-o", str(path), "--engine", "inline"]) == 130
    assert len(list(shards.folder(path).glob("*.h5"))) == 1
    return config, path


def _flip(shard: Path, dataset: str) -> None:
    """Another exponent of the first number: still finite, still a number."""
    with h5py.File(shard) as file:
        place = file[dataset].id.get_chunk_info(0).byte_offset
    data = bytearray(shard.read_bytes())
    data[place + 6] ^= 0x10
    shard.write_bytes(data)


def _resumed(config: Path, path: Path) -> int:
    return main(["simulate", str(config), "-o", str(path), "--engine", "inline", "--resume"])


def test_a_flipped_bit_is_not_merged(
    interrupted: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, path = interrupted
    shard = next(shards.folder(path).glob("*.h5"))
    _flip(shard, "N=8/energy")
    capsys.readouterr()
    assert _resumed(config, path) == 0
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("glasswell")]
    assert said == [
        f"glasswell: {shard}: N=8/energy is damaged (its checksum is wrong) "
        "in samples 0 to 3: its samples are made again"
    ]
    model, wanted = Model(gamma=10.0), writing.read(path).config
    whole = simulate(model, wanted, tmp_path / "whole.h5").sizes[8]
    found = writing.read(path).sizes[8]
    for name in ("sample", "energy", "displacement", "hits"):
        np.testing.assert_array_equal(getattr(found, name), getattr(whole, name))


def test_undamaged_shards_are_kept_without_a_word(
    interrupted: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert _resumed(*interrupted) == 0
    assert "glasswell" not in capsys.readouterr().err


def test_what_a_shard_may_hold(interrupted: tuple[Path, Path]) -> None:
    """Some samples of one size: as an archive it would be refused."""
    _, path = interrupted
    shard = next(shards.folder(path).glob("*.h5"))
    assert writing.read_shard(shard).sizes[8].sample.tolist() == [0, 1, 2, 3]
    with pytest.raises(ArchiveError, match="N=8/sample has 4 samples"):
        writing.read(shard)


def test_a_pipe_among_the_shards_is_not_opened(interrupted: tuple[Path, Path]) -> None:
    config, path = interrupted
    os.mkfifo(shards.folder(path) / "N=8.000004.h5.h5")
    assert _resumed(config, path) == 0
    assert isinstance(writing.read(path).config, SimulationConfig)


@pytest.mark.parametrize(
    "words",
    [
        ["inspect", "{path}"],
        ["inspect", "--json", "{path}"],
        ["compare", "{path}", "-o", "{folder}/out"],
    ],
)
def test_every_command_refuses_a_damaged_archive_in_one_line(
    words: list[str], interrupted: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    config, path = interrupted
    assert _resumed(config, path) == 0
    _flip(path, "N=8/energy")
    capsys.readouterr()
    places = {"path": path, "config": config, "folder": path.parent}
    assert main([word.format(**places) for word in words]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        f"glasswell: {path}: N=8/energy is damaged (its checksum is wrong) in samples 0 to 5: "
        "copy or make it again\n"
    )
