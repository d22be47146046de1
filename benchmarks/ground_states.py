"""Ground states at γ = 10: e, q̂ and double wells against N with their limits, hits, and the cost.

    python benchmarks/ground_states.py [-o FILE.json] [--figure FILE.png] [--quick]

Of every sample the lowest of many anneals is taken for the ground state; how many of them ended in
it says how far to believe that. Errors are over samples, whose couplings explain most of the
scatter of e: regression on the traces of J², J³ and J⁴, whose means are known at every N, takes
that off; of q̂ and of the wells, what it can.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from glasswell.compare.statistics.extrapolation import OMEGA_GLASS, extrapolate_errors
from glasswell.compare.statistics.unseen import missed
from glasswell.sim import Anneal, CavityPotentials, DoubleWells, SimulationConfig, SizeData
from glasswell.sim.run import tasks
from glasswell.sim.sample import couplings
from glasswell.theory import Model
from glasswell.theory.model import columns
from glasswell.theory.plots.canvas import COLOURS, DPI, blank, own_style
from numpy.typing import NDArray
from scipy import optimize
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

MODEL = Model(gamma=10.0)
SEED = 1

PLAN = {
    32: (1000, 32),
    64: (600, 32),
    128: (300, 32),
    256: (100, 32),
    512: (40, 48),
    1024: (24, 48),
}
"""Samples and starts per size."""
QUICK = {16: (40, 8), 32: (40, 8), 64: (20, 8)}

FIT_FROM = 64
"""Smallest N of the fits, where there are two larger ones."""

QUANTITIES = {"energy": "e", "q_hat": "q̂", "wells": "double wells per site"}

THEORY = {"energy": -36.528424, "q_hat": 87.830657, "wells": 0.00112317}
"""Full RSB at γ = 10, T = 0: ``solve_full(Model(gamma=10.0))``, and its ``wells.fraction``."""

LEAST_SAMPLES = 20
"""Fewer give no energy, only a cost."""


@dataclass(frozen=True)
class Size:
    """What was found at one size."""

    N: int
    starts: int
    samples: int
    value: dict[str, float]
    error: dict[str, float]
    hit_twice: float
    mean_hits: float
    missed: tuple[float, float]
    """Estimated fraction of samples whose lowest state was missed, and its error."""
    seconds: float
    """Of one core, per sample."""

    def __str__(self) -> str:
        pairs = (
            (f"{self.value[key]:.{digits}f}", f" ± {self.error[key]:.{digits}f}")
            for key, digits in (("energy", 4), ("q_hat", 2), ("wells", 5))
        )
        return line(
            f"{self.N}",
            f"{self.starts}",
            f"{self.samples}",
            *(text for pair in pairs for text in pair),
            f"{100 * self.hit_twice:.1f} %",
            f"{self.mean_hits:.1f}",
            f"{100 * self.missed[0]:.1f} ± {100 * self.missed[1]:.1f} %",
            f"{self.seconds:.3f}",
        )


def line(*cells: str) -> str:
    """A row of the table, which is printed size by size."""
    at = (">5", ">8", ">9", ">11", "<10", ">10", "<8", ">11", "<10", ">10", ">7", ">14", ">10")
    return columns([cells], at=at, gap="")[0]


HEAD = line(
    *("N", "starts", "samples", "e", "", "q̂", "", "wells", ""),
    *("hit twice", "hits", "missed", "s/sample"),
)


def measure(N: int, samples: int, starts: int) -> Size:
    """Search the ground states of the first samples of one size."""
    anneal = Anneal(starts=starts, precision="single")
    config = SimulationConfig(sizes=(N,), samples=samples, seed=SEED, states=1, sampler=anneal)
    # The first compiles.
    tasks.run_sample(MODEL, config.replace(steps=20), N, samples)
    began = time.process_time()
    found = [tasks.run_sample(MODEL, config, N, sample) for sample in range(samples)]
    seconds = (time.process_time() - began) / samples
    hits = np.array([int(data.hits[0]) for data in found])
    controls = np.array(
        [traces(couplings.sample(MODEL, N, seed=SEED, sample=s)) for s in range(samples)]
    )
    pairs = {key: regressed(np.array(list(map(of, found))), controls) for key, of in OF.items()}
    unseen = missed(hits.astype(np.float64), starts)
    return Size(
        N,
        starts,
        samples,
        {key: value for key, (value, _) in pairs.items()},
        {key: error for key, (_, error) in pairs.items()},
        float(np.mean(hits >= 2)),
        float(hits.mean()),
        (unseen.value, unseen.error),
        seconds,
    )


def _wells(data: SizeData) -> float:
    local = CavityPotentials.of(data.cavity_field[0, 0], data.cavity_susceptibility[0, 0], MODEL)
    return float(np.mean(DoubleWells.of(local).double))


OF: dict[str, Callable[[SizeData], float]] = {
    "energy": lambda data: float(data.energy[0, 0]),
    "q_hat": lambda data: float(np.mean(data.displacement[0, 0] ** 2)),
    "wells": _wells,
}
"""The quantities of one sample's lowest state."""


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


def limits(sizes: list[Size], key: str) -> dict[str, Any]:
    """x_∞ + b N^(-ω): with ω = 2/3, and with ω free."""
    N = np.array([size.N for size in sizes], dtype=np.float64)
    x = np.array([size.value[key] for size in sizes])
    error = np.array([size.error[key] for size in sizes])
    fixed = extrapolate_errors(N, x, error, OMEGA_GLASS)
    fits: dict[str, Any] = {
        "omega = 2/3": {
            "limit": [fixed.limit.value, fixed.limit.error],
            "slope": [fixed.slope.value, fixed.slope.error],
            "from theory, in σ": (fixed.limit.value - THEORY[key]) / fixed.limit.error,
            "chi2": fixed.chi2,
            "degrees of freedom": fixed.degrees_of_freedom,
        }
    }
    if len(sizes) > 3:
        start = (fixed.limit.value, fixed.slope.value, OMEGA_GLASS)
        free, covariance = optimize.curve_fit(_law, N, x, start, error, absolute_sigma=True)
        errors = np.sqrt(np.diag(covariance))
        fits["omega free"] = {
            name: [float(value), float(width)]
            for name, value, width in zip(("limit", "slope", "omega"), free, errors, strict=True)
        }
        # With theory's limit: the exponent that it asks for.
        ends, spread = optimize.curve_fit(
            lambda n, slope, omega: _law(n, THEORY[key], slope, omega),
            N, x, start[1:], error, absolute_sigma=True,
        )  # fmt: skip
        names = zip(("slope", "omega"), ends, np.sqrt(np.diag(spread)), strict=True)
        fits["limit of theory"] = {name: [float(v), float(w)] for name, v, w in names}
    return fits


def _law(N: Floats, limit: float, slope: float, omega: float) -> Floats:
    return np.asarray(limit + slope * N**-omega)


def figure(sizes: list[Size], fits: dict[str, dict[str, Any]]) -> Figure:
    """Each quantity against N^(-2/3), its straight line, and theory at its end."""
    drawn = blank(10.5, 3.4)
    axes = drawn.subplots(1, len(QUANTITIES))
    for ax, (key, name) in zip(axes, QUANTITIES.items(), strict=True):
        x = np.array([size.N**-OMEGA_GLASS for size in sizes])
        y, error = ([getattr(size, what)[key] for size in sizes] for what in ("value", "error"))
        ax.errorbar(x, y, error, fmt="ko", ms=3, label="samples")
        (limit, _), (slope, _) = (fits[key]["omega = 2/3"][what] for what in ("limit", "slope"))
        line_to = np.array([0.0, FIT_FROM**-OMEGA_GLASS])
        ax.plot(line_to, limit + slope * line_to, ":", color=COLOURS[0], label="N^(-2/3)")
        ax.plot([0.0], [THEORY[key]], "D", mfc="w", color=COLOURS[1], label="full RSB", zorder=4)
        ax.set(xlabel="N^(-2/3)", title=name)
        ax.set_xlim(left=-0.002)
    axes[0].legend(frameon=False)
    return drawn


def main() -> int:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description="Ground states at γ = 10.")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE.json")
    parser.add_argument("--figure", type=Path, metavar="FILE.png")
    parser.add_argument("--quick", action="store_true", help="a few small samples, to try it out")
    arguments = parser.parse_args()
    found: list[Size] = []
    print(HEAD, flush=True)
    with threadpool_limits(limits=1):
        for N, (samples, starts) in (QUICK if arguments.quick else PLAN).items():
            found.append(measure(N, samples, starts))
            print(found[-1], flush=True)
    known = [size for size in found if math.isfinite(size.error["energy"])]
    large = [size for size in known if size.N >= FIT_FROM]
    fits = {key: limits(large if len(large) > 2 else known, key) for key in QUANTITIES}
    for key, each in fits.items():
        for name, fit in each.items():
            told = ", ".join(f"{what} {_text(value)}" for what, value in fit.items())
            print(f"{QUANTITIES[key]}, {name}: {told}")
    if arguments.output:
        content = {"sizes": [asdict(size) for size in found], "limits": fits}
        arguments.output.write_text(json.dumps(content, indent=1).replace("NaN", "null") + "\n")
    if arguments.figure:
        with own_style():
            figure(known, fits).savefig(arguments.figure, dpi=DPI)
    return 0


def _text(value: Any) -> str:
    return f"{value[0]:.5g} ± {value[1]:.2g}" if isinstance(value, list) else f"{value:.3g}"


if __name__ == "__main__":
    sys.exit(main())
