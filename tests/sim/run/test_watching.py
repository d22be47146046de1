"""Signs of life within a sample: told to who waits, wherever the sample is computed."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from glasswell.sim import SimulationConfig, simulate
from glasswell.sim.run import preparing, shards, status, tasks, watching
from glasswell.sim.run.watching import Watch
from glasswell.theory import Model
from own_samplers import Wandering

MODEL = Model(gamma=10.0)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signs at once and all the time."""
    monkeypatch.setattr(status, "PATIENCE", 0.0)
    monkeypatch.setattr(status, "EVERY", 0.01)
    monkeypatch.setattr(watching, "LOOK_EVERY", 0.02)


def _slow(**options: Any) -> SimulationConfig:
    sampler = Wandering(sweeps=20, pause=0.02, **options)
    return SimulationConfig(sizes=(8,), samples=2, sampler=sampler)


@pytest.mark.parametrize("threads", [False, True])
@pytest.mark.usefixtures("impatient")
def test_parts_of_samples_are_told(tmp_path: Path, threads: bool) -> None:
    """Increasing, within each sample too, and whole in the end; nothing of it is left."""
    told: list[tuple[float, int]] = []
    with ThreadPoolExecutor(2) as pool:
        how: dict[str, Any] = {"executor": pool} if threads else {}
        path = tmp_path / "minima.h5"
        simulate(MODEL, _slow(), path, chunk=1, progress=lambda *now: told.append(now), **how)
    done = [x for x, _ in told]
    assert {total for _, total in told} == {2}
    assert done == sorted(set(done))
    assert (done[0], done[-1]) == (0, 2)
    assert isinstance(done[-1], int)
    assert sum(0.0 < x < 1.0 for x in done) >= 3
    assert sum(1.0 < x < 2.0 for x in done) >= 1
    assert [file.name for file in tmp_path.iterdir()] == ["minima.h5"]


@pytest.mark.usefixtures("impatient")
def test_a_sampler_that_does_not_tell(tmp_path: Path) -> None:
    """Whole samples, and the minimisation at the end of each."""
    told: list[float] = []
    simulate(MODEL, _slow(told=False), tmp_path / "x.h5", progress=lambda x, _: told.append(x))
    assert {0, 2} <= set(told)
    assert not any(0.0 < x < 0.9 for x in told)


@pytest.mark.usefixtures("impatient")
def test_what_a_listener_raises_ends_the_run(tmp_path: Path) -> None:
    """Between two samples too, where it is called from another thread."""

    def stop(done: float, _total: int) -> None:
        if done % 1.0:
            raise KeyboardInterrupt

    path = tmp_path / "minima.h5"
    with pytest.raises(KeyboardInterrupt):
        simulate(MODEL, _slow(), path, chunk=1, progress=stop)
    assert len(list(shards.folder(path).glob("*.h5"))) == 1
    assert not (shards.folder(path) / status.FOLDER).exists()
    simulate(MODEL, _slow(), path, chunk=1, resume=True)


@pytest.mark.usefixtures("impatient")
def test_stale_signs_are_forgotten(tmp_path: Path) -> None:
    """Those of tasks that were killed: with nothing else there is nothing to be resumed."""
    path = tmp_path / "minima.h5"
    folder = shards.folder(path) / status.FOLDER
    folder.mkdir(parents=True)
    (folder / "N=8.000000").write_text("1.9")
    told: list[float] = []
    simulate(MODEL, _slow(), path, progress=lambda x, _: told.append(x))
    assert told[1] < 1.0


def test_reports_of_tasks(tmp_path: Path) -> None:
    reports: list[tasks.Report] = []
    config = SimulationConfig(sizes=(8, 12), samples=3, starts=2, method="quench", states=1)
    found = simulate(MODEL, config, tmp_path / "x.h5", chunk=2, told=reports.append)
    assert [(report.N, report.samples) for report in reports] == [(12, 2), (12, 1), (8, 2), (8, 1)]
    for N in (8, 12):
        lowest = min(report.lowest for report in reports if report.N == N)
        assert lowest == found.sizes[N].energy.min()
    assert all(report.seconds > 0.0 and report.notices == () for report in reports)


def test_a_sign_is_written_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now, asked = [0.0], list[float]()
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    sign = status.Sign(tmp_path / "status" / "N=8.000000", 2.0)
    for tenth in range(36_000):
        now[0] = tenth / 10.0
        sign(lambda: asked.append(now[0]) or now[0] / 1000.0)  # type: ignore[func-returns-value]  # noted and told
    assert asked[0] == 2.0
    pauses = [after - before for before, after in pairwise(asked)]
    assert min(pauses) == pytest.approx(1.0, abs=0.11)
    assert max(pauses) == pytest.approx(30.0, abs=0.11)
    assert status.total(tmp_path / "status") == pytest.approx(asked[-1] / 1000.0)
    sign.remove()
    assert status.total(tmp_path / "status") == 0.0


@pytest.mark.parametrize("text", ["", "0.3 of it", "\x00\x01"])
def test_signs_that_say_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "N=8.000000").write_text(text)
    (tmp_path / "N=8.000004").write_text("0.250000        ")
    assert status.total(tmp_path) == 0.25


def test_a_sign_in_the_way_harms_nothing(tmp_path: Path) -> None:
    """A file where its folder is to be."""
    (tmp_path / "status").write_text("")
    sign = status.Sign(tmp_path / "status" / "N=8.000000", 0.0)
    sign(lambda: 0.5)
    sign.remove()


def test_nobody_listens(tmp_path: Path) -> None:
    with Watch(None, tmp_path, done=0, total=2) as watch:
        watch.finished(2)


def test_words_of_a_preparation(monkeypatch: pytest.MonkeyPatch) -> None:
    """After ten seconds, and after twice as many every time; the rate is that of this run."""
    now, said = [0.0], list[str]()
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    words = preparing.Words(64, said.append)
    for second in range(0, 101, 2):
        now[0] = float(second)
        words(lambda: 0.5 + now[0] / 512.0)
    head = "N = 64: what all samples share is made first: "
    assert said == [
        f"{head}52 % after 10 s, 4 min 6 s left",
        f"{head}54 % after 20 s, 3 min 56 s left",
        f"{head}58 % after 40 s, 3 min 36 s left",
        f"{head}66 % after 1 min 20 s, 2 min 56 s left",
    ]
