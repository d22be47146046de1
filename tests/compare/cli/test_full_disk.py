"""A disk that is full: one line, exit code 1, and the place to go on from."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from glasswell.compare.cli.command import main
from glasswell.compare.cli.exit_codes import ExitCode
from glasswell.sim.run import shards

resource = pytest.importorskip("resource")

CONFIG = """\
[model]
gamma = 10.0
[simulation]
sizes = [24]
samples = 8
starts = 16
steps = 20
"""

LIMITED = """\
import resource, sys
from glasswell.compare.cli.command import main
if __name__ == "__main__":
    limit = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    sys.exit(main(sys.argv[2:]))
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "mine.toml"
    file.write_text(CONFIG)
    return file


@pytest.fixture
def once(config: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """The archive of a run in one piece."""
    path = config.with_name("once.h5")
    assert main(["simulate", str(config), "-o", str(path), "--engine", "inline"]) == 0
    capsys.readouterr()
    return path


def _refused(output: str) -> str:
    """The one line that is not the progress bar's."""
    (line,) = [text for text in output.splitlines() if text and "simulate:" not in text]
    assert line.startswith("glasswell: cannot write ")
    return line


@pytest.mark.parametrize("kept", [0, 2])
def test_a_limit_on_the_size_of_files(once: Path, config: Path, kept: int) -> None:
    """The first shard is too large; all shards are there, and what they merge into is."""
    path = config.with_name("minima.h5")
    limit = once.stat().st_size - 1000 if kept else 10_000
    words = ["simulate", str(config), "-o", str(path)]
    limited = [sys.executable, "-c", LIMITED, str(limit), *words, "--engine", "inline"]
    run = subprocess.run(limited, check=False, capture_output=True, text=True)
    assert run.returncode == ExitCode.FAILED
    line = _refused(run.stderr)
    assert "File too large" in line
    assert f"finished samples are kept in {shards.folder(path)}: then resume" in line
    assert len(list(shards.folder(path).iterdir())) == kept
    assert {file.suffix for file in config.parent.iterdir()} == {".toml", ".h5", ".shards"}
    assert main([*words, "--engine", "inline", "--resume"]) == 0
    assert path.read_bytes() == once.read_bytes()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 460 kB, where one may be mounted."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=460k", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("nothing can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_small_disk(small_disk: Path, config: Path) -> None:
    config.write_text(CONFIG.replace("samples = 8", "samples = 40"))
    path = small_disk / "minima.h5"
    words = ["simulate", str(config), "-o", str(path), "--workers", "2"]
    unlimited = [sys.executable, "-c", LIMITED, "-1", *words]
    run = subprocess.run(unlimited, check=False, capture_output=True, text=True)
    assert run.returncode == ExitCode.FAILED
    assert f"No space left on device; finished samples are kept in {path}" in _refused(run.stderr)
    assert {file.suffix for file in small_disk.rglob("*")} == {".shards", ".h5"}
    assert len(list(shards.folder(path).iterdir())) >= 2
