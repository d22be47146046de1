"""Files that are whole or not there: written beside their place, flushed, renamed into it."""

from __future__ import annotations

import errno
import io
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ArchiveError, StorageError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

_PART = r"\.[0-9a-f]{16}\.part"

NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
"""Make a file that was not there: nothing is followed and nothing opened that another has made."""

_NO_FOLDER_FLUSH = {errno.EINVAL, errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.EOPNOTSUPP,
                    errno.ENOSYS, errno.EBADF, errno.EISDIR}  # fmt: skip
"""Network mounts refuse to flush a folder, and Windows to open one."""

NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK,
                 errno.EINVAL}  # fmt: skip
"""Of file systems that have none, such as FAT and some network mounts."""


class Part(io.RawIOBase):
    """A new file that takes whatever is written to it, and keeps the first failure for later.

    HDF5 leaves objects behind that crash when they are closed after a write has failed, and a zip
    file complains from its destructor. So neither is ever told: what comes after a failure is
    dropped, the writer closes in peace, and ``check`` then raises what had happened. This costs
    no memory. The same holds for Ctrl-C, which may arrive in the middle of a call from HDF5.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.failure: OSError | KeyboardInterrupt | None = None
        self._file = os.fdopen(os.open(path, NEW, 0o666), "r+b", buffering=0)

    def check(self) -> None:
        """Raise what has gone wrong so far.

        Raises
        ------
        OSError, KeyboardInterrupt
            As the system call did.
        """
        if self.failure is not None:
            raise self.failure

    def readable(self) -> bool:
        """HDF5 reads back what it has written."""
        return True

    def writable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read at the current position, zeros beyond the end."""
        view = memoryview(buffer).cast("B")
        count = 0
        try:
            count = self._file.readinto(view) or 0
        except (OSError, KeyboardInterrupt) as error:
            self._note(error)
        view[count:] = bytes(len(view) - count)
        return len(view)

    def write(self, data: ReadableBuffer) -> int:
        """Write all of it at the current position, or drop it after a failure."""
        view = memoryview(data).cast("B")
        end = self._file.tell() + len(view)
        try:
            while len(view) > 0 and self.failure is None:
                view = view[self._file.write(view) or 0 :]
        except (OSError, KeyboardInterrupt) as error:
            self._note(error)
        self._file.seek(end)
        return memoryview(data).nbytes

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As any file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """As any file."""
        return self._file.tell()

    def truncate(self, size: int | None = None) -> int:
        """Cut or extend, or do nothing after a failure."""
        size = self.tell() if size is None else size
        if self.failure is None:
            try:
                self._file.truncate(size)
            except (OSError, KeyboardInterrupt) as error:
                self._note(error)
        return size

    def to_disk(self) -> None:
        """Flush everything to the disk.

        Raises
        ------
        OSError, KeyboardInterrupt
            If this, or anything before, has failed.
        """
        self.check()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file; what was noted stays noted."""
        if not self.closed:
            self._file.close()
        super().close()

    def _note(self, error: OSError | KeyboardInterrupt) -> None:
        self.failure = self.failure or error


@contextmanager
def written(path: str | Path, *, overwrite: bool) -> Iterator[Part]:
    """Give a file to be written; on leaving it is flushed and takes its place, or vanishes.

    Its part lies in the same folder under a name that nobody can guess.

    Parameters
    ----------
    overwrite
        Replace a regular file that stands there; without it, nothing is replaced that is there or
        comes meanwhile.

    Raises
    ------
    ArchiveError
        If something stands there that is not to be replaced.
    StorageError
        If the file cannot be written; whatever stood there is then untouched.
    """
    path = Path(path)
    refuse_what_stands(path, overwrite=overwrite)
    try:
        part = Part(part_name(path))
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror}") from error
    try:
        with part:
            try:
                yield part
            finally:
                # A writer that was told lies about what it had written fails by them.
                part.check()
            part.to_disk()
        _publish(part.path, path, overwrite=overwrite)
    except OSError as error:
        if isinstance(error, ArchiveError):
            raise
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        part.path.unlink(missing_ok=True)


def part_name(path: Path) -> Path:
    """A name beside a file's place that nobody can guess."""
    return path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")


def remove_parts(path: Path) -> None:
    """Delete what killed writers of a file have left beside it; for who alone may write it.

    Raises
    ------
    StorageError
        If one cannot be deleted.
    """
    _remove(path.parent, re.compile(re.escape(path.name) + _PART))


def remove_all_parts(folder: Path) -> None:
    """Delete what killed writers have left in a folder of ours; for who alone may write there.

    Raises
    ------
    StorageError
        If one cannot be deleted.
    """
    _remove(folder, re.compile(".*" + _PART))


def _remove(folder: Path, name: re.Pattern[str]) -> None:
    try:
        for part in folder.iterdir():
            if name.fullmatch(part.name):
                part.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"cannot clean up in {folder}: {error.strerror}") from error


def refuse_what_stands(path: Path, *, overwrite: bool) -> None:
    """Refuse to write where something stands, unless it is a regular file and may be replaced.

    Raises
    ------
    ArchiveError
        Naming what stands there.
    """
    kind = kind_of(path)
    if kind is not None and kind != "a file":
        raise ArchiveError(f"{path} is {kind}: name the file itself")
    if kind is not None and not overwrite:
        raise ArchiveError(f"{path} exists: choose another name, or overwrite it explicitly")


def kind_of(path: Path) -> str | None:
    """What stands at a path, links not followed: None, "a file", "a folder", "a symbolic link", …

    Raises
    ------
    ArchiveError
        If the path cannot be looked at: its name is too long, or a folder is closed.
    """
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ArchiveError(f"cannot use the name {path}: {reason}") from error
    if stat.S_ISREG(mode):
        return "a file"
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a symbolic link" if stat.S_ISLNK(mode) else "a device or pipe"


def _publish(part: Path, path: Path, *, overwrite: bool) -> None:
    if overwrite:
        refuse_what_stands(path, overwrite=True)
        os.replace(part, path)
    else:
        try:
            _rename_to_new(part, path)
        except FileExistsError as error:
            raise ArchiveError(
                f"{path} has appeared in the meantime and is left as it is: move it away"
            ) from error
    flush_folder(path.parent)


def _rename_to_new(part: Path, path: Path) -> None:
    """Rename to a name that nothing has: a hard link cannot replace anything.

    Where a file system has no hard links (FAT, some network mounts), an empty file takes the name
    first. Who reads in the instant before it is replaced finds no archive in it.
    """
    try:
        os.link(part, path)
    except OSError as error:
        if error.errno not in NO_HARD_LINKS:
            raise
        os.close(os.open(path, NEW, 0o666))
        os.replace(part, path)
    else:
        part.unlink()


def flush_folder(folder: Path) -> None:
    """Flush a rename to the disk; where folders cannot be flushed, it has succeeded all the same.

    Raises
    ------
    OSError
        If the disk fails.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        if error.errno not in _NO_FOLDER_FLUSH:
            raise
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_FLUSH:
            raise
    finally:
        os.close(descriptor)
