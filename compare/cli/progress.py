"""Progress on stderr: a bar on a terminal, and a plain line a minute anywhere else."""

from __future__ import annotations

import argparse
import itertools
import math
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from glasswell.sim.backend.printable import duration

if TYPE_CHECKING:
    from tqdm import tqdm

PATIENCE = 2.0
"""Seconds without a sign of life that nobody minds."""

EVERY = 60.0
"""Seconds between two lines in a log."""


def add_quiet(parser: argparse.ArgumentParser) -> None:
    """The option of every command that takes long."""
    parser.add_argument(
        "--quiet", action="store_true", help="no progress and no notices on stderr; errors still"
    )


class Meter:
    """To be called with (done, all); ``done`` may have a fraction, from a piece that is not whole.

    Threads may call it, and ``note`` what is worth knowing beside the numbers.
    """

    def __init__(self, display: _Bar | _Lines | None) -> None:
        self._display = display
        self._over, self._lock = threading.Event(), threading.Lock()
        self._pulse: threading.Thread | None = None
        self._pieces = 0

    def __call__(self, done: float, total: int) -> None:
        """So much is done now."""
        if self._display is None:
            return
        with self._lock:
            self._pieces = total
            if self._pulse is None:
                self._display.begin(done, total)
                pulse = (self._display, self._over, self._lock)
                self._pulse = threading.Thread(target=_pulse, args=pulse, daemon=True)
                self._pulse.start()
            self._display.update(done, total)

    def note(self, text: str) -> None:
        """Show this beside the numbers from now on."""
        if self._display is not None:
            with self._lock:
                self._display.note = text

    def say(self, line: str) -> None:
        """Print a line of its own, above the bar of a terminal."""
        if self._display is not None:
            with self._lock:
                self._display.say(line)

    def close(self, *, finished: bool) -> None:
        """Show the last state, in which all is done if it is ``finished``."""
        self._over.set()
        if self._pulse is None or self._display is None:
            return
        self._pulse.join()
        if finished:
            self._display.update(self._pieces, self._pieces)
        self._display.end()


@contextmanager
def meter(
    name: str,
    unit: str,
    *,
    keep: bool = False,
    quiet: bool = False,
    stream: TextIO | None = None,
) -> Iterator[Meter]:
    """A ``Meter`` to be called with (done, all), shown on stderr while the context lasts.

    Nothing is shown before its first call, so that what is refused leaves stderr clean, nor of
    work that ends within two seconds. A thread keeps the display going between calls: one step may
    take minutes. Leaving without an exception means that all is done.

    Parameters
    ----------
    name, unit
        What is done, and one piece of it.
    keep
        Show it from the first call on, and leave the last state standing.
    quiet
        Show nothing.
    stream
        Where to; stderr by default.

    Examples
    --------
    >>> with meter("work", "piece") as progress:
    ...     for n in range(3):
    ...         progress(n, 3)
    """
    stream = sys.stderr if stream is None else stream
    # None as under pythonw, or with stderr closed.
    shown = not quiet and stream is not None
    display = (_Bar if stream.isatty() else _Lines)(name, unit, keep, stream) if shown else None
    progress, finished = Meter(display), False
    try:
        yield progress
        finished = True
    finally:
        progress.close(finished=finished)


def _pulse(display: _Bar | _Lines, over: threading.Event, lock: threading.Lock) -> None:
    wait = display.patience or display.every
    while not over.wait(wait):
        with lock:
            display.beat()
        wait = display.every


@contextmanager
def followed(points: int, *, quiet: bool) -> Iterator[Callable[[Iterable[float]], Iterable[float]]]:
    """A wrapper of iterations over points of phase boundaries, which shows how far they are."""
    with meter("phases", "point", quiet=quiet) as progress:
        done = itertools.count(1)

        def track(values: Iterable[float]) -> Iterable[float]:
            for value in values:
                yield value
                progress(next(done), points)

        progress(0, points)
        yield track


class _Display:
    """How far it is, and since when."""

    every: float

    def __init__(self, name: str, unit: str, keep: bool, stream: TextIO) -> None:
        self.patience = 0.0 if keep else PATIENCE
        self._name, self._unit, self._keep, self._stream = name, unit, keep, stream
        self._first = self._done = 0.0
        self._total = 0
        self._began = self._counting = 0.0
        self._moved = False
        self.note = ""

    def begin(self, done: float, total: int) -> None:
        """Start the clock; what was done before says nothing about the rate."""
        self._first, self._done, self._total = done, done, total
        self._began = self._counting = time.monotonic()

    def update(self, done: float, total: int) -> None:
        """Note how far it is."""
        if done > self._first and not self._moved:
            self._moved = True
            if done % 1.0:
                # What is seen of a piece first may have been done before, or may have waited.
                self._first, self._counting = done, time.monotonic()
        self._done, self._total = done, total

    def say(self, line: str) -> None:
        """Print a line of its own."""
        print(line, file=self._stream, flush=True)

    @property
    def words(self) -> str:
        """The state and the note."""
        now = time.monotonic()
        since, counted = now - self._began, now - self._counting
        text = state(self._unit, self._first, self._done, self._total, since, counted)
        return f"{text}; {self.note}" if self.note else text


class _Bar(_Display):
    """The bar of a terminal, redrawn in place."""

    every = 1.0

    def say(self, line: str) -> None:
        """Above the bar."""
        from tqdm import tqdm

        tqdm.write(line, file=self._stream)

    def begin(self, done: float, total: int) -> None:
        """Draw it."""
        super().begin(done, total)
        from tqdm import tqdm

        self._bar: tqdm[None] = tqdm(
            initial=done,
            total=total,
            desc=self._name,
            leave=self._keep,
            file=self._stream,
            delay=self.patience,
            miniters=0,
            bar_format="{desc}: {percentage:3.0f}%|{bar:10}| {unit}",
            unit=self.words,
            dynamic_ncols=True,
        )

    def update(self, done: float, total: int) -> None:
        """Draw it again, if the last time is long enough ago."""
        super().update(done, total)
        self._bar.total, self._bar.unit = total, self.words
        self._bar.update(done - self._bar.n)

    def beat(self) -> None:
        """A second has passed."""
        self.update(self._done, self._total)

    def end(self) -> None:
        """The last state, or an empty line."""
        self._bar.unit = self.words
        self._bar.close()


class _Lines(_Display):
    """Lines for a log, at most one a minute between the first and the last."""

    every = EVERY

    def __init__(self, name: str, unit: str, keep: bool, stream: TextIO) -> None:
        super().__init__(name, unit, keep, stream)
        self._shown: tuple[float, int] | None = None

    def begin(self, done: float, total: int) -> None:
        """Say so if nobody is to wait."""
        super().begin(done, total)
        if not self.patience:
            self.beat()

    def beat(self) -> None:
        """Write a line."""
        self._shown = self._done, self._total
        print(f"{self._name}: {self.words}", file=self._stream, flush=True)

    def end(self) -> None:
        """The last state, unless nothing was shown or this was."""
        if self._shown not in (None, (self._done, self._total)):
            self.beat()


def state(
    unit: str,
    first: float,
    done: float,
    total: int,
    elapsed: float,
    counted: float | None = None,
) -> str:
    """For example ``0.35/8 samples after 2 min 3 s, 351 s/sample, 44 min 46 s left``.

    Parameters
    ----------
    first
        What was done before.
    elapsed
        Seconds since the start.
    counted
        Seconds that the rest has taken; all of them by default.
    """
    counted = elapsed if counted is None else counted
    # Not more than is done, and without zeros that say nothing.
    shown = f"{math.floor(100.0 * done) / 100.0:.2f}".rstrip("0").rstrip(".")
    words = f"{shown}/{total} {unit}s"
    if elapsed >= 1.0:
        words += f" after {duration(elapsed)}"
    if done <= first or counted <= 0.0:
        return words
    rate = (done - first) / counted
    words += f", {rate:.3g} {unit}s/s" if rate >= 1.0 else f", {1 / rate:.3g} s/{unit}"
    return words if done >= total else f"{words}, {duration((total - done) / rate)} left"
