"""A point of the AT line by Newton's iteration, with T as one more unknown.

    p = ∫P ⟨v⟩,   C = ∫P g'',   q = ∫P (g')²,   1 = J² ∫P (g'')²

at the cost of a few solutions, where a search for the root of the replicon along T would take as
many as twenty.
"""

from __future__ import annotations

import math

import numpy as np

from .._typing import Floats
from ..ansatz.solution import Solution
from ..ansatz.stationarity import residuals
from ..numerics.newton import find_root
from ..recursion.mixture import levels_of
from ..recursion.recursion import Order

TOL = 1e-11
"""Largest residual of a point of the line."""

EVALUATIONS = 60
"""Recursions after which it is left to others."""

SLACK = 1.5
"""Factor by which the iteration may leave the interval on its way."""

LONGEST = 0.3
"""Longest step in the logarithms of C, q and T."""


def temperature_from(solution: Solution, cold: float, hot: float) -> float | None:
    """The T between ``cold`` and ``hot`` at which replica symmetry becomes unstable.

    From a replica-symmetric solution at some T between them; None if the iteration leads
    elsewhere, or nowhere.
    """
    model, order = solution.model, solution.levels.order
    scale = math.sqrt(float(order.q[-1]))
    polarised = order.p != 0.0

    def residual(x: Floats) -> Floats:
        C, q, T = np.exp(x[:3])
        if not cold / SLACK <= T <= hot * SLACK:
            return np.full_like(x, np.inf)
        p = float(x[3]) * scale if polarised else 0.0
        levels = levels_of(model, Order(p, float(C), np.array([q]), np.zeros(0)), float(T))
        r_p, r_C, r_q, _ = residuals(levels)
        free = [r_p] if polarised else []
        return np.array([r_C, r_q[0], levels.replicon, *free])

    start = [math.log(order.C), math.log(order.q[-1]), math.log(solution.temperature)]
    root = find_root(
        residual,
        np.array([*start, order.p / scale] if polarised else start),
        tol=TOL,
        max_evaluations=EVALUATIONS,
        max_step=LONGEST,
    )
    T = math.exp(root.x[2])
    return T if root.residual < TOL and cold <= T <= hot else None
