"""Replica symmetry: the solution that every step of breaking starts from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .decoupled import decoupled
from .ergodic import ergodic
from .guesses import replica_symmetric
from .solution import Solution
from .stationarity import Branch
from .trial import Task, best, solution_at

STRONGER, FIELDS = 2.0, 12
"""Ratio and number of the fields from which a weak one is come to."""


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
    if found.converged or model.symmetric:
        return found
    return _from_stronger_field(task, branch, found)


def _from_stronger_field(task: Task, branch: Branch, found: Solution) -> Solution:
    """Next to T_g in a weak field q is small and starts are far from it: come from a strong one."""
    fields = task.model.field * STRONGER ** np.arange(FIELDS)
    last: Solution | None = None
    for field in fields[::-1].tolist():
        at = replace(task, model=replace(task.model, field=field), guess=last)
        fresh = replica_symmetric(at.model, at.temperature, polarised=True)[:1]
        last = best(at, at.starts(0, branch) or fresh, branch)
        if last is None or not last.converged:
            last = None
    return found if last is None else last
