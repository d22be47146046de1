"""What all samples of a size share, made before their tasks: kept on the way, and told of."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from ..backend.printable import duration
from ..samplers.search_state import Keeper
from . import checkpoint

PATIENCE = 10.0
"""Seconds without a word; then after twice as many every time, an hour at most."""

HOUR = 3600.0

Notice = Callable[[str], None]


def keeper(
    folder: str | Path, N: int, identity: str, notice: Notice | None, save_every: float
) -> Keeper:
    """Where a preparation is kept, in the folder of the shards, and who is told of it."""
    path = Path(folder) / f"N={N}.prepared.checkpoint"
    return Keeper(
        load=lambda: checkpoint.load(path, identity, notice),
        save=lambda arrays: checkpoint.save(path, arrays, identity),
        every=save_every,
        sign=Words(N, notice or (lambda _: None)),
    )


class Words:
    """Tells of a preparation that takes long, in lines that come less and less often.

    >>> words = Words(2048, print, patience=0.0)
    >>> words(lambda: 0.25)
    N = 2048: what all samples share is made first: 25 % after ...
    """

    def __init__(self, N: int, notice: Notice, patience: float = PATIENCE) -> None:
        self._N, self._notice = N, notice
        self._began = time.monotonic()
        self._next = patience
        self._first: tuple[float, float] | None = None

    def __call__(self, done: Callable[[], float]) -> None:
        """Say a line, if it is time."""
        now = time.monotonic() - self._began
        if self._first is None:
            # What was done before an interruption says nothing about the rate.
            self._first = done(), now
        if now < self._next:
            return
        self._next = now + min(max(now, PATIENCE), HOUR)
        share, (first, since) = done(), self._first
        words = f"{100.0 * share:.0f} % after {duration(now)}"
        if share > first and now > since:
            left = (1.0 - share) * (now - since) / (share - first)
            words += f", {duration(left)} left"
        self._notice(f"N = {self._N}: what all samples share is made first: {words}")
