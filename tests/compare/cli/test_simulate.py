"""The commands: results on stdout, progress on stderr, Ctrl-C without noise."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from glasswell.compare.cli.command import main

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
import sys
from glasswell.compare.cli.command import main
if __name__ == "__main__":
    sys.exit(main())
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(TINY)
    return file


def test_simulate_and_inspect(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = str(config.parent / "minima.h5")
    assert main(["simulate", str(config), "-o", output, "--engine", "inline", "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["sizes"]["8"]["samples"] == 3
    assert "3/3" in printed.err
    assert main(["inspect", output, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(printed.out)
    assert main(["inspect", output]) == 0
    assert "glasswell archive" in capsys.readouterr().out
    assert main(["simulate", str(config), "-o", output]) == 2
    assert "exists" in capsys.readouterr().err


def test_what_is_not_there(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "nothing.toml", "-o", str(config.parent / "minima.h5")]) == 2
    assert "cannot read" in capsys.readouterr().err
    assert main(["inspect", "nothing.h5"]) == 2
    assert "no archive" in capsys.readouterr().err


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
