"""What a user might write: a sampler, and couplings; and archives held against each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from glasswell.sim import Archive, Batch, Found, Run, Sampler
from glasswell.sim.records.packed import pack
from glasswell.sim.sample.rng import normals


@dataclass(frozen=True)
class Drift(Sampler):
    """Random displacements, shifted: a search that needs no sweeps."""

    starts: int = 4
    shift: float = 0.5

    def init(self, batch: Batch) -> Run:
        return Drifted(self, batch)


class Drifted(Run):
    """Its run."""

    done = True

    def __init__(self, sampler: Drift, batch: Batch) -> None:
        rng = batch.generator()
        self._columns = sampler.shift + 3 * rng.standard_normal((1, batch.N, sampler.starts))

    def sweep(self) -> None:
        raise AssertionError("it is done")

    def result(self) -> Found:
        return Found(self._columns)


def ring(N: int, bits: np.random.Philox) -> Any:
    """Couplings between neighbours on a ring, of variance 1/2."""
    J = np.zeros((N, N))
    sites = np.arange(N)
    J[sites, (sites + 1) % N] = normals(bits, N) / np.sqrt(2)
    return J + J.T


def assert_same_data(one: Archive, other: Archive) -> None:
    """Every dataset of every size, bit for bit."""
    assert list(one.sizes) == list(other.sizes)
    for N in one.sizes:
        here, there = (pack(x.sizes[N].rows(0, len(x.sizes[N].sample))) for x in (one, other))
        assert here.keys() == there.keys()
        for name, array in here.items():
            np.testing.assert_array_equal(array, there[name], err_msg=f"N={N}: {name}")
