"""Descent by matrix products: conjugate gradients on all columns at once, each to its own minimum.

One product J d carries J v along a line. Where G is a polynomial so is U there: the line is
minimised exactly for the price of one force. Every other G is evaluated at the points tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import array_api_compat
import numpy as np

from .._typing import Array, Bools, Floats, HostArray, Indices, Integers
from ..backend import kernels as fused
from ..backend.devices import to_host
from ..errors import DeviceError
from ..records.packed import part as part_of
from ..records.packed import prefixed
from ..sample.sites import AnyModel, of_sample
from .descent_steps import MOVING, Compiled, OnDevice, Polynomial, State

LOOK_EVERY = 5
"""Iterations between two looks at which columns are done."""

REFRESH_EVERY = 50
"""Iterations after which J v is computed anew, against the rounding of its increments."""


def descend(
    v: Array,
    J: Array,
    model: AnyModel,
    targets: Floats,
    budgets: Integers,
    kernels: str | None = None,
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

    Returns
    -------
    The columns, (S, N, R), and the products each took, (S, R).

    Raises
    ------
    DeviceError
        If the kernels do not fit the arrays or G, or are not installed.
    """
    descent = Descent(v, J, model, targets, budgets, kernels)
    while not descent.done:
        descent.advance()
    return descent.result()


class Descent:
    """The descent of ``descend``, some products at a time; with its parameters and refusals.

    On the host nothing is gained by more than one sample at a time: every one leaves its own
    columns behind.
    """

    def __init__(
        self,
        v: Array,
        J: Array,
        model: AnyModel,
        targets: Floats,
        budgets: Integers,
        kernels: str | None = None,
    ) -> None:
        self._v, self._J, self._model = v, J, model
        self._targets, self._budgets = np.asarray(targets), np.asarray(budgets)
        self._kernels = kernels
        on_host, S = array_api_compat.is_numpy_array(v), int(v.shape[0])
        self._stacks = [slice(s, s + 1) for s in range(S)] if on_host else [slice(0, S)]
        self._ends: list[tuple[Array, Integers]] = []
        self._next()

    def _next(self) -> None:
        """Begin with the next stack that has a column to move."""
        while not self.done:
            self._front = self._begin()
            if not self._front.done:
                return
            self._ends.append(self._front.result())

    def _begin(self) -> Front:
        part = self._stacks[len(self._ends)]
        v, J, model = self._v, self._J, self._model
        if len(self._stacks) > 1:
            v, J, model = v[part], J[part], of_sample(model, part.start)
        kind = _kind(v, model, self._kernels)
        return Front(kind, v, J, model, self._targets[part], self._budgets[part])

    @property
    def done(self) -> bool:
        """True once every column has stopped."""
        return len(self._ends) == len(self._stacks)

    @property
    def progress(self) -> float:
        """The share of columns that have stopped."""
        share = 0.0 if self.done else self._front.progress
        return (len(self._ends) + share) / len(self._stacks)

    def advance(self) -> None:
        """The next LOOK_EVERY products, or what is left of them."""
        self._front.advance()
        if self._front.done:
            self._ends.append(self._front.result())
            self._next()

    def result(self) -> tuple[Array, Integers]:
        """The columns, (S, N, R), and the products each took, (S, R); once it is done."""
        ends, used = zip(*self._ends, strict=True)
        xp = array_api_compat.array_namespace(self._v)
        return ends[0] if len(ends) == 1 else xp.concat(ends), np.concatenate(used)

    def checkpoint(self) -> dict[str, HostArray]:
        """All that it is between two steps, on the host."""
        kept = {"ended": np.asarray(len(self._ends))}
        if self._ends:
            ends, used = zip(*self._ends, strict=True)
            kept["ends"] = np.concatenate([to_host(v) for v in ends])
            kept["used"] = np.concatenate(used)
        return kept if self.done else kept | prefixed("front", self._front.checkpoint())

    def restore(self, arrays: Mapping[str, HostArray]) -> None:
        """Go on where a descent of the same columns stood; every later bit is the same."""
        self._ends = []
        for part in self._stacks[: int(arrays["ended"])]:
            ends = _beside(self._v, arrays["ends"][part])
            self._ends.append((ends, np.array(arrays["used"][part])))
        self._next()
        if not self.done:
            self._front.restore(part_of("front", arrays))


class Front:
    """The columns of one stack that are still moving, and those that were left behind."""

    def __init__(
        self,
        kind: type[State],
        v: Array,
        J: Array,
        model: AnyModel,
        targets: Floats,
        budgets: Integers,
    ) -> None:
        self._xp = array_api_compat.array_namespace(v, J)
        self._targets, self._budgets = targets, budgets
        self._used = np.zeros(budgets.shape, dtype=np.int64)
        self._active, self._start = budgets > 0, v
        on = self._active.any(axis=0)
        self._columns, idle = np.flatnonzero(on), np.flatnonzero(~on)
        self._order, self._parts = ([idle], [self._take(v, idle)]) if len(idle) else ([], [])
        self._count = 1
        if not self.done:
            # Where a column has ended in some samples it goes on, and what it was is kept.
            self._kept = self._take(v, self._columns) if len(idle) else v
            self._state = kind(self._xp, self._xp.asarray(self._kept, copy=True), J, model)

    def _take(self, array: Array, places: Indices) -> Array:
        return self._xp.take(array, self._on_device(places), axis=-1)

    def _on_device(self, values: HostArray) -> Array:
        return _beside(self._start, values)

    @property
    def done(self) -> bool:
        return not len(self._columns)

    @property
    def progress(self) -> float:
        """The share of columns that have stopped."""
        return float(1.0 - np.mean(self._active))

    def advance(self) -> None:
        """Leave behind what has ended, and go on with the others."""
        self._leave()
        for _ in range(0 if self.done else LOOK_EVERY):
            if self._count % REFRESH_EVERY == 0:
                self._state.refresh()
            self._state.step()
            self._count += 1

    def _leave(self) -> None:
        columns, active, count = self._columns, self._active, self._count
        ended = _ended(self._xp, self._state.F, self._targets[:, columns])
        ended |= count >= self._budgets[:, columns]
        now = active[:, columns] & ended
        if not now.any():
            return
        self._used[:, columns] = np.where(now, count, self._used[:, columns])
        active[:, columns] &= ~ended
        chosen = self._on_device(now)[:, None, :]
        self._kept = self._xp.where(chosen, self._state.v, self._kept)
        on = active[:, columns].any(axis=0)
        if not on.all():
            leave, left = np.flatnonzero(~on), np.flatnonzero(on)
            self._parts.append(self._take(self._kept, leave))
            self._order.append(columns[leave])
            self._kept, self._columns = self._take(self._kept, left), columns[left]
            self._state.squeeze(self._on_device(left))

    def result(self) -> tuple[Array, Integers]:
        """The columns in the order in which they came, and the products each took."""
        order = np.argsort(np.concatenate(self._order))
        return self._take(self._xp.concat(self._parts, axis=-1), order), self._used

    def checkpoint(self) -> dict[str, HostArray]:
        """All that it is between two steps, on the host; in its order in memory, as bits may be."""
        arrays = {name: to_host(getattr(self._state, name)) for name in MOVING}
        arrays |= {"kept": to_host(self._kept), "columns": self._columns, "used": self._used}
        arrays |= {"active": self._active, "count": np.asarray(self._count)}
        if self._parts:
            arrays["order"] = np.concatenate(self._order)
            arrays["left"] = to_host(self._xp.concat(self._parts, axis=-1))
        return {name: np.array(array) for name, array in arrays.items()}

    def restore(self, arrays: Mapping[str, HostArray]) -> None:
        """Go on where another one of the same columns stood."""
        self._columns, self._active = np.array(arrays["columns"]), np.array(arrays["active"])
        self._used, self._count = np.array(arrays["used"]), int(arrays["count"])
        self._kept = self._on_device(arrays["kept"])
        if "order" in arrays:
            self._order, self._parts = [arrays["order"]], [self._on_device(arrays["left"])]
        # Which makes room for as many columns as are left.
        self._state.squeeze(self._on_device(np.zeros(len(self._columns), dtype=np.int64)))
        for name in MOVING:
            setattr(self._state, name, self._on_device(np.array(arrays[name])))


def _beside(v: Array, values: HostArray) -> Array:
    """An array from the host where v is."""
    xp = array_api_compat.array_namespace(v)
    return xp.asarray(values, device=array_api_compat.device(v))


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
