"""Runs that are stopped from outside: nothing of them stays behind, and they can be resumed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from glasswell.compare.cli.command import main
from glasswell.sim import SimulationConfig, simulate
from glasswell.sim.archive import writing
from glasswell.sim.backend import lock
from glasswell.sim.run import shards
from glasswell.theory import Model

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")

ANNEAL = """\
[model]
gamma = 10.0
[simulation]
sizes = [8]
samples = 400
starts = 4
steps = 2000
"""

TEMPER = """\
[model]
gamma = 10.0
[simulation]
sizes = [8]
samples = 400
starts = 2
method = "temper"
temperatures = [0.5, 1.5]
sweeps = 1500
burn_in = 0
"""


class Run:
    """A command in a session of its own, so that all of its processes can be counted."""

    def __init__(self, *words: str) -> None:
        program = "import sys; from glasswell.compare.cli.command import main; sys.exit(main())"
        command = [sys.executable, "-c", program, *words]
        self.child = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip

    def processes(self) -> dict[int, str]:
        """What runs in its session, by number: the command line."""
        found = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
                words = stat.with_name("cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if int(fields[3]) == self.child.pid and fields[0] != "Z":
                found[int(stat.parent.name)] = words
        return found

    def workers(self) -> list[int]:
        """Its worker processes."""
        return [number for number, words in self.processes().items() if "spawn_main" in words]

    def wait_for(self, condition: Callable[[], object]) -> None:
        """Until something has happened."""
        deadline = time.monotonic() + 60.0
        while not condition():
            assert self.child.poll() is None, self.child.communicate()[1]
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def ended(self, within: float) -> tuple[int, list[str]]:
        """Its exit code and what it said, once no process of it is left."""
        deadline = time.monotonic() + within
        _, said = self.child.communicate(timeout=within)
        while self.processes():
            assert time.monotonic() < deadline, self.processes()
            time.sleep(0.02)
        assert "Traceback" not in said
        assert "Exception ignored" not in said
        return self.child.returncode, said.splitlines()


@pytest.fixture
def start() -> Iterator[Callable[..., Run]]:
    """Starts commands, and leaves none of their processes behind if a test fails."""
    runs = []

    def begin(*words: str) -> Run:
        runs.append(Run(*words))
        return runs[-1]

    yield begin
    for run in runs:
        for process in run.processes():
            os.kill(process, signal.SIGKILL)
        run.child.communicate()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "minima.h5"


def _begin(start: Callable[..., Run], path: Path, text: str, *how: str) -> Run:
    """Simulate with two workers until a task is finished."""
    path.with_name("mine.toml").write_text(text)
    words = ("simulate", str(path.with_name("mine.toml")), "-o", str(path), "--workers", "2")
    run = start(*words, *how)
    run.wait_for(lambda: any(shards.folder(path).glob("*.h5")))
    assert len(run.workers()) == 2
    return run


def _same_as_undisturbed(path: Path, samples: int) -> None:
    """Resumed for so many samples, the archive is that of a run in one piece."""
    config = path.with_name("mine.toml")
    config.write_text(config.read_text().replace("samples = 400", f"samples = {samples}"))
    words = ["simulate", str(config), "-o", str(path), "--engine", "inline", "--resume"]
    assert main(words) == 0
    content = writing.read(path)
    once = path.with_name("once.h5")
    text = content.provenance.config_text
    simulate(content.model, content.config, once, config_text=text)
    assert path.read_bytes() == once.read_bytes()
    assert {file.name for file in path.parent.iterdir()} == {"mine.toml", "minima.h5", "once.h5"}


def test_sigterm_is_ctrl_c(
    start: Callable[..., Run], path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = _begin(start, path, ANNEAL)
    words = ["simulate", str(path.with_name("mine.toml")), "-o", str(path), "--resume"]
    assert main(words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"is being written by process {run.child.pid} on " in line
    run.child.terminate()
    code, said = run.ended(within=10.0)
    assert code == 128 + signal.SIGTERM
    assert said[-2:] == [
        f"terminated: finished samples are kept in {shards.folder(path)}",
        "go on with --resume",
    ]
    assert not lock.place(path).exists()
    assert not any(file.suffix == ".part" for file in path.parent.rglob("*"))
    _same_as_undisturbed(path, samples=6)


def test_sigkill_leaves_no_workers(start: Callable[..., Run], path: Path) -> None:
    run = _begin(start, path, ANNEAL)
    run.child.kill()
    assert run.ended(within=5.0)[0] == -signal.SIGKILL
    assert lock.place(path).exists()
    _same_as_undisturbed(path, samples=6)


def test_a_batch_system_signals_every_process(start: Callable[..., Run], path: Path) -> None:
    """Temperings then save where they are: the checkpoint is that of the last sweep."""
    run = _begin(start, path, TEMPER)
    time.sleep(0.5)
    os.killpg(run.child.pid, signal.SIGTERM)
    code, said = run.ended(within=10.0)
    assert code == 128 + signal.SIGTERM
    assert said[-1] == "go on with --resume"
    assert any(shards.folder(path).glob("*.checkpoint"))


@pytest.mark.skipif(find_spec("distributed") is None, reason="needs dask")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_dask_stops_as_it_is_told(
    start: Callable[..., Run], path: Path, number: int, code: int
) -> None:
    """All processes hear it, as from a terminal or a batch system."""
    run = _begin(start, path, ANNEAL, "--engine", "dask")
    os.killpg(run.child.pid, number)
    found, said = run.ended(within=15.0)
    assert found == code
    assert said[-1] == "go on with --resume"
    # Not a word of dask's.
    words = ("simulate: ", "interrupted: ", "terminated: ", "go on ")
    assert all(line.startswith(words) for line in said)
    _same_as_undisturbed(path, samples=6)


@pytest.mark.skipif(find_spec("distributed") is None, reason="needs dask")
def test_dask_ends_with_its_parent(start: Callable[..., Run], path: Path) -> None:
    run = _begin(start, path, ANNEAL, "--engine", "dask")
    run.child.kill()
    assert run.ended(within=10.0)[0] == -signal.SIGKILL
    _same_as_undisturbed(path, samples=6)


@pytest.mark.parametrize("engine", ["process", "dask"])
def test_a_worker_that_is_killed_from_outside(
    start: Callable[..., Run], path: Path, engine: str
) -> None:
    """Nobody is told: the archive is that of an undisturbed run."""
    if engine == "dask":
        pytest.importorskip("distributed")
    run = _begin(start, path, ANNEAL.replace("samples = 400", "samples = 12"), "--engine", engine)
    os.kill(run.workers()[0], signal.SIGKILL)
    code, said = run.ended(within=60.0)
    assert code == 0
    assert all(line.startswith("simulate: ") for line in said)
    _same_as_undisturbed(path, samples=12)


def test_ctrl_c_in_the_first_second(start: Callable[..., Run], path: Path) -> None:
    """Before there is a worker, or while they are born; nothing is left, and nothing in the way."""
    path.with_name("mine.toml").write_text(ANNEAL)
    words = ("simulate", str(path.with_name("mine.toml")), "-o", str(path), "--workers", "2")
    run = start(*words)
    run.wait_for(lambda: lock.place(path).exists())
    os.killpg(run.child.pid, signal.SIGINT)
    code, _ = run.ended(within=10.0)
    assert code == 130
    _same_as_undisturbed(path, samples=4)


def test_sigterm_while_local_potentials_are_measured(start: Callable[..., Run], path: Path) -> None:
    config = SimulationConfig(sizes=(48,), samples=12, starts=8, steps=60)
    simulate(Model(gamma=10.0), config, path)
    run = start("compare", str(path), "-o", str(path.parent / "out"), "--local", "12", "--rsb",
                "0", "--workers", "2")  # fmt: skip
    run.wait_for(lambda: len(run.workers()) == 2)
    run.child.terminate()
    code, said = run.ended(within=10.0)
    assert code == 128 + signal.SIGTERM
    assert said[-1] == "glasswell: interrupted; run the same command again"
