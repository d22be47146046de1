"""Progress, as far as those who work are concerned: a function that they call."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with what is done, and with all there is to do."""


def silent(_done: int, _total: int) -> None:
    """No progress wanted."""
