"""Jobs on dask: with the workers of a scheduler that runs already, or of a cluster on this machine.

The package is the extra ``cluster`` and is imported when it is asked for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from ..backend import devices
from ..backend.interrupts import deferred
from ..errors import SimulationError
from . import own_executor
from .waiting import Waiting
from .worker_processes import births

if TYPE_CHECKING:
    from distributed import Client, LocalCluster, Nanny

    Place = tuple[Client, Callable[[], bool]]
    """A client, and whether it has workers or may get them."""

Job = TypeVar("Job")
Result = TypeVar("Result")

BIRTHS = 3
"""Times that a cluster is tried to be started here."""

CONNECT = 5.0
"""Seconds in which a scheduler has to answer."""

CLOSE = 1.0
"""Seconds in which workers of ours may end by themselves."""

PATIENCE = 10.0
"""Seconds in which they are gone, once they were killed."""

SILENT = logging.CRITICAL + 1
"""What goes wrong is said by an error."""


def run(
    function: Callable[[Job], Result],
    waiting: Waiting[Job],
    *,
    workers: int,
    scheduler: str | None,
    device: str,
) -> Generator[Result]:
    """Yield function(job) of every job, in the order in which they are found to be done.

    Parameters
    ----------
    workers
        Processes of one thread each on this machine, where there is no scheduler.
    scheduler
        Its address, such as "tcp://node7:8786". Its workers must have the same packages, and see
        the folder of the archive.

    Raises
    ------
    SimulationError
        If the scheduler does not answer, or workers die at one job at every attempt.
    """
    place = _here(workers) if scheduler is None else _there(scheduler)
    with _silence(), place as (client, alive):
        results = own_executor.work_off(
            _OnDevice(function, device),
            waiting,
            client.get_executor(pure=False),
            returns=object,
            name=f"dask at {scheduler or 'this machine'}",
            # One job for every worker: a job that waits beside one that kills shares its blame.
            window=workers if scheduler is None else None,
            alive=alive,
        )
        with closing(results):
            yield from results


@contextmanager
def _there(address: str) -> Iterator[Place]:
    from distributed import Client

    try:
        # In a thread, as a notebook has a loop that runs; a client that failed complains for long.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, _reach(address)).result()
    except (OSError, ValueError, RuntimeError, TypeError) as error:
        raise SimulationError(
            f"no dask scheduler answers at {address} ({error}): start one with dask scheduler and "
            "give the address that it prints, or no scheduler for workers on this machine"
        ) from error
    with Client(address, set_as_default=False) as client:
        # There may be workers again, whatever becomes of those of now.
        yield client, lambda: True


async def _reach(address: str) -> None:
    from distributed import Security
    from distributed.comm import connect

    options = Security().get_connection_args("client")
    (await connect(address, timeout=CONNECT, **options)).abort()


@contextmanager
def _silence() -> Iterator[None]:
    """No word of dask's on stderr: what goes wrong is said by an error."""
    import distributed  # noqa: F401  (it sets the levels of its loggers)

    names = [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    before = {logger: logger.level for logger in map(logging.getLogger, names)}
    try:
        for logger in before:
            logger.setLevel(SILENT)
        yield
    finally:
        for logger, level in before.items():
            logger.setLevel(level)


@contextmanager
def _here(workers: int) -> Iterator[Place]:
    """A cluster of this machine, which ends with this process, however it ends."""
    from distributed import Client

    cluster: LocalCluster | None = None
    client: Client | None = None
    try:
        try:
            with births():
                cluster = _born(workers)
                client = Client(cluster, set_as_default=False)
        except (OSError, RuntimeError) as error:
            raise SimulationError(
                f"dask cannot start {workers} workers ({error}): guard the start of a script with "
                "if __name__ == \"__main__\", or use engine 'process'"
            ) from error
        yield client, lambda: any(map(_lives, cluster.workers.values()))
    finally:
        with deferred():
            _close(cluster, client)


def _born(workers: int) -> LocalCluster:
    """A cluster; one of whose workers was killed at birth is born again."""
    for _ in range(BIRTHS - 1):
        with suppress(RuntimeError):
            return _cluster(workers)
    return _cluster(workers)


def _cluster(workers: int) -> LocalCluster:
    from distributed import LocalCluster

    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        # Memory is looked at before the run; a limit here would kill without a word.
        memory_limit=0,
        dashboard_address=None,
        silence_logs=SILENT,
        # Attempts are counted by what waits; any port will do, without a dashboard.
        scheduler_kwargs={"allowed_failures": 0, "dashboard_address": ":0"},
    )


def _lives(nanny: Nanny) -> bool:
    """Whether there is a worker, or will be."""
    return nanny.status.name not in ("closing", "closed", "failed")


def _close(cluster: LocalCluster | None, client: Client | None) -> None:
    """Leave no process: jobs that still run are dropped."""
    if cluster is not None:
        nannies = list(cluster.workers.values())

        async def end_workers() -> None:
            ends = [asyncio.ensure_future(nanny.close(timeout=PATIENCE)) for nanny in nannies]
            _, busy = await asyncio.wait(ends, timeout=CLOSE) if ends else ([], [])
            for nanny, end in zip(nannies, ends, strict=True):
                if end in busy and nanny.process and nanny.process.process:
                    await nanny.process.process.kill()
            await asyncio.gather(*ends)

        cluster.sync(end_workers)
    if client is not None:
        client.close()
    if cluster is not None:
        cluster.close()


class _OnDevice:
    """A function that works on a device of its own where a machine has several."""

    def __init__(self, function: Callable[[Any], Any], device: str) -> None:
        self._function, self._device = function, device

    def __call__(self, job: Any) -> Any:
        from distributed import get_worker

        number = get_worker().name
        # Workers of a cluster on one machine are numbered; others see the devices they were given.
        devices.use(self._device, number if isinstance(number, int) else 0)
        return self._function(job)
