"""How long the theory takes, and how that compares with plain scipy on the same equations.

Each case runs in a process of its own, which gives its peak memory too; the time is the best of
three within it, imports and caches warm. The peer is what one writes first: v* by a root finder,
Gaussian integrals by scipy.integrate.quad, the saddle point by scipy.optimize.root.
"""

from __future__ import annotations

import math
import multiprocessing
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
from glasswell.theory import Model, glass_temperature, solve
from scipy import integrate, optimize
from table import Row

GLASS = Model(gamma=10.0)
HALF_T_G = 0.5 * glass_temperature(GLASS)

Case = tuple[str, Callable[[], Any], float]
"""Name, what to run, and the time in seconds that the design asks for."""

CASES: tuple[Case, ...] = (
    ("RS, T = 0", lambda: solve(GLASS, 0), 0.010),
    ("1RSB, T = 0", lambda: solve(GLASS, 1), 0.5),
    ("5RSB, T = 0", lambda: solve(GLASS, 5), 8.0),
    ("full RSB, T = 0", lambda: solve(GLASS, "full"), 60.0),
    ("1RSB, T = T_g/2", lambda: solve(GLASS, 1, HALF_T_G), 5.0),
    ("full RSB, T = T_g/2", lambda: solve(GLASS, "full", HALF_T_G), 60.0),
    ("1RSB, J0 = 1.6", lambda: solve(Model(gamma=10.0, J0=1.6), 1), 5.0),
)


def plain_rs(gamma: float) -> tuple[float, float]:
    """C and q of RS at T = 0 by quad and root."""

    def residual(x: np.ndarray) -> list[float]:
        C, q = x
        q_next, _ = _gaussian(lambda h: _minimiser(h, C, gamma) ** 2, q)
        linear, _ = _gaussian(lambda h: h * _minimiser(h, C, gamma), q)
        return [linear / q - C, q_next - q]  # ∫Dz v*'(z√q) by parts, jump included

    root = optimize.root(residual, [0.9, 90.0], tol=1e-10)
    return float(root.x[0]), float(root.x[1])


def plain_one_step_moments(gamma: float, C: float, q: np.ndarray, y: float) -> tuple[float, float]:
    """q_1 and ∫P_0 g_0 of 1RSB at given order parameters, by nested quad: one look at them."""
    width = math.sqrt(q[1] - q[0])

    def inner(h_0: float, n: int) -> float:
        def weighted(z: float) -> float:
            h = h_0 + width * z
            v = _minimiser(h, C, gamma)
            g = h * v + C * v * v / 2 - (v * v / 2 + v**4 / 24) / gamma
            return v**n * math.exp(y * g - z * z / 2) / math.sqrt(2 * math.pi)

        return integrate.quad(weighted, -8, 10, epsrel=1e-8, limit=200)[0]

    overlap, _ = _gaussian(lambda h: inner(h, 2) / inner(h, 0), q[0], epsrel=1e-7)
    mean_g, _ = _gaussian(lambda h: math.log(inner(h, 0)) / y, q[0], epsrel=1e-7)
    return overlap, mean_g


def _gaussian(f: Callable[[float], float], variance: float, epsrel: float = 1e-10) -> Any:
    """E f(h) for h Gaussian and f even."""
    sigma = math.sqrt(variance)

    def weighted(z: float) -> float:
        return 2 * f(sigma * z) * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    return integrate.quad(weighted, 0, 8.5, epsrel=epsrel, limit=200)


def _minimiser(h: float, C: float, gamma: float) -> float:
    """The global minimum of -h v - C v²/2 + (v²/2 + v⁴/24)/γ for h ≥ 0, or its mirror image."""

    def slope(v: float) -> float:
        return (1 / gamma - C) * v + v**3 / (6 * gamma) - abs(h)

    low = math.sqrt(max(2 * (gamma * C - 1), 0.0))  # beyond it the slope rises
    return math.copysign(optimize.brentq(slope, low, 1e3, xtol=1e-13), h)


def timed(run: Callable[[], Any], repeats: int = 3) -> tuple[float, Any]:
    """The best of ``repeats`` after one to warm up, and the result."""
    result = run()
    best = math.inf
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return best, result


def _measure(n: int, queue: Any) -> None:
    seconds, solution = timed(CASES[n][1])
    # Once more, slowly: the peak of what Python and NumPy allocate.
    tracemalloc.start()
    CASES[n][1]()
    _, peak = tracemalloc.get_traced_memory()
    queue.put((seconds, peak / 2**20, bool(solution.converged)))


def solves() -> list[Row]:
    """Seconds of every case."""
    context = multiprocessing.get_context("spawn")
    rows = []
    for n, (name, _, target) in enumerate(CASES):
        queue = context.Queue()
        process = context.Process(target=_measure, args=(n, queue))
        process.start()
        seconds, megabytes, converged = queue.get()
        process.join()
        note = f"{megabytes:.1f} MiB at its peak" if converged else "NOT CONVERGED"
        rows.append(Row(f"{name}: seconds", seconds, target, ceiling=True, note=note))
    return rows


def against_scipy() -> list[Row]:
    """Ratios of time to plain scipy, and how far the results are apart."""
    rs, solution = timed(lambda: solve(GLASS, 0))
    plain, (C, q) = timed(lambda: plain_rs(10.0), repeats=1)
    apart = max(abs(C / solution.C - 1), abs(q / solution.q_hat - 1))
    rows = [Row("scipy / RS saddle point", plain / rs, note=f"results {apart:.0e} apart")]
    one, broken = timed(lambda: solve(GLASS, 1))
    order = broken.levels.order
    start = time.perf_counter()
    overlap, mean_g = plain_one_step_moments(10.0, order.C, order.q, order.y[0])
    look = time.perf_counter() - start
    f = (order.C * 2 * order.q[1] + order.y[0] * (order.q[1] ** 2 - order.q[0] ** 2)) / 4 - mean_g
    apart = max(abs(overlap / order.q[1] - 1), abs(f / broken.free_energy - 1))
    note = f"scipy: two of five equations, once; {apart:.0e} apart"
    return [*rows, Row("scipy / 1RSB solution", look / one, note=note)]
