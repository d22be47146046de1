"""Critical states by Newton's iteration, with J, and where two things vanish H, as unknowns.

C = ⟨χ⟩,   q = ⟨v²⟩,   and 1 = J² ⟨χ²⟩ or J² C = κ_min or both.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from .._typing import Floats
from ..numerics.newton import find_root
from .rigid import RigidState

TOL = 1e-11
"""Largest residual."""

EVALUATIONS = 80
"""States after which it is left to others."""

LONGEST = 0.3
"""Longest step in the logarithms of the unknowns."""


def critical_state(start: RigidState, *, soft: bool, wells: bool) -> RigidState | None:
    """The state next to ``start`` with a vanishing replicon (soft), margin (wells), or both.

    J is free, and the field too where both vanish. None if the iteration does not end.
    """
    unknowns = [start.J, start.width / start.J]
    if not wells:
        unknowns.append(start.C)
    elif soft:
        unknowns.append(start.centre)

    def state(x: Floats) -> RigidState:
        J, root_q, *others = np.exp(x).tolist()
        C = start.end.least / J**2 if wells else others[0]
        H = others[0] if soft and wells else start.centre
        return replace(start, J=J, width=J * root_q, C=C, centre=H)

    def residual(x: Floats) -> Floats:
        here = state(x)
        if not wells and here.margin <= 0:
            return np.full_like(x, np.inf)
        balance = [
            here.mean_response(1) / here.C - 1,
            here.overlap * (here.J / here.width) ** 2 - 1,
        ]
        return np.array([*balance, here.replicon] if soft else balance)

    root = find_root(
        residual,
        np.log(unknowns),
        tol=TOL,
        max_evaluations=EVALUATIONS,
        max_step=LONGEST,
    )
    found = state(root.x)
    there = root.residual < TOL and math.isfinite(found.replicon)
    return found if there else None
