"""Newton's method from where descent stopped: the last steps of a column to its minimum."""

from __future__ import annotations

import array_api_compat

from .._typing import Array
from ..backend.linalg import solve
from ..sample.landscape import force, hessian
from ..sample.sites import AnyModel

NEWTON_STEPS = 12
"""At most; each at least halves the gradient, or it is the last."""


def newton(v: Array, J: Array, model: AnyModel, tolerance: float) -> tuple[Array, float, int]:
    """Steps v ← v + (∂²U)⁻¹ F from v, (N,), while they contract and go downhill.

    Returns
    -------
    Where it ended, max_i |F_i| there, and the forces it took.
    """
    xp = array_api_compat.array_namespace(v, J)
    residual = force(v, J, model)
    norm, evaluations = float(xp.max(xp.abs(residual))), 1
    while norm > tolerance and evaluations < NEWTON_STEPS:
        step = solve(hessian(v, J, model), residual)
        # An uphill step heads for a saddle, however fast the gradient falls on the way.
        if step is None or not float(xp.sum(step * residual)) > 0.0:
            break
        trial = v + step
        trial_residual = force(trial, J, model)
        trial_norm = float(xp.max(xp.abs(trial_residual)))
        evaluations += 1
        if not trial_norm <= 0.5 * norm:
            break
        v, residual, norm = trial, trial_residual, trial_norm
    return v, norm, evaluations
