"""Ctrl-C that waits for the end of a sweep, so that there is something whole to save."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Interrupt:
    """Whether a signal has come, and which."""

    def __init__(self) -> None:
        self.number: int | None = None

    @property
    def requested(self) -> bool:
        """True once a signal has come."""
        return self.number is not None


@contextmanager
def deferred() -> Iterator[Interrupt]:
    """Note SIGINT and SIGTERM inside, and let them take effect on leaving.

    A second one takes effect at once. Signals that are ignored stay so; outside the main thread,
    where Python hears none, nothing is deferred.
    """
    interrupt = Interrupt()
    heard: dict[int, Any] = {}

    def restore() -> None:
        while heard:
            number, handler = heard.popitem()
            signal.signal(number, handler)

    def note(number: int, _frame: FrameType | None) -> None:
        interrupt.number = number
        restore()

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            # None is a handler that was not set from Python, and cannot be set back.
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                heard[number] = signal.signal(number, note)
    try:
        yield interrupt
    finally:
        restore()
    if interrupt.number is not None:
        signal.raise_signal(interrupt.number)
