"""Minima from many columns at once: descent, Newton, proof, and again from saddles."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass

import array_api_compat
import numpy as np

from .._typing import Array, Bools, Floats, HostArray, Integers
from ..backend.devices import to_host
from ..backend.linalg import eigenmodes
from ..records.packed import part, prefixed
from ..sample.landscape import energy, force, hessian, site_axis, stiffness
from ..sample.scales import amplitude
from ..sample.sites import AnyModel, of_sample
from .certify import Answers, Distinct, judging, rounding
from .descent import Descent
from .newton import newton
from .status import Status


@dataclass(frozen=True)
class Ends:
    """Where S × R columns ended."""

    v: Array
    """(S, N, R)."""
    status: Integers
    """(S, R) a ``Status`` each, on the host."""
    gradient: Floats
    """(S, R) max_i |F_i|, on the host."""
    spent: Integers
    """(S, R) force evaluations."""
    hessians: tuple[Distinct, ...]
    """The distinct Hessians of the stationary points."""


class Search:
    """Descends from every column until each has stopped for one reason or another, in steps.

    A round is a descent, Newton steps, and the proof of what is stationary; columns that stood on
    a saddle have another one.

    Parameters
    ----------
    v, J
        (S, N, R) starts, which are not changed, and (S, N, N) couplings.
    tolerance
        (S,) on the gradient.
    max_iterations, kernels, precision
        As of ``minimise``.
    """

    def __init__(
        self,
        v: Array,
        J: Array,
        model: AnyModel,
        tolerance: Floats,
        max_iterations: int,
        kernels: str | None,
        precision: str,
    ) -> None:
        shape = (int(v.shape[0]), int(v.shape[2]))
        self._J, self._model = J, model
        self._tolerance = np.broadcast_to(tolerance[:, None], shape)
        self._most, self._options = max_iterations, (kernels, precision)
        self._v = v
        self._status = np.full(shape, int(Status.ITERATION_LIMIT))
        self._gradient = np.full(shape, np.nan)
        self._spent = np.zeros(shape, dtype=np.int64)
        self._active = np.ones(shape, dtype=bool)
        self._hessians: list[Distinct] = []
        # Below the tolerance, because the descent's forces carry the rounding of their increments.
        self._target = 0.5 * self._tolerance
        self._begin_round()
        self._course = self._rounds()

    def _begin_round(self) -> None:
        budgets = np.where(self._active, self._most - self._spent, 0)
        what = (self._v, self._J, self._model, self._target, budgets)
        self._descent = Descent(*what, *self._options)
        self._answers = Answers()

    @property
    def done(self) -> bool:
        """True once every column has stopped."""
        return not self._active.any()

    @property
    def progress(self) -> float:
        """A guess of how far it is: of a round, one half is the descent and one the proofs."""
        moving = float(np.mean(self._active))
        active = int(np.count_nonzero(self._active))
        proven = min(len(self._answers.known) / max(active, 1), 1.0)
        return 1.0 - moving * (1.0 - 0.5 * self._descent.progress - 0.5 * proven)

    def step(self) -> None:
        """Go on for a second or so."""
        next(self._course, None)

    def _rounds(self) -> Generator[None]:
        while not self.done:
            while not self._descent.done:
                self._descent.advance()
                yield
            yield from self._conclude()
            if not self.done:
                self._target = 0.1 * self._target
                self._begin_round()

    def _conclude(self) -> Generator[None]:
        """The end of a round; nothing but ``_answers`` changes before it is over."""
        ends, used = self._descent.result()
        v = array_api_compat.array_namespace(ends).asarray(ends, copy=True)
        active, status = self._active.copy(), self._status.copy()
        v, norm, evaluations = yield from self._finished(v)
        spent = self._spent + np.where(active, used + evaluations, 0)
        lost = active & ~(norm < np.inf)
        status[lost] = int(Status.NOT_FINITE)
        stationary = active & (norm <= self._tolerance)
        what = (v, self._J, self._model, stationary, status, norm)
        v, judged = yield from _judged(*what, self._answers)
        for one in judged:
            active[one.sample, one.members] = False
        self._v, self._status, self._spent, self._gradient = v, status, spent, norm
        self._hessians += judged
        self._active = active & ~lost & (spent < self._most)

    def _finished(self, v: Array) -> Generator[None, None, tuple[Array, Floats, Integers]]:
        """Newton's steps for the active columns that descent left short of the tolerance.

        Returns
        -------
        The columns; max_i |F_i| of each, and the forces it took, (S, R) on the host.
        """
        J, model = self._J, self._model
        norm = np.array(to_host(_steepest(v, J, model)), dtype=np.float64)
        evaluations = np.ones(norm.shape, dtype=np.int64)
        short = self._active & (norm > self._tolerance) & (norm < np.inf)
        for s, r in np.argwhere(short).tolist():
            own = of_sample(model, s)
            found = newton(v[s, :, r], J[s, ...], own, float(self._tolerance[s, r]))
            v[s, :, r], norm[s, r], evaluations[s, r] = found
            yield
        return v, norm, evaluations

    def ends(self) -> Ends:
        """Where the columns ended, once it is done."""
        return Ends(self._v, self._status, self._gradient, self._spent, tuple(self._hessians))

    def checkpoint(self) -> dict[str, HostArray]:
        """All that it is between two steps, on the host."""
        hessians = self._hessians
        return {
            "v": np.array(to_host(self._v)),
            "status": self._status.copy(),
            "gradient": self._gradient.copy(),
            "spent": self._spent.copy(),
            "active": self._active.copy(),
            "target": self._target.copy(),
            "answers": np.asarray(self._answers.known, dtype=bool),
            "hessian_sample": np.asarray([one.sample for one in hessians], dtype=np.int64),
            "hessian_spread": np.asarray([one.spread for one in hessians]),
            **prefixed("members", {str(n): one.members for n, one in enumerate(hessians)}),
            **prefixed("descent", self._descent.checkpoint()),
        }

    def restore(self, arrays: Mapping[str, HostArray]) -> None:
        """Go on where a search of the same columns stood; every later bit is the same."""
        xp, device = array_api_compat.array_namespace(self._v), array_api_compat.device(self._v)
        self._v = xp.asarray(np.array(arrays["v"]), device=device)
        self._status, self._spent = np.array(arrays["status"]), np.array(arrays["spent"])
        self._gradient = np.array(arrays["gradient"])
        self._active, self._target = np.array(arrays["active"]), np.array(arrays["target"])
        members = part("members", arrays)
        scalars = zip(arrays["hessian_sample"], arrays["hessian_spread"], strict=True)
        self._hessians = [
            Distinct(int(s), np.array(members[str(n)]), float(spread))
            for n, (s, spread) in enumerate(scalars)
        ]
        self._begin_round()
        self._descent.restore(part("descent", arrays))
        self._answers = Answers(arrays["answers"].tolist())
        self._course = self._rounds()


def _judged(
    v: Array,
    J: Array,
    model: AnyModel,
    stationary: Bools,
    status: Integers,
    norm: Floats,
    answers: Answers,
) -> Generator[None, None, tuple[Array, list[Distinct]]]:
    """Note what is a minimum and what is marginal, and step down from saddles, to another norm.

    Returns
    -------
    The columns, and the Hessians of all but the saddles.
    """
    if not stationary.any():
        return v, []
    diagonals = np.asarray(to_host(stiffness(v, model)), dtype=np.float64)
    positive, doubtful = yield from judging(diagonals, J, stationary, answers)
    for one in positive:
        status[one.sample, one.members] = int(Status.CONVERGED)
    found = list(positive)
    eps = float(array_api_compat.array_namespace(v).finfo(v.dtype).eps)
    for one in doubtful:
        s, r = one.sample, one.column
        own, column = of_sample(model, s), v[s, :, r]
        spectrum, modes = eigenmodes(hessian(column, J[s, ...], own))
        smallest, zero = float(spectrum[0]), rounding(diagonals[s, :, r], eps)
        if smallest >= -zero:
            status[s, r] = int(Status.CONVERGED if smallest > zero else Status.MARGINAL)
            found.append(one)
        else:
            left = _leave_saddle(column, J[s, ...], own, modes[:, 0])
            v[s, :, r], norm[s, r] = left, float(_steepest(left, J[s, ...], own))
        yield
    return v, found


def _steepest(v: Array, J: Array, model: AnyModel) -> Array:
    """max_i |F_i|, with the shape of v without its site axis."""
    xp = array_api_compat.array_namespace(v, J)
    return xp.max(xp.abs(force(v, J, model)), axis=site_axis(v, J))


def _leave_saddle(v: Array, J: Array, model: AnyModel, mode: Array) -> Array:
    """A point lower in energy along the negative mode: ½λs² < 0 wins for small enough s."""
    start = float(energy(v, J, model))
    step = amplitude(model)
    for _ in range(40):
        ends = [v + step * mode, v - step * mode]
        levels = [float(energy(end, J, model)) for end in ends]
        if min(levels) < start:
            return ends[levels.index(min(levels))]
        step *= 0.5
    return v + step * mode
