"""One vocabulary of statuses: a verdict, then what it means, in theory and in simulation."""

from __future__ import annotations

import importlib

import pytest
from glasswell.compare.cli.command import main
from glasswell.sim.local import three_ways
from glasswell.sim.minima import status as minima
from glasswell.theory import Model, NotConvergedError, Status, solve
from glasswell.theory.model import in_words, verdict
from glasswell.theory.phases.lines import J0_GP

STATUSES = [*Status, *minima.Status, *three_ways.Status]


@pytest.mark.parametrize("status", STATUSES, ids=repr)
def test_words_begin_with_the_verdict(status: Status) -> None:
    """Once, whatever the advice; the verdict is that of ``converged``."""
    words = in_words(status)
    assert words.startswith("converged" if status.converged else "not converged")
    assert words.count(f"{verdict(status)}:") <= 1
    assert not status.advice.startswith(("converged", "not "))
    assert words.isprintable()


def test_numbers_in_archives_stay() -> None:
    assert [status.name for status in sorted(minima.Status)] == [
        "CONVERGED", "MARGINAL", "ITERATION_LIMIT", "NOT_FINITE"
    ]  # fmt: skip
    assert [int(status) for status in sorted(minima.Status)] == [0, 1, 2, 3]


def test_terminal_and_json_say_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.import_module("glasswell.theory.ansatz.trial"), "TOL", -1.0)
    solution = solve(Model(gamma=10.0))
    words = in_words(solution.status)
    assert words.startswith("not converged: pass guess=")
    assert solution.to_dict()["status"] == words
    assert main(["solve", "--gamma", "10"]) == 3
    assert words in capsys.readouterr().out
    with pytest.raises(NotConvergedError, match="not converged: pass guess="):
        J0_GP(Model(gamma=10.0))
