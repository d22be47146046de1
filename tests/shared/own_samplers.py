"""Samplers of a user's own, in a module that worker processes and subprocesses find."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from glasswell.sim import Batch, Found, Run, Sampler


@dataclass(frozen=True)
class Wandering(Sampler):
    """Random steps of every column, with a checkpoint or without one, and slow if it is told."""

    starts: int = 3
    sweeps: int = 40
    kept: bool = True
    told: bool = True
    pause: float = 0.0

    def init(self, batch: Batch) -> Run:
        return (Wander if self.kept else Forgetful)(self, batch)


class Forgetful(Run):
    """Begins anew after an interruption."""

    def __init__(self, options: Wandering, batch: Batch) -> None:
        self.options, self.batch, self.swept = options, batch, 0
        self.v = np.zeros((1, batch.N, options.starts))

    @property
    def done(self) -> bool:
        return self.swept == self.options.sweeps

    @property
    def progress(self) -> float | None:
        return self.swept / self.options.sweeps if self.options.told else None

    def sweep(self) -> None:
        time.sleep(self.options.pause)
        rng = np.random.default_rng([self.batch.seed, self.batch.numbers[0], self.swept])
        self.v = self.v + rng.normal(0.0, 1.0, self.v.shape)
        self.swept += 1

    def result(self) -> Found:
        return Found(self.v)


class Wander(Forgetful):
    """Goes on where it was."""

    def checkpoint(self) -> Any:
        return {"v": self.v, "swept": np.asarray(self.swept)}

    def restore(self, arrays: Any) -> None:
        self.v, self.swept = arrays["v"], int(arrays["swept"])
