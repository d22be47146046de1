"""A leapfrog step against the bare matrix product, alone and on two workers at once."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

import numpy as np
from glasswell.sim.backend import kernels as fused
from glasswell.sim.sample import couplings, scales
from glasswell.sim.samplers import hmc
from glasswell.sim.samplers.sweep_noise import Noise
from glasswell.theory import Model
from table import Row
from threadpoolctl import threadpool_limits
from timing import of_pairs, ratio, seconds

MODEL = Model(gamma=10.0)
STEPS = 10
SHAPES = ((256, 64, 0.90), (1024, 256, 0.95))

Call = Callable[[], object]


def calls(N: int, R: int, kernels_name: str | None = None) -> dict[str, Call]:
    """Ten products, ten leapfrog steps and one sweep of ten steps, on arrays of one shape."""
    J = couplings.batch(MODEL, N, seed=1, samples=[0])
    T = np.full((1, R), scales.temperature(MODEL))
    step_size = np.full((1, R), 0.1 * hmc.first_step_size(MODEL, float(T[0, 0]), N))
    kernels = fused.choose(MODEL, J, kernels_name)
    noise = Noise(1, N, (0,))
    state = hmc.start(np.full((1, N, R), 0.1), J, kernels)
    v, p, Jv = state.v.copy(), np.sqrt(T) * noise.draw(0, R).momenta, state.Jv.copy()
    out = np.empty_like(v)
    sweeps = iter(range(10**9))

    def products() -> None:
        for _ in range(STEPS):
            np.matmul(J, v, out=out)

    def steps() -> None:
        hmc.leapfrog(v, p, Jv, J, step_size, STEPS, kernels)

    spare, momenta = None, None

    def sweep() -> None:
        nonlocal state, spare, momenta
        draws = noise.draw(next(sweeps), R, out=momenta)
        moved = hmc.move(
            state, J, T, step_size, STEPS, draws.momenta, draws.decisions, kernels, spare
        )
        state, spare, momenta = moved.state, state, draws.momenta

    return {"products": products, "steps": steps, "sweep": sweep}


def against_the_product(turns: int) -> list[Row]:
    """Time of the product over time of the step: 1 is the speed of BLAS."""
    rows = []
    for N, R, target in SHAPES:
        made = calls(N, R)
        note = f"{fused.choose(MODEL, np.empty(0)).name}, {_rate(made['products'], N, R)}"
        found = ratio(made["products"], made["steps"], turns=turns)
        rows.append(Row.of(f"leapfrog / product, N={N} R={R}", found, target, note))
        found = ratio(made["products"], made["sweep"], turns=turns)
        rows.append(Row.of(f"whole sweep / product, N={N} R={R}", found, None, f"{STEPS} steps"))
        plain = calls(N, R, "reference")
        found = ratio(plain["products"], plain["steps"], turns=turns)
        rows.append(Row.of(f"plain NumPy / product, N={N} R={R}", found, None, "not fused"))
    return rows


def _rate(products: Call, N: int, R: int) -> str:
    products()
    flops = 2.0 * N * N * R * STEPS
    return f"product {flops / min(seconds(products) for _ in range(5)) / 1e9:.0f} GFLOP/s"


def two_workers(turns: int) -> list[Row]:
    """Throughput of two single-threaded processes over that of one, by turns."""
    rows = []
    for N, R, _ in SHAPES:
        repeats = 20 if N > 512 else 800
        workers = [_Worker(N, R) for _ in range(2)]
        pairs = []
        for _ in range(turns):
            (alone,) = _together(workers[:1], repeats)
            pairs.append((2.0 * alone, max(_together(workers, repeats))))
        for worker in workers:
            worker.stop()
        rows.append(Row.of(f"two workers / one, N={N} R={R}", of_pairs(pairs), 1.8))
    return rows


def _together(workers: list[_Worker], repeats: int) -> list[float]:
    for worker in workers:
        worker.pipe.send(repeats)
    return [worker.pipe.recv() for worker in workers]


class _Worker:
    """A process that is warm and waits to be told how many times to make its steps."""

    def __init__(self, N: int, R: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, N, R))
        self.process.start()
        self.pipe.recv()

    def stop(self) -> None:
        self.pipe.send(0)
        self.process.join()


def _serve(pipe: Connection, N: int, R: int) -> None:
    with threadpool_limits(limits=1):
        steps = calls(N, R)["steps"]
        steps()
        pipe.send("warm")
        while repeats := pipe.recv():
            pipe.send(seconds(steps, repeats, time.perf_counter))
