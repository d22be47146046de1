"""Couplings of your own, from a file: simulated, archived and compared like any other.

Here they are those of a diluted glass, in which every bond is there with probability 1/2 and twice
as strong in the mean square: for N → ∞ its theory is that of Gaussian couplings.
"""

import argparse
from pathlib import Path

import numpy as np
from glasswell.compare import CompareConfig, compare
from glasswell.sim import Sample, SimulationConfig, simulate
from glasswell.theory import Model


def diluted(N: int, rng: np.random.Generator) -> np.ndarray:
    """(N, N) symmetric couplings of variance 1/N, half of them zero."""
    J = np.triu(np.sqrt(2 / N) * rng.standard_normal((N, N)) * (rng.random((N, N)) < 0.5), 1)
    return J + J.T


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="couplings of one's own, from a file")
    parser.add_argument("folder", metavar="DIR", nargs="?", default="couplings")
    (folder := Path(parser.parse_args().folder)).mkdir(exist_ok=True)
    rng, model = np.random.default_rng(1), Model(gamma=2.0, J0=0.0)
    small, large = (np.stack([diluted(N, rng) for _ in range(40)]) for N in (24, 48))
    np.savez(folder / "J.npz", small=small, large=large)

    # One of them by itself: energy, force, Hessian and cavity fields.
    sample = Sample.from_couplings(small[0], model)
    print(sample.energy(np.ones(24)) / 24)

    # All of them: sizes and numbers of samples are those of the file.
    config = SimulationConfig(couplings={"file": str(folder / "J.npz")}, starts=8, steps=500)
    archive = simulate(model, config, folder / "samples.h5", overwrite=True)
    print(archive.config.sizes, archive.config.samples, archive.couplings is not None)

    comparison = compare(archive, CompareConfig(rsb=(0, 1), resamples=200))
    for row in comparison.rows[:2]:
        print(row.name, row.where, row.measured, *(p.value for p in row.predictions))
