"""dask: clusters of this machine and schedulers elsewhere, and what becomes of their processes."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from pathlib import Path

import pytest
from accidents import couplings
from glasswell.sim import Quench, SimulationConfig, SimulationError, simulate
from glasswell.sim.run import executors
from glasswell.theory import Model

distributed = pytest.importorskip("distributed")

MODEL = Model(gamma=10.0)
CONFIG = SimulationConfig(
    sizes=(8, 12), samples=(9, 3), sampler=Quench(starts=2), couplings=couplings
)


def test_a_scheduler_that_runs_already(tmp_path: Path) -> None:
    """By its address, and by an executor of its client, which stays open."""
    simulate(MODEL, CONFIG, tmp_path / "once.h5")
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=0, silence_logs=60
    )
    with cluster, distributed.Client(cluster) as client:
        simulate(
            MODEL,
            CONFIG,
            tmp_path / "dask.h5",
            engine="dask",
            scheduler=cluster.scheduler_address,
        )
        assert client.submit(abs, -1).result() == 1
        simulate(MODEL, CONFIG, tmp_path / "own.h5", executor=client.get_executor(pure=False))
        assert client.submit(abs, -2).result() == 2
    for name in ("dask.h5", "own.h5"):
        assert (tmp_path / name).read_bytes() == (tmp_path / "once.h5").read_bytes()


def test_two_clusters_at_a_time() -> None:
    """The port of dask's dashboard is taken, as by the first: that is worth no warning."""
    with socket.socket() as taken:
        with suppress(OSError):
            taken.bind(("", 8787))
            taken.listen()
        assert list(executors.run(abs, [-1], engine="dask", workers=1)) == [1]


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:9", "nowhere", "tls://127.0.0.1:9", "carrier://pigeon:1"]
)
def test_a_scheduler_that_does_not_answer(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glasswell.sim.run.cluster.CONNECT", 0.3)
    began = time.monotonic()
    with pytest.raises(SimulationError, match=f"no dask scheduler answers at {address}") as error:
        list(executors.run(abs, [1], engine="dask", workers=None, scheduler=address))
    assert "\n" not in str(error.value)
    assert time.monotonic() - began < 3.0


def test_without_the_package_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "find_spec", lambda _: None)
    with pytest.raises(SimulationError, match=r"install glasswell\[cluster\], or use engine 'proc"):
        executors.check("dask", None)


@pytest.mark.parametrize(
    ("engine", "workers", "says"),
    [("process", None, "has no scheduler"), ("dask", 2, "workers of its own")],
)
def test_a_scheduler_is_of_no_use(engine: str, workers: int | None, says: str) -> None:
    with pytest.raises(SimulationError, match=says):
        executors.check(engine, workers, "tcp://127.0.0.1:8786")
