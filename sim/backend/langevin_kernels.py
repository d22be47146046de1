"""A Langevin step, compiled: all that stands between two products, noise included, in one call.

Imported only where numba is installed and chosen; ``philox`` says in array operations how normals
are made, ``langevin_step`` what is done with them.
"""

from __future__ import annotations

import numba
import numpy as np

from .._typing import Array

# No fastmath: a nan must stay one. Compiled once per machine, not once per worker.
jit = numba.njit(nogil=True, error_model="numpy", cache=True)
inlined = numba.njit(nogil=True, error_model="numpy", inline="always")

# 32-bit words in 64-bit registers: the product of two of them is then one instruction, and numba
# would widen them anyway.
LOW, HALF_WORD = np.uint64(0xFFFFFFFF), np.uint64(32)
FACTORS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
WEYL = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)

# Single precision, or numba computes in double.
ZERO, HALF, ONE, TWO = np.float32(0.0), np.float32(0.5), np.float32(1.0), np.float32(2.0)
WORD = np.float32(2.0**-32)
NONE = np.uint32(0)
QUARTER_HALVED = np.uint32(2**29)
EIGHTH_TURN = np.float32(np.pi / 4 * 2.0**-31)
LN2 = np.float32(np.log(2.0))
SQRT_HALF_BITS, MANTISSA_BITS = np.int32(0x3F3504F3), np.int32(23)
# Of the Cephes library (S. L. Moshier): ln(1 + x) for √½ ≤ 1 + x ≤ √2, sine and cosine up to π/4.
LOG = tuple(
    np.float32(c)
    for c in (
        7.0376836292e-2,
        -1.1514610310e-1,
        1.1676998740e-1,
        -1.2420140846e-1,
        1.4249322787e-1,
        -1.6668057665e-1,
        2.0000714765e-1,
        -2.4999993993e-1,
        3.3333331174e-1,
    )
)
SINE = np.float32(-1.9515295891e-4), np.float32(8.3321608736e-3), np.float32(-1.6666654611e-1)
COSINE = np.float32(2.443315711809948e-5), np.float32(-1.388731625493765e-3)
COSINE_LAST = np.float32(4.166664568298827e-2)


@jit
def kick_drift(
    v: Array, p: Array, Jv: Array, slopes: tuple[Array, ...], field: Array, time_step: Array
) -> None:
    """p += dt (Jv - G'(v)/γ + H), then v += dt p, in place.

    Parameters
    ----------
    v, p, Jv
        (S, N, R).
    slopes
        (S, N) coefficients of G'(v)/γ in v, v³, …
    field, time_step
        Of the arrays' precision.
    """
    S, N, R = v.shape
    for s in range(S):
        for i in range(N):
            for r in range(R):
                x = v[s, i, r]
                momentum = p[s, i, r] + time_step * (Jv[s, i, r] - _slope(slopes, s, i, x) + field)
                p[s, i, r] = momentum
                v[s, i, r] = x + time_step * momentum


@jit
def heat_bath(
    v: Array,
    p: Array,
    Jv: Array,
    slopes: tuple[Array, ...],
    field: Array,
    time_step: Array,
    first: Array,
    drag: Array,
    strength: Array,
    second: Array,
    keys: Array,
    encounter: int,
) -> None:
    """The same with the heat bath in the middle of the drift.

        p += dt F,   v += first p,   p ← drag p + strength z,   v += second p

    with z the normals of ``philox``, keys (S, 2).
    """
    S, N, R = v.shape
    words, normals = np.empty((4, R), np.uint32), np.empty((4, R), np.float32)
    for s in range(S):
        for block in range((N + 3) // 4):
            _words(keys[s, 0], keys[s, 1], block, encounter, words)
            _normals(words, normals)
            for k in range(min(4, N - 4 * block)):
                i = 4 * block + k
                for r in range(R):
                    x = v[s, i, r]
                    pull = Jv[s, i, r] - _slope(slopes, s, i, x) + field
                    momentum = p[s, i, r] + time_step * pull
                    kicked = drag * momentum + strength * normals[k, r]
                    p[s, i, r] = kicked
                    v[s, i, r] = (x + first * momentum) + second * kicked


@inlined
def _slope(slopes: tuple[Array, ...], s: int, i: int, x: Array) -> Array:
    """G'(x)/γ of site i."""
    total = slopes[-1][s, i]
    for n in range(len(slopes) - 2, -1, -1):
        total = total * (x * x) + slopes[n][s, i]
    return total * x


@jit
def _words(key_0: Array, key_1: Array, block: int, encounter: int, out: Array) -> None:
    """(4, R) words of Philox4x32-10 at the counters (r, block, encounter, 0)."""
    a, b = np.uint64(key_0), np.uint64(key_1)
    # By hand, or the loop over columns is not vectorised.
    a1, b1 = (a + WEYL[0]) & LOW, (b + WEYL[1]) & LOW
    a2, b2 = (a1 + WEYL[0]) & LOW, (b1 + WEYL[1]) & LOW
    a3, b3 = (a2 + WEYL[0]) & LOW, (b2 + WEYL[1]) & LOW
    a4, b4 = (a3 + WEYL[0]) & LOW, (b3 + WEYL[1]) & LOW
    a5, b5 = (a4 + WEYL[0]) & LOW, (b4 + WEYL[1]) & LOW
    a6, b6 = (a5 + WEYL[0]) & LOW, (b5 + WEYL[1]) & LOW
    a7, b7 = (a6 + WEYL[0]) & LOW, (b6 + WEYL[1]) & LOW
    a8, b8 = (a7 + WEYL[0]) & LOW, (b7 + WEYL[1]) & LOW
    a9, b9 = (a8 + WEYL[0]) & LOW, (b8 + WEYL[1]) & LOW
    second, third = np.uint64(np.uint32(block)), np.uint64(np.uint32(encounter))
    for r in range(out.shape[1]):
        w, x, y, z = _round(np.uint64(np.uint32(r)), second, third, np.uint64(0), a, b)
        w, x, y, z = _round(w, x, y, z, a1, b1)
        w, x, y, z = _round(w, x, y, z, a2, b2)
        w, x, y, z = _round(w, x, y, z, a3, b3)
        w, x, y, z = _round(w, x, y, z, a4, b4)
        w, x, y, z = _round(w, x, y, z, a5, b5)
        w, x, y, z = _round(w, x, y, z, a6, b6)
        w, x, y, z = _round(w, x, y, z, a7, b7)
        w, x, y, z = _round(w, x, y, z, a8, b8)
        w, x, y, z = _round(w, x, y, z, a9, b9)
        out[0, r], out[1, r], out[2, r], out[3, r] = w, x, y, z


@inlined
def _round(
    w: Array, x: Array, y: Array, z: Array, a: Array, b: Array
) -> tuple[Array, Array, Array, Array]:
    first, second = FACTORS[0] * w, FACTORS[1] * y
    return (second >> HALF_WORD) ^ x ^ a, second & LOW, (first >> HALF_WORD) ^ z ^ b, first & LOW


@jit
def _normals(words: Array, out: Array) -> None:
    """(4, R) standard normals: rows 0 and 1 from words 0 and 1, rows 2 and 3 from 2 and 3."""
    for k in range(0, 4, 2):
        for r in range(out.shape[1]):
            length = _radius(words[k, r])
            cosine, sine = _direction(words[k + 1, r])
            out[k, r] = length * cosine
            out[k + 1, r] = length * sine


@inlined
def _radius(word: Array) -> Array:
    """√(-2 ln u) of u = (word + ½) 2⁻³²."""
    bits = np.float32((np.float32(word) + HALF) * WORD).view(np.int32)
    # Integers are cast again and again, or numba widens them: half as many go into a register.
    exponent = np.int32(np.int32(bits - SQRT_HALF_BITS) >> MANTISSA_BITS)
    x = np.int32(bits - np.int32(exponent << MANTISSA_BITS)).view(np.float32) - ONE
    tail = LOG[0]
    for c in LOG[1:]:
        tail = tail * x + c
    logarithm = tail * x * (x * x) - HALF * (x * x) + x + np.float32(exponent) * LN2
    return np.sqrt(max(-TWO * logarithm, ZERO))


@inlined
def _direction(word: Array) -> tuple[Array, Array]:
    """Cosine and sine of 2π word 2⁻³²: by how much it is off the nearest quarter of a turn."""
    quarter = np.uint32(np.uint32(word + QUARTER_HALVED) >> np.uint32(30))
    angle = np.float32(np.int32(np.uint32(word << np.uint32(2)))) * EIGHTH_TURN
    z = angle * angle
    sine = ((SINE[0] * z + SINE[1]) * z + SINE[2]) * z * angle + angle
    cosine = ((COSINE[0] * z + COSINE[1]) * z + COSINE_LAST) * z * z - HALF * z + ONE
    if np.uint32(quarter & np.uint32(1)) != NONE:
        cosine, sine = -sine, cosine
    if np.uint32(quarter & np.uint32(2)) != NONE:
        cosine, sine = -cosine, -sine
    return cosine, sine
