"""Composite Gauss–Legendre rules on panels whose edges sit where the integrand is not smooth."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ORDER = 16
"""Nodes per panel: 16 integrate a Gaussian over a panel of 4.5 standard deviations to rounding."""


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
