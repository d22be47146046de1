"""The k-step solution of a model, from the model alone: RS first, then step after step.

Whether p is zero, spontaneous or that of a field is a matter of the model. A solution to start from
is tried first wherever it has the number of steps asked for, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..model.errors import SolveError
from ..model.model import Model
from ..numerics.progress import Progress, silent
from .climb import climb
from .detours import detoured, from_no_field
from .guesses import extremes
from .rsb_steps import MOST_STEPS
from .solution import Solution, Status
from .stationarity import Branch
from .symmetric import symmetric_solution
from .trial import Task, best, is_state

SAME_P = 0.02
"""Polarisations closer than this fraction belong to one state, with steps or without."""


def solve_steps(
    model: Model,
    rsb: int,
    temperature: float,
    *,
    guess: Solution | None = None,
    resolution: float = 1.0,
    progress: Progress = silent,
) -> Solution:
    """Solve with k = ``rsb`` steps, breakpoints included; see ``solve``.

    Raises
    ------
    SolveError
        If there are more than MOST_STEPS steps, or ``guess`` does not fit.
    """
    if rsb > MOST_STEPS:
        raise SolveError(
            f"{rsb} steps of breaking would take hours: ask for {MOST_STEPS} at most, or for "
            '"full", the limit of many steps'
        )
    progress(0, rsb + 1)
    if guess is not None and guess.rsb != rsb and not 1 <= guess.rsb < rsb:
        raise SolveError(f"guess must be a solution with 1 to {rsb} steps, got {guess.rsb}")
    if guess is not None and guess.status is Status.COLLAPSED:
        raise SolveError("guess has no distinct overlaps to start from: leave it out")
    task = Task(model, temperature, resolution, guess, progress)
    return _without_field(task, rsb) if model.symmetric else _in_field(task, rsb)


def _without_field(task: Task, rsb: int) -> Solution:
    """Unpolarised if that is stable, else polarised; where both can be, the lower f."""
    J0 = task.model.J0
    symmetric = symmetric_solution(task, polarised=False)
    unpolarised = symmetric
    if rsb > 0 and J0 * symmetric.susceptibility <= 1.0:
        unpolarised = climb(task, rsb, symmetric, polarised=False)
        if not unpolarised.converged:
            unpolarised = detoured(task, rsb, polarised=False) or unpolarised
    if J0 * unpolarised.susceptibility > 1.0:
        return _polarised(task, rsb, unpolarised)
    return _lowest([unpolarised, *_apart(task, rsb, [unpolarised])])


def _polarised(task: Task, rsb: int, unpolarised: Solution) -> Solution:
    """The state of spontaneous p > 0."""
    found = climb(task, rsb, symmetric_solution(task, polarised=True), polarised=True)
    if found.converged or unpolarised.rsb != rsb or unpolarised.status is not Status.CONVERGED:
        return found
    # Breaking makes p = 0 unstable before RS does: no polarised RS to climb from.
    beside = _continued(task, rsb, unpolarised)
    return beside or detoured(task, rsb, polarised=True) or found


def _in_field(task: Task, rsb: int) -> Solution:
    """From RS in the field; if that fails, from the state without field or from higher T."""
    found = [climb(task, rsb, symmetric_solution(task, polarised=True), polarised=True)]
    found += _apart(task, rsb, found)
    # If sites differ, those at the edge of the distribution may break weakly and be out of reach.
    settled = is_state if task.model.random else _converged
    if any(settled(solution) for solution in found):
        return _lowest(found)
    free = replace(task, model=replace(task.model, field=0.0), guess=None)
    followed = from_no_field(task, _without_field(free, rsb))
    return followed or detoured(task, rsb, polarised=True) or _lowest(found)


def _apart(task: Task, rsb: int, known: Sequence[Solution]) -> list[Solution]:
    """Polarised states far from those known, where p may jump: at both ends of what p can be.

    If G'' does not fall with |v|, ⟨v⟩ is concave in h > 0 (the inequality of Griffiths, Hurst and
    Sherman, in the form of R. Ellis, J. Monroe and C. Newman, Commun. Math. Phys. 46, 167 (1976)),
    and so is its mean over fields about a centre: p has one root.
    """
    model = task.model
    single = all(site.G.stiffening for _, site in model.sites())
    if single or model.J0 <= 0 or model.J == 0.0:
        return []
    branch = Branch.of(model, polarised=True)
    found: list[Solution] = []
    for start in extremes(model):
        symmetric = best(task, [start], branch)
        if symmetric is not None and symmetric.converged:
            same = (abs(symmetric.p / s.p - 1) < SAME_P for s in (*known, *found) if s.p != 0.0)
            if not any(same):
                found.append(climb(task, rsb, symmetric, polarised=True))
    return found


def _lowest(solutions: Sequence[Solution]) -> Solution:
    """The state of lowest f; the first if none is one."""
    return min(solutions, key=lambda s: s.free_energy if is_state(s) else np.inf)


def _converged(solution: Solution) -> bool:
    return solution.converged


def _continued(task: Task, rsb: int, state: Solution) -> Solution | None:
    """The polarised solution next to a state with as many steps; None if there is none."""
    if state.status is not Status.CONVERGED:
        return None
    branch = Branch.of(task.model, polarised=True)
    starts = replace(task, guess=state).starts(rsb, branch)
    found = best(task, starts, branch) if starts else None
    return found if found is not None and found.converged else None
