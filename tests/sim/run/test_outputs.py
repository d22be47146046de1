"""What a run may write over, and what it leaves behind: nothing that is not its own."""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import h5py
import pytest
from glasswell.sim import ArchiveError, LockError, SimulationConfig, StorageError, blocks, simulate
from glasswell.sim.archive import writing
from glasswell.sim.backend import durable, lock
from glasswell.sim.backend.lock import Holder
from glasswell.sim.run import checkpoint, shards, tasks
from glasswell.theory import Model

MODEL = Model(gamma=10.0)
CONFIG = SimulationConfig(sizes=(8,), samples=3, starts=4, steps=20)
OTHER = replace(CONFIG, seed=9)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of an undisturbed run."""
    path = tmp_path_factory.mktemp("whole") / "minima.h5"
    simulate(MODEL, CONFIG, path)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "minima.h5"


def _interrupt(path: Path, config: SimulationConfig = CONFIG, **how: Any) -> None:
    def stop(done: float, _total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(MODEL, config, path, chunk=1, progress=stop, **how)


def _names(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.iterdir())


def _identity(path: Path) -> tuple[int, ...]:
    there = path.lstat()
    return there.st_ino, there.st_mode, there.st_size, there.st_mtime_ns


def _configuration(path: Path) -> None:
    path.write_text("[model]\ngamma = 10.0\n")


def _foreign(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["energy"] = 1.0


def _truncated(path: Path) -> None:
    _foreign(path)
    path.write_bytes(path.read_bytes()[:500])


def _dangling(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere"))


@pytest.mark.parametrize(
    ("plant", "message"),
    [
        (_configuration, "is no glasswell archive"),
        (_foreign, "is no glasswell archive"),
        (_truncated, "is no glasswell archive"),
        (_dangling, "is a symbolic link"),
        (Path.mkdir, "is a folder"),
        (lambda path: os.mkfifo(path), "is a device or pipe"),
    ],
)
def test_overwriting_spares_what_is_not_ours(
    path: Path, monkeypatch: pytest.MonkeyPatch, plant: Callable[[Path], None], message: str
) -> None:
    monkeypatch.setattr(tasks, "run_sample", lambda *_, **__: pytest.fail("ran"))
    plant(path)
    before, names = _identity(path), _names(path)
    ways: list[dict[str, Any]] = [{"overwrite": True}, {"overwrite": True, "resume": True}]
    for how in ways:
        with pytest.raises(ArchiveError, match=message) as caught:
            simulate(MODEL, CONFIG, path, **how)
        assert "\n" not in str(caught.value)
    assert _identity(path) == before
    assert _names(path) == names


def test_a_link_to_an_archive_is_read_but_not_replaced(whole: Path, path: Path) -> None:
    path.symlink_to(whole)
    assert simulate(MODEL, CONFIG, path, resume=True).config == CONFIG
    ways: list[dict[str, Any]] = [{}, {"overwrite": True}]
    for how in ways:
        with pytest.raises(ArchiveError, match="is a symbolic link: name the file itself"):
            simulate(MODEL, CONFIG, path, **how)
    assert path.is_symlink()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
def test_a_device_is_no_archive() -> None:
    with pytest.raises(ArchiveError, match="is a device or pipe"):
        simulate(MODEL, CONFIG, "/dev/full", overwrite=True)
    assert Path("/dev/full").is_char_device()


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("when", [0, 3])
def test_what_appears_during_the_run_stays(
    whole: Path, path: Path, overwrite: bool, when: int
) -> None:
    def plant(done: float, _total: int) -> None:
        if done == when:
            path.write_bytes(b"another's")

    with pytest.raises(ArchiveError, match=r"finished samples are kept in .*shards: then resume"):
        simulate(MODEL, CONFIG, path, overwrite=overwrite, progress=plant)
    assert path.read_bytes() == b"another's"
    assert _names(path) == ["minima.h5", "minima.h5.shards"]
    path.unlink()
    simulate(MODEL, CONFIG, path, resume=True)
    assert path.read_bytes() == whole.read_bytes()
    assert _names(path) == ["minima.h5"]


def _killed_before_clean_up(path: Path, whole: Path, samples: int = 3) -> None:
    """The archive stands, and so do its shards."""
    _interrupt(path, replace(CONFIG, samples=samples))
    shutil.copy(whole, path)
    assert shards.folder(path).is_dir()


def test_resume_cleans_up_after_a_kill_at_the_very_end(whole: Path, path: Path) -> None:
    _killed_before_clean_up(path, whole)
    os.link(path, durable.part_name(path))
    simulate(MODEL, CONFIG, path, resume=True)
    assert path.read_bytes() == whole.read_bytes()
    assert _names(path) == ["minima.h5"]


def test_overwrite_after_a_kill_at_the_very_end(whole: Path, path: Path) -> None:
    _killed_before_clean_up(path, whole)
    assert simulate(MODEL, OTHER, path, overwrite=True).config == OTHER
    assert _names(path) == ["minima.h5"]


def _of_another(path: Path, whole: Path) -> None:
    _interrupt(path, OTHER)
    shutil.copy(whole, path)


def _with_more(path: Path, whole: Path) -> None:
    _killed_before_clean_up(path, whole, samples=5)
    shard = next(shards.folder(path).glob("*.h5"))
    content = writing.read_shard(shard)
    (first,) = blocks(content.sizes[8])
    more = replace(first, sample=first.sample + 4)
    writing.write(shard.with_name(shards.name(8, 4)), {8: more}, content.provenance)


def _with_a_checkpoint(path: Path, whole: Path) -> None:
    shards.folder(path).mkdir()
    shutil.copy(whole, path)
    checkpoint.save(shards.folder(path) / "N=8.checkpoint", {}, "another run")


@pytest.mark.parametrize("interrupt", [_of_another, _with_more, _with_a_checkpoint])
def test_work_that_an_archive_does_not_hold_is_kept(
    whole: Path, path: Path, interrupt: Callable[[Path, Path], None]
) -> None:
    interrupt(path, whole)
    kept = sorted(file.name for file in shards.folder(path).iterdir())
    simulate(MODEL, CONFIG, path, resume=True)
    with pytest.raises(ArchiveError, match="holds an interrupted run"):
        simulate(MODEL, CONFIG, path, overwrite=True)
    assert sorted(file.name for file in shards.folder(path).iterdir()) == kept
    assert path.read_bytes() == whole.read_bytes()


def test_what_killed_runs_had_half_written_goes(whole: Path, path: Path) -> None:
    _interrupt(path)
    shard = next(shards.folder(path).glob("*.h5"))
    for half in (durable.part_name(path), durable.part_name(shard)):
        half.write_bytes(b"half")
    simulate(MODEL, CONFIG, path, resume=True)
    assert path.read_bytes() == whole.read_bytes()
    assert _names(path) == ["minima.h5"]


def test_a_run_that_had_finished_nothing_needs_no_resume(whole: Path, path: Path) -> None:
    shards.folder(path).mkdir()
    durable.part_name(shards.folder(path) / shards.name(8, 0)).write_bytes(b"half")
    simulate(MODEL, CONFIG, path)
    assert path.read_bytes() == whole.read_bytes()


def _file(place: Path) -> None:
    place.write_text("mine")


def _elsewhere(place: Path) -> None:
    place.with_name("elsewhere").mkdir()
    place.symlink_to(place.with_name("elsewhere"))


@pytest.mark.parametrize(
    ("plant", "kind"), [(_file, "a file"), (_elsewhere, "a symbolic link"), (_dangling, "a symb")]
)
@pytest.mark.parametrize("resume", [False, True])
def test_what_stands_where_shards_should(
    path: Path, plant: Callable[[Path], None], kind: str, resume: bool
) -> None:
    plant(shards.folder(path))
    with pytest.raises(ArchiveError, match=f"shards is {kind}.*move it away") as caught:
        simulate(MODEL, CONFIG, path, resume=resume)
    assert "\n" not in str(caught.value)
    assert not path.exists()


def test_two_runs_into_one_output(whole: Path, path: Path) -> None:
    holder = replace(Holder.here(), host="elsewhere", process=77)

    def second(_done: float, _total: int) -> None:
        with pytest.raises(LockError, match=f"written by process {os.getpid()} on"):
            simulate(MODEL, CONFIG, path, resume=True)

    simulate(MODEL, CONFIG, path, progress=second)
    assert path.read_bytes() == whole.read_bytes()
    lock.place(path).write_text(json.dumps(asdict(holder)))
    with pytest.raises(LockError, match="process 77 on elsewhere"):
        simulate(MODEL, OTHER, path, overwrite=True)
    assert path.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("length", [240, 250, 300, 5000])
def test_names_that_are_too_long(tmp_path: Path, length: int) -> None:
    with pytest.raises(ArchiveError, match="too long") as caught:
        simulate(MODEL, CONFIG, tmp_path / ("x" * length))
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (errno.ENOLCK, "has no file locks: set HDF5_USE_FILE_LOCKING=FALSE"),
        (errno.EAGAIN, "is locked by a program that writes it.* HDF5_USE_FILE_LOCKING=FALSE"),
    ],
)
def test_locks_that_cannot_be_had(
    whole: Path, path: Path, monkeypatch: pytest.MonkeyPatch, code: int, message: str
) -> None:
    """Say so, rather than call archives damaged and make finished samples again."""
    _interrupt(path)
    kept = sorted(file.name for file in shards.folder(path).iterdir())
    opened = h5py.File

    def refuse(name: Any, mode: str = "r", **how: Any) -> h5py.File:
        if mode == "r":
            raise OSError(code, f"Unable to synchronously open file (errno = {code})")
        return opened(name, mode, **how)

    monkeypatch.setattr(h5py, "File", refuse)
    monkeypatch.setattr(tasks, "run_sample", lambda *_, **__: pytest.fail("made again"))
    with pytest.raises(LockError, match=message):
        writing.read(whole)
    ways: list[dict[str, Any]] = [{"resume": True}, {"resume": True, "overwrite": True}]
    for how in ways:
        with pytest.raises(LockError, match=message):
            simulate(MODEL, CONFIG, path, **how)
    assert sorted(file.name for file in shards.folder(path).iterdir()) == kept
    shutil.copy(whole, path)
    with pytest.raises(LockError, match=message):
        simulate(MODEL, CONFIG, path, overwrite=True)


def test_folders_that_cannot_be_flushed(
    whole: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whole run where every flush of a folder is refused, as on network mounts."""
    fsync = os.fsync

    def refuse(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", refuse)
    simulate(MODEL, CONFIG, path)
    assert path.read_bytes() == whole.read_bytes()
    assert _names(path) == ["minima.h5"]


def test_a_full_disk_names_what_is_kept(
    whole: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def fill(done: float, _total: int) -> None:
        if done == 2:
            monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(StorageError, match=r"No space left on device; finished .* then resume"):
        simulate(MODEL, CONFIG, path, chunk=1, progress=fill)
    assert _names(path) == ["minima.h5.shards"]
    assert len(list(shards.folder(path).iterdir())) == 2
    monkeypatch.undo()
    simulate(MODEL, CONFIG, path, resume=True)
    assert path.read_bytes() == whole.read_bytes()
