"""Full replica-symmetry breaking: the limit k → ∞ of the k-step solutions, with a stated error.

A staircase with a few steps is where the solution of the continuous equations begins (``parisi``,
``continuum``), and that gives the limit. Where it does not converge more steps are taken: a
staircase with k steps stands for the function q(y) as a midpoint rule stands for an integral, with
the best of all rules, since overlaps and breakpoints are stationary (``full_solution`` has the
powers of 1/k), so that their sequence has a limit with an error too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..model.model import Model
from ..numerics.limits import FEWEST
from ..numerics.progress import Progress, silent
from .continuum import Resolved, applies, resolved
from .full_solution import FullSolution
from .solution import Solution, Status
from .steps import solve_steps

STEPS = 6
"""Steps of the longest staircase where the continuous equations fail: 1e-6 in f at γ = 10."""

ENOUGH = 2
"""Steps of the staircase from which the continuous equations are tried."""


def solve_full(
    model: Model,
    temperature: float = 0.0,
    *,
    steps: int | None = None,
    resolution: float = 1.0,
    progress: Progress = silent,
) -> FullSolution:
    """Solve Parisi's equations, from staircases with 0, 1, … steps, each begun from the last.

    Parameters
    ----------
    model, temperature
        As for ``solve``.
    steps
        Staircases to climb to whatever comes: they are an independent check of the limit. By
        default two, and more only where the continuous equations do not converge. The climb ends
        before the first that does not converge, if there are enough by then, or where replica
        symmetry is stable.
    resolution
        Scales the number of quadrature panels of the staircases.
    progress
        Called with (done, all) before each stage.

    Raises
    ------
    SolveError
        If a solution on the way cannot be used as a start.

    Examples
    --------
    >>> from glasswell.theory import Model, solve_full
    >>> solve_full(Model(gamma=0.4), steps=2).status.name  # ergodic: all overlaps vanish
    'COLLAPSED'
    """
    climb = _Climb(model, temperature, resolution, progress)
    solutions = climb.to(ENOUGH if steps is None else steps)
    continuum = _continuum(solutions)
    if continuum is None and steps is None and len(solutions) > ENOUGH:
        solutions = climb.to(STEPS, solutions)
        continuum = _continuum(solutions[ENOUGH + 1 :])
    if continuum is not None:
        solutions = [s for s in solutions if s.converged]
    return FullSolution(tuple(solutions), continuum)


@dataclass(frozen=True)
class _Climb:
    """Staircases of one model, each begun from the last."""

    model: Model
    temperature: float
    resolution: float
    progress: Progress

    def to(self, steps: int, known: Sequence[Solution] = ()) -> list[Solution]:
        """Up to so many steps, or to where they end by themselves."""
        solutions = list(known)
        while len(solutions) <= steps and all(s.status is Status.CONVERGED for s in solutions):
            k = len(solutions)
            self.progress(k, steps + 2)
            guess = solutions[-1] if k > 1 else None
            solution = solve_steps(
                self.model, k, self.temperature, guess=guess, resolution=self.resolution
            )
            if len(solutions) > FEWEST and not solution.converged:
                break  # enough for a limit with an error, and its error says what is missing
            solutions.append(solution)
        self.progress(steps + 1, steps + 2)
        return solutions


def _continuum(solutions: Sequence[Solution]) -> Resolved | None:
    """From the longest staircase that serves."""
    for staircase in reversed(solutions):
        if applies(staircase):
            found = resolved(staircase)
            if found is not None:
                return found
    return None
