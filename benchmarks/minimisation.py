"""Minimising many columns at once against scipy's L-BFGS-B, one start after the other."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from glasswell.sim import couplings, landscape, minimise, scales
from glasswell.theory import Model
from scipy.optimize import minimize
from table import Row
from timing import of_pairs

MODEL = Model(gamma=10.0)
N, SAMPLES, STARTS = 256, 64, 32
TOLERANCE = 1e-9


def against_scipy(turns: int, subset: int = 3) -> list[Row]:
    """Both to max |∂U/∂v_i| ≤ 1e-9, or as near as L-BFGS-B gets; ours certifies each minimum too.

    Of each sample, ``subset`` of the 32 starts are given to scipy and its time is scaled up.
    """
    pairs, norms = [], []
    for sample in range(turns):
        J = couplings.sample(MODEL, N, seed=1, sample=sample)
        uniforms = np.random.default_rng(sample).uniform(-1.0, 1.0, (N, STARTS))
        v = scales.amplitude(MODEL) * uniforms
        theirs, found = _timed(lambda J=J, v=v: [_lbfgsb(v[:, r], J) for r in range(subset)])
        ours, _ = _timed(lambda J=J, v=v: minimise(v, J, MODEL, tolerance=TOLERANCE))
        pairs.append((theirs * STARTS / subset, ours))
        forces = landscape.force(np.stack(found, axis=1), J, MODEL)
        norms.append(float(np.max(np.abs(forces))))
    found_ratio = of_pairs(pairs)
    one, other = (SAMPLES * t for t in found_ratio.seconds)
    note = (
        f"{SAMPLES} × {STARTS}: {one:.0f} s against {other:.0f} s; scipy stops at {max(norms):.0e}"
    )
    return [Row.of(f"L-BFGS-B / minimise, N={N}", found_ratio, 10.0, note)]


def _timed(function: Any) -> tuple[float, Any]:
    began = time.perf_counter()
    result = function()
    return time.perf_counter() - began, result


def _lbfgsb(v: np.ndarray, J: np.ndarray) -> np.ndarray:
    def value_and_slope(x: np.ndarray) -> tuple[float, np.ndarray]:
        Jx = J @ x
        value = float(np.sum(MODEL.G.value(x) / MODEL.gamma - 0.5 * x * Jx))
        return value, MODEL.G.slope(x) / MODEL.gamma - Jx

    options = {"gtol": TOLERANCE, "ftol": 0.0, "maxiter": 20000, "maxfun": 40000}
    how: dict[str, Any] = {"jac": True, "method": "L-BFGS-B", "options": options}
    return np.asarray(minimize(value_and_slope, v, **how).x)
