"""A spectrally convergent basis for many one-dimensional wells at once: the sinc-DVR.

On N equidistant points of spacing δ in a box of length L = N δ a Hamiltonian -(ħ²/2m) d²/dv² + U(v)
becomes the matrix

    H_ij = (ħ²/2m δ²) t_ij + U(v_i) δ_ij,    t_ii = π²/3,   t_ij = 2 (-1)^(i-j)/(i-j)²

(Colbert & Miller, J. Chem. Phys. 96, 1982 (1992)). The basis covers the rectangle L × 2πħ/δ of
phase space. It is used best where potential and kinetic energy are cut off alike, at one energy E:

    U(v) - min U = E at the ends of the box,    (πħ/δ)²/2m = E,

which leaves N as the only parameter and gives every potential a box of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import array_api_compat

from .._typing import Array
from ..model.errors import LevelsError
from ..model.potential import EvenFunction

SCAN = 128
"""Steps in which a potential is looked at to place its box. Between them U is taken to be linear:
if boxes ended at points, errors would not fall steadily with their size."""

HALVINGS = 14
"""Bisections of the logarithm of the cut-off energy: it is right to a part in a thousand."""

HEADROOM, MARGIN = 1.3, 1.54
"""As many levels to 1e-10 need 1.38 ± 0.07 times the points of a basis that is cut off at HEADROOM
times the highest level: seen for single and double wells. MARGIN is enough for nearly all."""

POLISH = 30
"""Newton steps to the minimum of U at most, enough to reach rounding also where U'' = 0 there."""

CLOSE = 1e-9
"""A Newton step, in units of the scan's, after which U at its minimum is right to rounding."""


@dataclass(frozen=True)
class Potentials:
    """U(v) = W(v) - h v for arrays of fields; the parameters of W are numbers or (B,).

    h : (B,).
    """

    h: Array
    W: EvenFunction

    def __len__(self) -> int:
        return int(self.h.shape[0])

    def __getitem__(self, index: Array) -> Potentials:
        xp = array_api_compat.array_namespace(self.h)
        W = self.W.with_parameters(xp.take(c, index) for c in self.W.parameters)
        return Potentials(xp.take(self.h, index), W)

    @classmethod
    def of(cls, h: Array, W: EvenFunction) -> Potentials:
        """With every parameter an array like h, so that potentials can be picked out."""
        return cls(h, W.with_parameters(c + 0 * h for c in W.parameters))

    def value(self, v: Array) -> Array:
        """U at the points v (B, n)."""
        return self._column(self.W).value(v) - self.h[:, None] * v

    def slope(self, v: Array) -> Array:
        """U' at the points v (B, n)."""
        return self._column(self.W).slope(v) - self.h[:, None]

    def curvature(self, v: Array) -> Array:
        """U'' at the points v (B, n)."""
        return self._column(self.W).curvature(v)

    @staticmethod
    def _column(W: EvenFunction) -> EvenFunction:
        return W.with_parameters(c[:, None] for c in W.parameters)


@dataclass(frozen=True)
class Basis:
    """N points in a box for each of B potentials.

    ``start`` and ``spacing`` (B,) place the points; ``floor`` (B,) is min U, ``bottom`` (B,) where
    it lies, and ``cutoff`` (B,) the energy at which both are cut off.
    """

    N: int
    start: Array
    spacing: Array
    bottom: Array
    floor: Array
    cutoff: Array

    def __getitem__(self, index: Array) -> Basis:
        xp = array_api_compat.array_namespace(self.start)
        rows = (self.start, self.spacing, self.bottom, self.floor, self.cutoff)
        return Basis(self.N, *(xp.take(row, index) for row in rows))

    @property
    def points(self) -> Array:
        """v_i, (B, N)."""
        xp = array_api_compat.array_namespace(self.start)
        device = array_api_compat.device(self.start)
        i = xp.arange(self.N, dtype=self.start.dtype, device=device)
        return self.start[:, None] + self.spacing[:, None] * i


def place(potentials: Potentials, N: int, scale: float) -> Basis:
    """Boxes of N points for U, with ``scale`` = ħ/√(2m).

    Raises
    ------
    LevelsError
        If a potential is not finite, or too wide or too narrow to be placed.
    """
    reach, bottom, floor, U = _scan(potentials, N, scale)
    cutoff = _bisected(lambda E: _length(U, E, reach) * E**0.5, math.pi * scale * N, reach, U)
    left, right = _ends(U, cutoff)
    spacing = reach * (right - left) * (2.0 / SCAN) / N
    start = reach * (left * (2.0 / SCAN) - 1.0) + spacing / 2
    return Basis(N, start, spacing, bottom, floor, cutoff)


def estimated_size(potentials: Potentials, count: int, scale: float) -> Array:
    """The number of points, (B,), that ``count`` levels will need, by the WKB method.

    The highest level E is where ∫√(E - U) dv = π count ħ/√(2m).

    Raises
    ------
    LevelsError
        As ``place``.
    """
    xp = array_api_compat.array_namespace(potentials.h)
    reach, _, _, U = _scan(potentials, 6 * count, scale)

    def action(E: Array) -> Array:
        return xp.sum(xp.sqrt(xp.clip(E[:, None] - U, 0.0, None)), axis=1) * reach * (2.0 / SCAN)

    cutoff = HEADROOM * _bisected(action, math.pi * scale * count, reach, U)
    return MARGIN * _length(U, cutoff, reach) * xp.sqrt(cutoff) / (math.pi * scale)


def hamiltonians(
    potentials: Potentials, basis: Basis, scale: float, origin: Array | float = 0.0
) -> Array:
    """H - min U - ``origin``, (B, N, N); origin a number or (B,)."""
    xp = array_api_compat.array_namespace(potentials.h)
    kinetic = (scale / basis.spacing) ** 2
    H = kinetic[:, None, None] * _kinetic(xp, basis.N, kinetic)
    diagonal = xp.reshape(H, (len(potentials), -1))
    diagonal[:, :: basis.N + 1] += potentials.value(basis.points) - (basis.floor + origin)[:, None]
    return xp.reshape(diagonal, H.shape)


def _kinetic(xp: Any, N: int, like: Array) -> Array:
    i = xp.arange(N, dtype=like.dtype, device=like.device)
    apart = i[:, None] - i[None, :]
    sign = 1.0 - 2.0 * xp.remainder(apart, xp.asarray(2.0, dtype=like.dtype, device=like.device))
    equal = apart == 0.0
    beside = 2.0 * sign / xp.where(equal, xp.ones_like(apart), apart) ** 2
    return xp.where(equal, xp.full_like(apart, math.pi**2 / 3), beside)


def _scan(potentials: Potentials, N: int, scale: float) -> tuple[Array, Array, Array, Array]:
    """R, where the minimum lies, the minimum, and U - min U at equidistant points of |v| ≤ R."""
    xp = array_api_compat.array_namespace(potentials.h)
    reach = _reach(potentials, N, scale)
    v = reach[:, None] * xp.linspace(-1.0, 1.0, SCAN + 1, dtype=reach.dtype, device=reach.device)
    U = potentials.value(v)
    bottom = _polished(potentials, v, xp.argmin(U, axis=1))
    floor = potentials.value(bottom[:, None])[:, 0]
    return reach, bottom, floor, U - floor[:, None]


def _reach(potentials: Potentials, N: int, scale: float) -> Array:
    """R such that the box lies in |v| ≤ R: there, R √(U - U(0)) is more than the basis holds."""
    xp = array_api_compat.array_namespace(potentials.h)
    reach = xp.full_like(potentials.h, 2.0**-30)
    for _ in range(120):
        ends = xp.stack([-reach, reach], axis=1)
        lower_end = xp.min(potentials.value(ends), axis=1)
        inside = reach * xp.sqrt(xp.clip(lower_end, 0.0, None)) < math.pi * scale * N
        if not bool(xp.any(inside)):
            return reach
        reach = xp.where(inside, 2 * reach, reach)
    raise LevelsError("a local potential cannot be placed: its h, C or γ is not finite, or absurd")


def _polished(potentials: Potentials, v: Array, lowest: Array) -> Array:
    """The global minimiser, from the lowest of the points v."""
    xp = array_api_compat.array_namespace(v)
    index = lowest[:, None]
    x = xp.take_along_axis(v, index, axis=1)
    step = v[:, 1:2] - v[:, :1]
    low, high = x - step, x + step
    for _ in range(POLISH):
        slope, curvature = potentials.slope(x), potentials.curvature(x)
        steep = curvature > 0
        newton = x - slope / xp.where(steep, curvature, xp.ones_like(x))
        low, high = xp.where(slope < 0, x, low), xp.where(slope > 0, x, high)
        safe = steep & (newton >= low) & (newton <= high)
        before, x = x, xp.where(safe, newton, (low + high) / 2)
        if bool(xp.all(xp.abs(x - before) <= CLOSE * step)):
            break
    return x[:, 0]


def _bisected(function: Callable[[Array], Array], wanted: float, reach: Array, U: Array) -> Array:
    """E where an increasing function of E that is at most 2R√E reaches ``wanted``."""
    xp = array_api_compat.array_namespace(U)
    low = 2 * xp.log(wanted / (2 * reach))
    high = xp.log(xp.min(U[:, ::SCAN], axis=1))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        small = function(xp.exp(middle)) < wanted
        low, high = xp.where(small, middle, low), xp.where(small, high, middle)
    return xp.exp(high)


def _length(U: Array, E: Array, reach: Array) -> Array:
    """Length of the box at E."""
    left, right = _ends(U, E)
    return reach * (right - left) * (2.0 / SCAN)


def _ends(U: Array, E: Array) -> tuple[Array, Array]:
    """Where the outermost parts of U < E end, in points of the scan, by linear interpolation.

    Raises
    ------
    LevelsError
        If no part ends between two points: the levels are denser than the scan sees.
    """
    xp = array_api_compat.array_namespace(U)
    below = U < E[:, None]
    n = xp.arange(U.shape[1], device=U.device)
    first = xp.min(xp.where(below, n, U.shape[1]), axis=1)
    last = xp.max(xp.where(below, n, -1), axis=1)
    if not bool(xp.all((first > 0) & (first <= last) & (last < U.shape[1] - 1))):
        raise LevelsError(
            "the levels of a local potential lie closer to its minimum than it is resolved: take a "
            "larger hbar or a smaller mass, or a field h and C nearer to one"
        )

    def beyond(inner: Array, step: int) -> Array:
        """The part of a step from a point below E to the next, above it, at which U = E."""
        ends = xp.take_along_axis(U, xp.stack([inner, inner + step], axis=1), axis=1)
        return (E - ends[:, 0]) / (ends[:, 1] - ends[:, 0])

    left = xp.astype(first, U.dtype) - beyond(first, -1)
    return left, xp.astype(last, U.dtype) + beyond(last, 1)
