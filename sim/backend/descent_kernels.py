"""A step of the descent, compiled: all that stands between two products, in one call.

Imported only where numba is installed and chosen; ``descent`` says in array operations what is
done here in loops, columns innermost.
"""

from __future__ import annotations

import numba
import numpy as np

from .._typing import Array

# No fastmath: a nan must stay one. Compiled once per machine, not once per worker.
jit = numba.njit(nogil=True, error_model="numpy", cache=True)


@jit
def step(
    v: Array,
    Jv: Array,
    F: Array,
    d: Array,
    Fz: Array,
    Jd: Array,
    taylor: tuple[tuple[Array, ...], ...],
    floor: Array,
    field: float,
    line_steps: int,
    line_accuracy: float,
) -> None:
    """To the minimum along d, and on to the next direction; all arrays in place.

    Parameters
    ----------
    v, Jv, F, d, Jd
        (N, R) displacements, products, forces, directions and their products.
    Fz
        (R,) Σ F_i z_i.
    taylor
        (K, M) of (N,) G^(k+1)/(k! γ), k = 0, 1, …, in powers of v² (times v where k is even).
    floor
        (N,) what the preconditioner adds to a site's stiffness.
    """
    R = v.shape[1]
    line, length, ahead = np.empty((len(taylor), R)), np.empty(R), np.empty(R)
    _line(v, F, d, Jd, taylor, line)
    for r in range(R):
        length[r] = _minimum(line, r, line_steps, line_accuracy)
    z = Jd
    _advance(v, Jv, F, d, Fz, z, length, taylor, floor, field, ahead)
    _turn(F, d, z, ahead)


@jit
def _line(
    v: Array, F: Array, d: Array, Jd: Array, taylor: tuple[tuple[Array, ...], ...], line: Array
) -> None:
    """(K, R) coefficients of dU(v + s d)/ds in powers of s."""
    N, R = v.shape
    for k in range(len(taylor)):
        for r in range(R):
            line[k, r] = 0.0
    for i in range(N):
        for r in range(R):
            line[0, r] -= F[i, r] * d[i, r]
            line[1, r] -= d[i, r] * Jd[i, r]
        for k in range(1, len(taylor)):
            for r in range(R):
                power = d[i, r] if k % 2 else d[i, r] * v[i, r]
                for _ in range(k):
                    power *= d[i, r]
                line[k, r] += _even(taylor[k], i, v[i, r]) * power


@jit
def _even(coefficients: tuple[Array, ...], i: int, x: float) -> float:
    """Σ_m c_m x^(2m) of site i."""
    total = coefficients[-1][i]
    for m in range(len(coefficients) - 2, -1, -1):
        total = total * (x * x) + coefficients[m][i]
    return float(total)


@jit
def _minimum(line: Array, r: int, steps: int, accuracy: float) -> float:
    """``descent.line_minimum`` of column r."""
    low, high = 0.0, np.inf
    if line[1, r] > 0.0:
        s = -line[0, r] / line[1, r]
    else:
        leading = line[-1, r] if line[-1, r] > 0.0 else 1.0
        s = (-line[0, r] / leading) ** (1.0 / (len(line) - 1))
    rise = 0.0
    for _ in range(steps):
        slope, bend, rise = _polynomial(line, r, s)
        if slope > 0.0 or rise > 0.0:
            high = s
        else:
            low = s
        if rise <= 0.0 and abs(slope) <= -accuracy * line[0, r]:
            return float(s)
        newton = s - slope / bend if bend > 0.0 else np.inf
        if low < newton < high:
            s = newton
        elif high < np.inf:
            s = 0.5 * (low + high)
        else:
            s = 2.0 * s
    rise = _polynomial(line, r, s)[2]
    return float(s) if rise <= 0.0 else float(low)


@jit
def _polynomial(line: Array, r: int, s: float) -> tuple[float, float, float]:
    """The slope, its derivative, and the polynomial itself from its start."""
    K = len(line)
    slope, bend, rise = line[K - 1, r], 0.0, line[K - 1, r] / K
    for k in range(K - 2, -1, -1):
        bend = bend * s + slope
        slope = slope * s + line[k, r]
        rise = rise * s + line[k, r] / (k + 1)
    return slope, bend, rise * s


@jit
def _advance(
    v: Array,
    Jv: Array,
    F: Array,
    d: Array,
    Fz: Array,
    z: Array,
    length: Array,
    taylor: tuple[tuple[Array, ...], ...],
    floor: Array,
    field: float,
    ahead: Array,
) -> None:
    """Move by ``length`` along d; z, which is J d on entry, is F/(stiffness + floor) on leaving.

    ``ahead`` becomes (R,) the share of d that the next direction keeps.
    """
    N, R = v.shape
    steepest = np.zeros(R)
    for r in range(R):
        ahead[r] = 0.0
    for i in range(N):
        for r in range(R):
            x = v[i, r] + length[r] * d[i, r]
            product = Jv[i, r] + length[r] * z[i, r]
            force = product - _even(taylor[0], i, x) * x + field
            scaled = force / (max(_even(taylor[1], i, x), 0.0) + floor[i])
            ahead[r] += (force - F[i, r]) * scaled
            steepest[r] += force * scaled
            v[i, r] = x
            Jv[i, r] = product
            F[i, r] = force
            z[i, r] = scaled
    for r in range(R):
        share = ahead[r] / Fz[r] if Fz[r] > 0.0 else 0.0
        ahead[r] = share if share > 0.0 else 0.0
        Fz[r] = steepest[r]


@jit
def _turn(F: Array, d: Array, z: Array, ahead: Array) -> None:
    """d ← z + ahead d, or z where that would climb."""
    N, R = d.shape
    downhill = np.zeros(R)
    for i in range(N):
        for r in range(R):
            d[i, r] = z[i, r] + ahead[r] * d[i, r]
            downhill[r] += F[i, r] * d[i, r]
    for r in range(R):
        if not downhill[r] > 0.0:
            for i in range(N):
                d[i, r] = z[i, r]
