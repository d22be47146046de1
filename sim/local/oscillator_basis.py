"""The harmonic-oscillator basis for many cavity potentials at once.

With v = c + s x and φ_n the oscillator functions of x, a Hamiltonian -(ħ²/2m) d²/dv² + U(v) is

    H = (κ/s)² π² + U(c + s x),     κ = ħ/√(2m),   x_(n,n+1) = √((n+1)/2),   π² + x² = 2n + 1.

U is the same function of the matrix x, whose eigenvalues are the nodes of Gauss and Hermite:
U_nm = Σ_q φ_n(x_q) U(c + s x_q) φ_m(x_q). For a polynomial this is a sum of powers of x, exact.
N functions fill the ellipse π² + x² < 2N of phase space; c and s are chosen so that the smallest
ellipse holds what the wanted levels need. Levels of a basis are upper bounds, and those of a
larger one with the same c and s lie below.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from glasswell.theory.model import EvenPolynomial, LevelsError

from .._typing import Floats, Indices
from .cavity_potential import CavityPotentials

SCAN = 160
"""Steps in which a potential is looked at to place its basis."""

WIDTHS = np.geomspace(0.7, 1.5, 12)
"""Trial values of s, in units of what would suit a harmonic potential."""

BISECTIONS = 24
"""Of the logarithm of the highest level's energy."""

SMALLEST, DOUBLINGS = 1e-18, 150
"""Of the range that is looked at: up to 1e27."""

BEYOND = 24
"""Nodes more than functions: U is integrated exactly up to v^(2 BEYOND)."""


@dataclass(frozen=True)
class Placed:
    """Where the basis of each potential lies, (B,) each."""

    centre: Floats
    """c."""
    width: Floats
    """s."""
    floor: Floats
    """The lowest U that was seen: energies count from there."""
    area: Floats
    """Functions that fill the ellipse around what is classically allowed."""

    def __getitem__(self, index: Indices) -> Placed:
        return Placed(*(x[index] for x in (self.centre, self.width, self.floor, self.area)))


def place(potentials: CavityPotentials, count: int, scale: float) -> Placed:
    """Bases for the ``count`` lowest levels, with ``scale`` κ = ħ/√(2m).

    The highest level E is taken from ∫√(E - U) dv = π count κ. That is no more than a guess at the
    right c and s: whether levels have converged is judged by the levels.

    Raises
    ------
    LevelsError
        If a potential does not confine v.
    """
    reach = _reach(potentials, count, scale)
    v = reach[:, None] * np.linspace(-1.0, 1.0, SCAN + 1)
    U = potentials.value(v)
    floor = U.min(axis=1)
    U = U - floor[:, None]
    wanted = np.pi * count * scale / (v[:, 1] - v[:, 0])
    low = np.log((wanted / SCAN) ** 2)
    high = np.log(np.minimum(U[:, 0], U[:, -1]))
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        action = np.sqrt(np.maximum(np.exp(middle)[:, None] - U, 0.0)).sum(axis=1)
        low, high = np.where(action < wanted, middle, low), np.where(action < wanted, high, middle)
    kinetic = np.maximum(np.exp(high)[:, None] - U, 0.0)
    allowed = kinetic > 0
    left, right = (np.where(allowed, v, fill).T for fill in (np.inf, -np.inf))
    left, right = left.min(axis=0), right.max(axis=0)
    centre, half = (left + right) / 2, np.maximum((right - left) / 2, v[:, 1] - v[:, 0])
    natural = np.sqrt(half * scale / np.sqrt(kinetic.max(axis=1)))
    radius = np.where(allowed, v - centre[:, None], 0.0)
    momentum = kinetic / scale**2
    best, width = np.full(len(v), np.inf), natural
    for factor in WIDTHS:
        s = natural * factor
        square = ((radius / s[:, None]) ** 2 + momentum * s[:, None] ** 2).max(axis=1)
        width = np.where(square < best, s, width)
        best = np.minimum(square, best)
    return Placed(centre, width, floor, best / 2)


def _reach(potentials: CavityPotentials, count: int, scale: float) -> Floats:
    """(B,) R such that the wanted levels lie well inside |v| < R."""
    reach = np.full(len(potentials), SMALLEST)
    at_rest = potentials.value(np.zeros((len(potentials), 1)))
    for _ in range(DOUBLINGS):
        ends = potentials.value(reach[:, None] * np.array([-1.0, 1.0]))
        rise = np.maximum((ends - at_rest).min(axis=1), 0.0)
        inside = reach * np.sqrt(rise) < 2 * np.pi * count * scale
        if not inside.any():
            return reach
        reach = np.where(inside, 2 * reach, reach)
    raise LevelsError("a cavity potential does not confine v, so that it has no levels")


def hamiltonians(potentials: CavityPotentials, placed: Placed, size: int, scale: float) -> Floats:
    """H - floor in the first ``size`` functions, (B, size, size)."""
    momentum, powers = _matrices(size, _degree(potentials))
    kinetic = (scale / placed.width) ** 2
    if isinstance(potentials.G, EvenPolynomial):
        terms = _taylor(potentials, placed)
        flat = terms @ powers.reshape(len(powers), -1) + kinetic[:, None] * momentum.ravel()
        return flat.reshape(-1, size, size)
    nodes, functions = _quadrature(size)
    U = potentials.value(placed.centre[:, None] + placed.width[:, None] * nodes)
    U = U - placed.floor[:, None]
    return (functions * U[:, None, :]) @ functions.T + kinetic[:, None, None] * momentum


def _degree(potentials: CavityPotentials) -> int:
    return potentials.G.degree if isinstance(potentials.G, EvenPolynomial) else 0


def _taylor(potentials: CavityPotentials, placed: Placed) -> Floats:
    """Coefficients of x^m in U(c + s x) - floor, (B, degree + 1)."""
    assert isinstance(potentials.G, EvenPolynomial)
    c = placed.centre
    terms = np.stack(potentials.G.taylor(c), axis=1) / potentials.gamma[:, None]
    terms[:, 0] -= (potentials.h + potentials.C * c / 2) * c + placed.floor
    terms[:, 1] -= potentials.h + potentials.C * c
    terms[:, 2] -= potentials.C / 2
    return np.asarray(terms * placed.width[:, None] ** np.arange(terms.shape[1]))


@lru_cache(maxsize=16)
def _matrices(size: int, degree: int) -> tuple[Floats, Floats]:
    """π², and x^0 … x^degree, (degree + 1, size, size): of the whole space, then cut."""
    whole = size + degree + 2
    x = _ladder(whole)
    powers = [np.eye(whole)]
    for _ in range(max(degree, 2)):
        powers.append(powers[-1] @ x)
    momentum = np.diag(2.0 * np.arange(whole) + 1.0) - powers[2]
    cut = np.stack(powers[: degree + 1])[:, :size, :size]
    return momentum[:size, :size].copy(), cut.copy()


@lru_cache(maxsize=16)
def _quadrature(size: int) -> tuple[Floats, Floats]:
    """Nodes of Gauss and Hermite (Q,), and the functions there times √weight, (size, Q)."""
    nodes, vectors = np.linalg.eigh(_ladder(size + BEYOND))
    return nodes, vectors[:size].copy()


def _ladder(size: int) -> Floats:
    beside = np.sqrt(np.arange(1, size) / 2)
    return np.asarray(np.diag(beside, 1) + np.diag(beside, -1))
