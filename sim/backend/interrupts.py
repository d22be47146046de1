"""Ctrl-C and SIGTERM: one way to stop, after the end of a sweep where there is one to save."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn


class Terminated(KeyboardInterrupt):
    """SIGTERM, where it is treated as Ctrl-C is."""


@contextmanager
def terminable() -> Iterator[None]:
    """Raise Terminated at SIGTERM inside, so that who handles Ctrl-C handles both.

    A handler that somebody has set stays; outside the main thread nothing is changed.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _raise_terminated)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _raise_terminated(_number: int, _frame: FrameType | None) -> NoReturn:
    raise Terminated


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

    A second Ctrl-C takes effect at once. A second SIGTERM does not: it comes from a batch system
    that signals every process and from the parent, which then waits. Signals that are ignored stay
    so; outside the main thread, where Python hears none, nothing is deferred.
    """
    interrupt = Interrupt()
    heard: dict[int, Any] = {}

    def restore() -> None:
        while heard:
            number, handler = heard.popitem()
            signal.signal(number, handler)

    def note(number: int, _frame: FrameType | None) -> None:
        interrupt.number = number
        if signal.SIGINT in heard:
            signal.signal(signal.SIGINT, heard.pop(signal.SIGINT))

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
