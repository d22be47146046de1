"""Whatever the encoding of a stream, and whether there is one: results leave, or are let go."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from glasswell.compare.cli.command import main
from glasswell.compare.cli.terminal import ascii_of

COMMANDS = ("crosscheck", "solve", "phases", "levels", "heat", "simulate", "extend", "slurm",
            "merge", "inspect", "compare")  # fmt: skip
ENCODINGS = ("ascii", "cp1252", "latin-1", "utf-8")


class Streams:
    """stdout and stderr of an encoding, as a pipe has them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
        self._encoding = encoding
        self._out, self._err = (
            io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors=errors)
            for errors in ("strict", "backslashreplace")
        )
        monkeypatch.setattr(sys, "stdout", self._out)
        monkeypatch.setattr(sys, "stderr", self._err)

    @property
    def printed(self) -> tuple[str, str]:
        """Everything so far."""
        texts = []
        for stream in (self._out, self._err):
            stream.flush()
            assert isinstance(stream.buffer, io.BytesIO)
            texts.append(stream.buffer.getvalue().decode(self._encoding))
        return texts[0], texts[1]


def _code(words: Sequence[str]) -> int | str | None:
    try:
        return main(words)
    except SystemExit as stopped:
        return stopped.code


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_help_of_every_command(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for words in (["--help"], *([command, "--help"] for command in COMMANDS)):
        streams = Streams(monkeypatch, encoding)
        assert _code(words) == 0
        out, err = streams.printed
        assert out.startswith("usage: glasswell")
        assert err == ""
    assert _code(["--cite"]) == 0


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_results(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """T_g(γ) says γ or gamma; JSON is JSON."""
    words = ["phases", "--gamma", "2", "--J0", "0"]
    streams = Streams(monkeypatch, encoding)
    assert _code(words) == 0
    assert ("γ" if encoding == "utf-8" else "gamma") + " = 0.5" in streams.printed[0]
    streams = Streams(monkeypatch, encoding)
    assert _code([*words, "--json"]) == 0
    assert json.loads(streams.printed[0])["gamma_EG"] == 0.5


def test_a_cross_check_in_ascii(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is UTF-8 whatever the terminal is."""
    streams = Streams(monkeypatch, "ascii")
    monkeypatch.setattr(
        "glasswell.compare.page.report._drawings", lambda _, sections: [{}] * len(sections)
    )
    output = tiny.parent / "out"
    assert _code(["crosscheck", str(tiny), "-o", str(output), "--engine", "inline"]) == 0
    assert "N -> inf" in streams.printed[0]
    assert "γ = 10" in (output / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_refusals_with_names_that_no_encoding_has(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = Streams(monkeypatch, encoding)
    assert _code(["inspect", "γ\udcff.h5"]) == 2
    out, err = streams.printed
    assert out == ""
    assert err.endswith("\n")
    assert "\\udcff.h5" in err


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize("closed", [True, False])
def test_streams_that_are_not_there(
    stream: str, closed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = io.StringIO()
    gone.close()
    monkeypatch.setattr(sys, stream, gone if closed else None)
    for words in (["solve", "--gamma", "2"], ["--version"]):
        assert _code(words) == 0
    assert _code(["solve", "--gamma", "-2"]) == 2


def test_a_stream_of_ones_own_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a notebook stdout is no file."""
    own = io.StringIO()
    monkeypatch.setattr(sys, "stdout", own)
    assert _code(["phases", "--gamma", "2", "--J0", "0"]) == 0
    assert "γ = 0.5" in own.getvalue()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_results_that_cannot_be_written(unbuffered: str, tmp_path: Path) -> None:
    """At the end, or in the middle of a print, from a process in an encoding from outside."""
    words = [sys.executable, "-m", "glasswell.compare.cli.command", "solve", "--gamma", "2"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUNBUFFERED": unbuffered}
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            words,
            check=False,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=tmp_path,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("glasswell: cannot write the results (")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("γ → ∞ …", "gamma -> inf ..."),
        ("N^(-ω), Γ, χ²", "N^(-omega), Gamma, chi^2"),
        ("T⁻² and q̂", "T^-2 and q^"),
        ("Kühn, Å, ½", "Kuhn, A, 1/2"),
        ("\udcff 字", "\\udcff \\u5b57"),
    ],
)
def test_spelled_out(text: str, expected: str) -> None:
    assert ascii_of(text) == expected
