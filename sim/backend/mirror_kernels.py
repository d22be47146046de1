"""Metropolis tests of a block of sites, one after the other: in array operations, or compiled."""

from __future__ import annotations

from functools import cache
from typing import Any

import array_api_compat
import numpy as np

from .._typing import Array, Integers
from .kernels import best


def decide(
    v: Array, sites: Integers, step: Array, climb: Array, pull: Array, limit: Array, within: Array
) -> Array:
    """Each site of a block is moved by its step if ΔU = climb - step · pull ≤ limit.

    Parameters
    ----------
    v
        (S, N, R) displacements, changed in place.
    sites
        (B,) the block.
    step, climb, limit
        (S, B, R) the move, the change of the on-site energy, and the largest ΔU that is accepted.
    pull
        (S, B, R) Σ_j J_ij v_j + H, which follows what moves; changed in place.
    within
        (S, B, B) couplings of the block.

    Returns
    -------
    (S, B, R) 1 where a site was moved, and 0 elsewhere.
    """
    xp = array_api_compat.array_namespace(v)
    taken = xp.zeros_like(step)
    if best(v) == "numba":
        _compiled()(v, sites, step, climb, pull, limit, within, taken)
        return taken
    for m, site in enumerate(sites.tolist()):
        rise = climb[:, m, :] - step[:, m, :] * pull[:, m, :]
        taken[:, m, :] = xp.astype(rise <= limit[:, m, :], v.dtype)
        move = taken[:, m, :] * step[:, m, :]
        v[:, site, :] += move
        pull += within[:, :, m, None] * move[:, None, :]
    return taken


@cache
def _compiled() -> Any:
    import numba

    return numba.njit(nogil=True)(_decide_loop)


def _decide_loop(
    v: Array,
    sites: Integers,
    step: Array,
    climb: Array,
    pull: Array,
    limit: Array,
    within: Array,
    taken: Array,
) -> None:
    S, B, R = step.shape
    move = np.empty_like(step[0, 0])
    for s in range(S):
        for m in range(B):
            for r in range(R):
                rise = climb[s, m, r] - step[s, m, r] * pull[s, m, r]
                accepted = rise <= limit[s, m, r]
                taken[s, m, r] = 1.0 if accepted else 0.0
                move[r] = step[s, m, r] if accepted else 0.0
                v[s, sites[m], r] += move[r]
            for n in range(m + 1, B):
                J = within[s, n, m]
                for r in range(R):
                    pull[s, n, r] += J * move[r]
