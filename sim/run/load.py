"""What a run takes of the memory, before anything is allocated."""

from __future__ import annotations

from ..backend.memory import KEPT, MATRICES, SEARCH_COLUMNS, STEP, TASK, Load, tempering
from ..config import SimulationConfig


def load_of(config: SimulationConfig, chunk: int) -> Load:
    """What a run takes at the least; ``chunk`` samples a task."""
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
    return Load(N, worker, 8 * 2 * kept + TASK * tasks)
