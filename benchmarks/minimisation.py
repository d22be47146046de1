"""Minimising many columns at once against scipy's L-BFGS-B, one start after the other."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from glasswell.sim import Minima, Status, minimise
from glasswell.sim.minima import descent
from glasswell.sim.sample import couplings, landscape, scales
from glasswell.theory import Model
from scipy.optimize import minimize
from table import Row
from timing import Ratio, of_pairs

MODEL = Model(gamma=10.0)
SIZES, SAMPLES, STARTS = (256, 1024), 64, 32
TOLERANCE = 1e-9


def against_scipy(turns: int, subset: int = 3) -> list[Row]:
    """All to max |∂U/∂v_i| ≤ 1e-9, or as near as L-BFGS-B gets.

    Of each sample, ``subset`` of the 32 starts are given to scipy and its time is scaled up.
    """
    return [row for N in SIZES for row in _at_size(N, max(3, turns * SIZES[0] // N), subset)]


def _at_size(N: int, turns: int, subset: int) -> list[Row]:
    # The first compiles.
    _descend(np.ones((N, STARTS)), couplings.sample(MODEL, N, seed=2))
    descents, proofs, minimisations, coarse, soft, norms = [], [], [], [], [], []
    for sample in range(turns):
        J = couplings.sample(MODEL, N, seed=1, sample=sample)
        uniforms = np.random.default_rng(sample).uniform(-1.0, 1.0, (N, STARTS))
        v = scales.amplitude(MODEL) * uniforms

        def minima(eigenvalues: bool, J: np.ndarray = J, v: np.ndarray = v) -> Minima:
            return minimise(v, J, MODEL, tolerance=TOLERANCE, eigenvalues=eigenvalues)

        theirs, found = _timed(lambda J=J, v=v: [_lbfgsb(v[:, r], J) for r in range(subset)])
        ours, _ = _timed(lambda J=J, v=v: _descend(v, J))
        proven, ends = _timed(lambda minima=minima: minima(False))
        certified, _ = _timed(lambda minima=minima: minima(True))
        J32, v32 = J.astype(np.float32), v.astype(np.float32)
        took, rough = _timed(lambda J=J32, v=v32: minimise(v, J, MODEL, eigenvalues=False))
        assert bool(np.all(ends.converged))
        soft.append(float(np.mean(rough.status == Status.MARGINAL)))
        theirs *= STARTS / subset
        descents.append((theirs, ours))
        proofs.append((theirs, proven))
        minimisations.append((theirs, certified))
        coarse.append((theirs, took))
        norms.append(_norm(np.stack(found, axis=1), J))
    scipy = f"scipy stops at {max(norms):.0e}"
    rounding = scales.gradient_tolerance(MODEL, float(np.finfo(np.float32).eps))
    unproven = f"{100 * float(np.mean(soft)):.1f} % too soft to be proven in it"
    single = f"arrays of float32, to {rounding:.0e}; {unproven}"
    return [
        _row(N, "descent", of_pairs(descents), 10.0 if N == SIZES[0] else None, scipy),
        _row(N, "minimise", of_pairs(proofs), 12.0, "every column a proven minimum"),
        _row(N, "minimise", of_pairs(minimisations), None, "with smallest eigenvalues"),
        _row(N, "minimise", of_pairs(coarse), None, single),
    ]


def _row(N: int, what: str, ratio: Ratio, target: float | None, note: str) -> Row:
    one, other = (SAMPLES * seconds for seconds in ratio.seconds)
    sizes = f"{SAMPLES} × {STARTS}: {one:.0f} s against {other:.1f} s"
    return Row.of(f"L-BFGS-B / {what}, N={N}", ratio, target, f"{sizes}; {note}")


def _descend(v: np.ndarray, J: np.ndarray) -> None:
    targets, budgets = np.full((1, STARTS), TOLERANCE), np.full((1, STARTS), 20000)
    end, _ = descent.descend(v[None], J[None], MODEL, targets, budgets)
    # The forces that stopped it carry rounding: by how much is checked, not assumed.
    assert _norm(end[0], J) <= 1.01 * TOLERANCE


def _norm(v: np.ndarray, J: np.ndarray) -> float:
    return float(np.max(np.abs(landscape.force(v, J, MODEL))))


def _timed(function: Any) -> tuple[float, Any]:
    began = time.process_time()
    result = function()
    return time.process_time() - began, result


def _lbfgsb(v: np.ndarray, J: np.ndarray) -> np.ndarray:
    def value_and_slope(x: np.ndarray) -> tuple[float, np.ndarray]:
        Jx = J @ x
        value = float(np.sum(MODEL.G.value(x) / MODEL.gamma - 0.5 * x * Jx))
        return value, MODEL.G.slope(x) / MODEL.gamma - Jx

    options = {"gtol": TOLERANCE, "ftol": 0.0, "maxiter": 20000, "maxfun": 40000}
    how: dict[str, Any] = {"jac": True, "method": "L-BFGS-B", "options": options}
    return np.asarray(minimize(value_and_slope, v, **how).x)
