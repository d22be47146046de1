"""The WKB exponent of an asymmetric double well,

    S = ∫ √(2 [U(v) - E]) dv,   E = U at the shallower minimum,

from there to the turning point v_t on the deeper well's side of the barrier (ħ = m0 = 1).

With x = v - v_shallow the integrand's square is 2 x² (x - x_t) Q(x); of a polynomial U Q is one
too, that follows by division, and in general Q = ∫_0^1 U'(x_t + (x - x_t) t) dt/x², which subtracts
nothing where x is near x_t. x = x_t (1 - s²) makes it smooth,

    S = 2 √2 |x_t|^(5/2) ∫_0^1 s² (1 - s²) √|Q| ds,    |dS/dh| = √(2|x_t|) ∫_0^1 ds/√|Q|,

but for a root of Q just beyond s = 0 if the wells are nearly symmetric; panels graded towards
s = 0 resolve it. At h → 0 of a symmetric pair S has a cusp, h ln|h|.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from .._typing import Floats
from ..model.polynomial import EvenPolynomial
from ..model.potential import EvenFunction
from ..numerics.quadrature import legendre, panel_rule
from ..numerics.roots import bracketed_root

HALVINGS, ORDER = {"exponent": 10, "slope": 40}, 10
"""Panels towards s = 0 and nodes of each. The root's part of S is below 2^(-4·10), of the slope
2^-40."""

QUOTIENT_ORDER = 24
"""Nodes of Q where U is no polynomial."""

CHUNK = 400_000
"""Numbers held in memory at a time."""


def wkb_exponent(W: EvenFunction, h: Floats, lower: Floats, top: Floats, upper: Floats) -> Floats:
    """S of the wells ``lower`` and ``upper`` with the maximum ``top`` of U = W(v) - h v between."""
    turn, quotient = _divided(W, h, lower, top, upper)
    total = np.zeros_like(turn)
    for s, weight in _rule(HALVINGS["exponent"], turn):
        Q = quotient(turn * (1 - s**2))
        total += np.sum(weight * s**2 * (1 - s**2) * np.sqrt(np.abs(Q)), axis=0)
    return np.asarray(2 * np.sqrt(2) * np.abs(turn) ** 2.5 * total)


def wkb_slope(W: EvenFunction, h: Floats, lower: Floats, top: Floats, upper: Floats) -> Floats:
    """dS/dh: positive if the upper well is the shallower one."""
    turn, quotient = _divided(W, h, lower, top, upper)
    total = np.zeros_like(turn)
    for s, weight in _rule(HALVINGS["slope"], turn):
        Q = quotient(turn * (1 - s**2))
        total += np.sum(weight / np.sqrt(np.abs(Q)), axis=0)
    return np.asarray(-np.sign(turn) * np.sqrt(2 * np.abs(turn)) * total)


def _divided(
    W: EvenFunction, h: Floats, lower: Floats, top: Floats, upper: Floats
) -> tuple[Floats, Callable[[Floats], Floats]]:
    """x_t, and Q as a function of x."""
    upper_is_deep = W.value(upper) - h * upper < W.value(lower) - h * lower
    shallow = np.where(upper_is_deep, lower, upper)
    deep = np.where(upper_is_deep, upper, lower)
    ends = top - shallow, deep - shallow
    if not isinstance(W, EvenPolynomial):
        return _without_division(W, h, shallow, *ends)
    excess = W.taylor(shallow)[2:]
    slope = [n * c for n, c in enumerate(excess)][1:]
    turn = bracketed_root(
        lambda x: _polynomial(excess, x),
        lambda x: _polynomial(slope, x),
        np.minimum(*ends),
        np.maximum(*ends),
    )
    quotient = [excess[-1]]
    for c in excess[-2:0:-1]:
        quotient.insert(0, c + turn * quotient[0])
    return turn, partial(_polynomial, quotient)


def _without_division(
    W: EvenFunction, h: Floats, shallow: Floats, top: Floats, deep: Floats
) -> tuple[Floats, Callable[[Floats], Floats]]:
    """The same for any W; top and deeper minimum are relative to the shallower one."""

    def slope(x: Floats) -> Floats:
        return np.asarray(W.slope(shallow + x) - h)

    def excess(x: Floats) -> Floats:
        return np.asarray(W.value(shallow + x) - W.value(shallow) - h * x)

    turn = bracketed_root(excess, slope, np.minimum(top, deep), np.maximum(top, deep))
    nodes, weights = legendre(QUOTIENT_ORDER)
    rule = list(zip(((1 + nodes) / 2).tolist(), (weights / 2).tolist(), strict=True))

    def quotient(x: Floats) -> Floats:
        mean = sum(weight * slope(turn + (x - turn) * t) for t, weight in rule)
        return np.asarray(mean / x**2)

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
