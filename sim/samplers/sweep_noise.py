"""The random numbers of sweep t: functions of a key and t, so that a checkpoint is a number."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Any

import array_api_compat.numpy
import numpy as np
from numpy.typing import NDArray

from .._typing import Array, Floats, Integers
from ..sample.rng import Purpose, bit_stream


class Part(IntEnum):
    """Stretches of 2^64 blocks of a sweep's numbers, one for each kind of move."""

    TRAJECTORIES = 0
    MIRRORS = 1


@dataclass(frozen=True)
class Draws:
    """What chance contributes to one sweep of S samples."""

    momenta: Array
    """(S, N, R) standard normals, the caller's to use up."""
    decisions: Floats
    """(S, R) uniforms in [0, 1) that accept or reject trajectories."""
    swaps: Floats
    """(S, P) uniforms in [0, 1) that decide on exchanges."""


@dataclass(frozen=True)
class Trials:
    """What chance contributes to one sweep of mirror moves."""

    sites: Integers
    """(n,) different sites, tried in this order."""
    choices: Floats
    """(n,) uniforms in [0, 1) that choose among a site's mirrors."""
    decisions: Array
    """(S, n, R) uniforms in [0, 1) that accept or reject."""


@dataclass(frozen=True)
class Noise:
    """The random numbers of a run, sweep by sweep.

    The Philox generator is a function of a key and a counter. Here the key is (seed, N, sample)
    and sweep t starts its own stretch of 2^128 blocks; a run therefore goes on from sweep t
    without having kept any generator, and a sample's numbers do not depend on the samples that
    are computed beside it.

    Parameters
    ----------
    seed, N, samples
        The key; one stream for each of the samples.
    xp
        Namespace of the momenta; on CuPy they are drawn on the device.
    purpose
        What the run is for, part of the key.
    epoch
        Tells apart runs of one key that follow one another.

    Examples
    --------
    >>> from glasswell.sim import Noise
    >>> noise = Noise(seed=1, N=16, samples=(0, 3))
    >>> noise.samples
    (0, 3)
    """

    seed: int
    N: int
    samples: tuple[int, ...]
    xp: Any = field(default=array_api_compat.numpy, compare=False)
    purpose: Purpose = Purpose.TEMPERING
    epoch: int = 0

    def draw(self, sweep: int, R: int, pairs: int = 0, out: Array | None = None) -> Draws:
        """The numbers of one sweep of R columns and ``pairs`` exchanges per sample.

        The momenta take the memory of ``out``, (S, N, R), where there is some.
        """
        S = len(self.samples)
        momenta = self.xp.empty((S, self.N, R)) if out is None else out
        decisions, swaps = np.empty((S, R)), np.empty((S, pairs))
        for s, key in enumerate(self._keys):
            generator = self._generator(key, sweep)
            generator.random(out=decisions[s])
            generator.random(out=swaps[s])
            self._fill(generator, momenta, s)
        return Draws(momenta, decisions, swaps)

    def _fill(self, generator: np.random.Generator, momenta: Array, s: int) -> None:
        if isinstance(momenta, np.ndarray):
            generator.standard_normal(out=momenta[s])
        elif array_api_compat.is_cupy_array(momenta):
            momenta[s, ...] = self._on_device(generator).standard_normal(momenta.shape[1:])
        else:
            momenta[s, ...] = self.xp.asarray(generator.standard_normal(momenta.shape[1:]))

    @staticmethod
    def _on_device(generator: np.random.Generator) -> Any:
        import cupy

        # CuPy keeps 32 bits of a seed: two sweeps in 2^32 share their numbers, at different
        # displacements, which no average can see.
        key = int(generator.integers(2**32))
        return cupy.random.Generator(cupy.random.Philox4x3210(key))

    def trials(self, sweep: int, R: int) -> Trials:
        """Of R columns per sample: all sites in an order that samples share, one decision each."""
        common = self._generator(self._common_key, sweep, Part.MIRRORS)
        sites, choices = common.permutation(self.N), common.random(self.N)
        decisions = self.xp.empty((len(self.samples), self.N, R))
        for s, key in enumerate(self._keys):
            generator = self._generator(key, sweep, Part.MIRRORS)
            decisions[s, ...] = self._uniforms(generator, (self.N, R))
        return Trials(sites, choices, decisions)

    def _uniforms(self, generator: np.random.Generator, shape: tuple[int, int]) -> Array:
        if array_api_compat.is_cupy_namespace(self.xp):
            return self._on_device(generator).random(shape)
        return self.xp.asarray(generator.random(shape))

    def length(self, sweep: int) -> float:
        """A uniform in [0, 1) that all samples of a size share: columns step together."""
        return float(self._generator(self._common_key, sweep).random())

    @cached_property
    def _keys(self) -> list[NDArray[np.uint64]]:
        return [self._key(self.purpose, sample) for sample in self.samples]

    @cached_property
    def _common_key(self) -> NDArray[np.uint64]:
        return self._key(Purpose.LENGTHS, 0)

    def _key(self, purpose: Purpose, sample: int) -> NDArray[np.uint64]:
        bits = bit_stream(purpose, seed=self.seed, N=self.N, sample=sample)
        return np.asarray(bits.random_raw(2), dtype=np.uint64)

    @cached_property
    def _philox(self) -> tuple[np.random.Philox, np.random.Generator]:
        bits = np.random.Philox(key=0)
        return bits, np.random.Generator(bits)

    def _generator(
        self, key: NDArray[np.uint64], sweep: int, part: Part = Part.TRAJECTORIES
    ) -> np.random.Generator:
        # To set the state of a generator is ten times faster than to make one.
        bits, generator = self._philox
        bits.state = {
            "bit_generator": "Philox",
            "state": {
                "counter": np.asarray([0, part, sweep, self.epoch], dtype=np.uint64),
                "key": key,
            },
            "buffer": np.zeros(4, dtype=np.uint64),
            "buffer_pos": 4,
            "has_uint32": 0,
            "uinteger": 0,
        }
        return generator
