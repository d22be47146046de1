"""A damped Newton iteration for a few unknowns whose residual is costly to evaluate.

The saddle point is stiff in the overlaps and soft in the breakpoints: the residual's norm would
bind every step to the curved valley where the stiff equations hold. So a step is judged by the
Newton correction that would follow it (Deuflhard's natural monotonicity test), which does not
care how the equations are scaled; success is judged by the residual alone.

The Jacobian is taken by forward differences and kept up by Broyden's rank-one update as long as
the corrections shrink fast. The last step is taken with a fresh one: a small residual of a nearly
singular system still leaves its unknowns loose, and Broyden's Jacobian knows little of the soft
directions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

Floats = NDArray[np.float64]
Residual = Callable[[Floats], Floats]

DIFFERENCE = 1e-6
"""Step of the forward differences; unknowns are logarithms or scaled to order one."""

SLOW = 0.25
"""A correction that keeps more than this fraction of the last one calls for a fresh Jacobian."""

SHORTEST = 0.2
"""A step is not cut below this fraction, but taken: where a Jacobian is nearly singular, ever
shorter steps creep towards the singularity, while a long one lands beyond it."""


@dataclass(frozen=True)
class Root:
    """Where the iteration ended: x, its residual's largest entry, and the evaluations spent."""

    x: Floats
    residual: float
    evaluations: int


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
    while not (polished and np.abs(fx).max() <= tol) and spent < max_evaluations:
        if fresh := stale:
            jacobian = _differences(residual, x, fx)
            spent += len(x)
            if not np.all(np.isfinite(jacobian)):
                break
        solve = linalg.lu_factor(jacobian, check_finite=False)
        correction = -linalg.lu_solve(solve, fx, check_finite=False)
        size = float(np.abs(correction).max())
        scale = min(1.0, max_step / size)
        shortest = SHORTEST * scale
        while True:
            new = x + scale * correction
            f_new = residual(new)
            spent += 1
            next_size = float(np.abs(linalg.lu_solve(solve, f_new, check_finite=False)).max())
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
        x, fx = new, f_new
        polished = fresh
        stale = stale or bool(np.abs(fx).max() <= tol)
    return Root(x, float(np.abs(fx).max()), spent)


def _differences(residual: Residual, x: Floats, fx: Floats) -> Floats:
    moved = np.stack([residual(x + DIFFERENCE * unit) for unit in np.eye(len(x))], axis=1)
    if not (np.all(np.isfinite(moved)) and np.all(np.isfinite(fx))):
        return np.full_like(moved, np.inf)
    return (moved - fx[:, None]) / DIFFERENCE
