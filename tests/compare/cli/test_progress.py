"""Progress: a bar on a terminal, few plain lines in a log, nothing of what is quick."""

from __future__ import annotations

import io
import time

import pytest
from glasswell.compare.cli import progress
from glasswell.compare.cli.progress import duration, meter, state
from glasswell.theory import Model, solve, solve_full


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


@pytest.mark.parametrize(
    ("first", "done", "elapsed", "expected"),
    [
        (0, 0, 0.0, "0/2000 samples"),
        (0, 0, 63.0, "0/2000 samples after 1 min 3 s"),
        (0, 500, 100.0, "500/2000 samples after 1 min 40 s, 5 samples/s, 5 min 0 s left"),
        (1000, 1010, 20.0, "1010/2000 samples after 20 s, 2 s/sample, 33 min 0 s left"),
        (0, 2000, 100.0, "2000/2000 samples after 1 min 40 s, 20 samples/s"),
    ],
)
def test_states(first: int, done: int, elapsed: float, expected: str) -> None:
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
