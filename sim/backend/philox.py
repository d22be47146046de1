"""Standard normals as a function of a key and a place: no generator has to be kept, or shared.

Philox4x32-10 (J. K. Salmon et al., Proc. SC11, 16 (2011)) makes four 32-bit words of a key and of
a counter, and the method of G. E. P. Box and M. E. Muller two normals of two words, in single
precision, whose rounding is 1e-7 of the noise. Here in array operations; compiled code does the
same, so that what CPU and GPU draw is the same to rounding.
"""

from __future__ import annotations

import math
from typing import Any

import array_api_compat
import numpy as np

from .._typing import Array, HostArray

ROUNDS = 10
FACTORS = 0xD2511F53, 0xCD9E8D57
WEYL = 0x9E3779B9, 0xBB67AE85
LOW = 0xFFFFFFFF
BLOCK = 4
"""Sites that share a counter."""


def normals(keys: HostArray, encounter: int, v: Array) -> Array:
    """(S, N, R) standard normals of single precision, beside v of that shape.

    That of site i and column r of a sample is a function of the sample's key, of i, r and the
    encounter: of the counter (r, ⌊i/4⌋, encounter, 0) the words w_0, w_1 make

        z_i = √(-2 ln u) cos φ,  z_{i+1} = √(-2 ln u) sin φ,   u = (w_0 + ½) 2⁻³²,  φ = 2π w_1 2⁻³²

    of the first two of the four sites, w_2 and w_3 those of the others. How many samples, sites and
    columns there are makes no difference.

    Parameters
    ----------
    keys
        (S, 2) 32-bit words.
    encounter
        Number below 2³² of this use of the noise.

    >>> v = np.zeros((1, 6, 3))
    >>> z = normals(np.asarray([[1, 2]]), 0, v)
    >>> bool((z[:, :5, :2] == normals(np.asarray([[1, 2]]), 0, v[:, :5, :2])).all())
    True
    """
    xp, device = array_api_compat.array_namespace(v), array_api_compat.device(v)
    S, N, R = v.shape
    blocks = -(-N // BLOCK)

    def integers(values: Any) -> Array:
        return xp.asarray(values, dtype=xp.uint64, device=device)

    counter = [
        integers(np.arange(R, dtype=np.uint64))[None, None, :],
        integers(np.arange(blocks, dtype=np.uint64))[None, :, None],
        integers(encounter),
        integers(0),
    ]
    words = philox(counter, keys)
    drawn = [z for k in (0, 2) for z in _box_muller(xp, words[k], words[k + 1])]
    return xp.reshape(xp.stack(drawn, axis=2), (S, BLOCK * blocks, R))[:, :N, :]


def philox(counter: list[Array], key: Any) -> list[Array]:
    """Four words of a counter of four words and keys (S, 2), as 64-bit integers (S, …).

    The words of the counter broadcast against (S, 1, 1).
    """
    xp = array_api_compat.array_namespace(*counter)
    device = array_api_compat.device(counter[0])

    def integers(values: Any) -> Array:
        return xp.asarray(values, dtype=xp.uint64, device=device)

    # Arrays of no axes: mixed with numbers of Python's, unsigned integers would lose their type.
    one, other, low, half = (integers(x) for x in (*FACTORS, LOW, 32))
    rounds = np.arange(ROUNDS, dtype=np.uint64)[:, None, None, None]
    weyl = [np.uint64(x) for x in WEYL]
    keys = [
        integers((np.asarray(key, dtype=np.uint64)[:, k, None, None] + rounds * weyl[k]) % 2**32)
        for k in (0, 1)
    ]
    w, x, y, z = xp.broadcast_arrays(*counter, keys[0][0, ...])[:4]
    for n in range(ROUNDS):
        first, second = one * w, other * y
        w, y = second >> half, first >> half
        w ^= x
        w ^= keys[0][n, ...]
        y ^= z
        y ^= keys[1][n, ...]
        x, z = second, first
        x &= low
        z &= low
    return [w, x, y, z]


def _box_muller(xp: Any, one: Array, other: Array) -> tuple[Array, Array]:
    radius = xp.sqrt(-2.0 * xp.log((xp.astype(one, xp.float32) + 0.5) * 2.0**-32))
    angle = xp.astype(other, xp.float32) * (2.0 * math.pi * 2.0**-32)
    return radius * xp.cos(angle), radius * xp.sin(angle)
