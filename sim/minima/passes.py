"""A descent in one pass, or in two with products in single precision.

Products are most of the time of a descent, and half as long in single precision. Along lines they
are as good: J d is added to J v, which is in double precision and computed anew on the way, so
that its error is 1e-7 of how far a column has gone since. Near a minimum that is next to nothing.
Columns are therefore brought near it first, and go on from there with J v computed anew.
"""

from __future__ import annotations

from collections.abc import Mapping

import array_api_compat
import numpy as np

from .._typing import Array, Floats, HostArray, Integers
from ..records.packed import part, prefixed
from ..sample.sites import AnyModel
from .descent_steps import State
from .front import Front

SINGLE_FROM = 256
"""N from which products in single precision pay on a host: by a fifth with 32 columns, by nothing
with a few."""

NEAR = 1e4
"""Gradients, in units of their targets, that columns are brought to first."""

FARTHEST = 1e22
"""Displacements whose products single precision holds. Those of a model's own scale are less."""

WEAKEST, STRONGEST = 1e-8, 1e12
"""Couplings whose products with displacements single precision holds, far from minima and near."""


class Passes:
    """The columns of one stack on their way to their targets; with the parameters of ``Front``.

    Parameters
    ----------
    single
        Whether products along lines are in single precision where that pays.
    """

    def __init__(
        self,
        kind: type[State],
        v: Array,
        J: Array,
        model: AnyModel,
        targets: Floats,
        budgets: Integers,
        *,
        single: bool,
    ) -> None:
        self._kind, self._start, self._J, self._model = kind, v, J, model
        self._target, self._budgets = targets, budgets
        self._pass, self._used = 0, np.zeros(budgets.shape, dtype=np.int64)
        self._plan(single=single and _single_pays(v, J))
        self._front = self._begin(v)
        self._go_on()

    def _plan(self, *, single: bool) -> None:
        """How many passes there are, and what is multiplied along their lines."""
        self._rough = self._J.astype(np.float32) if single else None
        self._targets = [NEAR * self._target, self._target] if single else [self._target]

    def _begin(self, v: Array) -> Front:
        """The pass that is next, from where the last has ended."""
        targets, budgets = self._targets[self._pass], self._budgets - self._used
        return Front(self._kind, v, self._J, self._rough, self._model, targets, budgets)

    def _go_on(self) -> None:
        """With the next pass, where one has ended."""
        while self._front.done and self._pass + 1 < len(self._targets):
            v, used = self._front.result()
            self._pass, self._used = self._pass + 1, self._used + used
            self._front = self._begin(v)

    @property
    def done(self) -> bool:
        """True once every column has stopped."""
        return self._front.done

    @property
    def progress(self) -> float:
        """A guess of the fraction that is done."""
        return (self._pass + self._front.progress) / len(self._targets)

    def advance(self) -> None:
        """The next few products."""
        self._front.advance()
        self._go_on()

    def result(self) -> tuple[Array, Integers]:
        """The columns in the order in which they came, and the products each took."""
        v, used = self._front.result()
        return v, self._used + used

    def checkpoint(self) -> dict[str, HostArray]:
        """All that it is between two steps, on the host; of couplings only their precision."""
        return {
            "single": np.asarray(self._rough is not None),
            "pass": np.asarray(self._pass),
            "used": self._used.copy(),
            **prefixed("front", self._front.checkpoint()),
        }

    def restore(self, arrays: Mapping[str, HostArray]) -> None:
        """Go on where another one of the same columns stood."""
        self._pass, self._used = int(arrays["pass"]), np.array(arrays["used"])
        if bool(arrays["single"]) != (self._rough is not None):
            self._plan(single=bool(arrays["single"]))
        # Its columns are then those that were kept, wherever this pass began.
        self._front = self._begin(self._start)
        self._front.restore(part("front", arrays))


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
