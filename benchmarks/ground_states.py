"""Ground states at γ = 10: energies against N with their limit, hit rates, and what they cost.

    python benchmarks/ground_states.py [-o FILE.json] [--quick]

Of every sample the lowest of many anneals is taken for the ground state; how many of them ended in
it says how far to believe that. Errors are over samples, whose couplings explain most of the
scatter of e: regression on the traces of J², J³ and J⁴, whose means are known at every N, takes
that off.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from glasswell.compare.statistics.extrapolation import OMEGA_GLASS, extrapolate_errors
from glasswell.sim import SimulationConfig
from glasswell.sim.run import tasks
from glasswell.sim.sample import couplings
from glasswell.theory import Model
from glasswell.theory.model import columns
from numpy.typing import NDArray
from scipy import optimize
from threadpoolctl import threadpool_limits

Floats = NDArray[np.float64]

MODEL = Model(gamma=10.0)
SEED = 1

PLAN = {32: 1000, 64: 500, 128: 150, 256: 50, 512: 4}
"""Samples per size."""
QUICK = {16: 40, 32: 40, 64: 20}

MORE_STARTS_AT = 128
STARTS = (32, 64)
"""The first everywhere, all of them at MORE_STARTS_AT."""

LEAST_SAMPLES = 20
"""Fewer give no energy, only a cost."""


@dataclass(frozen=True)
class Size:
    """What was found at one size with so many starts."""

    N: int
    starts: int
    samples: int
    energy: float
    error: float
    plain_error: float
    """Without the regression."""
    hit_twice: float
    mean_hits: float
    seconds: float
    """Of one core, per sample."""

    def __str__(self) -> str:
        return line(
            f"{self.N}",
            f"{self.starts}",
            f"{self.samples}",
            f"{self.energy:.4f}",
            f" ± {self.error:.4f}" if math.isfinite(self.error) else " ± -",
            f"{self.plain_error:.4f}",
            f"{100 * self.hit_twice:.1f} %",
            f"{self.mean_hits:.1f}",
            f"{self.seconds:.3f}",
        )


def line(*cells: str) -> str:
    """A row of the table, which is printed size by size."""
    return columns([cells], at=(">5", ">8", ">9", ">12", "<9", ">9", ">14", ">8", ">10"), gap="")[0]


HEAD = line(
    "N", "starts", "samples", "energy/N", "   error", "plain", "hit twice", "hits", "s/sample"
)


def measure(N: int, samples: int, starts: int) -> Size:
    """Search the ground states of the first samples of one size."""
    config = SimulationConfig(sizes=(N,), samples=samples, starts=starts, seed=SEED, states=1)
    # The first compiles.
    tasks.run_sample(MODEL, config, N, samples)
    began = time.process_time()
    found = [tasks.run_sample(MODEL, config, N, sample) for sample in range(samples)]
    seconds = (time.process_time() - began) / samples
    e = np.array([float(data.energy[0, 0]) for data in found])
    hits = np.array([int(data.hits[0]) for data in found])
    controls = np.array(
        [traces(couplings.sample(MODEL, N, seed=SEED, sample=s)) for s in range(samples)]
    )
    energy, error = regressed(e, controls)
    return Size(
        N,
        starts,
        samples,
        energy,
        error,
        float(e.std(ddof=1) / math.sqrt(samples)),
        float(np.mean(hits >= 2)),
        float(hits.mean()),
        seconds,
    )


def traces(J: Floats) -> Floats:
    """tr J^n/N for n = 2, 3, 4, less their means over the couplings at J = 1, J0 = 0."""
    N = len(J)
    square = J @ J
    found = [np.trace(square), np.sum(square * J), np.sum(square * square)]
    exact = [N - 1, 0.0, (N - 1) * (2 * N - 1) / N]
    return np.asarray((np.array(found) - np.array(exact)) / N)


def regressed(e: Floats, controls: Floats) -> tuple[float, float]:
    """[e] where the controls have their means, and its error; plain where samples are few."""
    S, count = controls.shape
    if S < LEAST_SAMPLES:
        return float(e.mean()), math.nan
    design = np.column_stack([np.ones(S), controls])
    solution, *_ = np.linalg.lstsq(design, e, rcond=None)
    residual = e - design @ solution
    variance = residual @ residual / (S - count - 1)
    return float(solution[0]), math.sqrt(variance * np.linalg.inv(design.T @ design)[0, 0])


def limits(sizes: list[Size]) -> dict[str, Any]:
    """e_∞ + b N^(-ω): with ω = 2/3, and with ω free."""
    N = np.array([size.N for size in sizes], dtype=np.float64)
    e, error = (np.array([getattr(size, key) for size in sizes]) for key in ("energy", "error"))
    fixed = extrapolate_errors(N, e, error, OMEGA_GLASS)
    fits: dict[str, Any] = {
        "omega = 2/3": {
            "limit": [fixed.limit.value, fixed.limit.error],
            "slope": [fixed.slope.value, fixed.slope.error],
            "chi2": fixed.chi2,
            "degrees_of_freedom": fixed.degrees_of_freedom,
        }
    }
    if len(sizes) > 2:
        start = (fixed.limit.value, fixed.slope.value, OMEGA_GLASS)
        free, covariance = optimize.curve_fit(
            lambda x, limit, slope, omega: limit + slope * x**-omega,
            N,
            e,
            start,
            error,
            absolute_sigma=True,
        )
        errors = np.sqrt(np.diag(covariance))
        fits["omega free"] = {
            name: [float(value), float(width)]
            for name, value, width in zip(("limit", "slope", "omega"), free, errors, strict=True)
        }
    return fits


def main() -> int:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description="Ground states at γ = 10.")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE.json")
    parser.add_argument("--quick", action="store_true", help="a few small samples, to try it out")
    arguments = parser.parse_args()
    plan = QUICK if arguments.quick else PLAN
    found: list[Size] = []
    print(HEAD, flush=True)
    with threadpool_limits(limits=1):
        for N, samples in plan.items():
            for starts in STARTS if N == MORE_STARTS_AT else STARTS[:1]:
                found.append(measure(N, samples, starts))
                print(found[-1], flush=True)
    best = {size.N: size for size in found if math.isfinite(size.error)}
    fits = limits(list(best.values()))
    for name, fit in fits.items():
        print(f"{name}: " + ", ".join(f"{key} {_text(value)}" for key, value in fit.items()))
    if arguments.output:
        content = {"sizes": [asdict(size) for size in found], "limits": fits}
        arguments.output.write_text(json.dumps(content, indent=1).replace("NaN", "null") + "\n")
    return 0


def _text(value: Any) -> str:
    return f"{value[0]:.4f} ± {value[1]:.4f}" if isinstance(value, list) else f"{value:.3g}"


if __name__ == "__main__":
    sys.exit(main())
