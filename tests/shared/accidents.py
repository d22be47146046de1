"""What ends its process: jobs, a sampler, and couplings of one's own, found by name in workers."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from glasswell.sim import Batch, Quench, Run


def couplings(N: int, bits: np.random.BitGenerator) -> np.ndarray:
    """(N, N) standard numbers of an ensemble of one's own: uniform."""
    upper = np.triu(np.random.Generator(bits).uniform(-(3**0.5), 3**0.5, (N, N)), 1)
    return upper + upper.T


@dataclass(frozen=True)
class Deadly(Quench):
    """Quenches; the process dies at some samples, as by a fault in compiled code."""

    deadly: tuple[int, ...] = ()
    """Numbers of the samples."""
    times: int = 0
    """How often each of them kills; 0 for every time."""
    notes: str = ""
    """A folder, in which deaths are counted."""
    by: int = signal.SIGKILL

    def init(self, batch: Batch) -> Run:
        """A quench, or the end."""
        for number in set(batch.numbers) & set(self.deadly):
            deaths = _noted(Path(self.notes) / f"{batch.N}-{number}")
            if not self.times or deaths <= self.times:
                os.kill(os.getpid(), self.by)
        return super().init(batch)


def _noted(notes: Path) -> int:
    """Note a death; returns how many there were."""
    with notes.open("a") as file:
        file.write("x")
    return notes.stat().st_size
