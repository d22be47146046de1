"""SIGKILL at random moments: what is resumed must be what an undisturbed run gives.

    python benchmarks/kills.py                   # 300 kills; an hour of two cores
    python benchmarks/kills.py --kills 12 --seed 3

A run is begun in a session of its own, something of it is killed at a random moment, and it is
resumed, until it is whole: anneals and temperings, inline, in processes and on dask, from nothing
and as the growth of an archive, in the middle, and while the archive is merged. What is killed is
the process that was started, or one of its workers, which the others must survive. After every kill
of the first no process may be left within ten seconds; in the end the archive must be, byte for
byte, that of a run that nobody disturbed. The exit code is 1 if anything is amiss.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from glasswell.sim import SimulationConfig, simulate
from glasswell.theory import Model

ENGINES = ("inline", "process", "dask")

MODEL = Model(gamma=10.0)

CONFIGS = {
    "anneal": SimulationConfig(sizes=(24, 32), samples=(40, 40), starts=8, seed=5, steps=4000),
    "temper": SimulationConfig(
        sizes=(16,), samples=12, starts=4, seed=5, method="temper", temperatures=(0.5, 0.8, 1.2),
        sweeps=2000, burn_in=400,
    ),
}  # fmt: skip

SMALLER = {
    "anneal": CONFIGS["anneal"].replace(samples=(20, 20)),
    "temper": CONFIGS["temper"].replace(samples=4),
}
"""What stands before an archive grows."""

SAVE_EVERY = 0.3
"""Seconds between two checkpoints: runs are short here."""

LEFT = 10.0
"""Seconds after which no process may be left."""

LONGEST = 180.0
"""Seconds of an attempt; an undisturbed one takes a few."""


@dataclass(frozen=True)
class Case:
    """What is run."""

    method: str
    engine: str
    grows: bool

    def __str__(self) -> str:
        return f"{self.method:6} {self.engine:7} {'growth' if self.grows else 'whole'}"


@dataclass
class Counts:
    """What has happened, by case."""

    kills: Counter[str] = field(default_factory=Counter)
    workers: Counter[str] = field(default_factory=Counter)
    merging: Counter[str] = field(default_factory=Counter)
    archives: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def run_once(method: str, engine: str, path: Path) -> None:
    """What is killed: it begins, or goes on."""
    workers = None if engine == "inline" else 2
    simulate(
        MODEL, CONFIGS[method], path, engine=engine, workers=workers, resume=True, chunk=4,
        save_every=SAVE_EVERY,
    )  # fmt: skip


def processes(session: int) -> dict[int, str]:
    """What runs in a session, by number: the command line."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            words = stat.with_name("cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found[int(stat.parent.name)] = words
    return found


class Trial:
    """One archive, killed some times on its way."""

    def __init__(
        self, case: Case, folder: Path, chance: random.Random, lengths: dict[Case, float]
    ) -> None:
        self.case, self.chance = case, chance
        self.path = folder / "samples.h5"
        self.length = lengths[case]
        if case.grows:
            simulate(MODEL, SMALLER[case.method], self.path)

    def attempt(self, counts: Counts, *, kill: bool) -> bool:
        """Begin or go on; returns whether it came to its end."""
        words = [sys.executable, __file__, "--once", self.case.method, self.case.engine]
        child = subprocess.Popen(
            [*words, str(self.path)], start_new_session=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        session = child.pid
        while kill and self._killed(child, session, counts):
            kill = child.poll() is None and self.chance.random() < 0.5
        try:
            _, errors = child.communicate(timeout=LONGEST)
        except subprocess.TimeoutExpired:
            counts.faults.append(f"{self.case}: hangs")
            os.killpg(session, signal.SIGKILL)
            return False
        deadline = time.monotonic() + LEFT
        while left := processes(session):
            if time.monotonic() > deadline:
                counts.faults.append(f"{self.case}: left behind: {list(left.values())}")
                for number in left:
                    os.kill(number, signal.SIGKILL)
                break
            time.sleep(0.05)
        if child.returncode not in (0, -signal.SIGKILL):
            counts.faults.append(f"{self.case}: exit {child.returncode}: {errors.strip()[-300:]}")
        return child.returncode == 0

    def _killed(self, child: subprocess.Popen[str], session: int, counts: Counts) -> bool:
        """Kill something at a random moment; False if it was over before."""
        merging = self.chance.random() < 0.25
        wait = self.chance.uniform(0.2, 1.0) * self.length
        until = time.monotonic() + (LONGEST if merging else wait)
        while time.monotonic() < until:
            if child.poll() is not None:
                return False
            if merging and list(self.path.parent.glob(f"{self.path.name}.*.part")):
                time.sleep(self.chance.uniform(0.0, 0.02))
                break
            time.sleep(0.001 if merging else 0.02)
        name = str(self.case)
        victims = [n for n, words in processes(session).items() if "spawn_main" in words]
        if victims and not merging and self.chance.random() < 0.3:
            try:
                os.kill(self.chance.choice(victims), signal.SIGKILL)
            except ProcessLookupError:
                return False
            counts.workers[name] += 1
        else:
            child.kill()
            counts.merging[name] += merging
        counts.kills[name] += 1
        return True


def undisturbed(case: Case, folder: Path) -> tuple[bytes, float]:
    """The archive, and the seconds that it took."""
    path = folder / "samples.h5"
    if case.grows:
        simulate(MODEL, SMALLER[case.method], path)
    began = time.monotonic()
    words = [sys.executable, __file__, "--once", case.method, case.engine, str(path)]
    subprocess.run(words, check=True)
    return path.read_bytes(), time.monotonic() - began


def main() -> int:
    """Kill so many times, spread over the cases by turns."""
    parser = argparse.ArgumentParser(description="SIGKILL at random moments")
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=ENGINES)
    parser.add_argument("--once", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.once:
        method, engine, path = arguments.once
        run_once(method, engine, Path(path))
        return 0
    cases = [Case(*each) for each in itertools.product(CONFIGS, arguments.engines, (False, True))]
    chance, counts = random.Random(arguments.seed), Counts()
    expected: dict[Case, bytes] = {}
    lengths: dict[Case, float] = {}
    for case in cases:
        with tempfile.TemporaryDirectory() as name:
            expected[case], lengths[case] = undisturbed(case, Path(name))
    for case in itertools.cycle(cases):
        if counts.kills.total() >= arguments.kills:
            break
        with tempfile.TemporaryDirectory() as name:
            trial = Trial(case, Path(name), chance, lengths)
            for _ in range(chance.randint(1, 4)):
                if trial.attempt(counts, kill=True):
                    break
            else:
                trial.attempt(counts, kill=False)
            left = sorted(path.name for path in Path(name).iterdir())
            if left != ["samples.h5"]:
                counts.faults.append(f"{case}: what lies there in the end: {left}")
            elif trial.path.read_bytes() != expected[case]:
                counts.faults.append(f"{case}: another archive than that of an undisturbed run")
            counts.archives[str(case)] += 1
        last = counts.faults[-1] if counts.faults else ""
        print(f"{counts.kills.total()} kills, {len(counts.faults)} faults {last}", file=sys.stderr)
    print("| case | kills | of workers | while merging | archives |\n|---|---|---|---|---|")
    columns = (counts.kills, counts.workers, counts.merging, counts.archives)
    for case in cases:
        print(f"| {case} | " + " | ".join(str(count[str(case)]) for count in columns) + " |")
    print(*counts.faults, sep="\n")
    return 1 if counts.faults else 0


if __name__ == "__main__":
    sys.exit(main())
