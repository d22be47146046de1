"""Files that may be no archives: what is wrong with one becomes one line that names it."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..backend import lock
from ..backend.printable import printable
from ..errors import ArchiveError
from .hdf5_objects import first_line

AGAIN = "copy or make it again"
REMADE = "its samples are made again"


@contextmanager
def named(path: str | Path, advice: str) -> Iterator[None]:
    """Whatever goes wrong while the file is read becomes an error that names it.

    Raises
    ------
    ArchiveError
        With the advice.
    LockError
        If the file system has no locks.
    """
    try:
        yield
    except ArchiveError as error:
        raise ArchiveError(f"{path}: {error}: {advice}") from error
    except (OSError, KeyError, RuntimeError) as error:
        lock.refuse_hdf5(path, error)
        raise ArchiveError(
            f"{path} is not a whole HDF5 file ({first_line(error)}): {advice}"
        ) from error
    except (ValueError, TypeError, MemoryError) as error:
        raise ArchiveError(
            f"{path} holds values that make no sense ({first_line(error)}): {advice}"
        ) from error


def check_regular(path: str | Path) -> None:
    """A pipe would keep its reader waiting, a device has no end.

    Raises
    ------
    ArchiveError
        If there is no regular file.
    """
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise ArchiveError(
            f"there is no archive {printable(path)} ({why}): make it with `glasswell simulate`"
        ) from error
    if not stat.S_ISREG(mode):
        raise ArchiveError(f"there is no archive {path}: it is not a regular file")
