"""The k-step solution of a model, from the model alone: RS first, then step after step.

Whether p is zero, spontaneous or that of a field is a matter of the model. A solution to start from
is tried first wherever it has the number of steps asked for, and decides nothing.
"""

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
from .decoupled import decoupled
from .ergodic import ergodic
from .guesses import continued, extremes, first_breaking, next_breaking, replica_symmetric
from .rsb_steps import MOST_STEPS
from .solution import Solution, Status
from .stationarity import Branch, SaddlePoint, find_saddle

TOL = 1e-10
"""Largest scaled residual of a converged saddle point."""

NEGLIGIBLE = 1e-9
"""A jump part C_jump/C below this counts as absent."""

SWEEPS = (8, 2)
"""Relaxation sweeps before Newton's iteration: a good guess is better left where it is."""

ROUNDING = 1e-9
"""An excess of J0 χ over one that is none: at the onset of polarisation it is one."""

SAME_P = 0.02
"""Polarisations closer than this fraction belong to one state, with steps or without."""

EVALUATIONS_PER_STEP = 80
"""Recursions that a trial may cost, for each overlap."""


@dataclass(frozen=True)
class _Task:
    """What is asked for, apart from the number of steps, and a solution to start from."""

    model: Model
    temperature: float
    resolution: float
    guess: Solution | None = None
    progress: Progress = silent

    def starts(self, rsb: int, branch: Branch) -> list[Order]:
        """Where the guess says to start with so many steps: nowhere if it has others."""
        levels = None if self.guess is None else self.guess.levels
        if levels is None or levels.order.rsb != rsb or levels.order.q[-1] == 0.0:
            return []
        polarised = branch is not Branch.UNPOLARISED
        return continued(levels, self.model, self.temperature, polarised=polarised)


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
    task = _Task(model, temperature, resolution, guess, progress)
    return _without_field(task, rsb) if model.symmetric else _in_field(task, rsb)


def _without_field(task: _Task, rsb: int) -> Solution:
    """Unpolarised if that is stable, else polarised; where both can be, the lower f."""
    J0 = task.model.J0
    symmetric = _replica_symmetric(task, polarised=False)
    unpolarised = symmetric
    if rsb > 0 and J0 * symmetric.susceptibility <= 1.0:
        unpolarised = _climb(task, rsb, symmetric, polarised=False)
    if J0 * unpolarised.susceptibility > 1.0:
        return _polarised(task, rsb, unpolarised)
    return _lowest([unpolarised, *_apart(task, rsb, [unpolarised])])


def _polarised(task: _Task, rsb: int, unpolarised: Solution) -> Solution:
    """The state of spontaneous p > 0."""
    found = _climb(task, rsb, _replica_symmetric(task, polarised=True), polarised=True)
    if _is_state(found) or unpolarised.rsb != rsb or unpolarised.status is not Status.CONVERGED:
        return found
    # Breaking makes p = 0 unstable before RS does: no polarised RS to climb from.
    return _continued(task, rsb, unpolarised) or found


def _in_field(task: _Task, rsb: int) -> Solution:
    """From RS in the field; or, if that fails, from the state without field, where it is weak."""
    found = [_climb(task, rsb, _replica_symmetric(task, polarised=True), polarised=True)]
    found += _apart(task, rsb, found)
    if not any(_is_state(solution) for solution in found):
        free = replace(task, model=replace(task.model, field=0.0), guess=None)
        if (followed := _continued(task, rsb, _without_field(free, rsb))) is not None:
            return followed
    return _lowest(found)


def _apart(task: _Task, rsb: int, known: Sequence[Solution]) -> list[Solution]:
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
        symmetric = _best(task, 0, [start], branch)
        if symmetric is not None and symmetric.converged:
            same = (abs(symmetric.p / s.p - 1) < SAME_P for s in (*known, *found) if s.p != 0.0)
            if not any(same):
                found.append(_climb(task, rsb, symmetric, polarised=True))
    return found


def _lowest(solutions: Sequence[Solution]) -> Solution:
    """The state of lowest f; the first if none is one."""
    return min(solutions, key=lambda s: s.free_energy if _is_state(s) else np.inf)


def _is_state(solution: Solution) -> bool:
    """Whether this is a state of the model, if with fewer steps than asked for."""
    return solution.converged or solution.status is Status.UNRESOLVED


def _continued(task: _Task, rsb: int, state: Solution) -> Solution | None:
    """The polarised solution next to a state with as many steps; None if there is none."""
    if state.status is not Status.CONVERGED:
        return None
    branch = Branch.of(task.model, polarised=True)
    starts = replace(task, guess=state).starts(rsb, branch)
    found = _best(task, rsb, starts, branch)
    return found if found is not None and found.converged else None


def _climb(task: _Task, rsb: int, symmetric: Solution, *, polarised: bool) -> Solution:
    """From the guess if it serves, else one step after the other, each from the last."""
    if rsb == 0:
        return symmetric
    if symmetric.converged and _stable(symmetric.levels):
        return _solution_of(symmetric, rsb, Status.COLLAPSED)
    if symmetric.converged and _stable_at_nodes(symmetric.levels):
        return _solution_of(symmetric, rsb, Status.UNRESOLVED)
    if (known := _from_guess(task, rsb, symmetric, polarised=polarised)) is not None:
        return _more_steps(task, known, rsb, polarised=polarised)
    if not symmetric.converged:
        return _solution_of(symmetric, rsb, Status.NOT_CONVERGED)
    return _more_steps(task, symmetric, rsb, polarised=polarised)


def _from_guess(task: _Task, rsb: int, symmetric: Solution, *, polarised: bool) -> Solution | None:
    """A solution on this branch with the steps of the guess; None if it does not lead to one."""
    guess = task.guess
    if guess is None or guess.rsb == 0:
        return None
    own = guess.model == task.model and guess.temperature == task.temperature
    if own and guess.converged and guess.rsb < rsb and (guess.p != 0.0) == polarised:
        return guess
    branch = Branch.of(task.model, polarised=polarised)
    below = symmetric if symmetric.converged else None
    found = _best(task, guess.rsb, task.starts(guess.rsb, branch), branch, below)
    return found if found is not None and found.converged else None


def _more_steps(task: _Task, solution: Solution, rsb: int, *, polarised: bool) -> Solution:
    """One step after the other, each from the last."""
    branch = Branch.of(task.model, polarised=polarised)
    for k in range(solution.rsb + 1, rsb + 1):
        task.progress(k, rsb + 1)
        breaking = first_breaking if k == 1 else next_breaking
        guesses = breaking(solution.levels, polarised=polarised)
        found = _best(task, k, guesses, branch, below=solution)
        solution = found or _solution_of(solution, k, Status.UNRESOLVED)
        if not solution.converged:
            return _solution_of(solution, rsb, solution.status)
    return solution


def _best(
    task: _Task, rsb: int, starts: Sequence[Order], branch: Branch, below: Solution | None = None
) -> Solution | None:
    """The first start that leads to a physical root, else the one that came closest.

    None if no start has overlaps that can be told apart.
    """
    best: Solution | None = None
    floor = -np.inf if below is None else below.free_energy
    for order, sweeps in product(starts, SWEEPS if rsb > 1 else SWEEPS[:1]):
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
        solution = _solution(saddle, rsb, floor)
        if solution.converged:
            return solution
        if best is None or solution.residual < best.residual:
            best = solution
    return best


def _stable(levels: Levels) -> bool:
    """Replica symmetry is stable: no jump at a field that occurs, and the replicon is positive."""
    return _no_breaking(levels.model, levels.order, levels.C_jump, levels.curvature_squared)


def _stable_at_nodes(levels: Levels) -> bool:
    """The same as an average over the kinds of site of ``levels`` sees it.

    Sites softer than all of them may break replica symmetry: too weakly for such an average.
    """
    jump = sum(weight * part.C_jump for weight, part in levels.parts)
    squared = sum(weight * part.curvature_squared for weight, part in levels.parts)
    return _no_breaking(levels.model, levels.order, jump, squared)


def _no_breaking(model: Model, order: Order, jump: float, curvature_squared: float) -> bool:
    return bool(jump <= NEGLIGIBLE * order.C and model.J**2 * curvature_squared <= 1.0)


def _replica_symmetric(task: _Task, *, polarised: bool) -> Solution:
    model, temperature = task.model, task.temperature
    if model.J == 0.0:
        return _solution(decoupled(model, temperature), 0)
    if not polarised and (state := ergodic(model, temperature)) is not None:
        return _solution(state, 0)
    branch = Branch.of(model, polarised=polarised)
    starts = task.starts(0, branch) + replica_symmetric(model, temperature, polarised=polarised)
    found = _best(task, 0, starts, branch)
    assert found is not None  # only overlaps of several steps can be too close
    return found


def _solution(saddle: SaddlePoint, rsb: int, floor: float = -np.inf) -> Solution:
    levels = saddle.levels
    status = Status.CONVERGED
    if not saddle.residual < TOL:
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


def _solution_of(solution: Solution, rsb: int, status: Status) -> Solution:
    return Solution(solution.levels, rsb, solution.residual, solution.evaluations, status)
