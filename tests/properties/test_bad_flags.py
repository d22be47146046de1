"""Command lines that are damaged in any way: done, or refused in one line with exit code 2."""

from __future__ import annotations

from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from glasswell.compare.cli.command import main
from glasswell.theory import GlasswellError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

LONGEST = 600
"""Characters of a refusal, with the name of the command and where help is."""

MODEL = ["--gamma", "10", "--J0", "0.5", "--J", "1", "--k", "1", "--a", "1", "--field", "0.1"]

VALID = [
    ["solve", *MODEL, "--temperature", "1", "--rsb", "1", "--json"],
    ["solve", "--gamma", "10", "--rsb", "full"],
    ["levels", *MODEL, "--C", "1", "--h", "0", "0.1", "--count", "4", "--hbar", "1", "--mass", "1"],
    ["levels", *MODEL, "--rsb", "1", "-o", "levels.png"],
    ["heat", *MODEL, "--rsb", "0", "full", "--range", "1e-3", "1e-2", "--points", "9"],
    ["heat", "--gamma", "10", "--kelvin", "1000", "--atomic-mass", "60", "--count", "9"],
    ["phases", "--gamma", "2", "--J0", "0", "1.5", "--rsb", "0", "--thermal", "2", "--json"],
    ["phases", "--stiffness", "uniform", "0.5", "1", "--field", "0", "0.4", "--thermal", "1"],
    ["simulate", "valid.toml", "-o", "x.h5", "--engine", "process", "--workers", "1", "--resume"],
    ["crosscheck", "valid.toml", "-o", "out", "--device", "cpu", "--engine", "inline", "--json"],
    ["inspect", "x.h5", "--json"],
    ["compare", "x.h5", "-o", "out", "--rsb", "0", "--beside", "y.h5", "--local", "8"],
    ["--version"],
]

WORDS = [
    *("0", "-1", "2", "50", "99999999999999999999", "1" * 5000, "1e300", "-1e300", "1e-300"),
    *("-1e6", "-.5", "-inf", "inf", "nan", "-nan", "1_0", "0x10", "1,5", "½", "", " ", "--", "-"),
    *(
        "full",
        "FULL",
        "\x00",
        "a\nb",
        "\x1b[31m",
        "\ud800",
        "γ",
        "n" * 300,
        "n/" * 3000,
        "/dev/zero",
    ),
    *("/", ".", "valid.toml", "no/such.toml", "x.png", "x.PNG", "x.tiff.", "--help", "--h", "-h"),
    *("--gamma", "--rsb=-1", "--rsb=0", "--k=-1e-3", "--workers", "0", "--no-such", "-oo", "cuda"),
]

CONFIGURATION = """\
[model]
gamma = 10.0
[simulation]
sizes = [8]
samples = 8
"""


class ReachedError(GlasswellError):
    """The work itself, which is not what is tested here."""


def _reached(*_arguments: object, **_options: object) -> None:
    raise ReachedError("everything was accepted and the work would begin")


@pytest.fixture
def idle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a valid configuration, and nothing that takes time."""
    monkeypatch.chdir(tmp_path)
    Path("valid.toml").write_text(CONFIGURATION, encoding="utf-8")
    for module, name in (
        ("theory.ansatz.steps", "symmetric_solution"),
        ("theory.heat.prediction", "local_ensemble"),
        ("compare.cli.phases", "phase_diagram"),
        ("compare.cli.phases_in_field", "field_diagram"),
        ("compare.cli.engine", "simulate"),
    ):
        monkeypatch.setattr(import_module(f"glasswell.{module}"), name, _reached)
    return tmp_path


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    """A valid command line with one to three words replaced, added, repeated or left out."""
    words = list(draw(st.sampled_from(VALID)))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(words)))
        junk = draw(st.one_of(st.sampled_from(WORDS), st.text(max_size=8), st.floats().map(repr)))
        change = draw(st.sampled_from(["replace", "replace", "insert", "drop", "repeat"]))
        if change == "replace":
            words[place : place + 1] = [junk]
        elif change == "insert":
            words.insert(place, junk)
        elif change == "drop":
            del words[place : place + 1]
        else:
            words[place:place] = words[max(place - 2, 0) : place]
    return words


def _run(words: list[str]) -> tuple[Any, str, str]:
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code: Any = main(words)
        except SystemExit as stopped:
            code = stopped.code
    return code, out.getvalue(), err.getvalue()


def _done_or_refused(words: list[str]) -> None:
    code, out, err = _run(words)
    assert code in (0, 2), words
    if code == 0:
        assert out
        return
    assert out == ""
    assert err.endswith("\n")
    assert err[:-1].isprintable(), err
    assert err.startswith("glasswell")
    assert len(err) <= LONGEST


def _settings(examples: int) -> settings:
    quiet = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    return settings(max_examples=examples, deadline=20_000, suppress_health_check=quiet)


@_settings(30)
@given(words=command_lines())
@pytest.mark.usefixtures("idle")
def test_done_or_refused(words: list[str]) -> None:
    _done_or_refused(words)


@pytest.mark.slow
@_settings(300)
@given(words=command_lines())
@pytest.mark.usefixtures("idle")
def test_done_or_refused_many_times(words: list[str]) -> None:
    _done_or_refused(words)


@pytest.mark.parametrize("words", VALID[:9], ids=lambda words: words[0])
@pytest.mark.usefixtures("idle")
def test_the_undamaged_ones_are_accepted(words: list[str]) -> None:
    """The control: what is damaged above is valid before."""
    code, _, err = _run(words)
    assert code == 0 or "the work would begin" in err
