"""The last steps to a minimum, one column at a time: Newton, then the certificate."""

from __future__ import annotations

from dataclasses import dataclass

import array_api_compat

from .._typing import Array
from ..backend.linalg import eigenvalues, lowest_mode, solve
from ..sample.landscape import energy, force, hessian
from ..sample.scales import amplitude
from ..sample.sites import AnyModel
from .status import Status

NEWTON_STEPS = 12
"""At most; each at least halves the gradient, or it is the last."""


@dataclass(frozen=True)
class Finish:
    """Where Newton left one column."""

    v: Array
    status: Status | None
    """None asks for more descent: Newton did not contract, or v was a saddle and now stands a step
    down its negative mode."""
    smallest_eigenvalue: float
    evaluations: int


def finish(v: Array, J: Array, model: AnyModel, tolerance: float) -> Finish:
    """Newton steps v ← v + (∂²U)⁻¹ F from v, (N,), then the Hessian's smallest eigenvalue."""
    xp = array_api_compat.array_namespace(v, J)
    residual, norm, evaluations = _residual(v, J, model)
    if not norm < float("inf"):
        return Finish(v, Status.NOT_FINITE, float("nan"), evaluations)
    while norm > tolerance and evaluations < NEWTON_STEPS:
        step = solve(hessian(v, J, model), residual)
        # An uphill step heads for a saddle, however fast the gradient falls on the way.
        if step is None or not float(xp.sum(step * residual)) > 0.0:
            break
        trial = v + step
        trial_residual, trial_norm, _ = _residual(trial, J, model)
        evaluations += 1
        if not trial_norm <= 0.5 * norm:
            break
        v, residual, norm = trial, trial_residual, trial_norm
    if norm > tolerance:
        return Finish(v, None, float("nan"), evaluations)
    return _certify(v, J, model, evaluations)


def _residual(v: Array, J: Array, model: AnyModel) -> tuple[Array, float, int]:
    xp = array_api_compat.array_namespace(v, J)
    residual = force(v, J, model)
    return residual, float(xp.max(xp.abs(residual))), 1


def _certify(v: Array, J: Array, model: AnyModel, evaluations: int) -> Finish:
    xp = array_api_compat.array_namespace(v, J)
    matrix = hessian(v, J, model)
    spectrum = eigenvalues(matrix)
    smallest = float(spectrum[0])
    largest = max(abs(smallest), abs(float(spectrum[-1])))
    rounding = 10.0 * v.shape[0] * float(xp.finfo(v.dtype).eps) * largest
    if smallest > rounding:
        return Finish(v, Status.CONVERGED, smallest, evaluations)
    if smallest >= -rounding:
        return Finish(v, Status.MARGINAL, smallest, evaluations)
    return Finish(_leave_saddle(v, J, model, matrix), None, smallest, evaluations)


def _leave_saddle(v: Array, J: Array, model: AnyModel, matrix: Array) -> Array:
    """A point lower in energy along the negative mode: ½λs² < 0 wins for small enough s."""
    mode = lowest_mode(matrix)
    start = float(energy(v, J, model))
    step = amplitude(model)
    for _ in range(40):
        ends = [v + step * mode, v - step * mode]
        levels = [float(energy(end, J, model)) for end in ends]
        if min(levels) < start:
            return ends[levels.index(min(levels))]
        step *= 0.5
    return v + step * mode
