"""The Gauss rule that belongs to a distribution: E[f] ≈ Σ w_i f(x_i), exact to degree 2n - 1.

Nodes and weights are eigenvalues and eigenvectors of the Jacobi matrix of the orthogonal
polynomials (Golub and Welsch, Math. Comp. 23, 221 (1969)), whose entries follow from the measure
on a fine grid by Stieltjes' procedure (Gautschi, SIAM J. Sci. Stat. Comput. 3, 289 (1982)). The
grid is laid in s = -ln(tail probability), from the median out on both sides: there the measure is
e^(-s) ds for every distribution, with neither an end-point singularity nor a tail to be cut.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from .._typing import Floats
from ..numerics.quadrature import ORDER, panel_rule
from .errors import ModelError
from .randomness import Random

PANELS, GROWTH = 31, 1.25
"""Panels in s from ln 2 on, each wider than the last: to e^-700, where numbers end."""

NOTHING = 1e-40
"""Probability that counts as none next to the end of a bounded support."""

LEFT_OUT = 1e-12
"""Largest part of the highest moment that the outermost panel may hold."""


@cache
def gauss_rule(random: Random, nodes: int) -> tuple[tuple[float, float], ...]:
    """Pairs (weight, value) of the n-node Gauss rule of a distribution; the weights add up to one.

    Raises
    ------
    ModelError
        If the moments that define the rule do not exist, or lie out of reach: a heavy tail.
    """
    x, mass = _measure(random)
    # Imported where it is needed: pure models start in half the time without it.
    from scipy import linalg

    centre, width = random.mean, np.sqrt(random.variance)
    z = (x - centre) / width
    if not _in_reach(z, mass, 2 * nodes):
        raise ModelError(
            f"{random} has no {2 * nodes} moments within reach, so no average over {nodes} nodes: "
            "truncate its tail or make it narrower"
        )
    diagonal, off_diagonal = _recurrence(z, mass, nodes)
    at, vectors = linalg.eigh_tridiagonal(diagonal, off_diagonal)
    weights = vectors[0] ** 2
    values = centre + width * at
    return tuple(zip(weights.tolist(), values.tolist(), strict=True))


def _measure(random: Random) -> tuple[Floats, Floats]:
    """Values and probabilities on the fine grid, in increasing order."""
    s, ds = panel_rule(np.log(2) * GROWTH ** np.arange(PANELS + 1))
    tail = np.exp(-s)
    lower, upper = (np.isinf(end) | (tail > NOTHING) for end in random.support)
    x = np.concatenate([random.quantile(tail[lower])[::-1], random.upper_quantile(tail[upper])])
    mass = np.concatenate([(tail * ds)[lower][::-1], (tail * ds)[upper]])
    there = np.isfinite(x)
    return x[there], mass[there]


def _in_reach(z: Floats, mass: Floats, power: int) -> bool:
    """Whether the outermost panels hold next to nothing of the moment of this order."""
    if len(z) <= 2 * ORDER:
        return False
    exponent = np.log(mass) + power * np.log(np.maximum(np.abs(z), 1e-300))
    moment = np.exp(exponent - exponent.max())
    return bool(moment[:ORDER].sum() + moment[-ORDER:].sum() <= LEFT_OUT * moment.sum())


def _recurrence(z: Floats, mass: Floats, nodes: int) -> tuple[Floats, Floats]:
    """Jacobi matrix of the orthonormal polynomials: its diagonal and the one beside it."""
    diagonal, beside = np.empty(nodes), np.empty(nodes)
    before, now = np.zeros_like(z), np.full_like(z, 1 / np.sqrt(mass.sum()))
    last = 0.0
    for n in range(nodes):
        diagonal[n] = mass @ (z * now**2)
        following = (z - diagonal[n]) * now - last * before
        last = beside[n] = np.sqrt(mass @ following**2)
        before, now = now, following / last
    return diagonal, beside[:-1]
