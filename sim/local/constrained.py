"""Relaxation with one site per column fixed: the others' minimum, by matrix products."""

from __future__ import annotations

from dataclasses import dataclass

import array_api_compat
from glasswell.theory.model import Model

from .._typing import Array
from ..backend.linalg import cholesky, solve
from ..minima.hessian_bound import bound
from ..minima.newton import NEWTON_STEPS
from ..sample.landscape import force, hessian

BURST = 20
"""Steps by products before Newton is tried on the columns that are left."""


@dataclass(frozen=True)
class ConstrainedMinima:
    """Columns at rest but for the site that is fixed."""

    v: Array
    """(N, R) displacements."""
    slope: Array
    """∂U/∂v_i at the fixed site, (R,): by stationarity of the others the slope of U_i^ad."""
    converged: Array
    """True where the gradient of all others vanishes, (R,)."""


def relax(
    v: Array,
    J: Array,
    model: Model,
    sites: Array,
    *,
    floor: Array,
    tolerance: float,
    max_iterations: int = 5000,
) -> ConstrainedMinima:
    """Minimise U over v_j, j ≠ i, with v_i fixed; a site i = sites[r] per column r.

    Steps δv = M⁻¹F restricted to v_i = const. (``hessian_bound``),

        δv = y - (M⁻¹)_{·i} y_i/(M⁻¹)_ii,   y = M⁻¹F with F_i = 0,

    lower U monotonically, so that a column whose minimum has vanished slides down to the next
    one; Newton finishes those that come slowly to rest in a soft minimum.

    Parameters
    ----------
    v
        (N, R) starts, v_i already where it is fixed; not changed.
    sites
        (R,) fixed sites.
    floor
        (N,) G''/γ of any minimum of U.
    tolerance
        On max |∂U/∂v_j| over the sites that are not fixed.

    Raises
    ------
    NotAMinimumError
        If ``floor`` is not that of a minimum.
    """
    xp = array_api_compat.array_namespace(v, J)
    device = array_api_compat.device(v)
    numbers = xp.arange(v.shape[0], device=device)
    columns = [v[:, r] for r in range(v.shape[1])]
    free = xp.astype(numbers[:, None] != sites[None, :], v.dtype)
    active, spent = list(range(v.shape[1])), 0
    at_rest = [False] * v.shape[1]
    while active and spent < max_iterations:
        index = xp.asarray(active, dtype=xp.int64, device=device)
        batch = xp.stack([columns[r] for r in active], axis=1)
        batch = _descend(batch, J, model, xp.take(sites, index), floor, BURST)
        spent += BURST
        for position, r in enumerate(active):
            column = batch[:, position]
            columns[r], at_rest[r] = _newton(column, J, model, free[:, r], tolerance)
        active = [r for r in active if not at_rest[r]]
    v = xp.stack(columns, axis=1)
    slope = -xp.sum((1.0 - free) * force(v, J, model), axis=0)
    return ConstrainedMinima(v, slope, xp.asarray(at_rest, device=device))


def _descend(v: Array, J: Array, model: Model, sites: Array, floor: Array, steps: int) -> Array:
    xp = array_api_compat.array_namespace(v, J)
    numbers = xp.arange(v.shape[0], device=array_api_compat.device(v))
    fixed = xp.astype(numbers[:, None] == sites[None, :], v.dtype)
    M = bound(v, J, model, floor)
    for _ in range(steps):
        y = M.inverse @ ((1.0 - fixed) * force(v, J, model))
        own = xp.take(xp.linalg.diagonal(M.inverse), sites)
        reaction = xp.take(M.inverse, sites, axis=1) * (xp.sum(fixed * y, axis=0) / own)
        v = v + (y - reaction)
        if not M.covers(v, model):
            M = bound(v, J, model, M.D)
    return v


def _newton(v: Array, J: Array, model: Model, free: Array, tolerance: float) -> tuple[Array, bool]:
    """Newton's steps of one column while they contract; whether it has come to rest."""
    xp = array_api_compat.array_namespace(v, J)
    identity = xp.eye(v.shape[0], dtype=v.dtype, device=array_api_compat.device(v))
    pairs = free[:, None] * free[None, :]
    F = free * force(v, J, model)
    norm = float(xp.max(xp.abs(F)))
    for _ in range(NEWTON_STEPS):
        if norm <= tolerance:
            return v, True
        matrix = pairs * hessian(v, J, model) + (1.0 - pairs) * identity
        # Where the others have no minimum nearby, an undamped step leads to some far place.
        step = solve(matrix, F) if cholesky(matrix) is not None else None
        if step is None:
            break
        trial = v + step
        trial_F = free * force(trial, J, model)
        trial_norm = float(xp.max(xp.abs(trial_F)))
        if not trial_norm <= 0.5 * norm:
            break
        v, F, norm = trial, trial_F, trial_norm
    return v, norm <= tolerance
