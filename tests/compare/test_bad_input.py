"""What is refused: one line on stderr that helps, exit code 2, and nothing left behind."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import h5py
import pytest
from glasswell.compare.cli import BAD_INPUT, main


def _refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    try:
        code: object = main(words)
    except SystemExit as stopped:
        code = stopped.code
    printed = capsys.readouterr()
    assert code == BAD_INPUT == 2
    assert printed.out == ""
    assert printed.err.count("\n") == 1, printed.err
    assert printed.err.startswith("glasswell")
    return printed.err


def _changed(tiny: Path, old: str, new: str) -> list[str]:
    text = tiny.read_text()
    assert old in text
    tiny.write_text(text.replace(old, new))
    return ["crosscheck", str(tiny), "-o", str(tiny.parent / "out")]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("gamma", "gama", "did you mean 'gamma'"),
        ("sizes", "size", "did you mean 'sizes'"),
        ("resamples", "resample", "did you mean 'resamples'"),
        ("rsb", "rbs", "did you mean 'rsb'"),
        ("[theory]", "[theorie]", "did you mean 'theory'"),
        ("gamma = 10.0", "gamma = 0.0", "gamma must be positive"),
        ("gamma = 10.0", "gamma = -1.0", "gamma must be positive"),
        ("gamma = 10.0", "gamma = nan", "gamma must be finite"),
        ("gamma = 10.0", 'gamma = "ten"', "gamma must be a number"),
        ("gamma = 10.0", "gamma = 10.0\nJ = -1.0", "cannot be negative"),
        ("gamma = 10.0", "gamma = 10.0\na = -1.0", "does not stabilise"),
        ("gamma = 10.0", "gamma = 10.0\ncoefficients = [1.0, 1.0, -1.0]", "does not stabilise"),
        ("gamma = 10.0", "", "needs gamma"),
        ("[8, 16]", "[1]", "at least 2"),
        ("[8, 16]", "[8, 8]", "different numbers"),
        ("[8, 16]", "8", "list of integers"),
        ("samples = 12", "samples = 4", "too few for error bars"),
        ("samples = 12", "samples = [12, 7]", "too few for error bars"),
        ("[0, 1]", "[-1]", "steps ≥ 0"),
        ("[0, 1]", "[]", "steps ≥ 0"),
        ("[0, 1]", "[[1]]", "steps ≥ 0"),
        ("rsb = [0, 1]", "temperature = 0.5", "temperature = 0"),
        ("rsb = [0, 1]", "temperature = nan", "temperature = 0"),
        ("resamples = 200", "resamples = 5", "resamples must be"),
        ("resamples = 200", "seed = -1", "seed in [compare]"),
        ("resamples = 200", "local_samples = 3", "local_samples must be 0 or"),
        ("[compare]", "[compare]\nlocal_samples = true", "local_samples must be 0 or"),
        ("[model]", "[model", "not valid TOML"),
    ],
)
def test_configurations(
    tiny: Path, old: str, new: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert message in _refused(_changed(tiny, old, new), capsys)
    assert not (tiny.parent / "out").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["solve", "--gamma", "1", "--rsb", "-1"], "cannot be negative"),
        (["solve", "--gamma", "1", "--temperature", "-1"], "temperature must be"),
        (["solve", "--gamma", "1", "--temperature", "nan"], "temperature must be"),
        (["solve", "--gamma", "nan"], "gamma must be finite"),
        (["solve", "--gamma", "inf"], "gamma must be finite"),
        (["solve", "--gamma", "-3"], "gamma must be positive"),
        (["solve", "--gamma", "ten"], "invalid float value"),
        (["solve"], "--gamma"),
        (["crosschek"], "crosscheck"),
        ([], "COMMAND"),
        (["crosscheck", "nothing.toml"], "cannot read the configuration"),
        (["inspect", "nothing.h5"], "no archive"),
        (["crosscheck", "--device", "tpu"], "cpu"),
    ],
)
def test_commands(
    words: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert message in _refused(words, capsys)
    assert list(tmp_path.iterdir()) == []


def test_archives(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    foreign, truncated, text = (tmp_path / f"{name}.h5" for name in ("foreign", "cut", "text"))
    with h5py.File(foreign, "w") as file:
        file["x"] = list(range(1000))
    truncated.write_bytes(foreign.read_bytes()[:1000])
    text.write_text("hello")
    output = tmp_path / "out"
    for path, message in (
        (foreign, "not a glasswell archive"),
        (truncated, "not a whole HDF5 file"),
        (text, "not a whole HDF5 file"),
        (tmp_path / "none.h5", "no archive"),
    ):
        assert message in _refused(["compare", str(path), "-o", str(output)], capsys)
        assert message in _refused(["inspect", str(path)], capsys)
    assert not output.exists()


def test_output_is_a_file(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    occupied = tiny.parent / "occupied"
    occupied.write_text("mine")
    words = ["crosscheck", str(tiny), "-o", str(occupied)]
    assert "choose another folder with -o" in _refused(words, capsys)
    assert "choose another folder" in _refused([*words[:-1], str(occupied / "deeper")], capsys)
    assert occupied.read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_output_cannot_be_written(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    locked = tiny.parent / "locked"
    locked.mkdir(mode=0o500)
    words = ["crosscheck", str(tiny), "-o", str(locked)]
    assert "cannot write into" in _refused(words, capsys)


@pytest.mark.skipif(importlib.util.find_spec("cupy") is not None, reason="CuPy is here")
def test_cuda_without_cupy(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["crosscheck", str(tiny), "-o", str(tiny.parent / "out"), "--device", "cuda"]
    assert "needs CuPy" in _refused(words, capsys)
    assert not (tiny.parent / "out").exists()


@pytest.mark.parametrize("option", [["--workers", "0"], ["--engine", "cloud"]])
def test_run_options(tiny: Path, option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    _refused(["crosscheck", str(tiny), "-o", str(tiny.parent / "out"), *option], capsys)


def test_as_a_process(tiny: Path) -> None:
    """The same seen from outside: exit code, one line, no traceback."""
    words = _changed(tiny, "gamma", "gama")
    command = [sys.executable, "-m", "glasswell.compare.cli", *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "glasswell: unknown key in [model] 'gama': did you mean 'gamma'?\n"
