"""Memory and time of an archive of 2·10⁵ samples: merged, inspected, verified and compared.

    python benchmarks/large_archive.py [--samples 200000] [--parts 50] [--folder DIR] [--most 1024]

The samples are those of a small run, repeated under other numbers: valid by the schema, though
their energies are not those of the couplings that belong to the numbers. Every command runs in a
process of its own, whose peak memory is what the system says of it. Fails if one takes more than
``--most`` MiB. Takes about 3 GiB of disk in the folder while it runs, and half an hour.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

N, KEPT, MADE = 32, 8, 256

# This process imports none of it: what it takes would count as that of the processes it starts.
COMMON = """
import sys
from dataclasses import replace
from pathlib import Path
import numpy as np
from glasswell.sim import SimulationConfig, blocks, simulate
from glasswell.sim.archive import writing
from glasswell.sim.records.sizes import select
from glasswell.sim.run import merging, shards
from glasswell.sim.run.provenance import describe
from glasswell.theory import Model
MODEL = Model(gamma=10.0)
path, (N, samples, kept, made, parts) = Path(sys.argv[1]), map(int, sys.argv[2:])
def config_of(samples):
    return SimulationConfig(sizes=(N,), samples=samples, starts=16, states=kept, method="quench")
provenance = describe(MODEL, config_of(samples), device="cpu")
"""

MAKE = f"""{COMMON}
(data,) = blocks(simulate(MODEL, config_of(made), path.with_name("small.h5")).sizes[N])
shards.folder(path).mkdir()
for numbers in np.array_split(np.arange(samples), parts):
    part = replace(select(data, numbers % made), sample=numbers)
    writing.write(shards.folder(path) / shards.name(N, int(numbers[0])), {{N: part}}, provenance)
"""

MERGE = f"""{COMMON}
merging.merge(config_of(samples), path, provenance, False)
"""

COMMAND = "import sys; from glasswell.compare.cli.command import main; sys.exit(main(sys.argv[1:]))"


@dataclass(frozen=True)
class Cost:
    """What a process took."""

    what: str
    seconds: float
    mebibytes: float

    def __str__(self) -> str:
        return f"{self.what:24} {self.seconds:8.1f} s {self.mebibytes:8.0f} MiB"


def cost(what: str, code: str, *words: str) -> Cost:
    """Of a process of its own.

    Raises
    ------
    CalledProcessError
        If it fails.
    """
    began = time.monotonic()
    process = subprocess.Popen([sys.executable, "-c", code, *words], stdout=subprocess.DEVNULL)
    _, status, usage = wait(process)
    if status:
        raise subprocess.CalledProcessError(status, what)
    found = Cost(what, time.monotonic() - began, usage.ru_maxrss / 1024)
    print(found, flush=True)
    return found


def wait(process: subprocess.Popen[bytes]) -> tuple[int, int, resource.struct_rusage]:
    """Its number, exit status and use of resources, of it alone."""
    return os.wait4(process.pid, 0)


def main() -> int:
    """Print what every command takes; 1 if one takes too much."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=200_000)
    parser.add_argument("--parts", type=int, default=50)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--most", type=float, default=1024.0, help="MiB")
    arguments = parser.parse_args()
    with TemporaryDirectory(dir=arguments.folder, prefix="large-archive-") as name:
        path = Path(name) / "samples.h5"
        numbers = (N, arguments.samples, KEPT, MADE, arguments.parts)
        words = (str(path), *map(str, numbers))
        costs = [cost("imports", "import glasswell.compare.cli.compare")]
        costs.append(cost("shards, made up", MAKE, *words))
        costs.append(cost("merge", MERGE, *words))
        shutil.rmtree(f"{path}.shards")
        print(f"{path.stat().st_size / 2**30:.2f} GiB of {arguments.parts} shards", flush=True)
        costs.append(cost("inspect", COMMAND, "inspect", str(path)))
        verify = ("inspect", "--verify", "--again", "0", str(path))
        costs.append(cost("inspect --verify", COMMAND, *verify))
        costs.append(cost("compare", COMMAND, "compare", str(path), "-o", f"{path}.report"))
    return int(any(each.mebibytes > arguments.most for each in costs))


if __name__ == "__main__":
    sys.exit(main())
