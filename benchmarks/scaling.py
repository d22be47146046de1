"""How the cost of a leapfrog step grows with N, and how much memory a run takes."""

from __future__ import annotations

import math
import statistics
import tracemalloc
from itertools import pairwise

import numpy as np
from glasswell.sim.sample import couplings, scales
from glasswell.sim.samplers.sweep_noise import Noise
from glasswell.sim.samplers.tempering import REPLICAS, Plan, Tempering
from glasswell.theory import Model
from leapfrog import STEPS, calls
from table import Row
from timing import calls_for, seconds

MODEL = Model(gamma=10.0)
SIZES = (64, 128, 256, 512, 1024, 2048, 4096)
R = 64


def cost_against_size(turns: int) -> list[Row]:
    """Exponent of the time per step and replica between sizes, all sizes by turns."""
    steps = {N: calls(N, R)["steps"] for N in SIZES}
    counts = {N: calls_for(step, 0.05) for N, step in steps.items()}
    times: dict[int, list[float]] = {N: [] for N in SIZES}
    for _ in range(turns):
        for N, step in steps.items():
            times[N].append(seconds(step, counts[N]))
    rows = []
    for small, large in pairwise(SIZES):
        pairs = zip(times[small], times[large], strict=True)
        exponents = [math.log(b / a) / math.log(large / small) for a, b in pairs]
        low, middle, high = statistics.quantiles(exponents, n=4)
        each = statistics.median(times[large]) / STEPS / R
        rows.append(
            Row(
                f"exponent of cost, N={small} … {large}",
                middle,
                spread=f"{low:.3g} … {high:.3g}",
                note=f"{1e6 * each:.3g} µs per step and replica at N={large}",
            )
        )
    return rows


def memory() -> list[Row]:
    """Peak of what a tempering run allocates, over the arrays that it is made of."""
    N, T = 1024, 128
    J = couplings.batch(MODEL, N, seed=1, samples=[0])
    unit = scales.temperature(MODEL)
    temperatures = np.geomspace(0.1, 1.5, T) * unit
    # What is loaded and compiled on first use is not the run's.
    calls(64, R)["sweep"]()
    tracemalloc.start()
    run = Tempering(J, MODEL, temperatures, Plan(1, 2, measure_every=1), Noise(1, N, (0,)))
    while not run.done:
        run.sweep()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    column = J.itemsize * N * REPLICAS * T
    # State, proposal and momenta: v, Jv, v', Jv', p.
    arrays = J.nbytes + 5 * column
    return [
        Row(
            f"memory / arrays, N={N} R={REPLICAS * T}",
            (J.nbytes + peak) / arrays,
            1.3,
            ceiling=True,
            note=f"{arrays / 2**20:.0f} MiB of arrays",
        )
    ]
