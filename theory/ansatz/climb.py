"""One step of breaking after the other, each from the last, on a branch that is given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .guesses import first_breaking, next_breaking
from .marginal import UNEVEN, EvenSteps, Marginal, slope_of_y
from .solution import Solution, Status
from .stationarity import Branch, SaddlePoint
from .trial import LOOSE, Task, best, saddle_from, stable, stable_at_nodes

WEAK = 0.8
"""(q_k - q_0)/q_k below which steps are tried at equal widths first."""

EVEN = 0.05
"""The same, where such steps are a solution of their own, with an error, if no other is found."""

DIRECT = (5e-4, 3e-3, 3e-2, 1e-1)
"""The same for 1, 2, … steps, below which Newton's iteration does not see what tells them apart:
the smallest singular value of its Jacobian goes as (q_k - q_0)² for one step and with a higher
power, and a smaller factor, for more."""

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
        return more_steps(task, known, rsb, polarised=polarised)
    if not symmetric.converged:
        return of_steps(symmetric, rsb, Status.NOT_CONVERGED)
    return more_steps(task, symmetric, rsb, polarised=polarised)


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


def more_steps(task: Task, solution: Solution, rsb: int, *, polarised: bool) -> Solution:
    """From a solution with fewer steps to one with ``rsb``."""
    if solution.expansion is not None:
        return expanded(solution, rsb)
    branch = Branch.of(task.model, polarised=polarised)
    for k in range(solution.rsb + 1, rsb + 1):
        task.progress(k, rsb + 1)
        step = _first if k == 1 else _next
        found = step(task, k, solution, branch)
        solution = found or of_steps(solution, k, Status.UNRESOLVED)
        if not solution.converged:
            return of_steps(solution, rsb, solution.status)
        if solution.expansion is not None:
            return expanded(solution, rsb)
    return solution


def expanded(one: Solution, rsb: int) -> Solution:
    """As many steps of equal width as asked for, of one from the expansion about the AT line."""
    assert one.expansion is not None
    return replace(one, rsb=rsb, expansion=EvenSteps(rsb, 0.0)(one.expansion))


def _first(task: Task, rsb: int, below: Solution, branch: Branch) -> Solution | None:
    """One step, from replica symmetry."""
    polarised = branch is not Branch.UNPOLARISED
    near = polarised and below.replicon > FAR
    marginal = Marginal.of(below.levels, branch) if near else None
    starts = first_breaking(below.levels, polarised=polarised)
    if marginal is None:
        return best(task, starts, branch, below)
    q = float(marginal.order.q[0])
    depth = marginal.width / q
    if depth < DIRECT[0]:
        return replace(
            below, rsb=rsb, error=depth, expansion=marginal.one_step(task.temperature, WIDEST)
        )
    found = best(task, [marginal.one_step(task.temperature, WIDEST)], branch, below, sweeps=(0, 4))
    if found is not None and found.converged:
        return found
    return best(task, starts, branch, below)


def _next(task: Task, rsb: int, below: Solution, branch: Branch) -> Solution | None:
    """One step more than ``below`` has."""
    polarised = branch is not Branch.UNPOLARISED
    starts = next_breaking(below.levels, polarised=polarised)
    depth = 1 - float(below.order.q[0] / below.order.q[-1])
    if below.levels.C_jump > 0 or depth > WEAK:
        return best(task, starts, branch, below)
    even = _even(task, rsb, below, branch)
    if even is None:
        return best(task, starts, branch, below)
    found: Solution | None = None
    if depth > DIRECT[min(rsb, len(DIRECT)) - 1]:
        order = even.levels.order
        found = best(task, [order], branch, below, sweeps=(0,))
        if (found is None or not found.converged) and depth > EVEN:
            found = best(task, starts, branch, below)
    if found is not None and found.converged:
        return found
    if depth > EVEN:
        return found
    error = max(even.error, UNEVEN * depth)
    return Solution(even.levels, rsb, even.residual, even.evaluations, Status.CONVERGED, error)


def _even(task: Task, rsb: int, below: Solution, branch: Branch) -> SaddlePoint | None:
    """Steps of equal width that solve the equations of all steps taken as one."""
    order = below.order
    one = replace(order, q=order.q[[0, -1]], y=np.array([order.y.mean()]))
    even = saddle_from(task, one, branch, 0, EvenSteps(rsb, slope_of_y(below.levels)))
    if even is None or not even.error < LOOSE:
        return None
    return even
