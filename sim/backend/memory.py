"""Memory: estimated before a run, refused where it will not fit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import array_api_compat

from ..errors import SimulationError

if TYPE_CHECKING:
    from ..config import SimulationConfig

COLUMNS = 6
"""State and proposal, v and J v of each; momenta; and one in passing."""

SERIES = 7
"""Numbers per measurement and chain: six of its own, and two that it shares with its replica."""

MATRICES = 7
"""(N, N) numbers at a time: couplings as they are made, the Hessian, its modes and inverse (7.4
were measured at N = 1200)."""

SEARCH_COLUMNS = 15
"""(N, R) numbers at a time of an anneal and the descent after it (15.5 were measured)."""

STEP = 40
"""Bytes per step of an anneal's schedule: as an array, and as a list of numbers."""

TASK = 500
"""Bytes per sample that is still to be made."""

KEPT = 3
"""Numbers per site of a state that is kept; twice, while the archive is put together."""


def tempering(S: int, N: int, R: int, measurements: int) -> tuple[int, int]:
    """Bytes that a tempering of S samples and R columns needs: on its device, and on the host.

    Columns (S, N, R) several times over beside couplings that are there already; and the series.
    """
    return 8 * S * COLUMNS * N * R, 8 * S * SERIES * R * measurements


@dataclass(frozen=True)
class Load:
    """Bytes of a run: of every process at its largest size, and of the one that starts them."""

    N: int
    worker: int
    parent: int

    @classmethod
    def of(cls, config: SimulationConfig, chunk: int) -> Load:
        """What a run takes at the least, before anything is allocated; ``chunk`` samples a task."""
        N = max(config.sizes)
        together = chunk if config.method == "temper" else 1
        steps = config.steps or 0 if config.method == "anneal" else 0
        columns = SEARCH_COLUMNS * N * config.starts * together
        worker = 8 * ((MATRICES - 1 + together) * N**2 + columns) + STEP * steps
        if config.method == "temper":
            rungs = len(config.temperatures) if config.temperatures else config.rungs or 2
            measurements = (config.sweeps or 0) // config.measure_every
            worker += sum(tempering(together, N, 2 * rungs, measurements))
        kept = sum(config.samples_of(n) * config.kept * KEPT * n for n in config.sizes)
        tasks = sum(config.samples_of(n) for n in config.sizes)
        return cls(N, worker, 8 * 2 * kept + TASK * tasks)


def check(load: Load, processes: int, xp: Any) -> None:
    """Refuse a run that will not fit before it starts.

    Raises
    ------
    SimulationError
        Saying what is needed, what is free and what would fit.
    """
    on_device, on_host = free_on_device(xp), free_on_host()
    where, free = ("this machine", on_host) if on_device is None else ("the device", on_device)
    share = load.parent if on_device is None else 0
    if on_host is not None and load.parent > on_host:
        raise SimulationError(
            f"the states of all samples need {_GiB(load.parent)} and this machine has "
            f"{_GiB(on_host)} free: take fewer samples, or keep fewer states of each"
        )
    if free is None or processes * load.worker + share <= free:
        return
    fit = (free - share) // load.worker
    largest = math.isqrt((free - share) // (8 * MATRICES))
    if fit >= 1:
        advice = f"{fit} fit, set with --workers"
    elif largest < load.N:
        advice = f"N = {largest} would fit"
    else:
        advice = "take fewer starts, steps or measurements"
    raise SimulationError(
        f"N = {load.N} needs {_GiB(load.worker)} in each of {processes} processes, and {where} has "
        f"{_GiB(free)} free: {advice}"
    )


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
            f"this tempering needs {_GiB(needed)} and {where} has {_GiB(free)} free: temper "
            "fewer samples at once, use fewer temperatures, or measure less often"
        )


def _GiB(size: int) -> str:
    return f"{size / 2**30:.3g} GiB"
