"""Columns that descend side by side, each until it has arrived."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import array_api_compat
import numpy as np

from .._typing import Array, Bools, Floats, HostArray, Indices, Integers
from ..backend.devices import to_host
from ..sample.sites import AnyModel
from .descent_steps import MOVING, State

LOOK_EVERY = 5
"""Iterations between two looks at which columns are done."""

REFRESH_EVERY = 50
"""Iterations after which J v is computed anew, against the rounding of its increments."""


class Front:
    """The columns of one stack that are still moving, and those that were left behind.

    Parameters
    ----------
    kind
        How a step is made.
    v, J
        (S, N, R) columns, which are not changed, and (S, N, N) couplings.
    rough
        Of products along lines: J in single precision, or None for J itself.
    targets, budgets
        (S, R) gradient to reach, and products allowed.
    """

    def __init__(
        self,
        kind: type[State],
        v: Array,
        J: Array,
        rough: Array | None,
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
            self._state = kind(self._xp, self._xp.asarray(self._kept, copy=True), J, model, rough)

    def _take(self, array: Array, places: Indices) -> Array:
        return self._xp.take(array, self._on_device(places), axis=-1)

    def _on_device(self, values: HostArray) -> Array:
        return beside(self._start, values)

    @property
    def done(self) -> bool:
        """True once every column has stopped."""
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


def beside(v: Array, values: HostArray) -> Array:
    """An array from the host where v is."""
    xp = array_api_compat.array_namespace(v)
    return xp.asarray(values, device=array_api_compat.device(v))


def _ended(xp: Any, F: Array, targets: Floats) -> Bools:
    """(S, R) which columns need no further step, on the host."""
    near = to_host(xp.max(xp.abs(F), axis=-2))
    # A nan is never below its target: "not above" would let it run to the end of its budget.
    return np.asarray((near <= targets) | ~np.isfinite(near))
