"""One large sample: eight proven minima, the cavity fields of the lowest, and its softest modes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from glasswell.sim import Sample, SimulationConfig, cavity, minimise
from glasswell.sim.run.memory_need import load_of
from glasswell.sim.sample import scales, spectrum
from glasswell.theory import Model
from table import Row

MODEL = Model(gamma=10.0)
N, STARTS, MODES = 4096, 8, 10


def one_sample() -> list[Row]:
    """Seconds of one core for each part, on NumPy arrays."""
    config = SimulationConfig(sizes=(N,), samples=1, starts=STARTS, method="quench")
    needed = load_of(config, 1).worker / 2**30
    drawing, J = _timed(lambda: Sample(MODEL, N, seed=1).J)
    starts = np.random.default_rng(0).uniform(-1.0, 1.0, (N, STARTS)) * scales.amplitude(MODEL)
    searching, found = _timed(lambda: minimise(starts, J, MODEL, eigenvalues=False))
    assert bool(np.all(found.converged))
    v = found.v[:, int(np.argmin(found.energy))]
    fields, _ = _timed(lambda: cavity.fields(v, J, MODEL))
    modes, _ = _timed(lambda: spectrum.lowest(v, J, MODEL, MODES))
    evaluations = f"{int(found.iterations.max())} forces at most"
    return [
        Row(f"couplings, N={N}: seconds", drawing, note=f"{needed:.2g} GiB estimated for a task"),
        Row(f"{STARTS} proven minima, N={N}: seconds", searching, note=evaluations),
        Row(f"cavity fields, N={N}: seconds", fields, note="of one minimum"),
        Row(f"{MODES} softest modes, N={N}: seconds", modes, note="of one minimum"),
    ]


def _timed(function: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    result = function()
    return time.process_time() - began, result
