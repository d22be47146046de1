"""The command line from end to end: what it prints where, what it writes, what it reuses."""

from __future__ import annotations

import importlib
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from glasswell.compare.cli.command import main
from glasswell.compare.cli.crosscheck import ARCHIVE_NAME
from glasswell.compare.cli.exit_codes import ExitCode
from matplotlib import image

from ..conftest import TINY

CONTRACT = {
    "free_energy", "overlaps", "breakpoints", "C", "p", "q_hat", "replicon", "P_h0",
    "dwp_fraction", "P0", "residual", "converged",
}  # fmt: skip
FIGURES = {"crosscheck", "energy", "fields", "responses", "double_wells"}


def _crosscheck(config: Path, output: Path, *more: str) -> int:
    return main(["crosscheck", str(config), "-o", str(output), "--engine", "inline", *more])


def _numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [x for item in value.values() for x in _numbers(item)]
    if isinstance(value, list):
        return [x for item in value for x in _numbers(item)]
    return [value] if isinstance(value, float) else []


def _refuse_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished cross-check, for all to look at."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "tiny.toml").write_text(TINY)
    assert _crosscheck(folder / "tiny.toml", folder / "out") == 0
    return folder / "out"


@pytest.fixture
def done(finished: Path, tiny: Path) -> Path:
    """A copy of it beside its configuration, to go on with."""
    return Path(shutil.copytree(finished, tiny.parent / "out"))


def test_crosscheck(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tiny.parent / "out"
    assert _crosscheck(tiny, output) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("quantity")
    assert "ground-state energy" in printed.out
    assert "24/24" in printed.err
    assert f"report: {output / 'report.html'}" in printed.err
    assert "sample/s" not in printed.out
    assert {path.name for path in output.iterdir()} >= {
        ARCHIVE_NAME, "report.html", "report.json", *(f"{name}.png" for name in FIGURES)
    }  # fmt: skip
    assert not list(output.glob("*.shards")) + list(output.glob("*.part"))


def test_the_page_needs_nothing_else(finished: Path) -> None:
    page = (finished / "report.html").read_text(encoding="utf-8")
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(sources) >= len(FIGURES)
    """What it shows is in it; links lead to chapters, and to files beside it."""
    links = [source for source in sources if not source.startswith("data:image/png;base64,")]
    chapters = {link[1:] for link in links if link.startswith("#")}
    assert chapters <= set(re.findall(r'id="([^"]*)"', page))
    assert all((finished / link).is_file() for link in links if not link.startswith("#"))
    assert "url(" not in page
    assert not re.search(r"<script[^>]", page)
    assert "$" not in re.sub(r"base64,[^\"]*", "", page)
    assert "gamma = 10.0" in page


def test_the_record_has_no_nan(finished: Path) -> None:
    text = (finished / "report.json").read_text(encoding="utf-8")
    record = json.loads(text, parse_constant=_refuse_constant)
    assert all(math.isfinite(x) for x in _numbers(record))
    assert {row["key"] for row in record["table"]} >= {"energy", "q", "C", "C_reg", "P_h0"}
    assert set(record["theory"]) == {"RS", "1RSB"}
    assert record["compare"]["resamples"] == 200


def test_figures_show_something(finished: Path) -> None:
    for name in FIGURES:
        pixels = image.imread(finished / f"{name}.png")[..., :3]
        assert pixels.shape[0] > 400
        inked = np.mean(np.any(pixels < 0.9, axis=-1))
        assert 0.005 < inked < 0.5, name


def test_compare_gives_the_same_table(
    done: Path, tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _crosscheck(tiny, done) == 0
    first = capsys.readouterr().out
    archive = str(done / ARCHIVE_NAME)
    assert main(["compare", archive, "-o", str(done / "again")]) == 0
    assert capsys.readouterr().out == first
    assert main(["compare", archive, "-o", str(done / "again"), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record == json.loads((done / "report.json").read_text(encoding="utf-8"))


def test_crosscheck_again_reuses_the_archive(
    done: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_arguments: object, **_options: object) -> None:
        raise AssertionError("simulated again")

    before = (done / ARCHIVE_NAME).read_bytes()
    monkeypatch.setattr("glasswell.sim.run.executors.run", never)
    tiny.write_text(tiny.read_text().replace("rsb = [0, 1]", "rsb = [0]"))
    assert _crosscheck(tiny, done) == 0
    assert (done / ARCHIVE_NAME).read_bytes() == before
    assert set(json.loads((done / "report.json").read_text())["theory"]) == {"RS"}


def test_another_configuration_needs_another_folder(
    done: Path, tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (done / ARCHIVE_NAME).read_bytes()
    tiny.write_text(tiny.read_text().replace("gamma = 10.0", "gamma = 9.0"))
    assert _crosscheck(tiny, done) == 2
    assert (
        "holds another configuration (gamma is 10.0 there and 9.0 here)" in capsys.readouterr().err
    )
    assert (done / ARCHIVE_NAME).read_bytes() == before


def test_json_alone_on_stdout(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tiny.parent / "out"
    for words in (
        ["crosscheck", str(tiny), "-o", str(output), "--engine", "inline", "--json"],
        ["inspect", str(output / ARCHIVE_NAME), "--json"],
        ["compare", str(output / ARCHIVE_NAME), "-o", str(output), "--json"],
        ["solve", "--gamma", "10", "--rsb", "1", "--json"],
    ):
        assert main(words) == 0
        printed = capsys.readouterr().out
        assert isinstance(json.loads(printed, parse_constant=_refuse_constant), dict), words
        assert printed.count("\n") == 1


def test_solve_keeps_its_contract(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "--gamma", "10", "--rsb", "1", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert set(content) >= CONTRACT
    assert content["replicon"] is None
    assert len(content["overlaps"]) == 2
    assert len(content["breakpoints"]) == 1
    assert main(["solve", "--gamma", "2", "--J0", "3", "--rsb", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["breakpoints"] == [None]


def test_exit_code_of_what_did_not_converge(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.import_module("glasswell.theory.ansatz.trial"), "TOL", -1.0)
    assert main(["solve", "--gamma", "10", "--json"]) == ExitCode.NOT_CONVERGED.value == 3
    assert json.loads(capsys.readouterr().out)["converged"] is False
    assert _crosscheck(tiny, tiny.parent / "out") == ExitCode.NOT_CONVERGED
    assert "did not converge and is not judged" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--version", "--cite", "--help"])
def test_options_that_answer(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([option])
    assert stopped.value.code == 0
    printed = capsys.readouterr()
    assert printed.out
    assert printed.err == ""


def test_a_reader_that_leaves_is_no_error() -> None:
    words = [sys.executable, "-m", "glasswell.compare.cli.command", "solve", "--gamma", "10"]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(words, check=False, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert done.returncode == 1
    assert done.stderr == ""


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
def test_ctrl_c_keeps_samples_and_the_same_command_finishes(tiny: Path) -> None:
    """A terminal sends the signal to the whole group: parent and workers."""
    tiny.write_text(tiny.read_text().replace("samples = 12", "samples = [1200, 8]"))
    output = tiny.parent / "out"
    words = [sys.executable, "-m", "glasswell.compare.cli.command", "crosscheck", str(tiny)]
    words += ["-o", str(output), "--workers", "2"]
    child = subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    shards = output / f"{ARCHIVE_NAME}.shards"
    deadline = time.monotonic() + 60.0
    while not (shards.is_dir() and len(list(shards.glob("*.h5"))) >= 4):
        assert child.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(child.pid, signal.SIGINT)
    printed, errors = child.communicate(timeout=30)
    assert child.returncode == 130
    assert printed == ""
    assert "Traceback" not in errors
    assert "run the same command again to go on" in errors
    assert list(shards.glob("*.h5"))
    assert not (output / ARCHIVE_NAME).exists()
    # Fewer samples belong to the same configuration: the rest need not be simulated here.
    tiny.write_text(tiny.read_text().replace("[1200, 8]", "[16, 8]"))
    again = subprocess.run(words, check=False, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith("quantity")
    assert (output / ARCHIVE_NAME).exists()
    assert not shards.exists()
