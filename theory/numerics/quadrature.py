"""Composite Gauss–Legendre rules on panels whose edges sit where the integrand is not smooth."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from .._typing import Floats

ORDER = 16
"""Nodes per panel: 16 integrate a Gaussian over a panel of 4.5 standard deviations to rounding."""

FINEST = 12
"""Halvings of a panel after which a function is taken as it is."""


@cache
def legendre(order: int) -> tuple[Floats, Floats]:
    """Nodes and weights of the Gauss–Legendre rule on [-1, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(order)
    return nodes, weights


def panel_rule(edges: Floats, order: int = ORDER) -> tuple[Floats, Floats]:
    """Nodes and weights on the panels between consecutive ``edges`` (increasing)."""
    nodes, weights = legendre(order)
    half = np.diff(edges)[:, None] / 2
    middle = (edges[1:] + edges[:-1])[:, None] / 2
    return (middle + half * nodes).ravel(), (half * weights).ravel()


def resolved_edges(function: Callable[[Floats], Floats], edges: Floats, tail: float) -> Floats:
    """Halve panels until the last Legendre coefficients of ``function`` are below ``tail``.

    They are relative to the largest on their panel. Where a polynomial of degree ORDER - 1
    interpolates to 1e-7, the Gauss rule integrates to 1e-14.
    """
    left, right = edges[:-1], edges[1:]
    done = [edges[-1:]]
    for _ in range(FINEST):
        nodes, _ = legendre(ORDER)
        h = (left + right)[:, None] / 2 + (right - left)[:, None] / 2 * nodes
        size = np.abs(function(h.ravel()).reshape(h.shape) @ _to_coefficients().T)
        rough = size[:, -2:].max(axis=1) > tail * size.max(axis=1)
        done.append(left[~rough])
        if not rough.any():
            return np.sort(np.concatenate(done))
        middle = (left[rough] + right[rough]) / 2
        left, right = (
            np.concatenate([left[rough], middle]),
            np.concatenate([middle, right[rough]]),
        )
    return np.sort(np.concatenate([*done, left]))


def antiderivative(edges: Floats, values: Floats) -> Floats:
    """∫ from the first edge to each node of panel_rule(edges), from the values at the nodes."""
    _, weights = legendre(ORDER)
    values = values.reshape(-1, ORDER)
    half = np.diff(edges)[:, None] / 2
    before = np.cumsum(half[:, 0] * (values @ weights))
    inside = half * (values @ _to_antiderivative().T)
    return np.asarray((inside + np.concatenate([[0.0], before[:-1]])[:, None]).ravel())


@cache
def _to_antiderivative() -> Floats:
    """Matrix from values at the ORDER nodes to ∫_{-1}^x at the nodes."""
    nodes, _ = legendre(ORDER)
    P = np.polynomial.legendre.legvander(nodes, ORDER)
    degree = np.arange(1, ORDER)
    rising = (P[:, 2:] - P[:, :-2]) / (2 * degree + 1)
    return np.asarray(np.concatenate([nodes[:, None] + 1, rising], axis=1) @ _to_coefficients())


@cache
def _to_coefficients() -> Floats:
    """Matrix from values at the ORDER nodes to Legendre coefficients."""
    nodes, weights = legendre(ORDER)
    degree = np.arange(ORDER)
    values = np.polynomial.legendre.legvander(nodes, ORDER - 1)
    return np.asarray((values * weights[:, None]).T * (2 * degree[:, None] + 1) / 2)
