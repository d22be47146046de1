"""How many cores there are to work with."""

from __future__ import annotations

import os


def available_cores() -> int:
    """The cores this process may use, which a batch queue may have made fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
