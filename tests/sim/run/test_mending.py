"""A damaged archive is resumed: its whole samples are kept, and it becomes what it was."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import pytest
from glasswell.sim import ArchiveError, SimulationConfig, simulate
from glasswell.sim.archive import tables
from glasswell.sim.run import shards, tasks
from glasswell.theory import Model

MODEL = Model(gamma=10.0)
CONFIG = SimulationConfig(sizes=(4, 6), samples=12, starts=3, states=2, method="quench")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sizes of twelve samples, chunks of a few of them."""
    path = tmp_path_factory.mktemp("mending") / "minima.h5"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "CHUNK_BYTES", 2**8)
        simulate(MODEL, CONFIG, path)
    return path


@pytest.fixture
def path(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tables, "CHUNK_BYTES", 2**8)
    return Path(shutil.copy(made, tmp_path))


def _datasets(path: Path) -> dict[str, int]:
    """Where the second chunk of each is in the file, or the only one."""
    found: dict[str, int] = {}

    def note(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            chunk = min(1, item.id.get_num_chunks() - 1)
            found[name] = item.id.get_chunk_info(chunk).byte_offset

    with h5py.File(path) as file:
        file.visititems(note)
    return found


def _flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place + 6] ^= 0x10
    path.write_bytes(data)


def _resume(path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], dict[int, list[int]]]:
    """What was said, and which samples were made."""
    said: list[str] = []
    again: dict[int, list[int]] = {}
    run = tasks.run

    def noted(task: tasks.Task) -> tasks.Report:
        again.setdefault(task.N, []).extend(task.samples)
        return run(task)

    with monkeypatch.context() as patch:
        patch.setattr(tasks, "run", noted)
        simulate(MODEL, CONFIG, path, resume=True, notice=said.append)
    return said, again


def test_a_flipped_bit_in_every_dataset(
    made: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, place in _datasets(made).items():
        shutil.copy(made, path)
        _flip(path, place)
        assert path.read_bytes() != made.read_bytes()
        said, again = _resume(path, monkeypatch)
        assert path.read_bytes() == made.read_bytes(), name
        assert not shards.folder(path).exists()
        group, _, dataset = name.partition("/")
        (N,) = again
        assert f"N={N}" == group
        assert said[0].startswith(f"{path}: {name} is damaged (its checksum is wrong)")
        whole = 24 - len(again[N])
        kept = f"{whole} of 24 samples are whole, the others are made again"
        assert said[1:] == [f"{path} is damaged: {kept}"]
        if dataset in ("sample", "state", "site"):
            assert again[N] == [*range(12)]
        elif dataset in ("displacement", "cavity_field", "cavity_susceptibility"):
            assert 0 < len(again[N]) < 12
            assert said[0].endswith(f"in samples {again[N][0]} to {again[N][-1]}")


def test_only_what_is_damaged_is_made_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = _datasets(path)
    before = path.read_bytes()
    for name in ("N=4/displacement", "N=6/cavity_field"):
        _flip(path, places[name])
    _, again = _resume(path, monkeypatch)
    # 256 bytes are 4 samples of N = 4 and 2 of N = 6, with two states each.
    assert again == {6: [2, 3], 4: [4, 5, 6, 7]}
    assert path.read_bytes() == before


def test_interrupted_meanwhile(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The damaged archive stands until the whole one takes its place."""
    before = path.read_bytes()
    _flip(path, _datasets(path)["N=4/displacement"])
    damaged = path.read_bytes()

    def stopped(_task: tasks.Task) -> tasks.Report:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(tasks, "run", stopped)
        with pytest.raises(KeyboardInterrupt):
            simulate(MODEL, CONFIG, path, resume=True)
    assert path.read_bytes() == damaged
    _resume(path, monkeypatch)
    assert path.read_bytes() == before


def test_a_whole_archive_is_left_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.stat().st_mtime_ns
    assert _resume(path, monkeypatch) == ([], {})
    assert path.stat().st_mtime_ns == before


def test_attributes_that_are_damaged_are_those_of_the_run(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = path.read_bytes()
    with h5py.File(path, "a") as file:
        file["provenance"].attrs["version_numpy"] = "0.1"
    said, again = _resume(path, monkeypatch)
    assert said[0].endswith(
        "the attribute provenance/version_numpy is damaged (its checksum is wrong)"
    )
    assert again == {}
    assert path.read_bytes() == before


@pytest.mark.parametrize("how", ["truncated", "header", "other"])
def test_of_what_cannot_be_known_nothing_is_touched(
    how: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "truncated":
        path.write_bytes(path.read_bytes()[:-1000])
    elif how == "header":
        _flip(path, 0)
    else:
        simulate(
            MODEL, SimulationConfig(sizes=(4,), samples=8, method="quench"), path, overwrite=True
        )
        _flip(path, _datasets(path)["N=4/energy"])
    before = path.read_bytes()
    with pytest.raises(ArchiveError) as caught:
        _resume(path, monkeypatch)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == before
    assert not shards.folder(path).exists()
