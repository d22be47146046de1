"""The commands: results on stdout, progress on stderr, Ctrl-C without noise."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from glasswell.compare.cli import simulate
from glasswell.sim import ArchiveError, ConfigError

TINY = """\
[model]
gamma = 10.0
[simulation]
sizes = [8]
samples = 3
starts = 4
steps = 20
"""

MAIN = """\
import argparse, sys
from glasswell.compare.cli import simulate as cli
if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    cli.add_commands(parser.add_subparsers(required=True))
    arguments = parser.parse_args()
    sys.exit(arguments.run(arguments))
"""


def _run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    simulate.add_commands(parser.add_subparsers(required=True))
    arguments = parser.parse_args(words)
    code = arguments.run(arguments)
    assert isinstance(code, int)
    return code


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(TINY)
    return file


def test_simulate_and_inspect(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = str(config.parent / "minima.h5")
    assert _run("simulate", str(config), "-o", output, "--engine", "inline", "--json") == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["sizes"]["8"]["samples"] == 3
    assert "3/3" in printed.err
    assert _run("inspect", output, "--json") == 0
    assert json.loads(capsys.readouterr().out) == json.loads(printed.out)
    assert _run("inspect", output) == 0
    assert "glasswell archive" in capsys.readouterr().out
    with pytest.raises(ArchiveError, match="exists"):
        _run("simulate", str(config), "-o", output)


def test_errors_are_typed(config: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        _run("simulate", "nothing.toml", "-o", str(config.parent / "minima.h5"))
    with pytest.raises(ArchiveError, match="no archive"):
        _run("inspect", "nothing.h5")


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
def test_ctrl_c_is_quiet_and_can_be_resumed(config: Path) -> None:
    """A terminal sends the signal to the whole group: parent and workers."""
    config.write_text(TINY.replace("samples = 3", "samples = 400").replace("= 20", "= 2000"))
    script = config.parent / "main.py"
    script.write_text(MAIN)
    output = config.parent / "minima.h5"
    words = [sys.executable, str(script), "simulate", str(config), "-o", str(output)]
    child = subprocess.Popen(
        [*words, "--workers", "2"], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    shards = Path(f"{output}.shards")
    deadline = time.monotonic() + 30.0
    while not (shards.is_dir() and any(shards.glob("*.h5"))):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(child.pid, signal.SIGINT)
    _, errors = child.communicate(timeout=30)
    assert child.returncode == 130
    assert "--resume" in errors
    assert "Traceback" not in errors
    assert not output.exists()
    config.write_text(config.read_text().replace("samples = 400", "samples = 5"))
    assert subprocess.run([*words, "--resume"], check=False, capture_output=True).returncode == 0
