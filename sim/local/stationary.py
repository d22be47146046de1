"""Stationary points of cavity potentials: minima and maxima in turn.

U' = 0 is a polynomial equation if G is a polynomial: its roots are eigenvalues of the companion
matrix, polished by Newton's method. Near a spinodal field a minimum and a maximum lie close
together, and eigenvalues tell them apart only to √ε; there the extremum v* of U' between the two is
found first, and with it v* ± √(-2 U'(v*)/U'''(v*)). For any other potential see ``bracketing``.
"""

from __future__ import annotations

import numpy as np
from glasswell.theory.model import EvenPolynomial

from .._typing import Complexes, Floats
from ..sample.scales import DOUBLE
from .bracketing import roots_between
from .cavity_potential import CavityPotentials

CLOSE = 1e-4
"""Roots that lie as close, in units of the largest root possible, are taken for a pair."""

POLISH = 4
"""Newton steps; each doubles the digits, of which an eigenvalue has 8 or more."""


def stationary_points(potentials: CavityPotentials) -> Floats:
    """All v with U'(v) = 0 of every potential, ascending, (B, 2P + 1); NaN beyond the last.

    The first, third, … are minima, the others maxima: P pairs of adjacent minima at most, one for
    the quartic G. A minimum and a maximum that merge, to rounding, are none: at the spinodal field
    only the other minimum is left. NaN where h or C is not known.
    """
    if isinstance(potentials.G, EvenPolynomial):
        points = np.full((len(potentials), potentials.G.degree - 1), np.nan)
        find = polynomial_points
    else:
        points = np.full((len(potentials), 3), np.nan)
        find = roots_between
    known = np.flatnonzero(potentials.known)
    if not len(known):
        return points
    found = find(potentials[known])
    if found.shape[1] > points.shape[1]:
        points = np.full((len(potentials), found.shape[1]), np.nan)
    points[known, : found.shape[1]] = found
    return points


def polynomial_points(potentials: CavityPotentials) -> Floats:
    """The same, (B, degree - 1), where G is an even polynomial and all is finite."""
    monic, unit = _scaled(_slope_coefficients(potentials))
    roots = _companion_roots(monic)
    x = np.where(np.abs(roots.imag) <= CLOSE, roots.real, np.nan)
    x = np.sort(x, axis=1)
    (row,) = np.nonzero((np.diff(x, axis=1) <= CLOSE).any(axis=1))
    x[row] = _parted(monic[row], x[row])
    for _ in range(POLISH):
        value, slope = (_horner(monic, x, n) for n in (0, 1))
        with np.errstate(divide="ignore", invalid="ignore"):
            step = value / slope
        # Of a multiple root, which is where it is.
        x = x - np.where(np.isfinite(step), step, 0.0)
    return np.sort(x, axis=1) * unit[:, None]


def _slope_coefficients(potentials: CavityPotentials) -> Floats:
    """Of U'(v) = Σ_n p_n v^n, (B, degree)."""
    G = potentials.G
    assert isinstance(G, EvenPolynomial)
    powers = np.zeros((len(potentials), G.degree))
    for n, c in enumerate(G.coefficients, start=1):
        powers[:, 2 * n - 1] = 2 * n * c / potentials.gamma
    powers[:, 0] -= potentials.h
    powers[:, 1] -= potentials.C
    return powers


def _scaled(powers: Floats) -> tuple[Floats, Floats]:
    """Monic in x = v/unit, with no coefficient above one, and ``unit`` (B,): roots are |x| < 2."""
    degree = powers.shape[1] - 1
    ratio = np.abs(powers[:, :-1] / powers[:, -1:])
    unit = np.max(ratio ** (1 / np.arange(degree, 0, -1)), axis=1)
    unit = np.where(unit > 0.0, unit, 1.0)
    scale = unit[:, None] ** np.arange(-degree, 1)
    return powers / powers[:, -1:] * scale, unit


def _companion_roots(monic: Floats) -> Complexes:
    degree = monic.shape[1] - 1
    companion = np.zeros((len(monic), degree, degree))
    companion[:, 1:, :-1] = np.eye(degree - 1)
    companion[:, :, -1] = -monic[:, :-1]
    return np.linalg.eigvals(companion).astype(np.complex128)


def _parted(monic: Floats, x: Floats) -> Floats:
    """Pairs of close roots from the extremum between them; NaN where it does not reach zero."""
    x = x.copy()
    for n in range(x.shape[1] - 1):
        with np.errstate(invalid="ignore"):
            (row,) = np.nonzero(x[:, n + 1] - x[:, n] <= CLOSE)
        if not len(row):
            continue
        p = monic[row]
        top = (x[row, n : n + 1] + x[row, n + 1 : n + 2]) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            for _ in range(POLISH):
                top = top - _horner(p, top, 1) / _horner(p, top, 2)
            value, bend = _horner(p, top, 0), _horner(p, top, 2)
            rounding = 2 * DOUBLE * _horner(np.abs(p), np.abs(top), 0)
            apart = np.where(np.abs(value) > rounding, np.sqrt(-2 * value / bend), np.nan)
        x[row, n : n + 2] = top + apart * np.array([-1.0, 1.0])
    return x


def _horner(powers: Floats, x: Floats, derivative: int) -> Floats:
    """The polynomials (B, n), or a derivative of them, at x (B, m)."""
    total = np.zeros_like(x)
    for n in range(powers.shape[1] - 1, derivative - 1, -1):
        factor = float(np.prod(np.arange(n - derivative + 1, n + 1)))
        total = total * x + factor * powers[:, n : n + 1]
    return total
