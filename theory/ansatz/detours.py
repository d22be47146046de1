"""Detours: where no start leads to a solution, it is followed from where one is found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .climb import climb
from .ergodic import glass_temperature
from .follow import End, follow
from .solution import Solution, Status
from .symmetric import symmetric_solution
from .trial import Task, stable

COLDEST = 0.02
"""In units of T_g: where the way up from T = 0 begins."""

GROWTH = 1.25
"""Of T on the way up to where replica symmetry is stable."""

HALVINGS = 4
"""Of the last interval, towards where breaking is weak: there its expansion is a good start."""


def detoured(task: Task, rsb: int, *, polarised: bool) -> Solution | None:
    """A solution followed from a higher temperature; None if that does not lead to it."""
    start = _hotter(task.without_guess(), rsb, polarised=polarised)
    if start is None:
        return None
    path = follow(start, "temperature", task.temperature, resolution=task.resolution)
    return path.last if path.ended is End.REACHED else None


def from_no_field(task: Task, free: Solution) -> Solution | None:
    """The solution without field followed into it; None if it does not get there."""
    if free.status is not Status.CONVERGED or free.order.q[-1] == 0.0:
        return None
    path = follow(free, "field", task.model.field, resolution=task.resolution)
    return path.last if path.ended is End.REACHED else None


def _hotter(task: Task, rsb: int, *, polarised: bool) -> Solution | None:
    """A solution of weak breaking at a higher temperature."""
    free = replace(task.model, J0=0.0, field=0.0)
    cold = max(task.temperature, COLDEST * glass_temperature(free))
    if cold == 0.0:
        return None
    hot = cold
    while not _stable_at(task, hot, polarised=polarised):
        cold, hot = hot, hot * GROWTH
    for _ in range(HALVINGS):
        middle = float(np.sqrt(cold * hot))
        if _stable_at(task, middle, polarised=polarised):
            hot = middle
        else:
            cold = middle
    at = replace(task, temperature=cold)
    found = climb(at, rsb, symmetric_solution(at, polarised=polarised), polarised=polarised)
    good = found.status is Status.CONVERGED and found.expansion is None
    return found if good else None


def _stable_at(task: Task, temperature: float, *, polarised: bool) -> bool:
    symmetric = symmetric_solution(replace(task, temperature=temperature), polarised=polarised)
    return not symmetric.converged or stable(symmetric.levels)
