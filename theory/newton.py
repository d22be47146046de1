"""A damped Newton iteration for a few unknowns whose residual is costly to evaluate.

The saddle point is stiff in the overlaps and soft in the breakpoints: the residual's norm would
bind every step to the curved valley where the stiff equations hold. So a step is judged by the
Newton correction that would follow it (Deuflhard's natural monotonicity test), which does not
care how the equations are scaled; the end is judged by the residual alone.

The Jacobian is taken by central differences and kept up by Broyden's rank-one update as long as
the corrections shrink fast.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

Floats = NDArray[np.float64]
Residual = Callable[[Floats], Floats]

DIFFERENCE = 1e-4
"""Step of the central differences; unknowns are logarithms or scaled to order one.

Near the onset of breaking the Jacobian's condition is 1e6 and more: forward differences, good to
1e-6, would make Newton's direction arbitrary.
"""

SLOW = 0.25
"""A correction that keeps more than this fraction of the last one calls for a fresh Jacobian."""

SHORTEST = 1e-4
"""The shortest fraction of a Newton step that is tried."""


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
    while np.abs(fx).max() > tol and spent < max_evaluations:
        if fresh := stale:
            jacobian = _differences(residual, x)
            spent += 2 * len(x)
            if not np.all(np.isfinite(jacobian)):
                break
        solve = linalg.lu_factor(jacobian, check_finite=False)
        correction = -linalg.lu_solve(solve, fx, check_finite=False)
        size = float(np.abs(correction).max())
        scale = min(1.0, max_step / size)
        while True:
            new = x + scale * correction
            f_new = residual(new)
            spent += 1
            next_size = float(np.abs(linalg.lu_solve(solve, f_new, check_finite=False)).max())
            better = next_size < (1 - scale / 4) * size
            if better or scale < SHORTEST or not fresh:
                break
            scale /= 2
        if not better and not fresh:
            stale = True
            continue
        if not better:
            break
        moved = new - x
        jacobian = jacobian + np.outer(f_new - fx - jacobian @ moved, moved) / (moved @ moved)
        stale = next_size > SLOW * size
        x, fx = new, f_new
    return Root(x, float(np.abs(fx).max()), spent)


def _differences(residual: Residual, x: Floats) -> Floats:
    steps = DIFFERENCE * np.eye(len(x))
    with np.errstate(invalid="ignore"):
        columns = [residual(x + step) - residual(x - step) for step in steps]
    return np.stack(columns, axis=1) / (2 * DIFFERENCE)
