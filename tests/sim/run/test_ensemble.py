"""Ensembles: one archive whatever computes it, and nothing lost when stopped."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from glasswell.sim import (
    Anneal,
    ArchiveError,
    CouplingError,
    DeviceError,
    SimulationConfig,
    SimulationError,
    simulate,
)
from glasswell.sim.archive import writing
from glasswell.sim.archive.sample_hash import config_hash
from glasswell.sim.backend.interrupts import Terminated
from glasswell.sim.run import executors, planning, provenance, shards, tasks
from glasswell.sim.run.provenance import versions
from glasswell.sim.sample import couplings, landscape
from glasswell.theory import Model
from potentials import Cosh

MODEL = Model(gamma=10.0, J0=0.3)
CONFIG = SimulationConfig(sizes=(8, 12), samples=(5, 3), starts=6, seed=4, steps=40, states=3)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive, computed inline in one go."""
    path = tmp_path_factory.mktemp("whole") / "minima.h5"
    simulate(MODEL, CONFIG, path)
    return path


def test_the_archive_holds_minima_of_its_couplings(whole: Path) -> None:
    content = writing.read(whole)
    assert {N: data.energy.shape for N, data in content.sizes.items()} == {8: (5, 3), 12: (3, 3)}
    for N, data in content.sizes.items():
        assert data.sample.tolist() == list(range(CONFIG.samples_of(N)))
        J = couplings.batch(MODEL, N, seed=CONFIG.seed, samples=range(len(data.sample)))
        v = np.swapaxes(data.displacement, 1, 2)
        np.testing.assert_allclose(landscape.energy(v, J, MODEL) / N, data.energy, rtol=1e-12)
        assert np.max(np.abs(landscape.force(v, J, MODEL))) <= 1e-9
        assert np.all(data.smallest_eigenvalue > 0.0)
        assert np.all((data.hits >= 1) & (data.hits <= CONFIG.starts))


def test_nothing_is_left_beside_it(whole: Path) -> None:
    assert [file.name for file in whole.parent.iterdir()] == ["minima.h5"]


@pytest.mark.parametrize(
    "how",
    [
        {"chunk": 1},
        {"chunk": 100},
        {"engine": "process", "workers": 2, "chunk": 2},
        {"engine": "process", "workers": 1},
    ],
)
def test_bit_for_bit_the_same_however_it_is_made(
    whole: Path, tmp_path: Path, how: dict[str, Any]
) -> None:
    simulate(MODEL, CONFIG, tmp_path / "minima.h5", **how)
    assert (tmp_path / "minima.h5").read_bytes() == whole.read_bytes()


def test_another_seed_is_another_archive(whole: Path, tmp_path: Path) -> None:
    other = SimulationConfig(**{**vars(CONFIG), "seed": 5})
    content = simulate(MODEL, other, tmp_path / "minima.h5")
    assert not np.any(content.sizes[8].energy == writing.read(whole).sizes[8].energy)


def _stop_after(count: int, path: Path, **how: Any) -> None:
    """Run until some samples are done, then be interrupted."""

    def progress(done: float, total: int) -> None:
        assert total == 8
        if done >= count:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(MODEL, CONFIG, path, progress=progress, **how)


@pytest.mark.parametrize("how", [{"chunk": 2}, {"chunk": 2, "engine": "process", "workers": 2}])
def test_resume(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: dict[str, Any]
) -> None:
    path = tmp_path / "minima.h5"
    _stop_after(3, path, **how)
    assert not path.exists()
    kept = {file.name: file.stat().st_mtime_ns for file in shards.folder(path).glob("*.h5")}
    assert kept
    with pytest.raises(ArchiveError, match="resume it, or delete"):
        simulate(MODEL, CONFIG, path)
    done: list[float] = []
    made: list[int] = []
    run = tasks.run

    def counted(task: tasks.Task) -> tasks.Report:
        made.extend(task.samples)
        return run(task)

    monkeypatch.setattr(tasks, "run", counted)
    simulate(MODEL, CONFIG, path, resume=True, progress=lambda d, _: done.append(d))
    assert done[0] >= 3
    assert len(made) == 8 - done[0]
    assert path.read_bytes() == whole.read_bytes()
    assert not shards.folder(path).exists()


def test_resume_makes_a_broken_shard_again(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "minima.h5"
    _stop_after(3, path, chunk=1)
    shard = sorted(shards.folder(path).glob("*.h5"))[0]
    shard.write_bytes(shard.read_bytes()[:1000])
    simulate(MODEL, CONFIG, path, resume=True)
    assert path.read_bytes() == whole.read_bytes()


def test_what_was_made_with_other_versions_is_named(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the run that goes on, and by the archive; where nothing differs, by neither."""
    path = tmp_path / "minima.h5"
    here = versions
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(
            tasks, "versions", lambda *of: {**here(*of), "blas": "other 1.0", "numpy": "1.0"}
        )
        _stop_after(3, path, chunk=1)
    said: list[str] = []
    content = simulate(MODEL, CONFIG, path, resume=True, notice=said.append)
    (line,) = said
    assert line.startswith("some samples were made elsewhere (blas other 1.0 or ")
    assert ", numpy 1.0 or " in line
    found = content.provenance.versions
    assert found["numpy"].startswith("1.0 or ")
    assert found["scipy"] == writing.read(whole).provenance.versions["scipy"]
    assert " or " not in writing.read(whole).provenance.versions["blas"]
    _stop_after(3, tmp_path / "same.h5", chunk=1)
    simulate(MODEL, CONFIG, tmp_path / "same.h5", resume=True, notice=said.append)
    assert len(said) == 1


def test_shards_of_another_configuration_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "minima.h5"
    _stop_after(3, path, chunk=1)
    for model, changes in ((MODEL, {"steps": 41}), (Model(gamma=9.0, J0=0.3), {})):
        other = SimulationConfig(**{**vars(CONFIG), **changes})
        with pytest.raises(ArchiveError, match="another configuration"):
            simulate(model, other, path, resume=True)


def test_samples_of_another_recipe_are_not_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Noise of NumPy's generators, as before: the same configuration, and other samples."""
    path = tmp_path / "minima.h5"
    with monkeypatch.context() as before:
        before.setattr(provenance, "config_hash", partial(config_hash, recipe=1))
        simulate(MODEL, CONFIG, path)
        simulate(MODEL, CONFIG, path, resume=True)
    with pytest.raises(ArchiveError, match="holds another configuration"):
        simulate(MODEL, CONFIG, path, resume=True)


def test_more_samples_may_be_asked_for_on_resuming(tmp_path: Path) -> None:
    path = tmp_path / "minima.h5"
    _stop_after(3, path, chunk=1)
    more = SimulationConfig(**{**vars(CONFIG), "samples": 6})
    content = simulate(MODEL, more, path, resume=True)
    assert [len(data.sample) for data in content.sizes.values()] == [6, 6]


def test_an_archive_is_not_overwritten_by_accident(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "minima.h5"
    path.write_bytes(whole.read_bytes())
    with pytest.raises(ArchiveError, match="exists"):
        simulate(MODEL, CONFIG, path)
    assert simulate(MODEL, CONFIG, path, resume=True).config == CONFIG
    other = SimulationConfig(**{**vars(CONFIG), "seed": 5})
    with pytest.raises(ArchiveError, match="another configuration"):
        simulate(MODEL, other, path, resume=True)
    assert simulate(MODEL, other, path, overwrite=True).config == other


def test_what_is_wrong_is_said_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "run", lambda _: pytest.fail("ran"))
    with pytest.raises(ArchiveError, match="create it first"):
        simulate(MODEL, CONFIG, tmp_path / "nowhere" / "minima.h5")
    with pytest.raises(DeviceError, match="cpu, cuda"):
        simulate(MODEL, CONFIG, tmp_path / "minima.h5", device="abacus")
    with pytest.raises(SimulationError, match="inline, process"):
        simulate(MODEL, CONFIG, tmp_path / "minima.h5", engine="steam")
    with pytest.raises(SimulationError, match="at least 1"):
        simulate(MODEL, CONFIG, tmp_path / "minima.h5", workers=0)
    with pytest.raises(SimulationError, match="at least 1"):
        simulate(MODEL, CONFIG, tmp_path / "minima.h5", chunk=0)
    assert list(tmp_path.iterdir()) == []


# Jobs of the process engine are imported by name in the workers: these come from libraries.
def test_a_worker_that_dies_is_named() -> None:
    with pytest.raises(SimulationError, match="worker process died"):
        list(executors.run(os._exit, [1, 2], engine="process", workers=1))


def test_a_worker_that_is_terminated_interrupts() -> None:
    """A batch system that stops a job may reach workers before their parent."""
    results = executors.run(time.sleep, [0.0, 60.0, 60.0], engine="process", workers=2)
    before = set(multiprocessing.active_children())
    assert next(results) is None
    (set(multiprocessing.active_children()) - before).pop().terminate()
    with pytest.raises(Terminated):
        next(results)


UNGUARDED = """
from glasswell.sim.run import executors
list(executors.run(abs, [-1, -2], engine="process", workers=1))
"""


def test_a_script_without_guard_is_told_so(tmp_path: Path) -> None:
    """Its workers run it too, and fail at it: each once, as no retry can help."""
    script = tmp_path / "script.py"
    script.write_text(UNGUARDED)
    done = subprocess.run([sys.executable, script], check=False, capture_output=True, text=True)
    last = done.stderr.splitlines()[-1]
    assert (
        "as it was started (exit code 1): guard the start of a script with if __name__ ==" in last
    )
    assert done.stderr.count("An attempt has been made to start a new process") == 1
    assert "AttributeError" not in done.stderr


def test_workers_are_born_whole(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C while they are started: it is neither lost nor leaves one that was told nothing."""
    submit, born = ProcessPoolExecutor.submit, []

    def interrupted(*what: Any, **more: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        born.append(submit(*what, **more))
        return born[-1]

    monkeypatch.setattr(ProcessPoolExecutor, "submit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(executors.run(time.sleep, [3.0], engine="process", workers=1))
    assert len(born) == 1
    assert capfd.readouterr().err == ""


def test_errors_of_workers_arrive_as_they_are() -> None:
    with pytest.raises(CouplingError, match="must be"):
        list(executors.run(couplings.check, [np.zeros(3)], engine="process", workers=1))


def test_running_jobs_are_dropped_not_waited_for() -> None:
    results = executors.run(time.sleep, [0.0, 60.0, 60.0], engine="process", workers=2)
    assert next(results) is None
    began = time.monotonic()
    results.close()
    assert time.monotonic() - began < 10.0


def test_quench_finds_minima_too(tmp_path: Path) -> None:
    config = SimulationConfig(sizes=(8,), samples=1, starts=3, method="quench")
    content = simulate(MODEL, config, tmp_path / "minima.h5")
    assert np.all(content.sizes[8].status == 0)


def test_kernels_of_a_potential_of_ones_own() -> None:
    """Its own code on arrays, and a compiled Langevin step: the archive names both."""
    pytest.importorskip("numba")
    found = [
        provenance.describe(model, CONFIG, device="cpu")
        for model in (MODEL, Model(gamma=2.0, potential=Cosh()))
    ]
    assert [p.settings["kernels"] for p in found] == ["numba", "reference, numba"]
    assert all("numba" in p.versions for p in found)


def test_tasks_fill_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device wants as many samples as fit, a processor's task what an interruption may lose."""
    monkeypatch.setattr(planning, "resolve", lambda _: "a device")
    monkeypatch.setattr(Anneal, "side_by_side", lambda _self, _model, N, _xp: 1000 // N)
    for device, N, length in (("cpu", 8, 4), ("cuda", 8, 125), ("cuda", 500, 4)):
        assert planning.samples_per_task(MODEL, CONFIG, N, device, 4) == length
    tempered = SimulationConfig(sizes=(8,), samples=8, method="temper", temperatures=(1.0, 2.0))
    assert planning.samples_per_task(MODEL, tempered, 8, "cuda", 4) == 4
