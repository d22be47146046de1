"""The k-step solution of a model, from the model alone: RS first, then step after step."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from .decoupled import decoupled
from .ergodic import ergodic
from .errors import SolveError
from .guesses import first_breaking, next_breaking, polarised_breaking, replica_symmetric
from .mixture import Levels
from .model import Model
from .rsb import Order
from .saddle import Branch, SaddlePoint, find_saddle
from .solution import Solution, Status
from .transition import UnresolvedError

TOL = 1e-10
"""Largest scaled residual of a converged saddle point."""

NEGLIGIBLE = 1e-9
"""A jump part C_jump/C below this counts as absent."""

SWEEPS = (8, 2)
"""Relaxation sweeps before Newton's iteration: a good guess is better left where it is."""

MOST_STEPS = 20
"""The cost grows as k⁴: at γ = 10 seconds for k = 4, two minutes for 8, an hour and more for 20,
where f is 1e-8 from its limit, which "full" extrapolates from six."""

EVALUATIONS_PER_STEP = 80
"""Recursions that a trial may cost, for each overlap."""


@dataclass(frozen=True)
class _Task:
    """What is asked for, apart from the number of steps."""

    model: Model
    temperature: float
    resolution: float


def solve_steps(
    model: Model,
    rsb: int,
    temperature: float,
    *,
    guess: Solution | None = None,
    resolution: float = 1.0,
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
    task = _Task(model, temperature, resolution)
    if guess is not None:
        _check_guess(rsb, guess)
        return _from_guess(task, rsb, guess)
    if model.symmetric:
        unpolarised = _climb(task, rsb, polarised=False)
        if model.J0 * unpolarised.susceptibility <= 1.0:
            return unpolarised
        broken = rsb > 0 and unpolarised.status is Status.CONVERGED
        if broken and not _replica_symmetric(task, polarised=True).converged:
            # Breaking makes p = 0 unstable before RS does: no polarised RS to climb from.
            guesses = polarised_breaking(unpolarised.levels)
            return _best(task, rsb, guesses, Branch.of(model, polarised=True))
    return _climb(task, rsb, polarised=True)


def _check_guess(rsb: int, guess: Solution) -> None:
    if guess.rsb != rsb and not 1 <= guess.rsb < rsb:
        raise SolveError(f"guess must be a solution with 1 to {rsb} steps, got {guess.rsb}")
    if guess.status is Status.COLLAPSED:
        raise SolveError("guess has no distinct overlaps to start from: leave it out")


def _from_guess(task: _Task, rsb: int, guess: Solution) -> Solution:
    """The same number of steps from a nearby solution, or more from fewer."""
    polarised = guess.p != 0.0
    if guess.rsb < rsb:
        return _more_steps(task, guess, rsb, polarised=polarised)
    branch = Branch.of(task.model, polarised=polarised)
    return _best(task, rsb, [guess.levels.order], branch)


def _climb(task: _Task, rsb: int, *, polarised: bool) -> Solution:
    """RS first, then one step after the other, each from the last."""
    solution = _replica_symmetric(task, polarised=polarised)
    if rsb == 0 or not solution.converged:
        return solution if rsb == 0 else _solution_of(solution, rsb, Status.NOT_CONVERGED)
    if _stable(solution.levels):
        return _solution_of(solution, rsb, Status.COLLAPSED)
    return _more_steps(task, solution, rsb, polarised=polarised)


def _more_steps(task: _Task, solution: Solution, rsb: int, *, polarised: bool) -> Solution:
    """One step after the other, each from the last."""
    branch = Branch.of(task.model, polarised=polarised)
    for k in range(solution.rsb + 1, rsb + 1):
        breaking = first_breaking if k == 1 else next_breaking
        guesses = breaking(solution.levels, polarised=polarised)
        solution = _best(task, k, guesses, branch, below=solution)
        if not solution.converged:
            return _solution_of(solution, rsb, solution.status)
    return solution


def _best(
    task: _Task, rsb: int, guesses: list[Order], branch: Branch, below: Solution | None = None
) -> Solution:
    """The first guess that leads to a physical root, else the one that came closest."""
    best: Solution | None = None
    floor = -np.inf if below is None else below.free_energy
    for order, sweeps in product(guesses, SWEEPS if rsb > 1 else SWEEPS[:1]):
        try:
            saddle = find_saddle(
                task.model,
                order,
                branch,
                task.temperature,
                sweeps=sweeps,
                max_evaluations=EVALUATIONS_PER_STEP * (rsb + 1),
                resolution=task.resolution,
            )
        except UnresolvedError:
            continue
        solution = _solution(saddle, rsb, Status.CONVERGED, floor)
        if solution.converged:
            return solution
        if best is None or solution.residual < best.residual:
            best = solution
    if best is None:
        if below is None:
            raise SolveError("the guess has overlaps too close to be told apart: leave it out")
        best = _solution_of(below, rsb, Status.UNRESOLVED)
    return best


def _stable(levels: Levels) -> bool:
    """Replica symmetry is stable: no jump at a field that occurs, and the replicon is positive."""
    smooth = levels.C_jump <= NEGLIGIBLE * levels.order.C
    return bool(smooth and levels.model.J**2 * levels.curvature_squared <= 1.0)


def _replica_symmetric(task: _Task, *, polarised: bool) -> Solution:
    model, temperature = task.model, task.temperature
    if not polarised and (state := ergodic(model, temperature)) is not None:
        return _solution(state, 0, Status.CONVERGED)
    if model.J == 0.0:
        return _solution(decoupled(model, temperature), 0, Status.CONVERGED)
    branch = Branch.of(model, polarised=polarised)
    return _best(task, 0, replica_symmetric(model, temperature, polarised=polarised), branch)


def _solution(saddle: SaddlePoint, rsb: int, status: Status, floor: float = -np.inf) -> Solution:
    if not saddle.residual < TOL:
        status = Status.NOT_CONVERGED
    elif saddle.levels.free_energy < floor - 1e-9 * abs(floor):
        status = Status.WRONG_ROOT
    return Solution(saddle.levels, rsb, saddle.residual, saddle.evaluations, status)


def _solution_of(solution: Solution, rsb: int, status: Status) -> Solution:
    return Solution(solution.levels, rsb, solution.residual, solution.evaluations, status)
