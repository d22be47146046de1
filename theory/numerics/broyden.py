"""Broyden's iteration for a residual that is nearly what its unknowns lack.

Where r(x) = x' - x, with x' what the equations make of x, the inverse Jacobian is about -1, and
Broyden's rank-one updates from there need no difference quotient at all. (Broyden, Math. Comp. 19,
577 (1965).)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from .._typing import Floats

DAMPING = 0.7
"""Minus the first inverse Jacobian."""

LARGEST_STEP = 0.5
"""Of an unknown; they are logarithms or scaled to order one."""

HALVINGS = 6
"""Of a step that leads where the residual is not finite."""

STALLED, PATIENCE, SMALL = 5, 25, 1e-6
"""Steps without a smaller residual after which rounding is all there is to see, if the residual is
small; else how many more are worth a try."""


@dataclass(frozen=True)
class FixedPoint:
    """The best x met, its largest residual, the evaluations spent, and the inverse Jacobian."""

    x: Floats
    residual: float
    evaluations: int
    inverse: Floats


def fixed_point(
    residual: Callable[[Floats], Floats],
    x: Floats,
    *,
    tol: float,
    most: int,
    inverse: Floats | None = None,
) -> FixedPoint:
    """Drive max|residual| below ``tol``, or as far as rounding lets it within ``most`` steps.

    Where x is not admissible the residual may not be finite: the step is then shortened.
    ``inverse`` is an inverse Jacobian to begin with, of a similar residual.
    """
    if inverse is None:
        inverse = -DAMPING * np.eye(len(x))
    r = residual(x)
    best, spent, stalled = FixedPoint(x, _largest(r), 1, inverse), 1, 0
    while best.residual > tol and spent < most:
        if stalled >= (STALLED if best.residual < SMALL else PATIENCE):
            break
        step = -inverse @ r
        step *= min(1.0, LARGEST_STEP / float(np.abs(step).max()))
        for _ in range(HALVINGS):
            new = residual(x + step)
            spent += 1
            if np.all(np.isfinite(new)):
                break
            step = step / 2
        else:
            break
        change = inverse @ (new - r)
        along = float(step @ change)
        if along == 0.0:
            break
        inverse = inverse + np.outer(step - change, step @ inverse) / along
        x, r = x + step, new
        stalled += 1
        if _largest(r) < best.residual:
            best, stalled = FixedPoint(x, _largest(r), spent, inverse), 0
    return replace(best, evaluations=spent)


def _largest(r: Floats) -> float:
    return float(np.abs(r).max()) if np.all(np.isfinite(r)) else np.inf
