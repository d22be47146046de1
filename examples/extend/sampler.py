"""A sampler of one's own: basin hopping at zero temperature, in one file.

Every start is minimised, then kicked and minimised again and again; a hop that leads downwards is
kept, any other forgotten. ``python examples/extend/sampler.py`` compares it with quenches.
"""

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from glasswell.sim import Batch, Found, Quench, Run, Sampler, SimulationConfig, minimise, simulate
from glasswell.theory import Model


@dataclass(frozen=True)
class Hopping(Sampler):
    """Kicks of a given length, in units of the model's 1/√a; its fields are its options."""

    starts: int = 8
    hops: int = 10
    kick: float = 3.0

    def init(self, batch: Batch) -> Run:
        return Hops(self, batch)


class Hops(Run):
    """The hops of one sample; a sweep is one hop of every column."""

    def __init__(self, options: Hopping, batch: Batch) -> None:
        self.options, self.J, self.model = options, batch.J[0], batch.sites[0]
        self.rng, self.hop = batch.generator(), 0
        start = self.rng.normal(0.0, options.kick, (batch.N, options.starts))
        self.best = minimise(start, self.J, self.model)

    @property
    def done(self) -> bool:
        return self.hop >= self.options.hops

    def sweep(self) -> None:
        kicked = self.best.v + self.rng.normal(0.0, self.options.kick, self.best.v.shape)
        new, old = minimise(kicked, self.J, self.model), self.best
        columns = {name: np.where(new.energy < old.energy, x, getattr(old, name))
                   for name, x in vars(new).items()}  # fmt: skip
        self.best, self.hop = type(old)(**columns), self.hop + 1

    def result(self) -> Found:
        return Found(self.best.v[None])


if __name__ == "__main__":
    argparse.ArgumentParser(description="basin hopping beside quenches").parse_args()
    for sampler in (Quench(starts=8), Hopping()):
        config = SimulationConfig(sizes=(64,), samples=4, sampler=sampler)
        with tempfile.TemporaryDirectory() as folder:
            found = simulate(Model(gamma=10.0), config, Path(folder) / "hops.h5").sizes[64]
        print(f"{sampler.label(64)}: lowest energy per site {found.energy[:, 0].mean():.4f}")
