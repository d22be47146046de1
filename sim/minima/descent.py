"""Descent by matrix products: conjugate gradients on all columns at once, each to its own minimum.

One product J d carries J v along a line. Where G is a polynomial so is U there: the line is
minimised exactly for the price of one force. Every other G is evaluated at the points tried.
"""

from __future__ import annotations

from collections.abc import Mapping

import array_api_compat
import numpy as np

from .._typing import Array, Floats, HostArray, Integers
from ..backend import kernels as fused
from ..backend.devices import to_host
from ..errors import DeviceError, SimulationError
from ..records.packed import part as part_of
from ..records.packed import prefixed
from ..sample.sites import AnyModel, of_sample
from .descent_steps import Compiled, OnDevice, Polynomial, State
from .front import beside
from .passes import Passes

PRECISIONS = ("single", "double")
"""Of products along lines."""


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
    descent = Descent(v, J, model, targets, budgets, kernels, precision)
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
        precision: str = "single",
    ) -> None:
        if precision not in PRECISIONS:
            raise SimulationError(f"no precision {precision!r}: choose {' or '.join(PRECISIONS)}")
        self._v, self._J, self._model = v, J, model
        self._targets, self._budgets = np.asarray(targets), np.asarray(budgets)
        self._kernels, self._precision = kernels, precision
        on_host, S = array_api_compat.is_numpy_array(v), int(v.shape[0])
        self._stacks = [slice(s, s + 1) for s in range(S)] if on_host else [slice(0, S)]
        self._ends: list[tuple[Array, Integers]] = []
        self._next()

    def _next(self) -> None:
        """Begin with the next stack that has a column to move."""
        while not self.done:
            self._passes = self._begin()
            if not self._passes.done:
                return
            self._ends.append(self._passes.result())

    def _begin(self) -> Passes:
        part = self._stacks[len(self._ends)]
        v, J, model = self._v, self._J, self._model
        if len(self._stacks) > 1:
            v, J, model = v[part], J[part], of_sample(model, part.start)
        kind, goals = _kind(v, model, self._kernels), (self._targets[part], self._budgets[part])
        return Passes(kind, v, J, model, *goals, single=self._precision == "single")

    @property
    def done(self) -> bool:
        """True once every column has stopped."""
        return len(self._ends) == len(self._stacks)

    @property
    def progress(self) -> float:
        """The share of columns that have stopped."""
        share = 0.0 if self.done else self._passes.progress
        return (len(self._ends) + share) / len(self._stacks)

    def advance(self) -> None:
        """The next LOOK_EVERY products, or what is left of them."""
        self._passes.advance()
        if self._passes.done:
            self._ends.append(self._passes.result())
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
        return kept if self.done else kept | prefixed("passes", self._passes.checkpoint())

    def restore(self, arrays: Mapping[str, HostArray]) -> None:
        """Go on where a descent of the same columns stood; every later bit is the same."""
        self._ends = []
        for part in self._stacks[: int(arrays["ended"])]:
            ends = beside(self._v, arrays["ends"][part])
            self._ends.append((ends, np.array(arrays["used"][part])))
        self._next()
        if not self.done:
            self._passes.restore(part_of("passes", arrays))


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
