"""Searching until two starts end in the lowest state: how often that comes true, and what it costs.

    python benchmarks/hit_twice.py [N …] [--samples S] [--starts R] [--rounds n] [--quick]

The samples are those of ``ground_states.py``, anneals are in single precision with default options,
and ``least_hits = 2``: a sample whose lowest state was hit once is searched again, at most so many
times as there are rounds. Seconds are of the processor, of one core, and of a sample from its
couplings to its cavity fields.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from dataclasses import dataclass

import numpy as np
from glasswell.sim import Anneal, SimulationConfig
from glasswell.sim.run import tasks
from glasswell.theory import Model
from glasswell.theory.model import columns
from threadpoolctl import threadpool_limits

MODEL = Model(gamma=10.0)
SEED = 1

PLAN = {256: (100, 32, 4), 512: (40, 48, 6), 1024: (26, 48, 8)}
"""Samples, starts of a round, and rounds at most, per size."""
QUICK = {32: (20, 4, 4), 64: (20, 4, 4)}


@dataclass(frozen=True)
class Size:
    """What was found at one size."""

    N: int
    starts: int
    rounds: int
    hits: list[int]
    """Of the lowest state of every sample."""
    seconds: list[float]
    """Of every sample."""

    def __str__(self) -> str:
        share = np.mean(np.asarray(self.hits) >= 2)
        error = math.sqrt(share * (1.0 - share) / len(self.hits))
        spent = np.asarray(self.seconds)
        scatter = spent.std(ddof=1) / math.sqrt(len(spent))
        return line(
            f"{self.N}",
            f"{self.starts}",
            f"{self.rounds}",
            f"{len(self.hits)}",
            f"{100 * share:.1f} ± {100 * error:.1f} %",
            f"{spent.mean():.3g} ± {scatter:.2g}",
            f"{np.median(spent):.3g}",
            f"{spent.max():.3g}",
        )


def line(*cells: str) -> str:
    """A row of the table, which is printed size by size."""
    return columns([cells], at=(">5", ">8", ">8", ">9", ">17", ">19", ">9", ">9"), gap="")[0]


HEAD = line("N", "starts", "rounds", "samples", "hit twice", "s/sample", "median", "longest")


def measure(N: int, samples: int, starts: int, rounds: int) -> Size:
    """Search the first samples of one size until they are hit twice, or rounds are over."""
    config = SimulationConfig(
        sizes=(N,),
        samples=samples,
        seed=SEED,
        states=1,
        least_hits=2,
        rounds=rounds,
        sampler=Anneal(starts=starts, precision="single"),
    )
    # The first compiles.
    tasks.run_sample(MODEL, config.replace(steps=20, rounds=1), N, samples)
    hits, seconds = [], []
    for sample in range(samples):
        began = time.process_time()
        found = tasks.run_sample(MODEL, config, N, sample)
        seconds.append(time.process_time() - began)
        hits.append(int(found.hits[0]))
        print(f"N = {N}, sample {sample}: {hits[-1]} hits, {seconds[-1]:.3g} s", file=sys.stderr)
    return Size(N, starts, rounds, hits, seconds)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Ground states at γ = 10, hit twice.")
    parser.add_argument("sizes", nargs="*", type=int, metavar="N", help=f"of {sorted(PLAN)}")
    parser.add_argument("--samples", type=int)
    parser.add_argument("--starts", type=int, help="of a round")
    parser.add_argument("--rounds", type=int, help="at most")
    parser.add_argument("--quick", action="store_true", help="a few small samples, to try it out")
    arguments = parser.parse_args()
    plan = QUICK if arguments.quick else PLAN
    unknown = set(arguments.sizes) - set(plan)
    if unknown:
        parser.error(f"no size {', '.join(map(str, sorted(unknown)))}: choose {sorted(plan)}")
    print(HEAD, flush=True)
    with threadpool_limits(limits=1):
        for N in arguments.sizes or plan:
            samples, starts, rounds = plan[N]
            found = measure(
                N,
                arguments.samples or samples,
                arguments.starts or starts,
                arguments.rounds or rounds,
            )
            print(found, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
