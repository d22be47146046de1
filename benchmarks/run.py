"""make bench: speed as ratios within one run, printed as a table and written as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import gpu
import langevin
import large
import leapfrog
import levels
import minimisation
import peers
import scaling
from table import Row, as_markdown
from threadpoolctl import threadpool_limits

import theory

BENCHMARKS: dict[str, Callable[[int], list[Row]]] = {
    "leapfrog": lambda turns: leapfrog.against_the_product(turns),
    "langevin": lambda turns: langevin.against_the_product(turns),
    "workers": lambda turns: leapfrog.two_workers(max(turns // 3, 3)),
    "minimise": lambda turns: minimisation.against_scipy(max(turns // 3, 3)),
    "peers": lambda turns: peers.against_optimistix(max(turns // 3, 3)),
    "cost": lambda turns: scaling.cost_against_size(turns),
    "memory": lambda _: scaling.memory(),
    "large": lambda _: large.one_sample(),
    "theory": lambda _: [*theory.solves(), *theory.against_scipy()],
    "levels": lambda _: levels.against_a_loop(),
    "gpu": lambda turns: gpu.against_cublas(turns),
}

ASKED_FOR = ("gpu",)
"""Those that only run when they are named."""


def main() -> int:
    """0 if every target is met, 1 otherwise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE.json")
    parser.add_argument("--turns", type=int, default=15)
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"no benchmark {', '.join(sorted(unknown))}: choose {', '.join(BENCHMARKS)}")
    rows: list[Row] = []
    # Two pools of threads fight, and parallelism belongs to the samples.
    with threadpool_limits(limits=1):
        for name in arguments.names or (n for n in BENCHMARKS if n not in ASKED_FOR):
            print(f"{name} …", file=sys.stderr)
            rows += BENCHMARKS[name](arguments.turns)
    machine = describe()
    print("\n".join(f"{key}: {value}" for key, value in machine.items()) + "\n")
    print(as_markdown(rows))
    if arguments.output:
        content = {"machine": machine, "rows": [row.as_json() for row in rows]}
        arguments.output.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    return 0 if all(row.met is not False for row in rows) else 1


def describe() -> dict[str, str]:
    """The machine, and the versions that matter for speed."""
    versions = []
    for package in ("glasswell", "numpy", "scipy", "numba", "cupy", "jax", "optimistix"):
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            versions.append(f"no {package}")
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "load": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "python": platform.python_version(),
        "versions": ", ".join(versions),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    sys.exit(main())
