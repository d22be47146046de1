"""Proof that stationary points are minima: one Cholesky factor for each distinct Hessian.

    ∂²U - ε = L Lᵀ    exists  ⟹  every eigenvalue of ∂²U is above ε, up to rounding,

with ε the rounding of the factorisation. It is tried in single precision first, which proves all
but the softest minima at half the price. Columns that end in one state, or in one and its mirror
image, differ in their Hessians by δ = max_i |G''(v_i) - G''(w_i)|/γ at most: with δ added to ε
one proof holds for all of them (Weyl's inequality).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import array_api_compat
import numpy as np

from .._typing import Array, Bools, Floats, Integers
from ..backend.definite import definite

ROUNDINGS = 10.0
"""Of a Cholesky factor, in units of N eps max_i H_ii. Backward errors of the factorisation are of
order √N eps in practice, and N² eps in the worst case that is known."""

AT_ONCE = 2**33
"""N³ of the proofs that are tried without a pause on the host: a second or less."""

SAME_STIFFNESS = 1e-8
"""Hessians whose diagonals differ by less, relative to the largest, have one proof in common."""


@dataclass(frozen=True)
class Distinct:
    """One distinct Hessian, that of column ``members[0]`` of one sample, and who else has it."""

    sample: int
    members: Integers
    spread: float
    """δ, of the members' diagonals from the first one's."""

    @property
    def column(self) -> int:
        """Whose Hessian it is."""
        return int(self.members[0])

    def alone(self) -> list[Distinct]:
        """Every member by itself."""
        return [
            Distinct(self.sample, self.members[n : n + 1], 0.0) for n in range(len(self.members))
        ]


Judged = tuple[list[Distinct], list[Distinct]]
"""The distinct Hessians that are positive, and those that may not be."""


class Answers:
    """Whether matrices are positive definite, in the order in which it is asked.

    What is known already is not computed again: all the rest follows from it, so that it is all
    that has to be kept of a judgement that is interrupted.
    """

    def __init__(self, known: Sequence[bool] = ()) -> None:
        self.known = list(known)
        self._asked = 0

    def definite(
        self, J: Array, which: Sequence[int], diagonals: Sequence[Floats], dtype: Any
    ) -> Generator[None, None, list[bool]]:
        """The answers of ``definite``, with pauses in which more of them are known."""
        first, last = self._asked, self._asked + len(which)
        self._asked = last
        on_host, N = array_api_compat.is_numpy_array(J), int(J.shape[-1])
        most = max(1, AT_ONCE // N**3) if on_host else len(which)
        while len(self.known) < last:
            begin = len(self.known) - first
            part = slice(begin, begin + most)
            self.known += definite(J, which[part], diagonals[part], dtype)
            yield
        return self.known[first:last]


def judging(
    stiffness: Floats, J: Array, stationary: Bools, answers: Answers
) -> Generator[None, None, Judged]:
    """Which of the distinct Hessians are positive, and which may not be, column by column.

    It pauses every second or so, and returns what it has found in the end.

    Parameters
    ----------
    stiffness
        (S, N, R) G''(v_i)/γ, the diagonals.
    J
        (S, N, N) couplings.
    stationary
        (S, R) columns to be judged.
    """
    first = list(_distinct(stiffness, stationary))
    positive, rest = yield from _tried(first, stiffness, J, answers)
    # A proof that does not cover all of its members may cover some.
    shared = [alone for one in rest if len(one.members) > 1 for alone in one.alone()]
    more, doubtful = yield from _tried(shared, stiffness, J, answers)
    return positive + more, [one for one in rest if len(one.members) == 1] + doubtful


def rounding(diagonal: Floats, eps: float) -> float:
    """ε: below this an eigenvalue of the Hessian with this diagonal is zero."""
    return ROUNDINGS * len(diagonal) * eps * float(np.max(np.abs(diagonal)))


def _tried(
    proofs: list[Distinct], stiffness: Floats, J: Array, answers: Answers
) -> Generator[None, None, Judged]:
    """What a factor proves, in single precision or in that of J, and what is left."""
    xp = array_api_compat.array_namespace(J)
    positive: list[Distinct] = []
    for dtype in (J.dtype,) if J.dtype == xp.float32 else (xp.float32, J.dtype):
        eps = float(xp.finfo(dtype).eps)
        shifted = []
        for one in proofs:
            diagonal = stiffness[one.sample, :, one.column]
            shifted.append(diagonal - (rounding(diagonal, eps) + one.spread))
        samples = [one.sample for one in proofs]
        found = yield from answers.definite(J, samples, shifted, dtype)
        positive += _where(proofs, found)
        proofs = _where(proofs, [not yes for yes in found])
    return positive, proofs


def _where(proofs: Sequence[Distinct], chosen: Sequence[bool]) -> list[Distinct]:
    return [one for one, yes in zip(proofs, chosen, strict=True) if yes]


def _distinct(stiffness: Floats, stationary: Bools) -> Iterator[Distinct]:
    """Columns with equal diagonals, sample by sample."""
    for s, row in enumerate(stationary):
        columns = np.flatnonzero(row)
        if not len(columns):
            continue
        # Equal diagonals have equal sums; the sum orders them so that equal ones are neighbours.
        ordered = columns[np.argsort(stiffness[s][:, columns].sum(axis=0), kind="stable")]
        diagonals = stiffness[s][:, ordered]
        apart = np.max(np.abs(np.diff(diagonals, axis=1)), axis=0)
        near = SAME_STIFFNESS * np.max(np.abs(diagonals))
        for members in np.split(ordered, 1 + np.flatnonzero(apart > near)):
            own = stiffness[s][:, members]
            yield Distinct(s, members, float(np.max(np.abs(own - own[:, :1]))))
