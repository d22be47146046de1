"""Fields h ≥ 0, ever denser towards zero, that stand for both signs; diffusion with drift on them.

    h = ε sinh x,   x = 0 … X in equal steps

With 25 points per factor of e in h a function is resolved on every scale from ε to the largest
field at once. Derivatives are central differences of fourth order in x, which see a function's
mirror image, even or odd, at x < 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import linalg

from .._typing import Complexes, Floats

BAND = 2
"""Diagonals on either side."""

FIRST = np.array([1, -8, 0, 8, -1]) / 12
SECOND = np.array([-1, 16, -30, 16, -1]) / 12
"""Fourth-order differences of step one: f' and f''."""

POLE = 2 + 1j * np.sqrt(2)
WEIGHT = 6 * (1 + POLE / 3) / (POLE - np.conj(POLE))
"""(1 + z/3)/(1 - 2z/3 + z²/6) = 2 Re[WEIGHT/(z - POLE)] for real z: Padé's approximant to e^z that
is right to z³ and vanishes for z → -∞, at the cost of one complex solution."""


EVEN, ODD = 1, -1
"""Parities."""


@dataclass(frozen=True)
class GradedLine:
    """m + 1 fields from zero to reach, the finest step next to zero.

    Parameters
    ----------
    reach
        The largest field.
    finest
        ε.
    points
        m.
    """

    reach: float
    finest: float
    points: int

    @cached_property
    def step(self) -> float:
        """Δx."""
        return float(np.arcsinh(self.reach / self.finest) / self.points)

    @cached_property
    def x(self) -> Floats:
        """(m + 1,)."""
        return np.asarray(np.arange(self.points + 1) * self.step, dtype=np.float64)

    @cached_property
    def h(self) -> Floats:
        """(m + 1,); the first is zero."""
        return self.finest * np.sinh(self.x)

    @cached_property
    def weight(self) -> Floats:
        """dh of the trapezoidal rule in x, both signs together."""
        both = np.append(1.0, np.full(self.points, 2.0))
        return both * self.finest * np.cosh(self.x) * self.step

    @cached_property
    def _bands(self) -> tuple[Floats, Floats]:
        """Rows of d/dh and d²/dh²: entry [BAND + o, i] multiplies f(x_{i+o}); (5, m + 1)."""
        rate = self.finest * np.cosh(self.x) * self.step
        first = FIRST[:, None] / rate
        second = SECOND[:, None] / rate**2 - first * self.h * self.step**2 / rate**2
        inside = np.arange(self.points + 1) <= self.points - BAND
        return first * inside, second * inside

    def derivative(self, f: Floats, parity: int) -> Floats:
        """df/dh of an even or odd f; zero on the last two fields."""
        bands, size = self._bands[0], len(f)
        padded = np.concatenate([parity * f[BAND:0:-1], f, np.zeros(BAND)])
        return np.asarray(sum(bands[o] * padded[o : o + size] for o in range(2 * BAND + 1)))

    def generator(self, drift: Floats, parity: int) -> Floats:
        """½ d²/dh² + drift d/dh on even or odd functions, by rows as ``_bands``.

        Nothing moves on the last two fields.
        """
        first, second = self._bands
        rows = second / 2 + drift * first
        # f(x_-j) = ± f(x_j): what lies beyond zero is folded back, and stays within the band.
        for row in range(BAND):
            for beyond in range(row - BAND, 0):
                rows[BAND - beyond - row, row] += parity * rows[BAND + beyond - row, row]
                rows[BAND + beyond - row, row] = 0.0
        return np.asarray(rows)


def forward(generator: Floats, time: float, mass: Floats) -> Floats:
    """e^(t Aᵀ) applied to a mass: where what starts on each field ends."""
    banded = time * generator.astype(np.complex128)  # LAPACK's columns of Aᵀ are the rows of A
    banded[BAND] -= POLE
    return _solved(banded, mass)


def backward(generator: Floats, time: float, f: Floats) -> Floats:
    """e^(t A) applied to a function: its mean over where each field leads."""
    size = len(f)
    banded = np.zeros(generator.shape, dtype=np.complex128)
    for o in range(-BAND, BAND + 1):
        rows = slice(max(0, -o), size - max(0, o))
        columns = slice(max(0, o), size - max(0, -o))
        banded[BAND - o, columns] = time * generator[BAND + o, rows]
    banded[BAND] -= POLE
    return _solved(banded, f)


def _solved(banded: Complexes, f: Floats) -> Floats:
    solution = linalg.solve_banded(
        (BAND, BAND), banded, WEIGHT * f, overwrite_ab=True, overwrite_b=True, check_finite=False
    )
    return np.asarray(2 * solution.real)
