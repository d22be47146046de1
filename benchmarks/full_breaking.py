"""Full replica-symmetry breaking at a few points, with errors, as a CSV file.

    python benchmarks/full_breaking.py data/full_breaking.csv

Rows that the file has already are kept: an interrupted run goes on where it was.
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from glasswell.theory import FullSolution, Model, glass_temperature, solve
from scipy import stats

COLUMNS = ("free_energy", "energy", "q_hat", "C", "susceptibility")
HEAD = (
    ["point", "T", "T/T_g", "p", "q_0", "q_EA"]
    + [f"{name}{kind}" for name in COLUMNS for kind in ("", "_error")]
    + ["solved_by", "cpu_seconds"]
)


def points() -> Iterator[tuple[str, Model, float]]:
    """Names, models and temperatures as fractions of T_g at J0 = H = 0."""
    for gamma in (10.0, 2.0):
        for t in (0.9, 0.5, 0.3, 0.1, 0.0):
            yield f"gamma={gamma:g}", Model(gamma=gamma), t
    for field in (0.3, 2.0):
        for t in (0.5, 0.1, 0.0):
            yield f"gamma=10 field={field:g}", Model(gamma=10.0, field=field), t
    for J0 in (1.2, 1.4):
        for t in (0.2, 0.0):
            yield f"gamma=6 J0={J0:g}", Model(gamma=6.0, J0=J0), t
    spread = Model(gamma=stats.uniform(2, 4))
    for t in (0.5, 0.1, 0.0):
        yield "gamma uniform on [2, 6]", spread, t


def row(name: str, model: Model, t: float) -> list[str]:
    """One line of the table."""
    T = t * glass_temperature(Model(gamma=model.gamma))
    start = time.process_time()
    full: FullSolution = solve(model, "full", T)
    spent = time.process_time() - start
    cells = [T, t, full.p, full.overlaps[0], full.overlaps[-1]]
    limits = [getattr(full, name) for name in COLUMNS]
    values = [part for limit in limits for part in (f"{limit.value:.12g}", f"{limit.error:.1e}")]
    how = "continuum" if full.continuum else f"staircases, {full.status.name}"
    return [name, *(f"{cell:.10g}" for cell in cells), *values, how, f"{spent:.0f}"]


def main(path: Path) -> None:
    """Append what is missing."""
    known: set[tuple[str, str]] = set()
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            known = {(line["point"], line["T/T_g"]) for line in csv.DictReader(file)}
    for name, model, t in points():
        if (name, f"{t:.10g}") in known:
            continue
        line = row(name, model, t)
        new = not path.exists()
        with path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            if new:
                writer.writerow(HEAD)
            writer.writerow(line)
        print(*line[:3], *line[6:8], line[-2], line[-1], flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python benchmarks/full_breaking.py FILE.csv")
    main(Path(sys.argv[1]))
