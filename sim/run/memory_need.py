"""The memory that a run will take: estimated, and refused where it will not fit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ..backend import devices
from ..backend.devices import resolve
from ..backend.memory import free_on_device, free_on_host, gibibytes
from ..config import SimulationConfig
from ..config.part import WHOLE, Part
from ..errors import SimulationError
from . import executors, planning

MATRICES = 6
"""(N, N) numbers at a time: couplings as they are made, the Hessian, its factor and inverse (5.6
to 6.2 were measured for N = 256 … 1200)."""

WORTH_SAYING = 2**29
"""Bytes from which a run says what it will take."""

NUMBER = 24
"""Bytes per sample that is still to be made: its number, and what it is compared with."""

KEPT = 3
"""Numbers per site of a state that is kept; twice, while the archive is put together."""


@dataclass(frozen=True)
class Load:
    """Bytes of a run: of every process at its largest size, and of the one that starts them."""

    N: int
    worker: int
    parent: int


def load_of(config: SimulationConfig, chunk: int | None, part: Part = WHOLE) -> Load:
    """What a run takes at the least, before anything is allocated; ``chunk`` samples a task."""
    N, sampler = max(config.sizes), config.sampler
    together = (chunk or planning.together_of(N)) if sampler.together else 1
    worker = 8 * (MATRICES - 1 + together) * N**2 + sampler.memory(N, together)
    samples = {n: len(part.samples(config, n)) for n in config.sizes}
    kept = sum(count * config.kept * KEPT * n for n, count in samples.items())
    return Load(N, worker, 8 * 2 * kept + NUMBER * sum(samples.values()))


def in_words(load: Load, processes: int) -> str | None:
    """What a run needs at the least, in one line; None where it is little."""
    if processes * load.worker < WORTH_SAYING:
        return None
    return (
        f"memory: N = {load.N} takes {gibibytes(load.worker)} or more in each of {processes} "
        f"process{'es' if processes > 1 else ''}"
    )


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
            f"the states of all samples need {gibibytes(load.parent)} and this machine has "
            f"{gibibytes(on_host)} free: take fewer samples, or keep fewer states of each"
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
        f"N = {load.N} needs {gibibytes(load.worker)} in each of {processes} processes, and "
        f"{where} has {gibibytes(free)} free: {advice}"
    )


def check_run(
    config: SimulationConfig,
    chunk: int | None,
    *,
    engine: str,
    workers: int | None,
    device: str,
    scheduler: str | None = None,
    part: Part = WHOLE,
) -> str | None:
    """Refuse a run that memory is too short for, before anything is made; as ``simulate`` does.

    Returns what it will take in words, if that is much. Of workers elsewhere nothing is known.

    Raises
    ------
    DeviceError
        If the device is not there.
    SimulationError
        Saying what is needed, what is free and what would fit.
    """
    load, here = load_of(config, chunk, part), 0
    if scheduler is None:
        tasks = sum(-(-config.samples_of(N) // (chunk or 1)) for N in config.sizes)
        # Several devices share the processes.
        here = -(-executors.processes(engine, workers, tasks, device) // devices.count(device))
    check(load, here, resolve(device))
    return in_words(load, here)
