"""A damped Newton iteration for a few unknowns whose residual is costly to evaluate.

The saddle point is stiff in the overlaps and soft in the breakpoints: the residual's norm would
bind every step to the curved valley where the stiff equations hold. So a step is judged by the
Newton correction that would follow it (Deuflhard's natural monotonicity test), which does not
care how the equations are scaled; success is judged by the residual alone.

The Jacobian is taken by differences and kept up by Broyden's rank-one update as long as
the corrections shrink fast. The last step is taken with a fresh one: a small residual of a nearly
singular system still leaves its unknowns loose, and Broyden's Jacobian knows little of the soft
directions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .._typing import Floats

Residual = Callable[[Floats], Floats]

FORWARD, CENTRAL = 1e-7, 1e-4
"""Steps of the differences; unknowns are logarithms or scaled to order one.

Residuals are good to 1e-14, so that truncation and rounding cost forward differences 1e-7 of the
Jacobian, and central ones 1e-8 and 1e-10.
"""

ILL_CONDITIONED = 1e5
"""Condition of the Jacobian beyond which it is taken by central differences, at twice the cost:
near the onset of breaking it is 1e6 and more, and Newton's direction would be arbitrary."""

SLOW = 0.25
"""A correction that keeps more than this fraction of the last one calls for a fresh Jacobian."""

SHORTEST = 0.2
"""A step is not cut below this fraction, but taken: where a Jacobian is nearly singular, ever
shorter steps creep towards the singularity, while a long one lands beyond it."""


PATIENCE, HOPELESS = 4, 0.3
"""So many fresh Jacobians are taken while corrections exceed this: what leads to a root is there
by then."""


@dataclass(frozen=True)
class Root:
    """Where the iteration ended: x, its residual's largest entry, and the evaluations spent."""

    x: Floats
    residual: float
    evaluations: int
    correction: float = np.inf
    """The largest entry of the Newton correction that would follow: what x may be off by."""


def find_root(
    residual: Residual, x: Floats, *, tol: float, max_evaluations: int, max_step: float = 1.0
) -> Root:
    """Drive max|residual(x)| below ``tol``.

    Parameters
    ----------
    residual
        x of shape (n,) to residuals of shape (n,). Where x is not admissible it may return
        something that is not finite: the step is then shortened.
    max_step
        Largest change of an entry of x in one step.
    """
    fx = residual(x)
    spent = 1
    jacobian = np.zeros((len(x), len(x)))
    stale = True
    polished = False
    left = np.inf
    taken = 0
    while not (polished and np.abs(fx).max() <= tol) and spent < max_evaluations:
        if fresh := stale:
            jacobian, evaluations = _differences(residual, x, fx)
            spent += evaluations
            taken += 1
        inverse = _inverse(jacobian)
        if inverse is None:
            break  # there is no direction to go
        correction = -inverse @ fx
        size = float(np.abs(correction).max())
        if size == 0.0:
            left = 0.0
            break
        if fresh and taken > PATIENCE and size > HOPELESS:
            break
        scale = min(1.0, max_step / size)
        shortest = SHORTEST * scale
        while True:
            new = x + scale * correction
            f_new = residual(new)
            spent += 1
            admissible = bool(np.all(np.isfinite(f_new)))
            next_size = float(np.abs(inverse @ f_new).max()) if admissible else np.inf
            better = next_size < (1 - scale / 4) * size
            if better or not fresh or scale <= shortest:
                break
            scale /= 2
        if not (better or fresh):
            stale = True
            continue
        was_root = np.abs(fx).max() <= tol
        if not np.isfinite(next_size) or (was_root and not better):
            break
        moved = new - x
        jacobian = jacobian + np.outer(f_new - fx - jacobian @ moved, moved) / (moved @ moved)
        stale = next_size > SLOW * size
        x, fx, left = new, f_new, next_size
        polished = fresh
        stale = stale or bool(np.abs(fx).max() <= tol)
    return Root(x, float(np.abs(fx).max()), spent, left)


def _inverse(jacobian: Floats) -> Floats | None:
    """None if the matrix is singular or not finite."""
    if not np.all(np.isfinite(jacobian)):
        return None
    try:
        inverse = np.asarray(np.linalg.inv(jacobian), dtype=np.float64)
    except np.linalg.LinAlgError:
        return None
    return inverse if np.all(np.isfinite(inverse)) else None


def _differences(residual: Residual, x: Floats, fx: Floats) -> tuple[Floats, int]:
    """The Jacobian and what it cost; infinite where a difference does not exist."""
    units = np.eye(len(x))
    ahead = np.stack([residual(x + FORWARD * unit) for unit in units], axis=1)
    if not (np.all(np.isfinite(ahead)) and np.all(np.isfinite(fx))):
        return np.full_like(ahead, np.inf), len(x)
    jacobian = (ahead - fx[:, None]) / FORWARD
    if np.linalg.cond(jacobian) < ILL_CONDITIONED:
        return jacobian, len(x)
    ahead, behind = (
        np.stack([residual(x + step * unit) for unit in units], axis=1)
        for step in (CENTRAL, -CENTRAL)
    )
    if not (np.all(np.isfinite(ahead)) and np.all(np.isfinite(behind))):
        return jacobian, 3 * len(x)
    return (ahead - behind) / (2 * CENTRAL), 3 * len(x)
