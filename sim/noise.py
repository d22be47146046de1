"""The random numbers of sweep t: functions of a key and t, so that a checkpoint is a number."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Any

import array_api_compat.numpy
import numpy as np
from numpy.typing import NDArray

from .rng import Floats, Purpose, bit_stream

Array = Any


class _Use(IntEnum):
    """The most significant word of the counter: streams of one key that never meet."""

    MOMENTA = 0
    DECISIONS = 1
    SWAPS = 2
    LENGTHS = 3


@dataclass(frozen=True)
class Noise:
    """What chance contributes to each sweep of S samples.

    The Philox generator is a function of a key and a counter. Here the key is (seed, N, sample)
    and sweep t starts its own stretch of 2^128 numbers; a run therefore goes on from sweep t
    without having kept any generator, and a sample's numbers do not depend on the samples that
    are computed beside it.

    Parameters
    ----------
    seed, N, samples
        The key; one stream for each of the samples.
    xp
        Namespace of the momenta; on CuPy they are drawn on the device.
    """

    seed: int
    N: int
    samples: tuple[int, ...]
    xp: Any = field(default=array_api_compat.numpy, compare=False)

    def momenta(self, sweep: int, R: int) -> Array:
        """(S, N, R) standard normals."""
        shape = (self.N, R)
        if array_api_compat.is_cupy_namespace(self.xp):
            return self.xp.stack(
                [
                    self._on_device(generator, shape)
                    for generator in self._generators(sweep, _Use.MOMENTA)
                ]
            )
        out = np.empty((len(self.samples), *shape))
        for s, generator in enumerate(self._generators(sweep, _Use.MOMENTA)):
            generator.standard_normal(out=out[s])
        return self.xp.asarray(out)

    def decisions(self, sweep: int, R: int) -> Floats:
        """(S, R) uniforms in [0, 1) that accept or reject."""
        return np.stack([g.random(R) for g in self._generators(sweep, _Use.DECISIONS)])

    def swaps(self, sweep: int, count: int) -> Floats:
        """(S, count) uniforms in [0, 1) that decide on exchanges of temperatures."""
        return np.stack([g.random(count) for g in self._generators(sweep, _Use.SWAPS)])

    def length(self, sweep: int) -> float:
        """A uniform in [0, 1) that all samples of a size share: columns step together."""
        return float(_at(self._common_key, sweep, _Use.LENGTHS).random())

    @cached_property
    def _keys(self) -> list[NDArray[np.uint64]]:
        return [self._key(sample) for sample in self.samples]

    @cached_property
    def _common_key(self) -> NDArray[np.uint64]:
        return self._key(0)

    def _key(self, sample: int) -> NDArray[np.uint64]:
        bits = bit_stream(Purpose.TEMPERING, seed=self.seed, N=self.N, sample=sample)
        return np.asarray(bits.random_raw(2), dtype=np.uint64)

    def _generators(self, sweep: int, use: _Use) -> list[np.random.Generator]:
        return [_at(key, sweep, use) for key in self._keys]

    def _on_device(self, generator: np.random.Generator, shape: tuple[int, int]) -> Array:
        import cupy

        # CuPy keeps 32 bits of a seed: two sweeps in 2^32 share their momenta, at different
        # displacements, which no average can see.
        key = int(generator.integers(2**32))
        return cupy.random.Generator(cupy.random.Philox4x3210(key)).standard_normal(shape)


def _at(key: NDArray[np.uint64], sweep: int, use: _Use) -> np.random.Generator:
    counter = np.asarray([0, 0, sweep, int(use)], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter))
