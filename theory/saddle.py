"""The saddle point: order parameters at which the replica free energy is stationary.

Unknowns are p, C, the overlaps and the breakpoints; the residuals are

    p = ∫P_k ⟨v⟩,   C = ∫P_k g_k'',   q_l = ∫P_l (g_l')²,
    y_l J² (q_l² - q_{l-1}²)/4 = ∫P_l g_l - ∫P_{l-1} g_{l-1}

(physics.md §2), each divided by its own scale. Overlap gaps and breakpoint gaps enter by their
logarithms, which keeps them ordered; at T > 0 the gaps are those of t_l = -T⁻¹ ln(1 - m_l), which
keeps m_l = T y_l below one and is y_l at T = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .model import Model
from .newton import find_root
from .rsb import Order, Recursion, UnresolvedError, recursion

Floats = NDArray[np.float64]

SMALLEST_GAP = 1e-5
"""Relaxation stops before two overlaps come closer than this fraction of q_k."""


@dataclass(frozen=True)
class Branch:
    """Which unknowns are free: p (else zero by symmetry), and q_0 (else zero).

    A ``spontaneous`` polarisation is positive and its equation is divided by p, so that Newton's
    iteration cannot end at the root p = 0 that symmetry always offers.
    """

    polarised: bool
    q_0_free: bool
    spontaneous: bool = False

    @classmethod
    def of(cls, model: Model, rsb: int, *, polarised: bool) -> Branch:
        """Without polarisation q_0 vanishes by symmetry as soon as replica symmetry is broken."""
        return cls(
            polarised, q_0_free=polarised or rsb == 0, spontaneous=polarised and model.symmetric
        )


@dataclass(frozen=True)
class SaddlePoint:
    """The end of an iteration: levels there, largest scaled residual, evaluations spent."""

    levels: Recursion
    residual: float
    evaluations: int


def residuals(levels: Recursion) -> tuple[float, float, Floats, Floats]:
    """Scaled residuals of p, C, q_0 … q_k and y_1 … y_k at given order parameters."""
    order, J = levels.order, levels.model.J
    scale = order.q[-1] if order.q[-1] > 0 else 1.0
    steps = order.y * J**2 * np.diff(order.q**2) / 4
    return (
        (levels.polarisation - order.p) / np.sqrt(scale),
        (levels.C_reg + levels.C_jump) / order.C - 1.0,
        (levels.overlaps - order.q) / scale,
        np.diff(levels.mean_g) / steps - 1.0,
    )


def find_saddle(
    model: Model,
    guess: Order,
    branch: Branch,
    temperature: float = 0.0,
    *,
    tol: float = 1e-11,
    max_evaluations: int = 300,
    sweeps: int = 8,
    resolution: float = 1.0,
) -> SaddlePoint:
    """Solve all stationarity equations from ``guess``: relax at fixed breakpoints, then Newton.

    Raises
    ------
    UnresolvedError
        If two overlaps of ``guess`` are too close to be told apart.
    """
    unknowns = _Unknowns(guess.rsb, branch, temperature, float(np.sqrt(guess.q[-1])))
    last: dict[bytes, Recursion] = {}

    def evaluate(x: Floats) -> Floats:
        order = unknowns.order(x)
        try:
            levels = recursion(model, order, temperature, resolution=resolution)
        except UnresolvedError:
            return np.full_like(x, np.inf)
        last.clear()
        last[x.tobytes()] = levels
        r_p, r_C, r_q, r_y = residuals(levels)
        if branch.spontaneous:
            r_p = levels.polarisation / order.p - 1.0
        free = [[r_p]] if branch.polarised else []
        return np.concatenate([*free, [r_C], r_q if branch.q_0_free else r_q[1:], r_y])

    start = unknowns.packed(
        relax(model, guess, branch, temperature, sweeps=sweeps, resolution=resolution)
    )
    root = find_root(evaluate, start, tol=tol, max_evaluations=max_evaluations)
    levels = last.get(root.x.tobytes()) or recursion(
        model, unknowns.order(root.x), temperature, resolution=resolution
    )
    return SaddlePoint(levels, root.residual, root.evaluations)


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
            levels = recursion(model, order, temperature, resolution=resolution)
        except UnresolvedError:
            if resolved is None:
                raise
            return resolved
        resolved = order
        q = levels.overlaps if branch.q_0_free else np.concatenate([[0.0], levels.overlaps[1:]])
        if np.any(np.diff(q) <= SMALLEST_GAP * q[-1]):
            break
        p = levels.polarisation if branch.polarised else 0.0
        order = Order(p, levels.C_reg + levels.C_jump, q, order.y)
    return order


@dataclass(frozen=True)
class _Unknowns:
    """The map between order parameters and the vector that Newton's iteration sees."""

    rsb: int
    branch: Branch
    temperature: float
    scale: float

    def packed(self, order: Order) -> Floats:
        p = [order.p / self.scale] if self.branch.polarised else []
        if self.branch.spontaneous:
            p = [float(np.log(order.p / self.scale))]
        q = np.diff(order.q, prepend=0.0) if self.branch.q_0_free else np.diff(order.q)
        t = order.y
        if self.temperature > 0:
            t = -np.log1p(-np.minimum(self.temperature * order.y, 0.99)) / self.temperature
        return np.concatenate([p, np.log([order.C]), np.log(q), np.log(np.diff(t, prepend=0.0))])

    def order(self, x: Floats) -> Order:
        p, rest = 0.0, x
        if self.branch.polarised:
            first = float(np.exp(x[0])) if self.branch.spontaneous else float(x[0])
            p, rest = first * self.scale, x[1:]
        C, rest = float(np.exp(rest[0])), np.exp(rest[1:])
        gaps, steps = rest[: len(rest) - self.rsb], rest[len(rest) - self.rsb :]
        q = np.cumsum(gaps if self.branch.q_0_free else np.concatenate([[0.0], gaps]))
        y = np.cumsum(steps)
        if self.temperature > 0:
            y = -np.expm1(-self.temperature * y) / self.temperature
        return Order(p, C, q, y)
