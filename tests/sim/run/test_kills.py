"""SIGKILL at every point where a merge or a growth touches the disk: nothing is lost by it."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from glasswell.sim import ArchiveError, SimulationConfig, merge, read, simulate
from glasswell.theory import Model

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process forks here")

MODEL = Model(gamma=10.0)
QUENCH = SimulationConfig(sizes=(6,), samples=2, starts=2, seed=4, method="quench")
TEMPER = SimulationConfig(sizes=(6,), samples=1, starts=4, method="temper", sweeps=40, burn_in=10,
                          temperatures=(0.5, 1.5))  # fmt: skip
TOUCHING = {"open", "os.rename", "os.link", "os.remove", "os.rmdir", "os.mkdir", "os.truncate",
            "shutil.rmtree"}  # fmt: skip
"""What Python tells of the file system, each before it is done."""


@contextmanager
def _killed_at(point: int, folder: Path) -> Iterator[None]:
    """SIGKILL before the call with this number that changes something in a folder."""
    numbers = count()

    def audit(event: str, arguments: tuple[object, ...]) -> None:
        if event not in TOUCHING or not any(str(folder) in str(x) for x in arguments):
            return
        flags = arguments[-1] if event == "open" else os.O_CREAT
        changes = isinstance(flags, int) and flags & (os.O_CREAT | os.O_WRONLY | os.O_RDWR)
        if changes and next(numbers) == point:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(audit)
    yield


def _killed(work: Callable[[], object], point: int, folder: Path) -> bool:
    """Whether a process that works in the folder was killed before it had ended."""
    with warnings.catch_warnings():
        # That there are threads, of compiled code, which the child has no use for.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        code = 1
        try:
            with _killed_at(point, folder):
                work()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def _everywhere(work: Callable[[], object], folder: Path, prepare: Callable[[], object],
                check: Callable[[], object]) -> int:  # fmt: skip
    """Kill the work at each point in turn; ``check`` what it has left, in the same process."""
    for point in count():
        prepare()
        killed = _killed(work, point, folder)
        check()
        if not killed:
            return point
    raise AssertionError


def _empty(folder: Path) -> None:
    for file in sorted(folder.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()


def test_a_merge(tmp_path: Path) -> None:
    """The archive is not there, or whole; the same command makes it, and leaves nothing else."""
    parts = [tmp_path / f"part-{number}.h5" for number in (1, 2)]
    for number, part in enumerate(parts, start=1):
        simulate(MODEL, QUENCH, part, shard=(number, 2))
    simulate(MODEL, QUENCH, tmp_path / "once.h5")
    whole = (tmp_path / "once.h5").read_bytes()
    folder = tmp_path / "merged"
    folder.mkdir()
    path = folder / "merged.h5"

    def check() -> None:
        assert not path.exists() or path.read_bytes() == whole
        if path.exists():
            with pytest.raises(ArchiveError, match="exists"):
                merge(path, parts)
        merge(path, parts, overwrite=path.exists())
        assert path.read_bytes() == whole
        assert [file.name for file in folder.iterdir()] == ["merged.h5"]

    points = _everywhere(lambda: merge(path, parts), folder, lambda: _empty(folder), check)
    assert points >= 5


@pytest.mark.parametrize(
    ("config", "changes"),
    [
        pytest.param(QUENCH, {"samples": 3}, marks=pytest.mark.slow, id="samples"),
        pytest.param(QUENCH.replace(samples=1), {"starts": 3}, id="starts"),
        pytest.param(TEMPER, {"sweeps": 80}, marks=pytest.mark.slow, id="sweeps"),
    ],
)
def test_a_growth(config: SimulationConfig, changes: dict[str, int], tmp_path: Path) -> None:
    """The old archive stands until the grown one does; the same command goes on."""
    more, folder = config.replace(**changes), tmp_path / "grown"
    simulate(MODEL, config, tmp_path / "old.h5")
    old = (tmp_path / "old.h5").read_bytes()
    simulate(MODEL, more, tmp_path / "old.h5", resume=True)
    grown = (tmp_path / "old.h5").read_bytes()
    folder.mkdir()
    path = folder / "minima.h5"

    def prepare() -> None:
        _empty(folder)
        path.write_bytes(old)

    def grow() -> None:
        simulate(MODEL, more, path, resume=True)

    stood: set[bytes] = set()

    def check() -> None:
        stood.add(path.read_bytes())
        assert read(path).config in (config, more)
        grow()
        assert path.read_bytes() == grown
        assert [file.name for file in folder.iterdir()] == ["minima.h5"]

    assert _everywhere(grow, folder, prepare, check) >= 10
    assert stood == {old, grown}
