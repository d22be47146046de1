"""Options that say how samples are spread: refused in one line, and before a folder is made."""

from __future__ import annotations

from pathlib import Path

import pytest
from glasswell.compare.cli.command import main
from glasswell.sim.run import cluster, executors

CONFIG = """\
[model]
gamma = 10.0
[simulation]
sizes = [8]
samples = 8
starts = 2
method = "quench"
"""


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--chunk", "0"], "chunk must be at least 1 sample, got 0"),
        (["--workers", "0"], "workers must be at least 1, got 0"),
        (["--engine", "process", "--scheduler", "tcp://a:1"], "engine 'process' has no scheduler"),
        (["--scheduler", "tcp://a:1", "--workers", "2"], "leave out workers"),
        (["--engine", "dask"], "install glasswell[cluster]"),
    ],
)
@pytest.mark.parametrize("command", ["simulate", "crosscheck"])
def test_what_makes_no_sense_is_refused(
    command: str,
    options: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if "--scheduler" not in options:
        monkeypatch.setattr(executors, "find_spec", lambda _: None)
    config, out = tmp_path / "my.toml", tmp_path / "out"
    config.write_text(CONFIG)
    assert main([command, str(config), "-o", str(out), *options]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert says in line
    assert [file.name for file in tmp_path.iterdir()] == ["my.toml"]


def test_a_scheduler_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is finished stays; the same command goes on elsewhere."""
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "CONNECT", 0.3)
    config, out = tmp_path / "my.toml", tmp_path / "out.h5"
    config.write_text(CONFIG)
    command = ["simulate", str(config), "-o", str(out)]
    assert main([*command, "--scheduler", "tcp://127.0.0.1:9"]) == 2
    assert "no dask scheduler answers at tcp://127.0.0.1:9" in capsys.readouterr().err
    assert main([*command, "--engine", "inline", "--chunk", "3", "--resume"]) == 0
