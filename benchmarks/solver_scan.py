"""Does solve() end well at ordinary points? 712 models, 0 … 3 steps, from the model alone.

Every solve has to end CONVERGED, or COLLAPSED where replica symmetry is stable, and to be a state:
f does not fall with k, and in a field p points along it. Everything else is a failure and is listed
with the call that repeats it. Times are of the processor.

    python benchmarks/solver_scan.py             # an hour of one core
    python benchmarks/solver_scan.py --quick     # every seventeenth model: some minutes
"""

from __future__ import annotations

import argparse
import json
import math
import signal
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path

from glasswell.theory import Model, Solution, glass_temperature, solve
from glasswell.theory.model import columns

GAMMAS = (0.3, 1.0, 3.0, 10.0, 100.0, 1000.0)
J0S = (0.0, 0.5, 0.95, 1.2, 2.0)
FIELDS = (0.0, 0.01, 0.3, 2.0)
STIFFNESSES = (1.0, 0.0, -1.0)
TEMPERATURES = (0.0, 0.1, 0.5, 0.9, 0.99, 1.5)
"""In units of T_g; only 0 where the ergodic phase lasts down to T = 0."""

SHARE = 3
"""Of the product of all, one in so many models, such that all values of any two still meet."""

CORNERS = (
    (Model(gamma=10.0, J0=1.2, field=-0.3), 0.5),
    (Model(gamma=10.0, J0=1.0, field=1e-4), 0.0),
    (Model(gamma=10.0, J0=-1.0, field=1.0), 0.5),
    (Model(gamma=10.0, field=-0.01), 0.95),
    (Model(gamma=10.0, field=1e-6), 0.0),
    (Model(gamma=10.0, field=30.0), 0.0),
    (Model(gamma=0.51), 0.0),
    (Model(gamma=0.51, field=0.01), 0.0),
    (Model(gamma=2.55), 0.1),
    (Model(gamma=10.0, k=-10.0), 0.5),
    (Model(gamma=0.05, k=-1.0, a=6.0, field=0.5), 0.2),
    (Model(gamma=6.0, J0=1.4), 0.1),
)
"""Beside the product: fields turned round, onsets, deep wells; with T/T_g."""

STEPS = (0, 1, 2, 3)

TOO_LONG = 20.0
"""Seconds after which a solve is given up and counts as failed."""

PROMISED = 5.0
"""Seconds that k ≤ 3 steps may take."""


@dataclass(frozen=True)
class Point:
    """A model and a temperature in units of its T_g."""

    model: Model
    reduced: float

    @property
    def temperature(self) -> float:
        """T."""
        return self.reduced * T_g(self.model) if self.reduced else 0.0


@dataclass(frozen=True)
class Outcome:
    """How one solve ended."""

    call: str
    phase: str
    rsb: int
    status: str
    seconds: float
    f: float
    replicon: float
    residual: float
    fault: str

    @property
    def failed(self) -> bool:
        """Whether it did not end as it has to."""
        return bool(self.fault)


class OutOfTimeError(Exception):
    """A solve took longer than TOO_LONG."""


@cache
def T_g(model: Model) -> float:
    """T_g of the model without bias and field."""
    return glass_temperature(replace(model, J0=0.0, field=0.0))


def points() -> Iterator[Point]:
    """All of the scan."""
    axes = (GAMMAS, J0S, FIELDS, STIFFNESSES, TEMPERATURES)
    for at in product(*(range(len(axis)) for axis in axes)):
        gamma, J0, field, k, reduced = (axis[n] for axis, n in zip(axes, at, strict=True))
        model = Model(gamma=gamma, J0=J0, field=field, k=k)
        ergodic = T_g(model) == 0.0
        # Where there is no T_g one temperature is left, and all models of it are taken.
        if reduced == 0.0 if ergodic else sum(at) % SHARE == 0:
            yield Point(model, reduced)
    for model, reduced in CORNERS:
        yield Point(model, reduced)


def outcomes(point: Point) -> Iterator[Outcome]:
    """Of 0 … 3 steps, each from the model alone."""
    floor, phase = -math.inf, "?"
    for rsb in STEPS:
        began = time.process_time()
        solution = attempt(point, rsb)
        seconds = time.process_time() - began
        call = f"solve({point.model}, {rsb}, {point.temperature!r})"
        if solution is None:
            nan = math.nan
            yield Outcome(call, phase, rsb, "TOO LONG", seconds, nan, nan, nan, "too long")
            continue
        phase = phase_of(solution) if rsb == 0 else phase
        f = solution.free_energy
        fault = fault_of(solution, floor)
        yield Outcome(
            call,
            phase,
            rsb,
            solution.status.name,
            seconds,
            f,
            solution.replicon,
            solution.residual,
            fault,
        )
        if not fault:
            floor = f


def attempt(point: Point, rsb: int) -> Solution | None:
    """The solution; None if it takes too long."""

    def stop(*_: object) -> None:
        raise OutOfTimeError

    signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, TOO_LONG)
    try:
        return solve(point.model, rsb, point.temperature)
    except OutOfTimeError:
        return None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)


def phase_of(symmetric: Solution) -> str:
    """What replica symmetry says."""
    heat = "T = 0" if symmetric.temperature == 0 else "T > 0"
    model = symmetric.model
    stable = symmetric.replicon >= 0
    if model.symmetric and symmetric.p == 0.0:
        name = "ergodic" if stable else "glass"
    elif model.symmetric:
        name = "polarised" if stable else "polarised glass"
    elif model.J0 > model.J:
        name = "field, J0 > J" if stable else "glass in field, J0 > J"
    else:
        name = "field" if stable else "glass in field"
    return f"{name}, {heat}"


def fault_of(solution: Solution, floor: float) -> str:
    """What is wrong with a solution, where f of fewer steps is ``floor``; empty if nothing is."""
    if not solution.converged:
        return solution.status.name
    if solution.free_energy < floor - 1e-9 * abs(floor):
        return "f falls with k"
    if solution.p * solution.model.field < 0 and solution.model.J0 >= 0:
        return "p against the field"
    if solution.rsb and not (solution.overlaps[1:] >= solution.overlaps[:-1]).all():
        return "overlaps out of order"
    return ""


def table(rows: Sequence[Outcome]) -> str:
    """By phase and steps, for people and for Markdown."""
    head = ("replica symmetry", "k", "solved", "converged", "collapsed", "failed")
    lines: list[tuple[str, ...]] = [(*head, "median s", "longest s", f"over {PROMISED:g} s")]
    phases = sorted({row.phase for row in rows})
    for phase in [*phases, ""]:
        for rsb in STEPS:
            some = [row for row in rows if row.rsb == rsb and phase in ("", row.phase)]
            if some:
                lines.append((phase or "all", str(rsb), *_cells(some)))
    text = columns([("", *line, "") for line in lines], gap=" | ")
    first, *others = (line.strip() for line in text)
    return "\n".join([first, "".join(c if c == "|" else "-" for c in first), *others])


def _cells(rows: Sequence[Outcome]) -> tuple[str, ...]:
    seconds = [row.seconds for row in rows]
    good = [row.status for row in rows if not row.failed]
    counts = (len(rows), good.count("CONVERGED"), good.count("COLLAPSED"), len(rows) - len(good))
    late = sum(time > PROMISED for time in seconds)
    times = (f"{statistics.median(seconds):.3f}", f"{max(seconds):.2f}")
    return (*map(str, counts), *times, str(late))


def failures(rows: Sequence[Outcome]) -> str:
    """What failed, and how to see it again."""
    failed = [row for row in rows if row.failed]
    return "\n".join(
        f"{row.fault}: {row.call}  # residual {row.residual:.1e}, RS {row.phase}" for row in failed
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Scan, print the table and what failed; 1 if anything did."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="every seventeenth model")
    parser.add_argument("--take", default="1/1", metavar="I/N", help="models I, I + N, … of all")
    parser.add_argument("--json", type=Path, help="where to keep every outcome, a line each")
    options = parser.parse_args(arguments)
    first, each = (int(n) for n in options.take.split("/"))
    chosen = list(points())[first - 1 :: each * (17 if options.quick else 1)]
    rows = []
    for n, point in enumerate(chosen):
        print(f"\r{n}/{len(chosen)}", end="", file=sys.stderr, flush=True)
        for outcome in outcomes(point):
            rows.append(outcome)
            if options.json:
                with options.json.open("a") as file:
                    print(json.dumps(asdict(outcome)), file=file)
    print(table(rows))
    print(failures(rows))
    return int(any(row.failed for row in rows))


if __name__ == "__main__":
    sys.exit(main())
