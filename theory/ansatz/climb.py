"""One step of breaking after the other, each from the last, on a branch that is given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .guesses import first_breaking, next_breaking
from .marginal import UNEVEN, EvenSteps, Marginal, slope_of_y
from .rare_breaking import NARROWEST, RESOLVED, RareBreaking, narrowest, split
from .solution import Solution, Status
from .stationarity import Branch
from .trial import LOOSE, Task, best, saddle_from, stable, stable_at_nodes

WEAK = 0.8
"""(q_k - q_0)/q_k below which steps are tried at equal widths first."""

EVEN = 0.05
"""The same, where such steps are a solution of their own, with an error, if no other is found."""

DIRECT = (5e-4, 3e-3, 3e-2, 1e-1)
"""The same for 1, 2, … steps, below which Newton's iteration does not see what tells them apart:
the smallest singular value of its Jacobian goes as (q_k - q_0)² for one step and with a higher
power, and a smaller factor, for more."""

RARE = 0.05
"""(q_k - q_0)/q_k below which steps at T = 0 are split in the proportions of rare jumps."""

FAR = -0.25
"""The replicon of replica symmetry below which breaking is not weak."""

WIDEST = 0.9
"""Starts about the AT line have (q_1 - q_0)/q_1 at most this."""


def climb(task: Task, rsb: int, symmetric: Solution, *, polarised: bool) -> Solution:
    """From the guess if it serves, else one step after the other, each from the last."""
    if rsb == 0:
        return symmetric
    if symmetric.converged and stable(symmetric.levels):
        return of_steps(symmetric, rsb, Status.COLLAPSED)
    if symmetric.converged and stable_at_nodes(symmetric.levels):
        return of_steps(symmetric, rsb, Status.UNRESOLVED)
    if (known := _from_guess(task, rsb, symmetric, polarised=polarised)) is not None:
        return more_steps(task, symmetric, known, rsb, polarised=polarised)
    if not symmetric.converged:
        return of_steps(symmetric, rsb, Status.NOT_CONVERGED)
    return more_steps(task, symmetric, symmetric, rsb, polarised=polarised)


def of_steps(solution: Solution, rsb: int, status: Status) -> Solution:
    """A solution with fewer steps as the end of a search for more."""
    return replace(solution, rsb=rsb, status=status)


def _from_guess(task: Task, rsb: int, symmetric: Solution, *, polarised: bool) -> Solution | None:
    """A solution on this branch with the steps of the guess; None if it does not lead to one."""
    guess = task.guess
    if guess is None or guess.rsb == 0:
        return None
    own = guess.model == task.model and guess.temperature == task.temperature
    if own and guess.converged and guess.rsb < rsb and (guess.p != 0.0) == polarised:
        return guess
    branch = Branch.of(task.model, polarised=polarised)
    below = symmetric if symmetric.converged else None
    starts = task.starts(guess.rsb, branch)
    found = best(task, starts, branch, below) if starts else None
    return found if found is not None and found.converged else None


def more_steps(
    task: Task, symmetric: Solution, start: Solution, rsb: int, *, polarised: bool
) -> Solution:
    """From a solution with fewer steps, or from replica symmetry, to one with ``rsb``."""
    branch = Branch.of(task.model, polarised=polarised)
    solution = start
    for k in range(start.rsb + 1, rsb + 1):
        task.progress(k, rsb + 1)
        if solution.expansion is not None:
            found = _weaker(symmetric, solution, k)
        elif k == 1:
            found = _first(task, solution, branch)
        else:
            found = _next(task, k, symmetric, solution, branch)
        solution = found or of_steps(solution, k, Status.UNRESOLVED)
        if not solution.converged:
            return of_steps(solution, rsb, solution.status)
    return solution


def _weaker(symmetric: Solution, below: Solution, rsb: int) -> Solution | None:
    """One step more than an expansion has, by expansion."""
    if below.levels.C_jump > 0:
        return _split(symmetric, below, rsb)
    return replace(below, rsb=rsb, expansion=EvenSteps(rsb, 0.0)(below.order))


def _split(symmetric: Solution, below: Solution, rsb: int) -> Solution | None:
    """Steps in the proportions of rare jumps."""
    if not symmetric.converged:
        return None
    rare = split(below.order, symmetric.levels)
    if rare is None:
        return None
    return replace(below, rsb=rsb, error=below.error + rare.error, expansion=rare.order)


def _first(task: Task, below: Solution, branch: Branch) -> Solution | None:
    """One step, from replica symmetry."""
    polarised = branch is not Branch.UNPOLARISED
    expected, error, least = None, 0.0, DIRECT[0]
    if polarised and below.levels.C_jump > 0:
        rare = RareBreaking.of(below.levels, branch, 1)
        if rare is not None:
            expected, error, least = rare.order, rare.error, NARROWEST
    elif polarised and below.replicon > FAR:
        marginal = Marginal.of(below.levels, branch)
        if marginal is not None:
            expected = marginal.one_step(task.temperature, WIDEST)
            error = narrowest(expected)
    starts = first_breaking(below.levels, polarised=polarised)
    if expected is None:
        return best(task, starts, branch, below)
    weak = replace(below, rsb=1, error=error, expansion=expected)
    if narrowest(expected) < least:
        return weak
    found = best(task, [expected], branch, below, sweeps=(0, 4))
    if found is None or not found.converged:
        found = best(task, starts, branch, below) or found
    return found


def _next(
    task: Task, rsb: int, symmetric: Solution, below: Solution, branch: Branch
) -> Solution | None:
    """One step more than ``below`` has."""
    polarised = branch is not Branch.UNPOLARISED
    starts = next_breaking(below.levels, polarised=polarised)
    depth = 1 - float(below.order.q[0] / below.order.q[-1])
    fallback: Solution | None = None
    if below.levels.C_jump > 0:
        if polarised and depth < RARE:
            fallback = _split(symmetric, below, rsb)
        least = RESOLVED
    elif depth < WEAK:
        fallback = _even(task, rsb, below, branch)
        least = DIRECT[min(rsb, len(DIRECT)) - 1] / rsb
    if fallback is None:
        return best(task, starts, branch, below)
    if narrowest(fallback.order) < least:
        return fallback
    found = best(task, [fallback.order], branch, below, sweeps=(0,))
    if found is not None and found.converged:
        return found
    if depth < EVEN:
        return fallback
    return best(task, starts, branch, below)


def _even(task: Task, rsb: int, below: Solution, branch: Branch) -> Solution | None:
    """Steps of equal width that solve the equations of all steps taken as one."""
    order = below.order
    one = replace(order, q=order.q[[0, -1]], y=np.array([order.y.mean()]))
    even = saddle_from(task, one, branch, 0, EvenSteps(rsb, slope_of_y(below.levels)))
    if even is None or not even.error < LOOSE:
        return None
    error = max(even.error, UNEVEN * (1 - float(order.q[0] / order.q[-1])))
    return Solution(even.levels, rsb, even.residual, even.evaluations, Status.CONVERGED, error)
