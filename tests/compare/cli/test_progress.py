"""Progress: a bar on a terminal, few plain lines in a log, nothing of what is quick."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from glasswell.compare.cli import progress
from glasswell.compare.cli.command import main
from glasswell.compare.cli.progress import meter, state
from glasswell.sim.backend.printable import duration
from glasswell.sim.run import shards
from glasswell.theory import Model, solve, solve_full

CONFIG = """\
[model]
gamma = 10.0
[simulation]
sizes = [8]
samples = 8
starts = 2
states = 1
method = "quench"
"""


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


def _shown(stream: io.StringIO, calls: int, *, keep: bool, seconds: float = 0.0) -> str:
    with meter("work", "piece", keep=keep, stream=stream) as show:
        for done in range(calls + 1):
            show(done, calls)
        time.sleep(seconds)
    return stream.getvalue()


def test_a_log_gets_the_first_state_and_the_last() -> None:
    """A thousand calls within a minute: no line for them."""
    first, last = _shown(io.StringIO(), 1000, keep=True).splitlines()
    assert first == "work: 0/1000 pieces"
    assert last.startswith("work: 1000/1000 pieces")


def test_a_log_gets_a_line_every_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of a single step that takes long, as a sign of life."""
    monkeypatch.setattr(progress._Lines, "every", 0.05)
    lines = _shown(io.StringIO(), 0, keep=True, seconds=0.4).splitlines()
    assert 3 <= len(lines) <= 9


def test_what_is_quick_shows_nothing() -> None:
    assert _shown(io.StringIO(), 100, keep=False) == ""
    assert _shown(Terminal(), 100, keep=False) == ""


def test_what_takes_longer_shows_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the first call alone: one step may take minutes."""
    monkeypatch.setattr(progress, "PATIENCE", 0.05)
    log = io.StringIO()
    with meter("work", "piece", stream=log) as show:
        show(0, 2)
        assert log.getvalue() == ""
        time.sleep(0.2)
        assert log.getvalue() == "work: 0/2 pieces\n"
    assert log.getvalue().count("\n") == 2
    assert "\r" not in log.getvalue()
    assert "2/2" in log.getvalue()


def test_a_terminal_gets_a_bar() -> None:
    shown = _shown(Terminal(), 3, keep=True)
    assert "\rwork:" in shown
    assert "3/3" in shown


def test_what_is_refused_leaves_no_trace() -> None:
    log = io.StringIO()
    with pytest.raises(ValueError, match="refused"), meter("work", "piece", keep=True, stream=log):
        raise ValueError("refused")
    assert log.getvalue() == ""


def test_an_interruption_is_not_shown_as_the_end() -> None:
    log = io.StringIO()

    def interrupted() -> None:
        with meter("work", "piece", keep=True, stream=log) as show:
            show(0, 9)
            show(4, 9)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert "4/9" in log.getvalue().splitlines()[-1]


def test_no_stream_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    with meter("work", "piece", keep=True) as show:
        show(1, 2)


def test_parts_of_a_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rate counts from the first part that is seen: it may be of an earlier run."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    log = io.StringIO()
    lines = progress._Lines("work", "piece", True, log)
    lines.begin(0, 2)
    now[0] = 100.0
    lines.update(0.5, 2)
    lines.beat()
    lines.note = "lowest -1"
    now[0] = 400.0
    lines.update(0.625, 2)
    lines.end()
    assert log.getvalue().splitlines() == [
        "work: 0/2 pieces",
        "work: 0.5/2 pieces after 1 min 40 s",
        "work: 0.62/2 pieces after 6 min 40 s, 2.4e+03 s/piece, 55 min 0 s left; lowest -1",
    ]


def test_a_bar_shows_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    terminal = Terminal()
    with meter("work", "piece", keep=True, stream=terminal) as show:
        show(0, 2)
        show(0.5, 2)
        show.note("lowest -1")
        show.say("a line of its own")
        show(1, 2)
    shown = terminal.getvalue()
    assert "a line of its own\n" in shown
    last = shown.split("\r")[-1].strip()
    assert last.startswith("work: 100%|")
    assert last.endswith("; lowest -1")
    assert "2/2 pieces" in last


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_quiet_is_silent(stream: io.StringIO) -> None:
    with meter("work", "piece", keep=True, quiet=True, stream=stream) as show:
        show(0, 2)
        show.note("lowest -1")
        show.say("a notice")
        show(1, 2)
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    "words",
    [
        ["solve", "--gamma", "10"],
        ["levels", "--gamma", "10"],
        ["phases", "--gamma", "2", "--J0", "0"],
        ["heat", "--gamma", "10", "--rsb", "0", "--points", "3"],
    ],
    ids=lambda words: words[0],
)
def test_quiet_commands(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of what takes longer than a moment, which everything does here."""
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    assert main(words) == 0
    loud = capsys.readouterr()
    assert loud.err.startswith(f"{words[0]}: 0/")
    assert main([*words, "--quiet"]) == 0
    quiet = capsys.readouterr()
    assert (quiet.out, quiet.err) == (loud.out, "")


def test_quiet_simulations_and_comparisons(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither progress nor notices, such as that of a damaged shard; errors still."""
    config, path = tmp_path / "mine.toml", tmp_path / "minima.h5"
    config.write_text(CONFIG)
    folder = shards.folder(path)
    folder.mkdir()
    (folder / "N=8.000000.h5").write_bytes(b"damaged")
    words = ["simulate", str(config), "-o", str(path), "--resume", "--engine", "inline"]
    assert main([*words, "--quiet"]) == 0
    assert capsys.readouterr().err == ""
    path.rename(tmp_path / "other.h5")
    folder.mkdir()
    (folder / "N=8.000000.h5").write_bytes(b"damaged")
    assert main(words) == 0
    said = capsys.readouterr().err
    assert said.startswith("glasswell: ")
    assert "samples are made again" in said
    assert "; lowest U/N -" in said.splitlines()[-1]
    assert main(["compare", str(path), "-o", str(tmp_path / "out"), "--rsb", "0", "--quiet"]) == 0
    assert capsys.readouterr().err == ""
    assert main([*words[:-3], "--quiet"]) == 2
    assert "exists" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("first", "done", "elapsed", "expected"),
    [
        (0, 0, 0.0, "0/2000 samples"),
        (0, 0, 63.0, "0/2000 samples after 1 min 3 s"),
        (0, 500, 100.0, "500/2000 samples after 1 min 40 s, 5 samples/s, 5 min 0 s left"),
        (1000, 1010, 20.0, "1010/2000 samples after 20 s, 2 s/sample, 33 min 0 s left"),
        (0, 2000, 100.0, "2000/2000 samples after 1 min 40 s, 20 samples/s"),
        (0, 0.359, 100.0, "0.35/2000 samples after 1 min 40 s, 279 s/sample, 6 d 10 h left"),
    ],
)
def test_states(first: float, done: float, elapsed: float, expected: str) -> None:
    """The rate is that of this run: samples of an earlier one say nothing about it."""
    assert state("sample", first, done, 2000, elapsed) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.0, "0 s"), (0.2, "1 s"), (60, "1 min 0 s"), (3725, "1 h 2 min"), (90000, "1 d 1 h")],
)
def test_durations(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


def test_solve_says_where_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """Called before each step, and before the continuum; by default theory is silent."""
    calls: list[tuple[int, int]] = []
    model = Model(gamma=10.0)
    solve(model, 2, progress=lambda *state: calls.append(state))
    assert calls == [(0, 3), (1, 3), (2, 3)]
    calls.clear()
    solve_full(model, steps=1, progress=lambda *state: calls.append(state))
    assert calls == [(0, 3), (1, 3), (2, 3)]
    solve(model, 1)
    assert capsys.readouterr() == ("", "")
