"""Full replica-symmetry breaking: the limit k → ∞ of the k-step solutions, with a stated error.

A staircase with k steps stands for the function q(y) as a midpoint rule stands for an integral,
with the best of all rules, since overlaps and breakpoints are stationary (``full_solution`` has
the powers of 1/k).

At T = 0, without field and polarisation, the longest staircase is also where the solution of the
continuous equations begins (``parisi``, ``continuum``). It has the pseudogap, which a staircase
never reaches, and so the fields and wells of the limit itself; its free energy and q̂ are about as
good as those of the sequence, and an independent check of them.
"""

from __future__ import annotations

from dataclasses import replace

from ..model.model import Model
from ..numerics.limits import FEWEST
from ..numerics.progress import Progress, silent
from .continuum import applies, resolved
from .full_solution import FullSolution
from .solution import Solution, Status
from .steps import solve_steps

STEPS = 6
"""Steps of the longest staircase by default: 1e-6 in f at γ = 10, where f = -36.5."""


def solve_full(
    model: Model,
    temperature: float = 0.0,
    *,
    steps: int = STEPS,
    resolution: float = 1.0,
    progress: Progress = silent,
) -> FullSolution:
    """Solve with 0, 1, …, ``steps`` steps, each from the last, and then without, for k → ∞.

    Members end before the first that does not converge, if there are enough by then, or where
    replica symmetry is stable.

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
    solutions: list[Solution] = []
    for k in range(steps + 1):
        progress(k, steps + 2)
        guess = solutions[-1] if k > 1 else None
        solution = solve_steps(model, k, temperature, guess=guess, resolution=resolution)
        if len(solutions) > FEWEST and not solution.converged:
            break  # enough for a limit with an error, and its error says what is missing
        solutions.append(solution)
        if solution.status is not Status.CONVERGED:
            break
    progress(steps + 1, steps + 2)
    full = FullSolution(tuple(solutions))
    C = full.C.value
    if full.status is Status.CONVERGED and applies(full.longest, C):
        return replace(full, continuum=resolved(full.longest, C))
    return full
