"""How far a run is, told while it goes on: samples that are done, and parts of the others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from . import status

Progress = Callable[[float, int], None]
"""Called with the number of samples done, parts of samples included, and of all."""

LOOK_EVERY = 1.0
"""Seconds between two looks at the signs of tasks, or ten times what a look takes."""


class Watch:
    """Tells ``progress`` of whole samples as tasks finish, and of parts in between.

    What is told never decreases. Parts of samples are told from a thread of its own, one call at a
    time; what ``progress`` raises there is raised here by the next call, or on leaving.

    Parameters
    ----------
    progress
        None where nobody listens.
    signs
        The folder of ``status`` files.
    done, total
        Samples.

    Examples
    --------
    >>> with Watch(print, "no/such/folder", done=2, total=8) as watch:
    ...     watch.finished(4)
    2 8
    6 8
    """

    def __init__(
        self,
        progress: Progress | None,
        signs: str | Path,
        *,
        done: int,
        total: int,
    ) -> None:
        self._progress, self._signs = progress, signs
        self._done, self._total = done, total
        self._told = -1.0
        self._lock, self._over = threading.Lock(), threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        if self._progress is not None:
            self._tell(0.0)
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        if error is None:
            self._raise()

    def finished(self, samples: int) -> None:
        """So many more samples are whole."""
        self._raise()
        with self._lock:
            self._done += samples
        self._tell(0.0)

    def _tell(self, parts: float) -> None:
        if self._progress is None:
            return
        with self._lock:
            done = min(self._done + parts, self._total) if parts else self._done
            if done > self._told:
                self._told = done
                self._progress(done, self._total)

    def _look(self) -> None:
        wait = LOOK_EVERY
        while not self._over.wait(wait):
            began = time.monotonic()
            try:
                self._tell(status.total(self._signs))
            except BaseException as error:
                # Whatever it is, it goes on its way where the run is.
                self._failure = error
                return
            wait = max(LOOK_EVERY, 10.0 * (time.monotonic() - began))

    def _raise(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure
