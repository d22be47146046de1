"""The WKB exponent of an asymmetric double well,

    S = ∫ √(2 [U(v) - E]) dv,   E = U at the shallower minimum,

from there to the turning point v_t on the deeper well's side of the barrier (ħ = m0 = 1).

With x = v - v_shallow the integrand's square is 2 x² (x - x_t) Q(x), Q a polynomial that follows by
division. x = x_t (1 - s²) makes it smooth,

    S = 2 √2 |x_t|^(5/2) ∫_0^1 s² (1 - s²) √|Q| ds,    |dS/dh| = √(2|x_t|) ∫_0^1 ds/√|Q|,

but for a root of Q just beyond s = 0 if the wells are nearly symmetric; panels graded towards
s = 0 resolve it. At h → 0 of a symmetric pair S has a cusp, h ln|h|.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..model.potential import EvenPolynomial
from ..numerics.quadrature import panel_rule
from ..numerics.roots import bracketed_root

Floats = NDArray[np.float64]

HALVINGS, ORDER = {"exponent": 10, "slope": 40}, 10
"""Panels towards s = 0 and nodes of each. The root's part of S is below 2^(-4·10), of the slope
2^-40."""

CHUNK = 400_000
"""Numbers held in memory at a time."""


def wkb_exponent(W: EvenPolynomial, h: Floats, lower: Floats, top: Floats, upper: Floats) -> Floats:
    """S of the wells ``lower`` and ``upper`` with the maximum ``top`` of U = W(v) - h v between."""
    turn, quotient = _divided(W, h, lower, top, upper)
    total = np.zeros_like(turn)
    for s, weight in _rule(HALVINGS["exponent"], turn):
        Q = _polynomial(quotient, turn * (1 - s**2))
        total += np.sum(weight * s**2 * (1 - s**2) * np.sqrt(np.abs(Q)), axis=0)
    return np.asarray(2 * np.sqrt(2) * np.abs(turn) ** 2.5 * total)


def wkb_slope(W: EvenPolynomial, h: Floats, lower: Floats, top: Floats, upper: Floats) -> Floats:
    """dS/dh: positive if the upper well is the shallower one."""
    turn, quotient = _divided(W, h, lower, top, upper)
    total = np.zeros_like(turn)
    for s, weight in _rule(HALVINGS["slope"], turn):
        Q = _polynomial(quotient, turn * (1 - s**2))
        total += np.sum(weight / np.sqrt(np.abs(Q)), axis=0)
    return np.asarray(-np.sign(turn) * np.sqrt(2 * np.abs(turn)) * total)


def _divided(
    W: EvenPolynomial, h: Floats, lower: Floats, top: Floats, upper: Floats
) -> tuple[Floats, list[Floats]]:
    """x_t, and the coefficients of Q from the lowest power up."""
    upper_is_deep = W.value(upper) - h * upper < W.value(lower) - h * lower
    shallow = np.where(upper_is_deep, lower, upper)
    deep = np.where(upper_is_deep, upper, lower)
    excess = W.taylor(shallow)[2:]
    slope = [n * c for n, c in enumerate(excess)][1:]
    ends = top - shallow, deep - shallow
    turn = bracketed_root(
        lambda x: _polynomial(excess, x),
        lambda x: _polynomial(slope, x),
        np.minimum(*ends),
        np.maximum(*ends),
    )
    quotient = [excess[-1]]
    for c in excess[-2:0:-1]:
        quotient.insert(0, c + turn * quotient[0])
    return turn, quotient


def _polynomial(coefficients: list[Floats], x: Floats) -> Floats:
    total = coefficients[-1] + 0 * x
    for c in coefficients[-2::-1]:
        total = total * x + c
    return np.asarray(total)


def _rule(halvings: int, sites: Floats) -> Iterator[tuple[Floats, Floats]]:
    """Nodes and weights along a new first axis, in parts that fit in memory."""
    edges = np.concatenate([[0.0], 2.0 ** -np.arange(halvings, -1, -1)])
    nodes, weights = panel_rule(edges, ORDER)
    shape = (-1, *[1] * sites.ndim)
    parts = int(np.ceil(len(nodes) * sites.size / CHUNK))
    for part in np.array_split(np.arange(len(nodes)), max(parts, 1)):
        yield nodes[part].reshape(shape), weights[part].reshape(shape)
