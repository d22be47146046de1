"""Trials: Newton's iteration from one start after another, and what is said of where it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from ..model.errors import SolveError
from ..model.model import Model
from ..numerics.progress import Progress, silent
from ..recursion.kernel import UnresolvedError
from ..recursion.mixture import Levels
from ..recursion.recursion import Order
from .guesses import continued
from .solution import Solution, Status
from .stationarity import Branch, SaddlePoint, Staircase, as_it_is, find_saddle

TOL = 1e-10
"""Largest scaled residual of a converged saddle point."""

LOOSE = 1e-3
"""Largest relative error of gaps and breakpoints of a converged one: near the AT line a small
residual says little of them."""

NEGLIGIBLE = 1e-9
"""A jump part C_jump/C below this counts as absent."""

SWEEPS = (8, 2)
"""Relaxation sweeps before Newton's iteration: a good guess is better left where it is."""

ROUNDING = 1e-9
"""An excess of J0 χ over one that is none: at the onset of polarisation it is one."""

AT_THE_LINE = 1e-13
"""A negative replicon of this size is rounding: at T_g itself it is zero."""

EVALUATIONS_PER_STEP = 80
"""Recursions that a trial may cost, for each overlap."""


@dataclass(frozen=True)
class Task:
    """What is asked for, apart from the number of steps, and a solution to start from."""

    model: Model
    temperature: float
    resolution: float
    guess: Solution | None = None
    progress: Progress = silent

    def starts(self, rsb: int, branch: Branch) -> list[Order]:
        """Where the guess says to start with so many steps: nowhere if it has others."""
        if self.guess is None:
            return []
        levels, order = self.guess.levels, self.guess.order
        if order.rsb != rsb or order.q[-1] == 0.0:
            return []
        polarised = branch is not Branch.UNPOLARISED
        chi = levels.susceptibility
        return continued(order, chi, self.model, self.temperature, polarised=polarised)

    def without_guess(self) -> Task:
        """The same from the model alone."""
        return replace(self, guess=None)


def saddle_from(
    task: Task,
    start: Order,
    branch: Branch,
    sweeps: int,
    staircase: Staircase = as_it_is,
) -> SaddlePoint | None:
    """Where Newton's iteration ends; None if overlaps cannot be told apart.

    Steps begin where replica symmetry has been solved: what cannot be integrated then is the start.
    """
    try:
        return find_saddle(
            task.model,
            start,
            branch,
            task.temperature,
            staircase=staircase,
            sweeps=sweeps,
            max_evaluations=EVALUATIONS_PER_STEP * (start.rsb + 1),
            resolution=task.resolution,
        )
    except UnresolvedError:
        return None
    except SolveError:
        if start.rsb == 0:
            raise
        return None


def best(
    task: Task,
    starts: Sequence[Order],
    branch: Branch,
    below: Solution | None = None,
    sweeps: Sequence[int] | None = None,
) -> Solution | None:
    """The first start that leads to a physical root, else the one that came closest.

    None if no start has overlaps that can be told apart. ``below`` is a solution with fewer steps.
    """
    closest: Solution | None = None
    floor = -np.inf if below is None else below.free_energy
    for order, n in product(starts, sweeps or (SWEEPS if starts[0].rsb > 1 else SWEEPS[:1])):
        saddle = saddle_from(task, order, branch, n)
        if saddle is None:
            continue
        solution = solution_at(saddle, floor)
        if solution.converged:
            return solution
        if closest is None or solution.residual < closest.residual:
            closest = solution
    return closest


def solution_at(saddle: SaddlePoint, floor: float = -np.inf) -> Solution:
    """The solution with its status; ``floor`` is the free energy of fewer steps."""
    levels, rsb = saddle.levels, saddle.levels.order.rsb
    status = Status.CONVERGED
    if not (saddle.residual < TOL and (rsb == 0 or saddle.error < LOOSE)):
        status = Status.NOT_CONVERGED
    elif levels.free_energy < floor - 1e-9 * abs(floor):
        status = Status.WRONG_ROOT
    elif not _holds(levels):
        status = Status.UNSTABLE
    return Solution(levels, rsb, saddle.residual, saddle.evaluations, status)


def _holds(levels: Levels) -> bool:
    """Whether p, where it is not zero, is that of a state: along the field, and J0 χ ≤ 1.

    The response of p at fixed overlaps, χ, is the larger one: they follow p and hold it back.
    """
    model, order = levels.model, levels.order
    along = order.p * np.sign(model.field) >= -TOL * np.sqrt(order.q[-1])
    return bool(order.p == 0.0 or (along and model.J0 * levels.susceptibility <= 1.0 + ROUNDING))


def is_state(solution: Solution) -> bool:
    """Whether this is a state of the model, if with fewer steps than asked for."""
    return solution.converged or solution.status is Status.UNRESOLVED


def stable(levels: Levels) -> bool:
    """Replica symmetry is stable: no jump at a field that occurs, and the replicon is positive."""
    return _no_breaking(levels.model, levels.order, levels.C_jump, levels.curvature_squared)


def stable_at_nodes(levels: Levels) -> bool:
    """The same as an average over the kinds of site of ``levels`` sees it.

    Sites softer than all of them may break replica symmetry: too weakly for such an average.
    """
    jump = sum(weight * part.C_jump for weight, part in levels.parts)
    squared = sum(weight * part.curvature_squared for weight, part in levels.parts)
    return _no_breaking(levels.model, levels.order, jump, squared)


def _no_breaking(model: Model, order: Order, jump: float, curvature_squared: float) -> bool:
    return bool(
        jump <= NEGLIGIBLE * order.C and model.J**2 * curvature_squared <= 1.0 + AT_THE_LINE
    )
