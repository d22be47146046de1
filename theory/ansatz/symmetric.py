"""Replica symmetry: the solution that every step of breaking starts from."""

from __future__ import annotations

from .decoupled import decoupled
from .ergodic import ergodic
from .guesses import replica_symmetric
from .solution import Solution
from .stationarity import Branch
from .trial import Task, best, solution_at


def symmetric_solution(task: Task, *, polarised: bool) -> Solution:
    """With p = 0 or with p as an unknown; the ergodic phase where it is stable."""
    model, temperature = task.model, task.temperature
    if model.J == 0.0:
        return solution_at(decoupled(model, temperature))
    if not polarised and (state := ergodic(model, temperature)) is not None:
        return solution_at(state)
    branch = Branch.of(model, polarised=polarised)
    starts = task.starts(0, branch) + replica_symmetric(model, temperature, polarised=polarised)
    found = best(task, starts, branch)
    assert found is not None  # only overlaps of several steps can be too close
    return found
