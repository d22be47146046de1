"""Descent by matrix products: conjugate gradients on all columns at once, each to its own minimum.

One product J d carries J v along a line. Where G is a polynomial so is U there: the line is
minimised exactly for the price of one force. Every other G is evaluated at the points tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import array_api_compat

from .._typing import Array, Bools
from ..backend import kernels as fused
from ..backend.devices import to_host
from ..errors import DeviceError
from ..sample.sites import AnyModel
from .descent_steps import Compiled, OnDevice, Polynomial, State

LOOK_EVERY = 5
"""Iterations between two looks at which columns are done."""

REFRESH_EVERY = 50
"""Iterations after which J v is computed anew, against the rounding of its increments."""


def descend(
    v: Array,
    J: Array,
    model: AnyModel,
    targets: Sequence[float],
    budgets: Sequence[int],
    kernels: str | None = None,
) -> tuple[Array, list[int]]:
    """Follow the force until max_i |F_i| of every column is at its target, or its budget spent.

    Nonlinear conjugate gradients of Polak and Ribière, restarted where they would turn back
    (J. Nocedal and S. Wright, Numerical Optimization, §5.2), with exact line minimisation:

        d ← z + max(0, (F - F')·z / F'·z') d,    z_i = F_i / (edge + max(0, G''(v_i)/γ) + …)

    where primes are the step before, and the diagonal that divides F evens out how stiff sites
    are.

    Parameters
    ----------
    v
        (N, R) columns; not changed.
    J
        (N, N) couplings.
    targets, budgets
        Gradient to reach, and products allowed, per column.
    kernels
        "numba" on NumPy arrays, "cupy" on CuPy's, or "reference"; by default the fastest there is.

    Returns
    -------
    The columns, (N, R), and the products each took.

    Raises
    ------
    DeviceError
        If the kernels do not fit the arrays or G, or are not installed.
    """
    xp = array_api_compat.array_namespace(v, J)
    device = array_api_compat.device(v)

    def places(columns: Sequence[int]) -> Array:
        return xp.asarray(columns, dtype=xp.int64, device=device)

    used = [0] * v.shape[1]
    active = list(range(v.shape[1]))
    order: list[int] = []
    ended: list[Array] = []
    aims = xp.asarray(list(targets), dtype=v.dtype, device=device)
    state = _kind(v, model, kernels)(xp, xp.asarray(v, copy=True), J, model)
    count = 1
    while active:
        finished = _finished(xp, state.F, aims)
        spent = [count >= budgets[r] for r in active]
        keep = [n for n in range(len(active)) if not (finished[n] or spent[n])]
        if len(keep) < len(active):
            leave = [n for n in range(len(active)) if finished[n] or spent[n]]
            ended.append(xp.take(state.v, places(leave), axis=1))
            order += [active[n] for n in leave]
            for n in leave:
                used[active[n]] = count
            state.squeeze(places(keep))
            aims = xp.take(aims, places(keep))
            active = [active[n] for n in keep]
        for _ in range(LOOK_EVERY if active else 0):
            if count % REFRESH_EVERY == 0:
                state.refresh()
            state.step()
            count += 1
    back = sorted(range(len(order)), key=order.__getitem__)
    return xp.take(xp.concat(ended, axis=1), places(back), axis=1), used


def _finished(xp: Any, F: Array, aims: Array) -> Bools:
    """Which columns need no further step, on the host."""
    near = xp.max(xp.abs(F), axis=0)
    # A nan is never below its target: "not above" would let it run to the end of its budget.
    return to_host((near <= aims) | ~xp.isfinite(near))


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
