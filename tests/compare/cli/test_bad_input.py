"""What is refused: one line on stderr that helps, exit code 2, and nothing left behind."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import h5py
import pytest
from glasswell.compare.cli.command import main
from glasswell.compare.cli.exit_codes import ExitCode


@pytest.fixture(autouse=True)
def _eight_GiB(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same memory on every machine."""
    monkeypatch.setattr("glasswell.sim.run.memory_need.free_on_host", lambda: 2**33)


def _refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    try:
        code: object = main(words)
    except SystemExit as stopped:
        code = stopped.code
    printed = capsys.readouterr()
    assert code == ExitCode.BAD_INPUT.value == 2
    assert printed.out == ""
    assert printed.err.count("\n") == 1, printed.err
    assert printed.err.startswith("glasswell")
    assert len(printed.err) <= 600
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
        ("gamma = 10.0", "gamma = 1e300", "scale of G(v)/γ is 10^-301"),
        ("gamma = 10.0", "gamma = 1" + "0" * 400, "gamma must be finite"),
        ("gamma = 10.0", "gamma = " + "[" * 1000, "nests too deeply"),
        ("gamma = 10.0", "gamma = 10.0\nk = 1.0\ncoefficients = [0.5, 0.1]", "leave them out"),
        ("gamma = 10.0", "gamma = 10.0\na = 2.0\ncoefficients = [0.5, 0.1]", "leave them out"),
        ("gamma = 10.0", f"gamma = 10.0\n{'x' * 100_000} = 1", "unknown key"),
        ("10.0", '{distribution = "ncf", dfn = 5, dfd = 9, nc = 4}', "cannot evaluate ncf"),
        ("10.0", '{distribution = "cauchy"}', "variance nan"),
        ("10.0", '{distribution = "poisson", mu = 3}', "no continuous distribution 'poisson'"),
        ("10.0", '{distribution = "__class__"}', "no continuous distribution"),
        ("10.0", '{distribution = "norm.__class__"}', "no continuous distribution"),
        ("10.0", '{distribution = "gamma", a = 1e300}', "narrower than rounding"),
        ("starts = 4", "starts = 100000000", "fewer starts"),
        ("starts = 4", "starts = 4\nseed = " + "1" * 5000, "not valid TOML"),
        ("starts = 4", "starts = 4\nseed = " + "1" * 50, "seed must be an integer of at most"),
        ("starts = 4", "starts = 4\nfriction = 1e300", "friction must lie between"),
        ("steps = 60", "steps = 1000000000000", "at most 1000000000"),
        ("steps = 60", "steps = 1000000000", "fewer starts, steps"),
        ("steps = 60", 'method = "a\\nb\\u001b[31m"', r"unknown method 'a\nb\x1b[31m'"),
        ("samples = 12", "samples = 1000000000", "at most 1000000"),
        ("[8, 16]", "[100000]", "would fit"),
        ("[8, 16]", str(list(range(2, 100_000))), "100 numbers at most"),
        ("[0, 1]", "[0, 50]", "20 at most"),
        ("resamples = 200", "resamples = 1000000000", "at most 100000"),
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
        (["solve", "--gamma", "1e300"], "scale of G(v)/γ is 10^-301"),
        (["solve", "--gamma", "1e-300"], "scale of G(v)/γ is 10^299"),
        (["solve", "--gamma", "10", "--a", "1e300"], "choose units"),
        (["solve", "--gamma", "10", "--k", "-inf"], "k must be finite"),
        (["solve", "--gamma", "10", "--field", "1e300"], "scale of displacement"),
        (["solve", "--gamma", "5e-8", "--J0", "9e6", "--J", "2e-8", "--k", "0"], "too far apart"),
        (["solve", "--gamma", "10", "--J", "-1e-3"], "cannot be negative, got -0.001"),
        (["solve", "--gamma", "10", "--temperature", "1e301"], "1e+300 at most"),
        (["solve", "--gamma", "10", "--temperature", "5e-324"], "too low to integrate"),
        (["solve", "--gamma", "10", "--temperature", "-1e-9"], "temperature must be"),
        (["solve", "--gamma", "10", "--rsb", "50"], "would take hours"),
        (["solve", "--gamma", "10", "--rsb", "1" * 5000], "invalid number of steps"),
        (["solve", "--gamma", "10", "--rsb", "1.5"], "invalid number of steps"),
        (["solve", "--gamma", "10", "extra"], "by the file or by flags, not both"),
        (["solve", "--gamma", "10", "--k"], "expected one argument"),
        (["levels", "--gamma", "10", "--rsb", "50"], "would take hours"),
        (["levels", "--gamma", "10", "--C", "nan"], "must be finite"),
        (["levels", "--gamma", "10", "--C", "1e300"], "beyond 1e+60"),
        (["levels", "--gamma", "10", "--C", "1", "--h", "inf"], "must be finite"),
        (["levels", "--gamma", "10", "--C", "1", "--h", "1e300"], "beyond 1e+60"),
        (["levels", "--gamma", "10", "--C", "1", "--hbar", "1e-300"], "larger hbar"),
        (["levels", "--gamma", "10", "--C", "1", "--mass", "0"], "mass must be positive"),
        (["levels", "--gamma", "10", "--C", "1", "--count", "100000000"], "ask for fewer"),
        (["heat", "--gamma", "10", "--rsb", "0", "0"], "names a theory twice"),
        (["heat", "--gamma", "10", "--rsb", "0", "50"], "would take hours"),
        (["heat", "--gamma", "10", "--points", "1000000000"], "from 3 to 10000"),
        (["heat", "--gamma", "10", "--range", "0", "1"], "must be positive"),
        (["heat", "--gamma", "10", "--rsb", "0", "--kelvin", "nan"], "positive and finite"),
        (["phases", "--gamma", "1e300"], "choose units"),
        (["phases", "--J0", "0", "nan"], "must be finite"),
        (["phases", "--thermal", "-2"], "must be positive"),
        (["phases", "--rsb", "99"], "would take hours"),
        (["phases", "-o", ""], "no file can have the name"),
        (["simulate", "/dev/zero", "-o", "x.h5"], "it is a device"),
        (["simulate", ".", "-o", "x.h5"], "cannot read the configuration"),
        (["simulate", "n" * 300, "-o", "x.h5"], "the name is too long"),
        (["simulate", "nothing.toml", "-o", "n" * 250], "the name is too long"),
        (["inspect", "n/" * 3000], "the name is too long"),
        (["inspect", "a\0b"], "no file can have the name"),
        (["inspect", "a\nb"], r"no archive a\nb"),
        (["compare", "x.h5", "-o", "out", "--workers", "0"], "workers must be at least 1"),
        (["compare", "x.h5", "-o", "out", "--workers", "1" * 5000], "invalid int value"),
        (["compare", "x.h5", "-o", "out", "--rsb", "50"], "would take hours"),
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
    command = [sys.executable, "-m", "glasswell.compare.cli.command", *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "glasswell: unknown key in [model] 'gama': did you mean 'gamma'?\n"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("rsb", "rbs", "did you mean 'rsb'"),
        ("rsb = [0, 1]", "temperature = 0.5", "temperature = 0"),
        ("resamples = 200", "resamples = 5", "resamples must be"),
    ],
)
def test_simulate_reads_the_whole_configuration(
    tiny: Path, old: str, new: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table that only ``compare`` needs is refused before the hours of a simulation."""
    _, config, *_ = _changed(tiny, old, new)
    archive = tiny.parent / "samples.h5"
    assert message in _refused(["simulate", config, "-o", str(archive)], capsys)
    assert not archive.exists()


@pytest.mark.parametrize("number", ["-1e3", "-.5", "-1E-3", "-2.", "-1_0"])
def test_negative_numbers_in_any_notation(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["solve", "--gamma", "1", "--field", number, "--J0", "-.5", "--json"]
    assert main(command) == 0
    mirrored = capsys.readouterr().out
    assert main([*command, "--field", number[1:]]) == 0
    upwards = json.loads(capsys.readouterr().out)
    assert upwards["p"] > 0
    assert upwards["p"] == pytest.approx(-json.loads(mirrored)["p"], rel=1e-9)


def test_large_numbers_are_short(capsys: pytest.CaptureFixture[str]) -> None:
    """f of free sites, T ln N: at T = 1e300 it was printed with 303 digits and ten decimals."""
    assert main(["solve", "--gamma", "10", "--temperature", "1e300"]) == 0
    printed = capsys.readouterr().out
    assert "-1.74658917049527e+302" in printed
    assert max(map(len, printed.splitlines())) < 120
