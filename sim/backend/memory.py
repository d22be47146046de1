"""Memory: what is free, and what columns and series take of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import array_api_compat

from ..errors import SimulationError

COLUMNS = 6
"""State and proposal, v and J v of each; momenta; and one in passing."""

SERIES = 7
"""Numbers per measurement and chain: six of its own, and two that it shares with its replica."""

SEARCH_COLUMNS = 12
"""(N, R) numbers at a time of an anneal and the descent after it (11.6 were measured)."""

STEP = 40
"""Bytes per step of an anneal's schedule: as an array, and as a list of numbers."""


CACHE = 2**19
"""Bytes that the arrays of a step best stay below on a processor: half of a core's own cache on
those of the last ten years."""

SHARE = 0.5
"""Of what is free on a device, for the samples that are searched side by side."""


def side_by_side(N: int, R: int, arrays: int, xp: Any) -> int:
    """Samples whose couplings and so many arrays (N, R) fill a device, or a core's cache."""
    free = free_on_device(xp)
    room = CACHE if free is None else SHARE * free
    return max(1, int(room // (8 * (N * N + arrays * N * R))))


def tempering(
    S: int, N: int, R: int, measurements: int, *, mirrored: bool = False
) -> tuple[int, int]:
    """Bytes that a tempering of S samples and R columns needs: on its device, and on the host.

    Columns (S, N, R) several times over beside couplings that are there already, once more for the
    decisions on mirror moves; and the series.
    """
    return 8 * S * (COLUMNS + mirrored) * N * R, 8 * S * SERIES * R * measurements


def require(device_bytes: int, host_bytes: int, xp: Any) -> None:
    """Refuse a run that will not fit; what is free where the system does not say is not judged.

    Raises
    ------
    SimulationError
        Saying what is needed and what is free.
    """
    on_device = free_on_device(xp)
    if on_device is None:
        host_bytes += device_bytes
    else:
        _refuse("the device", device_bytes, on_device)
    _refuse("this machine", host_bytes, free_on_host())


def free_on_device(xp: Any) -> int | None:
    """Bytes free on the GPU; None where arrays live on the host."""
    if not array_api_compat.is_cupy_namespace(xp):
        return None
    import cupy

    free, _ = cupy.cuda.runtime.memGetInfo()
    return int(free) + int(cupy.get_default_memory_pool().free_bytes())


def free_on_host() -> int | None:
    """Bytes that Linux says can be had without swapping; None elsewhere."""
    info = Path("/proc/meminfo")
    if not info.exists():
        return None
    fields = dict(line.split(":", 1) for line in info.read_text().splitlines())
    return int(fields["MemAvailable"].split()[0]) * 1024 if "MemAvailable" in fields else None


def _refuse(where: str, needed: int, free: int | None) -> None:
    if free is not None and needed > free:
        raise SimulationError(
            f"this tempering needs {gibibytes(needed)} and {where} has {gibibytes(free)} free: "
            "temper fewer samples at once, use fewer temperatures, or measure less often"
        )


def gibibytes(size: int) -> str:
    """A number of bytes for people."""
    return f"{size / 2**30:.3g} GiB"
