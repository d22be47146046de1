"""Minima of the landscape: one loop over all columns, each certified on its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import array_api_compat

from .._typing import Array
from ..backend.checks import require_at_least, require_columns
from ..errors import SimulationError
from ..sample import couplings
from ..sample.landscape import energy, force, site_axis
from ..sample.scales import force_rounding, gradient_tolerance, precision
from ..sample.sites import AnyModel
from . import certify, descent
from .status import Status, certified


@dataclass(frozen=True)
class Minima:
    """Where the columns ended; every array but v has the shape of v without its site axis.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.sim import couplings, minimise
    >>> from glasswell.theory import Model
    >>> model = Model(gamma=10.0)
    >>> J = couplings.sample(model, 16, seed=1)
    >>> starts = np.random.default_rng(1).normal(0, 10, (16, 8))
    >>> minima = minimise(starts, J, model)
    >>> bool(np.all(minima.smallest_eigenvalue > 0)), bool(np.all(minima.gradient_norm < 1e-8))
    (True, True)
    """

    v: Array
    energy: Array
    """Total U(v)."""
    gradient_norm: Array
    """max_i |∂U/∂v_i|."""
    smallest_eigenvalue: Array
    """Of the Hessian: positive certifies a minimum; nan where the gradient did not vanish."""
    status: Array
    """A ``Status`` per column."""
    iterations: Array
    """Force evaluations per column."""

    @property
    def converged(self) -> Array:
        """True for certified minima."""
        return certified(self.status)


def joined(one: Minima, other: Minima) -> Minima:
    """The columns of both."""
    xp = array_api_compat.array_namespace(one.v)
    pairs = {name: [array, getattr(other, name)] for name, array in vars(one).items()}
    return Minima(**{name: xp.concat(pair, axis=-1) for name, pair in pairs.items()})


def minimise(
    v: Array,
    J: Array,
    model: AnyModel,
    *,
    tolerance: float | None = None,
    max_iterations: int = 20000,
    kernels: str | None = None,
) -> Minima:
    """Minimise U from every column, to max_i |∂U/∂v_i| ≤ tolerance and a positive Hessian.

    Descent by matrix products brings the columns to their minima, and the smallest eigenvalue of
    the Hessian certifies. Newton steps finish a column that descent leaves short of the tolerance;
    one that ends on a saddle leaves it along its negative mode, and descends further.

    Parameters
    ----------
    v
        Starts (N,), (N, R) or (S, N, R); not changed.
    J
        Couplings (N, N); (S, N, N) for the last.
    tolerance
        On the gradient. By default 1e-9/√a (for the quartic G), or what rounding lets forces
        reach where that is more: in single precision 9e-5 at γ = 10.
    max_iterations
        Force evaluations per column.
    kernels
        Of the descent: "numba" on NumPy arrays, or "reference"; by default the first where it is
        there.

    Raises
    ------
    ShapeError
        If v and J do not belong together, or v is empty.
    CouplingError
        If J is not a coupling matrix or a stack of them.
    SimulationError
        If max_iterations is no positive integer, the tolerance not positive and finite, or below
        what the arrays' precision lets a force reach; or if v are no floating-point numbers.
    DeviceError
        If the kernels do not fit the arrays, or are not installed.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.sim import couplings, minimise
    >>> from glasswell.theory import Model
    >>> model = Model(gamma=10.0)
    >>> J = couplings.sample(model, 16, seed=1)
    >>> starts = np.random.default_rng(1).normal(0, 10, (16, 8))
    >>> minima = minimise(starts, J, model)
    >>> minima.v.shape, bool(minima.converged.all())
    ((16, 8), True)
    >>> bool(minima.energy.min() < 0)
    True
    """
    site_axis(v, J)
    couplings.check(J)
    require_columns(v)
    xp = array_api_compat.array_namespace(v, J)
    eps = precision(v, J)
    tolerance = gradient_tolerance(model, eps) if tolerance is None else tolerance
    if not 0.0 < tolerance < float("inf") or max_iterations < 1:
        raise SimulationError("tolerance and max_iterations must be positive, and finite")
    require_at_least(1, max_iterations=max_iterations)
    reachable = force_rounding(model, eps)
    if tolerance < reachable:
        raise SimulationError(
            f"a tolerance of {tolerance:.2g} is below the rounding of forces: ask for "
            f"{reachable:.2g} or more, or leave it out"
        )
    if v.ndim == 1:
        one = _minimise_columns(v[:, None], J, model, tolerance, max_iterations, kernels)
        return Minima(**{name: array[..., 0] for name, array in vars(one).items()})
    if v.ndim == 2:
        return _minimise_columns(v, J, model, tolerance, max_iterations, kernels)
    parts = [
        _minimise_columns(v[s, ...], J[s, ...], model, tolerance, max_iterations, kernels)
        for s in range(v.shape[0])
    ]
    return Minima(**{n: xp.stack([getattr(p, n) for p in parts]) for n in vars(parts[0])})


def _minimise_columns(
    v: Array,
    J: Array,
    model: AnyModel,
    tolerance: float,
    max_iterations: int,
    kernels: str | None,
) -> Minima:
    xp = array_api_compat.array_namespace(v, J)
    R = v.shape[1]
    columns = [v[:, r] for r in range(R)]
    status = [Status.ITERATION_LIMIT] * R
    lowest = [float("nan")] * R
    spent = [0] * R
    # Below the tolerance, because the descent's forces carry the rounding of their increments.
    target = [0.5 * tolerance] * R
    active = list(range(R))
    while active:
        batch = xp.stack([columns[r] for r in active], axis=1)
        targets = [target[r] for r in active]
        budgets = [max_iterations - spent[r] for r in active]
        batch, used = descent.descend(batch, J, model, targets, budgets, kernels)
        remaining = []
        for position, r in enumerate(active):
            result = certify.finish(batch[:, position], J, model, tolerance)
            columns[r], lowest[r] = result.v, result.smallest_eigenvalue
            spent[r] += used[position] + result.evaluations
            target[r] *= 0.1
            if result.status is not None:
                status[r] = result.status
            elif spent[r] < max_iterations:
                remaining.append(r)
        active = remaining
    return _collect(xp, columns, J, model, lowest, status, spent)


def _collect(
    xp: Any,
    columns: list[Array],
    J: Array,
    model: AnyModel,
    lowest: list[float],
    status: list[Status],
    spent: list[int],
) -> Minima:
    v = xp.stack(columns, axis=1)
    device = array_api_compat.device(v)
    return Minima(
        v=v,
        energy=energy(v, J, model),
        gradient_norm=xp.max(xp.abs(force(v, J, model)), axis=0),
        smallest_eigenvalue=xp.asarray(lowest, dtype=v.dtype, device=device),
        status=xp.asarray([int(s) for s in status], dtype=xp.int64, device=device),
        iterations=xp.asarray(spent, dtype=xp.int64, device=device),
    )
