"""The saddle point: order parameters at which the replica free energy is stationary.

Unknowns are p, C, the overlaps and the breakpoints; the residuals are

    p = ∫P_k ⟨v⟩,   C = ∫P_k g_k'',   q_l = ∫P_l (g_l')²,
    y_l J² (q_l² - q_{l-1}²)/4 = ∫P_l g_l - ∫P_{l-1} g_{l-1}

(physics.md §2), each divided by its own scale. Overlap gaps and breakpoint gaps enter by their
logarithms, which keeps them ordered; at T > 0 the gaps are those of t_l = -T⁻¹ ln(1 - m_l), which
keeps m_l = T y_l below one and is y_l at T = 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np

from .._typing import Floats
from ..model.errors import SolveError
from ..model.model import Model
from ..numerics.newton import find_root
from ..recursion.kernel import UnresolvedError
from ..recursion.mixture import Levels, levels_of
from ..recursion.recursion import Order

SMALLEST_GAP = 1e-5
"""Relaxation stops before two overlaps come closer than this fraction of q_k."""

CLOSER = 0.03
"""Newton's iteration is kept from gaps below this fraction of the smallest one it starts from:
there lies the collapse to fewer steps, which every equation allows, and each look at it is dear."""


class Branch(Enum):
    """Whether p is an unknown.

    Without field it is zero by symmetry unless polarisation is spontaneous. A spontaneous p is
    positive and its equation is divided by p, so that Newton's iteration cannot end at the root
    p = 0 that symmetry always offers. In a field p has the field's sign, and for J0 ≥ 0 it enters
    by the logarithm of its size: the two roots against the field, of which one is metastable and
    one not even that, are out of reach then. (For J0 < 0 there are none.) q_0 is an unknown on
    every branch, at H = J0 = 0 too: with finitely many steps it is stationary at some q_0 > 0 that
    falls with k (q_0 = 0 is stationary as well, but with a lower f and J χ > 1, so that it is not
    stable).
    """

    UNPOLARISED = "p = 0"
    SPONTANEOUS = "p > 0 without field"
    IN_FIELD = "p follows the field"

    @classmethod
    def of(cls, model: Model, *, polarised: bool) -> Branch:
        """The branch of a model, polarised or not."""
        if not polarised:
            return cls.UNPOLARISED
        return cls.SPONTANEOUS if model.symmetric else cls.IN_FIELD


@dataclass(frozen=True)
class SaddlePoint:
    """The end of an iteration: levels there, largest scaled residual, evaluations spent."""

    levels: Levels
    residual: float
    evaluations: int
    error: float = 0.0
    """What p, C, the gaps of overlaps and those of breakpoints may be off by, relative."""


def residuals(levels: Levels) -> tuple[float, float, Floats, Floats]:
    """Scaled residuals of p, C, q_0 … q_k and y_1 … y_k at given order parameters.

    Those of q_1 … q_k are of the gaps q_l - q_{l-1}, each in units of itself.
    """
    order, J = levels.order, levels.model.J
    scale = order.q[-1] if order.q[-1] > 0 else 1.0
    gaps = np.diff(order.q)
    steps = order.y * J**2 * gaps * (order.q[1:] + order.q[:-1]) / 4
    lowest = (levels.overlaps[:1] - order.q[:1]) / scale
    return (
        (levels.polarisation - order.p) / np.sqrt(scale),
        levels.response / order.C - 1.0,
        np.concatenate([lowest, levels.gaps / gaps - 1.0]),
        levels.gains / steps - 1.0,
    )


Staircase = Callable[[Order], Order]
"""Makes many steps of one."""


def as_it_is(order: Order) -> Order:
    """The order parameters themselves."""
    return order


def lumped(levels: Levels) -> tuple[float, float, Floats, Floats]:
    """The residuals of all steps taken as one: of p, C, q_0, q_k - q_0 and the mean breakpoint."""
    order, J = levels.order, levels.model.J
    r_p, r_C, r_q, _ = residuals(levels)
    steps = order.y * J**2 * np.diff(order.q**2) / 4
    width = float(order.q[-1] - order.q[0])
    r_q = np.array([r_q[0], levels.gaps.sum() / width - 1.0])
    return r_p, r_C, r_q, np.array([levels.gains.sum() / steps.sum() - 1.0])


def find_saddle(
    model: Model,
    guess: Order,
    branch: Branch,
    temperature: float = 0.0,
    *,
    staircase: Staircase = as_it_is,
    tol: float = 1e-11,
    max_evaluations: int = 300,
    sweeps: int = 8,
    resolution: float = 1.0,
) -> SaddlePoint:
    """Solve all stationarity equations from ``guess``: relax at fixed breakpoints, then Newton.

    With a ``staircase`` the unknowns are those of the one step of ``guess``, of which it makes
    many, and the equations are ``lumped``; the residual returned is that of all.

    Raises
    ------
    UnresolvedError
        If two overlaps of ``guess`` are too close to be told apart.
    """
    unknowns = _Unknowns.of(model, guess, branch, temperature)
    last: dict[bytes, Levels] = {}

    def evaluate(x: Floats) -> Floats:
        order = staircase(unknowns.order(x))
        if np.any(np.diff(order.q) < closest):
            return np.full_like(x, np.inf)
        try:
            levels = levels_of(model, order, temperature, resolution=resolution)
        except UnresolvedError:
            return np.full_like(x, np.inf)
        except SolveError:
            if not last:
                raise
            return np.full_like(x, np.inf)
        last.clear()
        last[x.tobytes()] = levels
        r_p, r_C, r_q, r_y = equations(levels)
        if branch is Branch.SPONTANEOUS:
            r_p = levels.polarisation / order.p - 1.0
        free = [] if branch is Branch.UNPOLARISED else [r_p]
        return np.concatenate([free, [r_C], r_q, r_y])

    equations = residuals if staircase is as_it_is else lumped
    relaxed = relax(model, guess, branch, temperature, sweeps=sweeps, resolution=resolution)
    start = unknowns.packed(relaxed)
    closest = CLOSER * float(np.diff(staircase(relaxed).q).min(initial=np.inf))
    root = find_root(evaluate, start, tol=tol, max_evaluations=max_evaluations)
    levels = last.get(root.x.tobytes()) or levels_of(
        model, staircase(unknowns.order(root.x)), temperature, resolution=resolution
    )
    residual = root.residual
    if equations is lumped:
        residual = max(float(np.abs(r).max()) for r in residuals(levels))
    return SaddlePoint(levels, residual, root.evaluations, root.correction)


def relax(
    model: Model,
    order: Order,
    branch: Branch,
    temperature: float = 0.0,
    *,
    sweeps: int = 8,
    resolution: float = 1.0,
) -> Order:
    """A few sweeps of p, C, q ← their right-hand sides at fixed breakpoints.

    This flows to the basin of the physical solution, which Newton then polishes.
    """
    resolved: Order | None = None
    for _ in range(sweeps):
        try:
            levels = levels_of(model, order, temperature, resolution=resolution)
        except UnresolvedError:
            if resolved is None:
                raise
            return resolved
        resolved = order
        q = levels.overlaps
        if np.any(np.diff(q) <= SMALLEST_GAP * q[-1]):
            break
        p = 0.0 if branch is Branch.UNPOLARISED else levels.polarisation
        order = Order(p, levels.response, q, order.y)
    return order


@dataclass(frozen=True)
class _Unknowns:
    """The map between order parameters and the vector that Newton's iteration sees."""

    rsb: int
    branch: Branch
    temperature: float
    scale: float
    sign: float
    """That of p, where its logarithm is the unknown; else zero."""

    @classmethod
    def of(cls, model: Model, guess: Order, branch: Branch, temperature: float) -> _Unknowns:
        sign = 1.0
        if branch is Branch.IN_FIELD:
            sign = math.copysign(1.0, model.field) if model.J0 >= 0 else 0.0
        return cls(guess.rsb, branch, temperature, float(np.sqrt(guess.q[-1])), sign)

    def packed(self, order: Order) -> Floats:
        p = [] if self.branch is Branch.UNPOLARISED else [order.p / self.scale]
        if p and self.sign:
            p = [math.log(max(self.sign * p[0], 1e-300))]
        t = order.y
        if self.temperature > 0:
            t = -np.log1p(-self.temperature * order.y) / self.temperature
        gaps = [np.diff(order.q, prepend=0.0), np.diff(t, prepend=0.0)]
        return np.concatenate([p, np.log([order.C]), *map(np.log, gaps)])

    def order(self, x: Floats) -> Order:
        p, rest = 0.0, x
        if self.branch is not Branch.UNPOLARISED:
            p, rest = float(x[0]), x[1:]
            if self.sign:
                p = self.sign * math.exp(p)
        C, gaps, steps = np.split(np.exp(rest), [1, self.rsb + 2])
        y = np.cumsum(steps)
        if self.temperature > 0:
            y = -np.expm1(-self.temperature * y) / self.temperature
        return Order(p * self.scale, float(C[0]), np.cumsum(gaps), y)
