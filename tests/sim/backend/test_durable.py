"""Files that are whole or not there, whatever the disk, the mount or a neighbour does."""

from __future__ import annotations

import errno
import os
import secrets
import signal
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from glasswell.sim import ArchiveError, StorageError
from glasswell.sim.backend import durable
from glasswell.sim.run import checkpoint

DATA = np.random.default_rng(0).standard_normal((12, 40))


def _fill(file: h5py.File) -> None:
    """Plain and chunked datasets, scales and attributes: all kinds of writes that HDF5 makes."""
    file.attrs["text"] = "x" * 3000
    for N in (4, 6):
        group = file.create_group(f"N={N}")
        scale = group.create_dataset("sample", data=np.arange(12))
        scale.make_scale("sample")
        for name, how in (("energy", {}), ("v", {"chunks": (5, 40), "fletcher32": True})):
            dataset = group.create_dataset(name, data=DATA, **how)
            dataset.dims[0].attach_scale(scale)


def _hdf5(path: Path, *, overwrite: bool = True) -> None:
    with durable.written(path, overwrite=overwrite) as part, h5py.File(part, "w") as file:
        _fill(file)


def _zip(path: Path) -> None:
    checkpoint.save(path, {"v": DATA, "swept": np.asarray(3)}, "mine")


def _nothing() -> None:
    """Nothing happens."""


def _write(path: Path, meanwhile: Callable[[], object] = _nothing, *, overwrite: bool) -> None:
    with durable.written(path, overwrite=overwrite) as part:
        part.write(b"mine")
        meanwhile()


class _Disk:
    """Counts the system calls that change a part, and fails from one of them on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls = 0
        self.good: float = float("inf")
        self.fail: Callable[[], int] = _full
        fdopen, disk = os.fdopen, self

        class Raw:
            def __init__(self, *how: Any, **more: Any) -> None:
                self.file = fdopen(*how, **more)

            def __getattr__(self, name: str) -> Any:
                return getattr(self.file, name)

            def write(self, data: memoryview) -> int:
                disk.count()
                # At most 100 bytes a call: a system may write less than it was given.
                return int(self.file.write(data[:100]))

            def truncate(self, size: int) -> int:
                disk.count()
                return int(self.file.truncate(size))

        monkeypatch.setattr(os, "fdopen", Raw)

    def count(self) -> None:
        self.calls += 1
        if self.calls > self.good:
            self.fail()


def _full() -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> _Disk:
    return _Disk(monkeypatch)


@pytest.mark.parametrize("write", [_hdf5, _zip])
def test_a_disk_that_fills_up_at_any_write(
    disk: _Disk, tmp_path: Path, write: Callable[[Path], None]
) -> None:
    """HDF5 must not be told: it crashes when what it left behind is closed."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    write(path)
    whole, total = path.read_bytes(), disk.calls
    assert total > 10
    for good in range(0, total, max(total // 40, 1)):
        path.write_bytes(b"old")
        disk.calls, disk.good = 0, good
        with pytest.raises(StorageError, match="No space left on device") as caught:
            write(path)
        assert "\n" not in str(caught.value)
        assert path.read_bytes() == b"old"
    # The checkpoint before, which is kept.
    left = {file.name for file in tmp_path.iterdir()} - {"file.previous"}
    assert left == {"file"}
    disk.good = float("inf")
    write(path)
    assert path.read_bytes() == whole


def test_ctrl_c_in_the_middle_of_a_call_from_hdf5(disk: _Disk, tmp_path: Path) -> None:
    def interrupt() -> int:
        signal.raise_signal(signal.SIGINT)
        return 0

    disk.good, disk.fail = 20, interrupt
    with pytest.raises(KeyboardInterrupt):
        _hdf5(tmp_path / "file")
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_the_writer_is_its_own(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        _write(tmp_path / "file", lambda: 1 // 0, overwrite=False)
    assert list(tmp_path.iterdir()) == []


def _folder_flush(monkeypatch: pytest.MonkeyPatch, code: int, *, opening: bool) -> None:
    """A file system on which a folder cannot be opened, or opened but not flushed."""
    fsync, opened = os.fsync, os.open

    def refuse_flush(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(code, os.strerror(code))
        fsync(descriptor)

    def refuse_open(path: str, flags: int, mode: int = 0o777) -> int:
        if Path(path).is_dir():
            raise OSError(code, os.strerror(code))
        return opened(path, flags, mode)

    if opening:
        monkeypatch.setattr(os, "open", refuse_open)
    else:
        monkeypatch.setattr(os, "fsync", refuse_flush)


@pytest.mark.parametrize("opening", [True, False])
@pytest.mark.parametrize("code", [errno.EINVAL, errno.EPERM, errno.EACCES, errno.ENOTSUP])
def test_folders_that_cannot_be_flushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, opening: bool
) -> None:
    _folder_flush(monkeypatch, code, opening=opening)
    for overwrite in (False, True):
        _write(tmp_path / "file", overwrite=overwrite)
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"mine"]


def test_a_disk_that_fails_is_no_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _folder_flush(monkeypatch, errno.EIO, opening=False)
    with pytest.raises(StorageError, match="Input/output error"):
        _write(tmp_path / "file", overwrite=True)


@pytest.fixture(params=[None, errno.EPERM, errno.ENOTSUP])
def linking(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With hard links, and on file systems without."""

    def refuse(*_paths: object, **_how: object) -> None:
        raise OSError(request.param, os.strerror(request.param))

    if request.param is not None:
        monkeypatch.setattr(os, "link", refuse)


@pytest.mark.usefixtures("linking")
def test_what_comes_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with pytest.raises(ArchiveError, match="has appeared in the meantime"):
        _write(path, lambda: path.write_bytes(b"another's"), overwrite=False)
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"another's"]
    path.unlink()
    _write(path, overwrite=False)
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"mine"]
    with pytest.raises(ArchiveError, match="exists: choose"):
        _write(path, lambda: pytest.fail("begun"), overwrite=False)


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_only_regular_files_are_replaced(tmp_path: Path, when: str) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"another's")
    meanwhile = _nothing
    if when == "before":
        link.symlink_to(target)
    else:
        meanwhile = lambda: link.symlink_to(target)  # noqa: E731
    with pytest.raises(ArchiveError, match="is a symbolic link"):
        _write(link, meanwhile, overwrite=True)
    assert target.read_bytes() == b"another's"
    assert {file.name for file in tmp_path.iterdir()} == {"target", "link"}


def test_a_planted_link_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither at the name that parts once had, nor at a name that was guessed after all."""
    target, path = tmp_path / "target", tmp_path / "file"
    target.write_bytes(b"another's")
    Path(f"{path}.part").symlink_to(target)
    _hdf5(path)
    assert target.read_bytes() == b"another's"
    monkeypatch.setattr(secrets, "token_hex", lambda n: "0" * 2 * n)
    for link in (durable.part_name(path), durable.part_name(tmp_path / "new")):
        link.symlink_to(target if link.name.startswith("file") else tmp_path / "nowhere")
    for name in ("file", "new"):
        with pytest.raises(StorageError, match="File exists"):
            _hdf5(tmp_path / name)
    assert target.read_bytes() == b"another's"
    assert not (tmp_path / "nowhere").exists()


def test_parts_of_killed_writers_and_no_others_are_removed(tmp_path: Path) -> None:
    path = tmp_path / "a[1].h5"
    left = durable.part_name(path)
    others = [
        tmp_path / name for name in ("a[1].h5.part", "a1.h5.0123456789abcdef.part", "a[1].h5")
    ]
    for file in (left, *others):
        file.touch()
    durable.remove_parts(path)
    assert set(tmp_path.iterdir()) == set(others)
    durable.remove_all_parts(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"a[1].h5", "a[1].h5.part"}
