"""Searches for the ground state at equal cost, on the same samples: hits per second of one core.

    python benchmarks/searches.py [-o FILE.json] [--figure FILE.png] [--quick]

Every search gets the same time on every sample, and spends it on independent units, one round of
them after the other: a column of an anneal or of an iterated search, a replica of a tempering, a
whole population. A unit hits when the lowest of its minima is the lowest that any search has found
on that sample. From h hits of R units the chance of a hit is taken to be p = (h + 1/2)/(R + 1),
so that no hit counts as half a hit in all the time spent. Two yardsticks follow:

    hits per second     p over the time of a unit, its geometric mean over the samples
    95 % hit twice      the time until Σ_s P(at least two hits on sample s) is 95 % of the samples

The second asks for the hardest samples and is noisy; errors of the first, and of its ratio to the
default's on the same samples, are bootstrapped over the samples. How many units there are depends
on the machine, what each of them finds only on its number. ``searches_compared`` has the searches.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from glasswell.sim import Sample
from glasswell.sim.sample import scales
from glasswell.sim.samplers.base import Batch
from glasswell.theory import Model
from glasswell.theory.model import columns
from glasswell.theory.plots.canvas import COLOURS, DPI, blank, own_style
from numpy.typing import NDArray
from searches_compared import DEFAULT, SEARCHES, TOLERANCE, Search
from threadpoolctl import threadpool_limits

Floats = NDArray[np.float64]

MODELS = {
    "γ = 10": Model(gamma=10.0),
    "γ = 2": Model(gamma=2.0),
    "hard spins": Model(gamma=0.3, k=-1.0, a=6.0),
}
SEED = 1

PLAN = {64: (16, 0.3), 128: (12, 0.7), 256: (8, 2.0)}
"""Samples of every size, and seconds of every search on each of them."""
LARGEST = {"γ = 10": {512: (4, 6.0)}, "hard spins": {256: (0, 0.0)}}
"""Where a model's plan differs."""
QUICK = {16: (3, 0.02), 32: (3, 0.05)}

BOOTSTRAPS = 1000


@dataclass(frozen=True)
class Row:
    """What a search is worth at one size of one model."""

    model: str
    N: int
    samples: int
    search: str
    seconds_per_unit: float
    units: float
    """Per sample."""
    found: int
    """Samples whose lowest state it hit at all."""
    chance: float
    """p, averaged over the samples."""
    rate: float
    """Hits per second, geometric mean."""
    rate_error: float
    ratio: float
    """Of the rate to the default's."""
    ratio_error: float
    seconds_twice: float
    """One core, until 95 % of the samples are hit twice."""

    def __str__(self) -> str:
        return line(
            self.model,
            f"{self.N}",
            self.search,
            f"{1e3 * self.seconds_per_unit:.3g}",
            f"{self.units:.0f}",
            f"{self.found} of {self.samples}",
            f"{self.chance:.2f}",
            f"{self.rate:.3g} ± {self.rate_error:.2g}",
            f"{self.ratio:.2f} ± {self.ratio_error:.2f}",
            f"{self.seconds_twice:.2g}",
        )


def line(*cells: str) -> str:
    """A row of the table, which is printed size by size."""
    widths = ("<10", ">3", "<27", ">9", ">5", ">8", ">4", ">19", ">13", ">15")
    return columns([cells], at=widths)[0]


HEAD = line(
    "model",
    "N",
    "search",
    "ms a unit",
    "units",
    "found",
    "p",
    "hits per s",
    "to default",
    "s to 95 % twice",
)


def spend(search: Search, batch: Batch, budget: float) -> tuple[Floats, float]:
    """Rounds of a search on one sample until its time is up: energies of all units, seconds."""
    energies: list[Floats] = []
    began = time.process_time()
    while not energies or time.process_time() - began < budget:
        energies.append(search(replace(batch, attempt=len(energies))))
    return np.concatenate(energies), time.process_time() - began


def measure(name: str, N: int, samples: int, budget: float) -> list[Row]:
    """All searches on the first samples of one size."""
    model = MODELS[name]
    hits, units, seconds = (np.empty((len(SEARCHES), samples)) for _ in range(3))
    for s in range(samples):
        batch = Batch.of([Sample(model, N, seed=SEED, number=s)], seed=SEED)
        found = [spend(search, batch, budget) for search in SEARCHES.values()]
        lowest = min(energies.min() for energies, _ in found)
        limit = lowest + TOLERANCE * scales.amplitude(model) ** 2
        hits[:, s] = [np.sum(energies <= limit) for energies, _ in found]
        units[:, s] = [len(energies) for energies, _ in found]
        seconds[:, s] = [spent for _, spent in found]
    p = (hits + 0.5) / (units + 1.0)
    cost = seconds / units
    log_rate = np.log(p / cost)
    against = log_rate - log_rate[list(SEARCHES).index(DEFAULT)]
    rows = []
    for n, search in enumerate(SEARCHES):
        each = float(cost[n].mean())
        (rate, rate_error), (ratio, ratio_error) = _geometric(log_rate[n]), _geometric(against[n])
        found_in = int(np.sum(hits[n] > 0))
        rows.append(
            Row(
                name,
                N,
                samples,
                search,
                each,
                float(units[n].mean()),
                found_in,
                float(p[n].mean()),
                rate,
                rate_error,
                ratio,
                ratio_error,
                each * _units_to_hit_twice(p[n]),
            )
        )
    return rows


def _geometric(logarithms: Floats) -> tuple[float, float]:
    """The geometric mean over samples, and its bootstrap error."""
    drawn = np.random.default_rng(SEED).integers(0, len(logarithms), (BOOTSTRAPS, len(logarithms)))
    means = np.exp(logarithms[drawn].mean(axis=1))
    return float(np.exp(logarithms.mean())), float(means.std())


def _units_to_hit_twice(p: Floats, share: float = 0.95) -> float:
    """The number of units with which that share of samples is expected to be hit twice."""
    n = np.arange(2, 20_000)
    misses = (1 - p[:, None]) ** n + n * p[:, None] * (1 - p[:, None]) ** (n - 1)
    enough = np.flatnonzero((1 - misses).mean(axis=0) >= share)
    return float(n[enough[0]]) if len(enough) else math.inf


def draw(rows: list[Row], path: Path) -> None:
    """Hits per second against N, a panel per model."""
    with own_style():
        figure = blank(7.2, 2.8)
        panels = figure.subplots(1, len(MODELS), sharey=True)
        for axes, model in zip(panels, MODELS, strict=True):
            for colour, search in zip(COLOURS, SEARCHES, strict=True):
                own = [row for row in rows if (row.model, row.search) == (model, search)]
                axes.errorbar(
                    [row.N for row in own],
                    [row.rate for row in own],
                    [row.rate_error for row in own],
                    color=colour,
                    marker="o",
                    markersize=4,
                    label=search,
                    linewidth=2.0 if search == DEFAULT else 1.0,
                )
            sizes = sorted({row.N for row in rows if row.model == model})
            axes.set(title=model, xlabel="N", xscale="log", yscale="log")
            axes.set_xticks(sizes, [str(N) for N in sizes])
            axes.minorticks_off()
        panels[0].set_ylabel("hits of the lowest state per second")
        panels[-1].legend(fontsize="x-small", loc="lower left")
        figure.savefig(path, dpi=DPI)


def main() -> int:
    """Measure, print, write and draw."""
    parser = argparse.ArgumentParser(description="Searches for ground states at equal cost.")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE.json")
    parser.add_argument("--figure", type=Path, metavar="FILE.png")
    parser.add_argument("--quick", action="store_true", help="a few small samples, to try it out")
    arguments = parser.parse_args()
    rows: list[Row] = []
    print(HEAD, flush=True)
    with threadpool_limits(limits=1):
        for name in MODELS:
            # The first compiles.
            measure(name, 16, 1, 0.0)
            plan = QUICK if arguments.quick else PLAN | LARGEST.get(name, {})
            for N, (samples, budget) in plan.items():
                if samples:
                    found = measure(name, N, samples, budget)
                    print(*found, sep="\n", flush=True)
                    rows += found
    if arguments.output:
        content = json.dumps([asdict(row) for row in rows], indent=1).replace("Infinity", "null")
        arguments.output.write_text(content + "\n")
    if arguments.figure:
        draw(rows, arguments.figure)
    return 0


if __name__ == "__main__":
    sys.exit(main())
