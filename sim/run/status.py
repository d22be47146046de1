"""Signs of life: how far the tasks of a run are, in small files that whoever waits can read.

Nothing but the folder of the shards is shared with workers, wherever they are. A task that takes
longer than a moment writes its file anew every second or so, and removes it in the end. What is
read may be old or missing, and nothing depends on it.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = "status"
"""Within the folder of the shards, so that they are found among many thousands of those."""

PATIENCE = 2.0
"""Seconds that a task takes without telling of itself."""

EVERY = 1.0
"""Seconds between two signs, the first ones; later ones come after one part in sixty of the time,
or LONGEST."""

LONGEST = 30.0

_WIDTH = 16
"""Characters of a file: all are written at once, in place of all that were there."""


class Sign:
    """Tells how many samples of a task are done, fractions included.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     sign = Sign(Path(folder) / "N=8.000000", 0.0)
    ...     sign(lambda: 0.25)
    ...     total(folder)
    0.25
    """

    def __init__(self, path: str | Path, patience: float) -> None:
        self._path = Path(path)
        self._began = time.monotonic()
        self._next = self._began + patience

    def __call__(self, done: Callable[[], float]) -> None:
        """Write it, if the last time is long enough ago; ``done`` is not called otherwise."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + min(max(EVERY, (now - self._began) / 60.0), LONGEST)
        try:
            self._path.parent.mkdir(exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
            descriptor = os.open(self._path, flags, 0o666)
            try:
                os.write(descriptor, f"{done():{_WIDTH}.6f}".encode())
            finally:
                os.close(descriptor)
        except OSError:
            # A full disk is said where something is lost: when the next checkpoint is saved.
            self._next = now + LONGEST

    def remove(self) -> None:
        """The task is over, or interrupted."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            self._next = float("inf")


def total(folder: str | Path) -> float:
    """Samples that are done in all tasks whose signs lie in a folder; 0.0 where there are none."""
    found = 0.0
    try:
        with os.scandir(folder) as files:
            for file in files:
                found += _read(file.path)
    except OSError:
        return found
    return found


def _read(path: str) -> float:
    try:
        return float(Path(path).read_text(encoding="ascii"))
    except (OSError, ValueError):
        # Just removed, or not yet written.
        return 0.0


def clear(folder: str | Path) -> None:
    """Forget what killed tasks have left."""
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def cleared(folder: str | Path) -> Iterator[None]:
    """Forget all signs on leaving, when nobody works any more."""
    try:
        yield
    finally:
        clear(folder)
