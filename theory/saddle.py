"""The saddle point: order parameters at which the replica free energy is stationary.

Unknowns are p, C, the overlaps and the breakpoints; the residuals are

    p = ∫P_k ⟨v⟩,   C = ∫P_k g_k'',   q_l = ∫P_l (g_l')²,
    y_l J² (q_l² - q_{l-1}²)/4 = ∫P_l g_l - ∫P_{l-1} g_{l-1}

(physics.md §2), each divided by its own scale. Overlap gaps and breakpoint gaps enter by their
logarithms, which keeps them ordered.
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
    *,
    polarised: bool,
    tol: float = 1e-11,
    max_evaluations: int = 300,
    resolution: float = 1.0,
) -> SaddlePoint:
    """Solve all stationarity equations from ``guess``: relax at fixed breakpoints, then Newton.

    Without ``polarised`` p is zero by symmetry; q_0 is not, not even at H = J0 = 0, as long as k
    is finite: it is stationary at some q_0 > 0 that falls with k (q_0 = 0 is stationary as well,
    with a lower f, and unstable since J χ > 1 there).

    Raises
    ------
    UnresolvedError
        If two overlaps of ``guess`` are too close to be told apart.
    """
    rsb = guess.rsb
    scale = float(np.sqrt(guess.q[-1]))
    last: dict[bytes, Recursion] = {}

    def evaluate(x: Floats) -> Floats:
        order = _unpacked(x, rsb, polarised, scale)
        try:
            levels = recursion(model, order, resolution=resolution)
        except UnresolvedError:
            return np.full_like(x, np.inf)
        last.clear()
        last[x.tobytes()] = levels
        r_p, r_C, r_q, r_y = residuals(levels)
        return np.concatenate([[r_p] if polarised else [], [r_C], r_q, r_y])

    relaxed = relax(model, guess, polarised=polarised, resolution=resolution)
    start = _packed(relaxed, polarised, scale)
    root = find_root(evaluate, start, tol=tol, max_evaluations=max_evaluations)
    levels = last.get(root.x.tobytes()) or recursion(
        model, _unpacked(root.x, rsb, polarised, scale), resolution=resolution
    )
    return SaddlePoint(levels, root.residual, root.evaluations)


def relax(
    model: Model, order: Order, *, polarised: bool, sweeps: int = 8, resolution: float = 1.0
) -> Order:
    """A few sweeps of p, C, q ← their right-hand sides at fixed breakpoints.

    This flows to the basin of the physical solution, which Newton then polishes.
    """
    resolved: Order | None = None
    for _ in range(sweeps):
        try:
            levels = recursion(model, order, resolution=resolution)
        except UnresolvedError:
            if resolved is None:
                raise
            return resolved
        resolved = order
        q = levels.overlaps
        if np.any(np.diff(q) <= SMALLEST_GAP * q[-1]):
            break
        p = levels.polarisation if polarised else 0.0
        order = Order(p, levels.C_reg + levels.C_jump, q, order.y)
    return order


def _packed(order: Order, polarised: bool, scale: float) -> Floats:
    gaps = [np.diff(order.q, prepend=0.0), np.diff(order.y, prepend=0.0)]
    return np.concatenate(
        [[order.p / scale] if polarised else [], np.log([order.C]), *map(np.log, gaps)]
    )


def _unpacked(x: Floats, rsb: int, polarised: bool, scale: float) -> Order:
    p, rest = (float(x[0]) * scale, x[1:]) if polarised else (0.0, x)
    C, gaps, steps = np.split(np.exp(rest), [1, rsb + 2])
    return Order(p, float(C[0]), np.cumsum(gaps), np.cumsum(steps))
