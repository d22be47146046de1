"""Minimising many columns at once against optimistix, which runs on jax: where it is installed."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from glasswell.sim import minimise
from glasswell.sim.minima import descent
from glasswell.sim.sample import couplings, scales
from minimisation import MODEL, SIZES, STARTS, TOLERANCE
from table import Row
from timing import of_pairs

N = SIZES[0]


def against_optimistix(turns: int) -> list[Row]:
    """Its L-BFGS, mapped over the starts and compiled before; by the clock, on all its threads.

    It is asked for steps and changes of 1e-9 and ends, by rounding in its line search, at gradients
    of 1e-6; ours go to 1e-9. No row without optimistix.
    """
    if importlib.util.find_spec("optimistix") is None:
        return []
    solve = _compiled()
    descents, minimisations, norms = [], [], []
    tolerances, budgets = np.full((1, STARTS), TOLERANCE), np.full((1, STARTS), 20000)
    for sample in range(turns):
        J = couplings.sample(MODEL, N, seed=1, sample=sample)
        v = scales.amplitude(MODEL) * np.random.default_rng(sample).uniform(-1.0, 1.0, (N, STARTS))
        if not sample:
            solve(v, J)
        theirs, norm = _timed(partial(solve, v, J))
        ours, _ = _timed(partial(descent.descend, v[None], J[None], MODEL, tolerances, budgets))
        certified, _ = _timed(partial(minimise, v, J, MODEL, tolerance=TOLERANCE))
        descents.append((theirs, ours))
        minimisations.append((theirs, certified))
        norms.append(norm)
    note = f"{STARTS} starts; optimistix stops at {max(norms):.0e}"
    what = f"with smallest eigenvalues; {note}"
    return [
        Row.of(f"optimistix L-BFGS / descent, N={N}", of_pairs(descents), 1.0, note),
        Row.of(f"optimistix L-BFGS / minimise, N={N}", of_pairs(minimisations), 1.0, what),
    ]


def _compiled() -> Callable[[np.ndarray, np.ndarray], float]:
    """A function of starts and couplings to the largest |∂U/∂v_i| where optimistix ends."""
    import jax
    import optimistix

    jax.config.update("jax_enable_x64", True)
    k, a = MODEL.k, MODEL.a

    def energy(v: Any, J: Any) -> Any:
        on_site = k * v**2 / 2 + a * v**4 / 24
        return on_site.sum() / MODEL.gamma - v @ (J @ v) / 2

    solver = optimistix.LBFGS(rtol=TOLERANCE, atol=TOLERANCE)

    def one(v: Any, J: Any) -> Any:
        how = {"args": J, "max_steps": 20000, "throw": False}
        end = optimistix.minimise(energy, solver, v, **how).value
        return abs(jax.grad(energy)(end, J)).max()

    norms = jax.jit(jax.vmap(one, in_axes=(1, None)))
    return lambda v, J: float(norms(v, J).max())


def _timed(function: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = function()
    return time.perf_counter() - began, result
