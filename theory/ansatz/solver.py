"""solve(): the mean-field theory of a model, from the model alone."""

from __future__ import annotations

from typing import Literal, overload

from ..model.errors import SolveError
from ..model.model import Model
from ..numerics.progress import Progress, silent
from .full import solve_full
from .full_solution import FullSolution
from .rsb_steps import Steps
from .solution import Solution
from .steps import solve_steps

HOTTEST = 1e300
"""T beyond which 60 T, the depth of a site's integrals, comes near the end of the numbers."""


@overload
def solve(
    model: Model,
    rsb: int = 0,
    temperature: float = 0.0,
    *,
    guess: Solution | None = None,
    resolution: float = 1.0,
    progress: Progress = silent,
) -> Solution: ...


@overload
def solve(
    model: Model,
    rsb: Literal["full"],
    temperature: float = 0.0,
    *,
    resolution: float = 1.0,
    progress: Progress = silent,
) -> FullSolution: ...


def solve(
    model: Model,
    rsb: Steps = 0,
    temperature: float = 0.0,
    *,
    guess: Solution | None = None,
    resolution: float = 1.0,
    progress: Progress = silent,
) -> Solution | FullSolution:
    """Solve the mean-field theory of ``model``, breakpoints included (physics.md §2).

    Parameters
    ----------
    model
        The model.
    rsb
        The number k of steps: 0 is replica symmetry (RS), 1 is 1RSB, …; "full" for k → ∞.
    temperature
        T ≥ 0 in units of k_B = 1.
    guess
        A solution to start from: of a nearby model or temperature with the same ``rsb``, or of
        this model with fewer steps, at least one. Not for "full".
    resolution
        Scales the number of quadrature panels; a converged result does not depend on it.
    progress
        Called with (done, all) before each step of breaking: a long climb takes minutes.

    Returns
    -------
    Solution, or FullSolution for "full"
        With ``status`` or ``converged`` saying whether it may be used: not converging is a
        result, not an error.

    Raises
    ------
    SolveError
        If ``rsb`` or ``temperature`` is negative or too large, ``guess`` does not fit, or the
        scales of the model lie too far apart for quadrature.

    Examples
    --------
    >>> from glasswell.theory import Model, solve
    >>> rs, one = (solve(Model(gamma=10.0), rsb) for rsb in (0, 1))
    >>> rs.free_energy < one.free_energy  # f rises with the number of steps
    True
    >>> one.overlaps.round(3), one.breakpoints.round(4)
    (array([50.88 , 88.101]), array([0.0111]))
    >>> warm = solve(Model(gamma=2.0), temperature=1.5)
    >>> round(warm.C, 4), warm.converged
    (0.9339, True)
    """
    if not 0.0 <= temperature <= HOTTEST:
        raise SolveError(
            f"temperature must be a number ≥ 0, {HOTTEST:g} at most, got {temperature}"
        )
    if rsb == "full":
        if guess is not None:
            raise SolveError('rsb="full" climbs from RS by itself: leave out guess')
        return solve_full(model, temperature, resolution=resolution, progress=progress)
    if isinstance(rsb, bool) or not isinstance(rsb, int):
        raise SolveError(f'rsb is a number of steps or "full", got {rsb!r}')
    if rsb < 0:
        raise SolveError(f"rsb is the number of breaking steps and cannot be negative, got {rsb}")
    return solve_steps(
        model, rsb, temperature, guess=guess, resolution=resolution, progress=progress
    )
