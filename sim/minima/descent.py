"""Descent by matrix products: conjugate gradients on all columns at once, each to its own minimum.

One product J d carries J v along a line. Where G is a polynomial so is U there: the line is
minimised exactly for the price of one force. Every other G is evaluated at the points tried.

Products are most of the time, and half as long in single precision. There they are as good: J d is
added to J v, which is in double precision and computed anew on the way, so that its error is 1e-7
of how far a column has gone since. Near a minimum that is next to nothing. Columns are therefore
brought near it first, and go on from there with J v computed anew.
"""

from __future__ import annotations

from typing import Any

import array_api_compat
import numpy as np

from .._typing import Array, Bools, Floats, Indices, Integers
from ..backend import kernels as fused
from ..backend.devices import to_host
from ..errors import DeviceError, SimulationError
from ..sample.sites import AnyModel, of_sample
from .descent_steps import Compiled, OnDevice, Polynomial, State

LOOK_EVERY = 5
"""Iterations between two looks at which columns are done."""

REFRESH_EVERY = 50
"""Iterations after which J v is computed anew, against the rounding of its increments."""

PRECISIONS = ("single", "double")
"""Of products along lines."""

SINGLE_FROM = 256
"""N from which products in single precision pay on a host: by a fifth with 32 columns, by nothing
with a few."""

NEAR = 1e4
"""Gradients, in units of their targets, that columns are brought to first."""

FARTHEST = 1e22
"""Displacements whose products single precision holds. Those of a model's own scale are less."""

WEAKEST, STRONGEST = 1e-8, 1e12
"""Couplings whose products with displacements single precision holds, far from minima and near."""


def descend(
    v: Array,
    J: Array,
    model: AnyModel,
    targets: Floats,
    budgets: Integers,
    kernels: str | None = None,
    precision: str = "single",
) -> tuple[Array, Integers]:
    """Follow the force until max_i |F_i| of every column is at its target, or its budget spent.

    Nonlinear conjugate gradients of Polak and Ribière, restarted where they would turn back
    (J. Nocedal and S. Wright, Numerical Optimization, §5.2), with exact line minimisation:

        d ← z + max(0, (F - F')·z / F'·z') d,    z_i = F_i / (edge + max(0, G''(v_i)/γ) + …)

    where primes are the step before, and the diagonal that divides F evens out how stiff sites
    are.

    Parameters
    ----------
    v
        (S, N, R) columns; not changed.
    J
        (S, N, N) couplings.
    targets, budgets
        (S, R) gradient to reach, and products allowed; a column without a budget stays.
    kernels
        "numba" on NumPy arrays, "cupy" on CuPy's, or "reference"; by default the fastest there is.
    precision
        Of products J d along lines, where v and J are in double precision: "single" takes effect
        where it is faster, on NumPy arrays of N ≥ 256. Where a column ends is as exact as with
        "double".

    Returns
    -------
    The columns, (S, N, R), and the products each took, (S, R).

    Raises
    ------
    DeviceError
        If the kernels do not fit the arrays or G, or are not installed.
    SimulationError
        If the precision is neither.
    """
    if precision not in PRECISIONS:
        raise SimulationError(f"no precision {precision!r}: choose {' or '.join(PRECISIONS)}")
    if array_api_compat.is_numpy_array(v) and len(v) > 1:
        return _one_by_one(v, J, model, targets, budgets, kernels, precision)
    kind = _kind(v, model, kernels)
    if precision == "double" or not _single_pays(v, J):
        return _followed(v, J, None, model, targets, budgets, kind)
    rough = J.astype(np.float32)
    v, used = _followed(v, J, rough, model, NEAR * targets, budgets, kind)
    v, more = _followed(v, J, rough, model, targets, budgets - used, kind)
    return v, used + more


def _followed(
    v: Array,
    J: Array,
    rough: Array | None,
    model: AnyModel,
    targets: Floats,
    budgets: Integers,
    kind: type[State],
) -> tuple[Array, Integers]:
    """As ``descend``, with products of ``rough`` along lines: J in single precision, or J."""
    xp = array_api_compat.array_namespace(v, J)
    device, used = array_api_compat.device(v), np.zeros(budgets.shape, dtype=np.int64)

    def take(array: Array, places: Indices) -> Array:
        return xp.take(array, xp.asarray(places, device=device), axis=-1)

    active = np.asarray(budgets) > 0
    columns, idle = (np.flatnonzero(on) for on in (active.any(axis=0), ~active.any(axis=0)))
    if not len(columns):
        return xp.asarray(v, copy=True), used
    order, parts = ([idle], [take(v, idle)]) if len(idle) else ([], [])
    # Where a column has ended in some samples it goes on, and what it was is kept.
    kept = take(v, columns) if len(idle) else v
    state, count = kind(xp, xp.asarray(kept, copy=True), J, model, rough), 1
    while len(columns):
        ended = _ended(xp, state.F, targets[:, columns]) | (count >= budgets[:, columns])
        now = active[:, columns] & ended
        if now.any():
            used[:, columns] = np.where(now, count, used[:, columns])
            active[:, columns] &= ~ended
            kept = xp.where(xp.asarray(now, device=device)[:, None, :], state.v, kept)
            on = active[:, columns].any(axis=0)
            if not on.all():
                leave, left = np.flatnonzero(~on), np.flatnonzero(on)
                parts.append(take(kept, leave))
                order.append(columns[leave])
                kept, columns = take(kept, left), columns[left]
                state.squeeze(xp.asarray(left, device=device))
        for _ in range(LOOK_EVERY if len(columns) else 0):
            if count % REFRESH_EVERY == 0:
                state.refresh()
            state.step()
            count += 1
    return take(xp.concat(parts, axis=-1), np.argsort(np.concatenate(order))), used


def _one_by_one(
    v: Array,
    J: Array,
    model: AnyModel,
    targets: Floats,
    budgets: Integers,
    kernels: str | None,
    precision: str,
) -> tuple[Array, Integers]:
    """On the host, where nothing is gained by more: every sample leaves its own columns behind."""
    parts = [
        descend(
            v[s : s + 1], J[s : s + 1], of_sample(model, s), targets[s : s + 1],
            budgets[s : s + 1], kernels, precision,
        )
        for s in range(len(v))
    ]  # fmt: skip
    ends, used = zip(*parts, strict=True)
    return np.concatenate(ends), np.concatenate(used)


def _single_pays(v: Array, J: Array) -> bool:
    """Whether products in single precision are faster, and hold the numbers."""
    if not array_api_compat.is_numpy_array(v) or v.shape[-2] < SINGLE_FROM:
        return False
    double = v.dtype == np.float64 and J.dtype == np.float64
    # A column that is not finite ends at once, whatever its products are.
    if not double or bool(np.any(np.abs(v) > FARTHEST)):
        return False
    strongest = max(float(J.max()), -float(J.min()))
    return strongest == 0.0 or WEAKEST <= strongest <= STRONGEST


def _ended(xp: Any, F: Array, targets: Floats) -> Bools:
    """(S, R) which columns need no further step, on the host."""
    near = to_host(xp.max(xp.abs(F), axis=-2))
    # A nan is never below its target: "not above" would let it run to the end of its budget.
    return np.asarray((near <= targets) | ~np.isfinite(near))


def _kind(v: Array, model: AnyModel, kernels: str | None) -> type[State]:
    name = fused.best(v, polynomial=model.polynomial) if kernels is None else kernels
    if name == "reference":
        return Polynomial if model.polynomial else State
    if name == "cupy" and array_api_compat.is_cupy_array(v):
        return OnDevice
    if name == "numba" and array_api_compat.is_numpy_array(v):
        fused.require_numba()
        return Compiled
    raise DeviceError(f"no kernels {name!r} for {type(v).__module__} arrays: choose reference")
