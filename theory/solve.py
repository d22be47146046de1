"""solve(): the mean-field theory of a model, from the model alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from .errors import SolveError
from .model import Model
from .rsb import Order, Recursion, UnresolvedError, recursion
from .saddle import SaddlePoint, find_saddle
from .singlesite import GroundSite
from .solution import Solution, Status
from .staircase import EVEN, STEEP, first, refined

TOL = 1e-10
"""Largest scaled residual of a converged saddle point."""

NEGLIGIBLE = 1e-9
"""A jump part C_jump/C or a polarisation p/√q below this counts as absent."""

FIRST_STEPS = (0.8, 0.25, 0.08, 0.025)
"""Trial values of y_1 q_1, tried in turn; solutions without polarisation have 0.01 to 1."""

DEPTHS = (0.6, 0.1, 0.02)
"""Trial values of the range D that q(y) covers in a field or polarised, tried in turn."""


def solve(
    model: Model,
    rsb: int = 0,
    temperature: float = 0.0,
    *,
    guess: Solution | None = None,
    resolution: float = 1.0,
) -> Solution:
    """Solve the k-step mean-field theory of ``model``, breakpoints included (physics.md §2).

    Parameters
    ----------
    model
        The model.
    rsb
        The number k of steps: 0 is replica symmetry (RS), 1 is 1RSB, …
    temperature
        T ≥ 0 in units of k_B = 1.
    guess
        A solution to start from: of a nearby model with the same ``rsb``, or of this model with
        fewer steps, at least one.
    resolution
        Scales the number of quadrature panels; a converged result does not depend on it.

    Returns
    -------
    Solution
        With ``status`` saying whether it may be used: not converging is a result, not an error.

    Raises
    ------
    SolveError
        If ``rsb`` or ``temperature`` is negative or ``guess`` does not fit.
    """
    _check(rsb, temperature, guess)
    if guess is not None:
        return _from_guess(model, rsb, guess, resolution)
    if model.symmetric:
        unpolarised = _climb(model, rsb, resolution, polarised=False)
        if model.J0 * unpolarised.susceptibility <= 1.0:
            return unpolarised
        return _climb(model, rsb, resolution, polarised=True)
    return _climb(model, rsb, resolution, polarised=True)


def _check(rsb: int, temperature: float, guess: Solution | None) -> None:
    if rsb < 0:
        raise SolveError(f"rsb is the number of breaking steps and cannot be negative, got {rsb}")
    if not temperature >= 0 or not np.isfinite(temperature):
        raise SolveError(f"temperature must be a number ≥ 0, got {temperature}")
    if temperature > 0:
        raise SolveError("temperature > 0 is not available yet: solve at temperature = 0")
    if guess is not None and guess.rsb != rsb and not 1 <= guess.rsb < rsb:
        raise SolveError(f"guess must be a solution with 1 to {rsb} steps, got {guess.rsb}")
    if guess is not None and guess.status is Status.COLLAPSED:
        raise SolveError("guess has no distinct overlaps to start from: leave it out")


def _from_guess(model: Model, rsb: int, guess: Solution, resolution: float) -> Solution:
    """The same number of steps from a nearby solution, or more from fewer."""
    polarised = guess.p != 0.0
    if guess.rsb < rsb:
        return _more_steps(model, guess, rsb, resolution, polarised=polarised)
    order = guess.levels.order
    saddle = find_saddle(model, order, polarised=polarised, resolution=resolution)
    return _solution(saddle, rsb, Status.CONVERGED)


def _climb(model: Model, rsb: int, resolution: float, *, polarised: bool) -> Solution:
    """RS first, then one step after the other, each from the last."""
    solution = _replica_symmetric(model, resolution, polarised=polarised)
    if rsb == 0 or not solution.converged:
        return solution if rsb == 0 else _solution_of(solution, rsb, Status.NOT_CONVERGED)
    if _stable(solution.levels):
        return _solution_of(solution, rsb, Status.COLLAPSED)
    return _more_steps(model, solution, rsb, resolution, polarised=polarised)


def _more_steps(
    model: Model, solution: Solution, rsb: int, resolution: float, *, polarised: bool
) -> Solution:
    """One step after the other, each from the last."""
    for k in range(solution.rsb + 1, rsb + 1):
        guesses = _next(solution, polarised=polarised)
        solution = _best(model, k, guesses, resolution, below=solution, polarised=polarised)
        if not solution.converged:
            return _solution_of(solution, rsb, solution.status)
    return solution


def _best(
    model: Model,
    rsb: int,
    guesses: Iterable[Order],
    resolution: float,
    *,
    below: Solution,
    polarised: bool,
) -> Solution:
    """The first guess that leads to a physical root, else the one that came closest."""
    best = _solution_of(below, rsb, Status.NOT_CONVERGED)
    for order in guesses:
        try:
            saddle = find_saddle(model, order, polarised=polarised, resolution=resolution)
        except UnresolvedError:
            continue
        solution = _solution(saddle, rsb, Status.CONVERGED, floor=below.free_energy)
        if solution.converged:
            return solution
        if best.levels is below.levels or solution.residual < best.residual:
            best = solution
    return best


def _next(solution: Solution, *, polarised: bool) -> Iterator[Order]:
    """Guesses with one more step, the likeliest first."""
    order = solution.levels.order
    rises = (STEEP, EVEN) if solution.C_jump > 0 else (EVEN, STEEP)
    if solution.rsb > 0:
        yield from (refined(order, rise, polarised=polarised) for rise in rises)
        return
    for depth in DEPTHS if polarised else (1.0,):
        yield from (first(order, rises[0], depth, yq) for yq in FIRST_STEPS)


def _stable(levels: Recursion) -> bool:
    """Replica symmetry is stable: no jump at a field that occurs, and the replicon is positive."""
    smooth = levels.C_jump <= NEGLIGIBLE * levels.order.C
    second_moment = levels.model.J**2 * (levels.levels[-1].mass @ levels.curvature**2)
    return bool(smooth and second_moment <= 1.0)


def _replica_symmetric(model: Model, resolution: float, *, polarised: bool) -> Solution:
    if not polarised and (ergodic := _ergodic(model)) is not None:
        return _solution(ergodic, 0, Status.CONVERGED)
    if model.J == 0.0:
        return _solution(_without_disorder(model), 0, Status.CONVERGED)
    best: SaddlePoint | None = None
    for stiffness in (1.0, 0.3, 3.0, 0.1):
        v = _typical_displacement(model if polarised else replace(model, J0=0.0), stiffness)
        p = np.copysign(0.9 * v, model.field) if polarised else 0.0
        guess = Order(float(p), 0.9 / model.J, np.array([v**2]), np.zeros(0))
        saddle = find_saddle(model, guess, polarised=polarised, resolution=resolution)
        if best is None or saddle.residual < best.residual:
            best = saddle
        if best.residual < TOL:
            break
    assert best is not None
    return _solution(best, 0, Status.CONVERGED)


def _ergodic(model: Model) -> SaddlePoint | None:
    """p = q = 0 if it solves the equations and is stable: J² C² - C G''(0)/γ + 1 = 0, J C ≤ 1."""
    stiffness = float(model.G.curvature(0.0)) / model.gamma
    discriminant = stiffness**2 - 4 * model.J**2
    if not model.symmetric or stiffness <= 0 or discriminant < 0:
        return None
    C = 2 / (stiffness + np.sqrt(discriminant))
    levels = recursion(model, Order(0.0, C, np.zeros(1), np.zeros(0)))
    return SaddlePoint(levels, 0.0, 0) if levels.site.envelope.v_0 == 0 else None


def _without_disorder(model: Model) -> SaddlePoint:
    """J = 0: the p that minimises f = J0 p²/2 - g(H + J0 p), where p = v*(H + J0 p)."""
    site = GroundSite.of(model, 0.0)

    def free_energy(p: float) -> float:
        return float(model.J0 * p**2 / 2 - site.g(np.array([model.field + model.J0 * p]))[0])

    reach = _typical_displacement(model, 1.0)
    trials = np.linspace(-reach, reach, 401)
    at = int(np.argmin([free_energy(float(p)) for p in trials]))
    p = float(trials[at])
    for _ in range(10_000):
        p, last = float(site.minimiser(np.array([model.field + model.J0 * p]))[0]), p
        if abs(p - last) <= 1e-15 * (abs(p) + reach):
            break
    h = np.array([model.field + model.J0 * p])
    order = Order(p, float(site.response(h)[0]), site.minimiser(h) ** 2, np.zeros(0))
    return SaddlePoint(recursion(model, order), abs(p - last) / reach, 0)


def _typical_displacement(model: Model, stiffness: float) -> float:
    """v where the pull of the neighbours balances the on-site force, G'(v)/γ = s (2J + J0) v."""
    pull = stiffness * (2 * model.J + max(model.J0, 0.0))
    v = 1e-6
    while model.G.slope(v) / model.gamma < pull * v + abs(model.field) and v < 1e12:
        v *= 1.1
    return v


def _solution(saddle: SaddlePoint, rsb: int, status: Status, floor: float = -np.inf) -> Solution:
    if not saddle.residual < TOL:
        status = Status.NOT_CONVERGED
    elif saddle.levels.free_energy < floor - 1e-9 * abs(floor):
        status = Status.WRONG_ROOT
    return Solution(saddle.levels, rsb, 0.0, saddle.residual, saddle.evaluations, status)


def _solution_of(solution: Solution, rsb: int, status: Status) -> Solution:
    return Solution(solution.levels, rsb, 0.0, solution.residual, solution.evaluations, status)
