"""What a run takes of the memory, before anything is allocated."""

from __future__ import annotations

from ..backend.memory import KEPT, MATRICES, TASK, Load
from ..config import SimulationConfig


def load_of(config: SimulationConfig, chunk: int) -> Load:
    """What a run takes at the least; ``chunk`` samples a task."""
    N, sampler = max(config.sizes), config.sampler
    together = chunk if sampler.together else 1
    worker = 8 * (MATRICES - 1 + together) * N**2 + sampler.memory(N, together)
    kept = sum(config.samples_of(n) * config.kept * KEPT * n for n in config.sizes)
    tasks = sum(config.samples_of(n) for n in config.sizes)
    return Load(N, worker, 8 * 2 * kept + TASK * tasks)
