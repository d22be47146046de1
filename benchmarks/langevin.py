"""A step of the anneal, noise at its stride included, against the bare matrix product."""

from __future__ import annotations

from typing import Any

import numpy as np
from glasswell.sim.backend import kernels as fused
from glasswell.sim.sample import couplings, scales
from glasswell.sim.samplers.annealed import NOISE_EVERY, TIME_STEP
from glasswell.sim.samplers.langevin import Langevin
from glasswell.theory import Model
from leapfrog import Call
from table import Row
from timing import ratio

MODEL = Model(gamma=10.0)
R = 64
STEPS = 4 * NOISE_EVERY
SIZES = ((256, 1.15), (1024, 1.05))


def calls(
    N: int, dtype: Any, kernels: str | None = None, *, S: int = 1, xp: Any = np
) -> dict[str, Call]:
    """Sixteen products, and sixteen steps half way down an anneal, of S samples."""
    T = scales.temperature(MODEL)
    frequency = scales.fastest_frequency(MODEL, 0.6 * T)
    J = xp.asarray(couplings.batch(MODEL, N, seed=1, samples=range(S)).astype(dtype))
    rng, numbers = np.random.default_rng(0), np.arange(S)
    v = xp.asarray((scales.amplitude(MODEL) * rng.uniform(-1.0, 1.0, (S, N, R))).astype(dtype))
    run = Langevin(
        v,
        J,
        MODEL,
        [0.3 * T] * 10**6,
        time_step=TIME_STEP / frequency,
        friction=0.05 * frequency,
        keys=np.stack([numbers, numbers + 1], axis=1),
        noise_every=NOISE_EVERY,
        kernels=kernels,
    )
    out = xp.empty_like(v)

    def products() -> None:
        for _ in range(STEPS):
            xp.matmul(J, v, out=out)

    def steps() -> None:
        run.step = 0
        run.advance(STEPS)

    return {"products": products, "steps": steps}


def against_the_product(turns: int) -> list[Row]:
    """Time of a step over time of its product: 1 is the speed of BLAS."""
    rows = []
    name = fused.choose(MODEL, np.empty(0)).name
    for dtype in ("float64", "float32"):
        for N, target in SIZES:
            made, plain = calls(N, dtype), calls(N, dtype, "reference")
            what, note = f"N={N} R={R} {dtype}", f"{name}, noise every {NOISE_EVERY} steps"
            found = ratio(made["steps"], made["products"], turns=turns)
            rows.append(Row.at_most(f"Langevin / product, {what}", found, target, note))
            found = ratio(plain["steps"], plain["products"], turns=turns)
            rows.append(Row.of(f"plain NumPy / product, {what}", found, None, "not fused"))
    return rows
