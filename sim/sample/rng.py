"""Random streams keyed by what they are for: same key, same numbers, whoever computes them."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from scipy.special import ndtri

from .._typing import Floats
from ..errors import SimulationError


class Purpose(IntEnum):
    """What a stream is for. The numbers are part of every archive's meaning: never reuse one."""

    COUPLINGS = 1
    DISPLACEMENTS = 2
    NOISE = 3
    MIRROR = 4
    TEMPERING = 5
    LENGTHS = 6
    LADDER = 7
    LOCAL_PARAMETERS = 8
    SAMPLER = 9


def bit_stream(purpose: Purpose, *, seed: int, N: int, sample: int) -> np.random.Philox:
    """The Philox bit generator of one purpose of one sample.

    Keyed by SeedSequence([seed, N, sample, purpose]), so that it depends neither on the order of
    the samples nor on who computes them.

    Raises
    ------
    SimulationError
        If seed or sample is not a non-negative integer, or N < 2.
    """
    for name, value, least in (("seed", seed, 0), ("N", N, 2), ("sample", sample, 0)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise SimulationError(f"{name} must be an integer of at least {least}, got {value!r}")
    return np.random.Philox(np.random.SeedSequence([int(seed), int(N), int(sample), int(purpose)]))


def uniforms(bits: np.random.Philox, count: int) -> Floats:
    """The next ``count`` uniforms (⌊b/2¹¹⌋ + ½) 2⁻⁵³ in (0, 1) of 64-bit words b.

    NumPy promises the stream of words for ever (NEP 19), but not what its Generator makes of
    them; the map is therefore made here.
    """
    words = np.asarray(bits.random_raw(count), dtype=np.uint64)
    return ((words >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def normals(bits: np.random.Philox, count: int) -> Floats:
    """The next ``count`` standard normals z = Φ⁻¹(u) of uniforms u."""
    return np.asarray(ndtri(uniforms(bits, count)), dtype=np.float64)
