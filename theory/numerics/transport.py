"""Diffusion with drift on field lines: e^A for A = τ/2 d²/dh² + D d/dh, and its transpose.

In the variable x of the lines A f = α f_xx + β f_x. With b = β/α, differences δ of step one, and
c = b for now,

    [1 + (2b' + b c)/12] δ²f + [b + (b'' + b' c)/12] δf = (1 + δ²/12 + c δ/12) (A f)/α

to fourth order (Numerov's formula, for a first derivative too), so that A = R⁻¹L with L and R of
three diagonals. e^A is Padé's approximant in fractions w/(A - z) = w (L - z R)⁻¹ R.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.polynomial import Polynomial
from scipy.linalg import lapack

from .._typing import Floats
from .field_lines import EVEN, FieldLines

STEEPEST = 8.0
"""|b| beyond which c falls to zero: drift carries farther there than diffusion spreads within a
step of x, and L and R would have a root in common but for the changes of b, so that their quotient
could be anything. With c = 0 what is left out is (b/12) f_xxx, of second order."""


@dataclass(frozen=True)
class Transport:
    """L and R as rows (lower, diagonal, upper) of (3, n) each.

    The ends of lines stay as they are, and so does an odd function at h = 0.
    """

    left: Floats
    right: Floats

    def backward(self, f: Floats) -> Floats:
        """e^A f: the mean of f over where each field leads."""
        return _sum_of_fractions(self.left, self.right, _product(self.right, f))

    def forward(self, mass: Floats) -> Floats:
        """e^(Aᵀ) mass: where what starts on each field ends."""
        spread = _sum_of_fractions(_transposed(self.left), _transposed(self.right), mass)
        return _product(_transposed(self.right), spread)


@dataclass(frozen=True)
class Mover:
    """Makes transports on given lines, of functions that are even, or odd, on folded ones."""

    lines: FieldLines
    parity: int

    def transport(self, time: float, drift: Floats) -> Transport:
        """e^A for A = time/2 d²/dh² + drift d/dh."""
        b = self._straight + drift * (self._per_drift / time)
        steep = b * b * STEEPEST**-2
        steep *= steep
        c = b / (1 + steep * steep)
        first, second = self._differences(b)
        outer = 1 + (c * b + 2 * first) / 12
        inner = (b + (second + c * first) / 12) / 2
        left, right = np.empty((3, len(b))), np.empty((3, len(b)))
        np.subtract(outer, inner, out=left[0])
        np.multiply(outer, -2, out=left[1])
        np.add(outer, inner, out=left[2])
        c /= 24
        np.subtract(1 / 12, c, out=right[0])
        right[1] = 5 / 6
        np.add(1 / 12, c, out=right[2])
        right *= self._per_time / time
        for rows, still in ((left, 0.0), (right, 1.0)):
            rows[:, self._still] = 0.0
            rows[1, self._still] = still
            if self.lines.folded and self.parity == EVEN:
                rows[2, self._first] += rows[0, self._first]
                rows[0, self._first] = 0.0
        return Transport(left, right)

    @cached_property
    def _per_time(self) -> Floats:
        """1/α for time = 1 at the three fields that each row sees; (3, n)."""
        here = 2 / self.lines.rate**2
        before, after = np.roll(here, 1), np.roll(here, -1)
        before[self._first] = here[[start + 1 for start in self._first]]
        return np.stack([before, here, after])

    @cached_property
    def _per_drift(self) -> Floats:
        return 2 / self.lines.rate

    @cached_property
    def _straight(self) -> Floats:
        return self.lines.bend / self.lines.rate**2

    @cached_property
    def _first(self) -> list[int]:
        return self.lines.starts[:-1]

    @cached_property
    def _still(self) -> list[int]:
        still = [start - 1 for start in self.lines.starts[1:]]
        if not self.lines.folded or self.parity != EVEN:
            still += self._first
        return still

    def _differences(self, b: Floats) -> tuple[Floats, Floats]:
        """b' and b''; b is odd where the line is folded."""
        first, second = np.empty_like(b), np.empty_like(b)
        first[1:-1] = (b[2:] - b[:-2]) / 2
        second[1:-1] = b[2:] - 2 * b[1:-1] + b[:-2]
        for start in self._first:
            first[start], second[start] = b[start + 1], 0.0
        first[-1], second[-1] = 0.0, 0.0
        return first, second


def _product(rows: Floats, f: Floats) -> Floats:
    found = rows[1] * f
    found[1:] += rows[0, 1:] * f[:-1]
    found[:-1] += rows[2, :-1] * f[1:]
    return np.asarray(found)


def _transposed(rows: Floats) -> Floats:
    turned = np.zeros_like(rows)
    turned[1] = rows[1]
    turned[0, 1:] = rows[2, :-1]
    turned[2, :-1] = rows[0, 1:]
    return turned


def _sum_of_fractions(left: Floats, right: Floats, f: Floats) -> Floats:
    """Σ w (L - z R)⁻¹ f."""
    total = np.zeros_like(f)
    for pole, weight, solve in _FRACTIONS:
        rows = left - pole * right
        *_, x, _ = solve(
            rows[0, 1:],
            rows[1],
            rows[2, :-1],
            weight * f,
            overwrite_dl=1,
            overwrite_d=1,
            overwrite_du=1,
            overwrite_b=1,
        )
        total += x.real
    return total


def _fractions() -> list[tuple[Any, Any, Any]]:
    """(1 + 2z/5 + z²/20)/(1 - 3z/5 + 3z²/20 - z³/60), Padé's approximant to e^z, in fractions.

    It is right to z⁵ and vanishes for z → -∞. Of a pair of complex poles one is kept, with twice
    its weight: of real A the real part is what is wanted.
    """
    above = Polynomial([1.0, 2 / 5, 1 / 20])
    below = Polynomial([1.0, -3 / 5, 3 / 20, -1 / 60])
    found: list[tuple[Any, Any, Any]] = []
    for z in np.asarray(below.roots(), dtype=np.complex128):
        weight = above(z) / below.deriv()(z)
        if z.imag == 0.0:
            found.append((float(z.real), float(weight.real), lapack.dgtsv))
        elif z.imag > 0.0:
            found.append((complex(z), 2 * complex(weight), lapack.zgtsv))
    return found


_FRACTIONS = _fractions()
