"""Progress on stderr: a bar on a terminal, and a plain line a minute anywhere else."""

from __future__ import annotations

import itertools
import math
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from glasswell.theory.numerics.progress import Progress, silent

if TYPE_CHECKING:
    from tqdm import tqdm

PATIENCE = 2.0
"""Seconds without a sign of life that nobody minds."""

EVERY = 60.0
"""Seconds between two lines in a log."""


@contextmanager
def meter(
    name: str, unit: str, *, keep: bool = False, stream: TextIO | None = None
) -> Iterator[Progress]:
    """A function to be called with (done, all), shown on stderr while the context lasts.

    Nothing is shown before its first call, so that what is refused leaves stderr clean, nor of
    work that ends within two seconds. A thread keeps the display going between calls: one step may
    take minutes. Leaving without an exception means that all is done.

    Parameters
    ----------
    name, unit
        What is done, and one piece of it.
    keep
        Show it from the first call on, and leave the last state standing.
    stream
        Where to; stderr by default.

    Examples
    --------
    >>> with meter("work", "piece") as progress:
    ...     for n in range(3):
    ...         progress(n, 3)
    """
    stream = sys.stderr if stream is None else stream
    if stream is None:  # as under pythonw, or with stderr closed
        yield silent
        return
    display = (_Bar if stream.isatty() else _Lines)(name, unit, keep, stream)
    over, pieces = threading.Event(), 0
    pulse: threading.Thread | None = None

    def show(done: int, total: int) -> None:
        nonlocal pulse, pieces
        pieces = total
        if pulse is None:
            display.begin(done, total)
            pulse = threading.Thread(target=_pulse, args=(display, over), daemon=True)
            pulse.start()
        display.update(done, total)

    try:
        yield show
        if pulse is not None:
            display.update(pieces, pieces)
    finally:
        over.set()
        if pulse is not None:
            pulse.join()
            display.end()


def _pulse(display: _Bar | _Lines, over: threading.Event) -> None:
    wait = display.patience or display.every
    while not over.wait(wait):
        display.beat()
        wait = display.every


@contextmanager
def followed(points: int) -> Iterator[Callable[[Iterable[float]], Iterable[float]]]:
    """A wrapper of iterations over points of phase boundaries, which shows how far they are."""
    with meter("phases", "point") as progress:
        done = itertools.count(1)

        def track(values: Iterable[float]) -> Iterable[float]:
            for value in values:
                yield value
                progress(next(done), points)

        progress(0, points)
        yield track


class _Bar:
    """The bar of a terminal, redrawn in place."""

    every = 1.0

    def __init__(self, name: str, unit: str, keep: bool, stream: TextIO) -> None:
        self.patience = 0.0 if keep else PATIENCE
        self._options = {"desc": name, "unit": unit, "leave": keep, "file": stream}
        self._bar: tqdm[None]

    def begin(self, done: int, total: int) -> None:
        """Start the clock; what was done before says nothing about the rate."""
        from tqdm import tqdm

        self._bar = tqdm(
            initial=done, total=total, delay=self.patience, miniters=0, **self._options
        )

    def update(self, done: int, total: int) -> None:
        """Note how far it is."""
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def beat(self) -> None:
        """A second has passed."""
        self._bar.update(0)

    def end(self) -> None:
        """The last state, or an empty line."""
        self._bar.close()


class _Lines:
    """Lines for a log, at most one a minute between the first and the last."""

    every = EVERY

    def __init__(self, name: str, unit: str, keep: bool, stream: TextIO) -> None:
        self.patience = 0.0 if keep else PATIENCE
        self._name, self._unit, self._stream = name, unit, stream
        self._first = self._done = self._total = 0
        self._began = 0.0
        self._shown: tuple[int, int] | None = None

    def begin(self, done: int, total: int) -> None:
        """Start the clock, and say so if nobody is to wait."""
        self._first, self._done, self._total = done, done, total
        self._began = time.monotonic()
        if not self.patience:
            self.beat()

    def update(self, done: int, total: int) -> None:
        """Note how far it is."""
        self._done, self._total = done, total

    def beat(self) -> None:
        """Write a line."""
        done, total = self._shown = self._done, self._total
        elapsed = time.monotonic() - self._began
        text = state(self._unit, self._first, done, total, elapsed)
        print(f"{self._name}: {text}", file=self._stream, flush=True)

    def end(self) -> None:
        """The last state, unless nothing was shown or this was."""
        if self._shown not in (None, (self._done, self._total)):
            self.beat()


def state(unit: str, first: int, done: int, total: int, elapsed: float) -> str:
    """For example ``120/2000 samples after 2 min 3 s, 1.02 s/sample, 32 min left``.

    Parameters
    ----------
    first
        What was done when the clock was started.
    elapsed
        Seconds since then.
    """
    words = f"{done}/{total} {unit}s"
    if elapsed >= 1.0:
        words += f" after {duration(elapsed)}"
    if done <= first or elapsed <= 0.0:
        return words
    rate = (done - first) / elapsed
    words += f", {rate:.3g} {unit}s/s" if rate >= 1.0 else f", {1 / rate:.3g} s/{unit}"
    return words if done >= total else f"{words}, {duration((total - done) / rate)} left"


def duration(seconds: float) -> str:
    """Seconds in the two largest units that they fill: ``3 s``, ``2 min 5 s``, ``1 d 4 h``."""
    rest, units = math.ceil(seconds), (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    parts: list[str] = []
    for name, length in units:
        count, rest = divmod(rest, length)
        if count or (parts and len(parts) < 2):
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"
