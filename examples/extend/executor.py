"""An executor of one's own: whatever has the interface of concurrent.futures runs the samples.

Pools of threads or processes, dask (``client.get_executor()``), MPI (``mpi4py.futures``) and batch
queues have it already; this is how little it takes.
"""

import argparse
import tempfile
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from glasswell.sim import SimulationConfig, simulate
from glasswell.theory import Model


class Inline(Executor):
    """Does every job at once, and tells what it does: for a debugger, or a profile."""

    def submit(self, function: Callable[..., Any], /, *job: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(function(*job, **named))
        print(f"{type(self).__name__}: samples {job[0].samples} of N = {job[0].N}")
        return future


if __name__ == "__main__":
    argparse.ArgumentParser(description="samples on executors of one's own").parse_args()
    config = SimulationConfig(sizes=(16,), samples=8, method="quench", starts=8)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as threads:
        for executor in (Inline(), threads):
            path = Path(folder) / f"{type(executor).__name__}.h5"
            found = simulate(Model(gamma=10.0), config, path, executor=executor).sizes[16]
            print(f"{type(executor).__name__}: {found.energy[:, 0].mean():.12f}")
