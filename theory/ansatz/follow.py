"""Continuation: a solution followed in the field, in J0, γ or T, as far as it goes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Literal

import numpy as np

from .._typing import Floats
from ..model.errors import SolveError
from ..model.model import Model
from ..recursion.recursion import Order
from .climb import climb
from .guesses import continued
from .solution import Solution, Status
from .staircase import below_beta
from .stationarity import Branch
from .symmetric import symmetric_solution
from .trial import Task, best, stable

Parameter = Literal["field", "J0", "gamma", "temperature"]
"""What may be varied."""

SMALLEST = 1e-3
"""The shortest step tried, as a part of the way."""

WEAKEST = 1 / 32
"""Part of the way before the end of breaking in which a solution may be lost."""

FARTHEST = 2.0
"""A secant is drawn out by at most this multiple of its length."""

LEAP = 1.5
"""A solution whose C, gaps or breakpoints lie farther than this factor from where the secant led
may be of another branch: the step is shortened."""

WEAK = 0.5
"""(q_k - q_0)/q_k below which replica symmetry is a start as well."""

MOST = 400
"""Solves on the way, at most."""


class End(Enum):
    """Why a path ended; the value says what to do, and is empty if all is well.

    Examples
    --------
    >>> End.SYMMETRIC.value
    'breaking ends here: replica symmetry is stable beyond'
    """

    REACHED = ""
    SYMMETRIC = "breaking ends here: replica symmetry is stable beyond"
    LOST = "no solution was found next to the last one: the branch ends or turns back here"
    TOO_MANY = "the way was too long: go on from the last solution"


@dataclass(frozen=True)
class Path:
    """Solutions along a way in one parameter, the one it began with first, and why it ended.

    Examples
    --------
    >>> from glasswell.theory import Model, follow, solve
    >>> path = follow(solve(Model(gamma=10.0)), "J0", 1.0, spacing=0.5)
    >>> path.values, path.ended.name
    (array([0. , 0.5, 1. ]), 'REACHED')
    """

    parameter: Parameter
    solutions: tuple[Solution, ...]
    ended: End

    @property
    def values(self) -> Floats:
        """The parameter at every solution, (n,)."""
        return np.array([value_of(solution, self.parameter) for solution in self.solutions])

    @property
    def last(self) -> Solution:
        """Where it ended."""
        return self.solutions[-1]


def follow(
    solution: Solution,
    parameter: Parameter,
    to: float,
    *,
    spacing: float = np.inf,
    resolution: float = 1.0,
) -> Path:
    """Follow a solution, with as many steps, while one of the model's numbers or T is varied.

    Every solution starts from the secant through the last two, in the logarithms of C, of the gaps
    between overlaps and of those between breakpoints. Steps are halved where that leads to none, or
    to one far from where it pointed, and doubled where it does.

    Parameters
    ----------
    solution
        Where to begin: converged, with distinct overlaps if it has steps.
    parameter
        "field", "J0", "gamma" or "temperature".
    to
        The value to end at. A field may be followed from zero and to zero, not across it.
    spacing
        The longest step, for figures; by default the whole way is tried at once.
    resolution
        As for ``solve``.

    Returns
    -------
    Path
        Its solutions, and why it ended: not getting there is a result, not an error.

    Raises
    ------
    SolveError
        If ``solution`` is none to start from, or the way is none that can be gone.

    Examples
    --------
    >>> from glasswell.theory import Model, follow, solve
    >>> start = solve(Model(gamma=10.0), rsb=1)
    >>> path = follow(start, "field", 2.0, spacing=1.0)
    >>> [round(s.p, 3) for s in path.solutions]
    [0.0, 0.96, 1.879]
    >>> hot = follow(start, "temperature", 100.0)  # through T_g = 59.6
    >>> hot.ended.name, bool(58.0 < hot.values[-1] < 59.6)
    ('SYMMETRIC', True)
    """
    _check(solution, parameter, to, spacing)
    found = [solution]
    begin = at = value_of(solution, parameter)
    ahead = float(np.clip(to - at, -spacing, spacing))
    shortest = SMALLEST * min(abs(to - begin), spacing)
    for _ in range(MOST):
        if at == to:
            return Path(parameter, tuple(found), End.REACHED)
        there = to if abs(to - at) <= abs(ahead) * (1 + 1e-9) else at + ahead
        task = _task_at(found[-1], parameter, there, resolution)
        next_one = _next(task, found, parameter, there)
        if next_one is not None:
            found.append(next_one)
            at, ahead = there, float(np.clip(2 * ahead, -spacing, spacing))
            continue
        ahead = (there - at) / 2
        if abs(ahead) < shortest:
            # Where breaking vanishes the last of it may be too weak to be solved for.
            beyond = at + np.copysign(WEAKEST * min(abs(to - begin), spacing), ahead)
            tasks = (task, _task_at(found[-1], parameter, float(beyond), resolution))
            symmetric = any(_symmetric(each, found[-1]) for each in tasks)
            ended = End.SYMMETRIC if symmetric else End.LOST
            return Path(parameter, tuple(found), ended)
    return Path(parameter, tuple(found), End.TOO_MANY)


def value_of(solution: Solution, parameter: Parameter) -> float:
    """The parameter's value at a solution."""
    if parameter == "temperature":
        return solution.temperature
    return float(getattr(solution.model, parameter))


def _check(solution: Solution, parameter: Parameter, to: float, spacing: float) -> None:
    if parameter not in ("field", "J0", "gamma", "temperature"):
        raise SolveError(
            f'follow knows "field", "J0", "gamma" and "temperature", not {parameter!r}'
        )
    if solution.status is not Status.CONVERGED:
        raise SolveError("only a converged solution with distinct overlaps can be followed")
    if parameter in solution.model.random:
        raise SolveError(f"{parameter} differs from site to site and is no one number to follow")
    if not np.isfinite(to) or (parameter == "temperature" and to < 0.0):
        raise SolveError(f"{parameter} cannot be followed to {to}")
    if parameter == "field" and to * solution.model.field < 0.0:
        raise SolveError("a field is not followed across zero: follow it to 0 and on from there")
    if not spacing > 0.0:
        raise SolveError(f"spacing is the longest step and must be positive, got {spacing}")


def _task_at(solution: Solution, parameter: Parameter, value: float, resolution: float) -> Task:
    model, temperature = solution.model, solution.temperature
    if parameter == "temperature":
        temperature = value
    else:
        changed: dict[str, float] = {parameter: value}
        model = _changed(model, changed)
    return Task(model, temperature, resolution, guess=solution)


def _changed(model: Model, values: dict[str, float]) -> Model:
    return replace(model, **values)  # type: ignore[arg-type]


def _polarised(task: Task, last: Solution) -> bool:
    """Without a field p vanishes, unless it is there already or the glass is unstable to it."""
    if not task.model.symmetric:
        return True
    spontaneous = last.model.symmetric and last.p != 0.0
    return bool(spontaneous or task.model.J0 * last.susceptibility > 1.0)


def _next(task: Task, found: list[Solution], parameter: Parameter, there: float) -> Solution | None:
    """The solution there that belongs to those found; None if there is none."""
    last = found[-1]
    polarised = _polarised(task, last)
    alone = task.without_guess()
    symmetric = symmetric_solution(alone, polarised=polarised) if last.rsb else None
    if symmetric is not None and symmetric.converged and stable(symmetric.levels):
        return None
    branch = Branch.of(task.model, polarised=polarised)
    chi = last.susceptibility
    starts = continued(last.order, chi, task.model, task.temperature, polarised=polarised)
    secant = _secant(found, parameter, there, task) if polarised == (last.p != 0.0) else None
    expected = secant or (starts[0] if starts else None)
    if secant is not None:
        starts = [secant, *starts]
    if last.expansion is None:
        next_one = best(task, starts, branch, sweeps=(0,))
        if next_one is not None and next_one.converged and _near(next_one.order, expected):
            return next_one
    depth = 1 - float(last.order.q[0] / last.order.q[-1])
    if symmetric is None or depth > WEAK:
        return None
    # Towards the AT line breaking gets so weak that it starts from replica symmetry again.
    weak = climb(alone, last.rsb, symmetric, polarised=polarised)
    good = weak.status is Status.CONVERGED
    return weak if good and _near(weak.order, expected) else None


def _symmetric(task: Task, last: Solution) -> bool:
    """Whether breaking ends between a solution with steps and the task."""
    if last.rsb == 0:
        return False
    alone = task.without_guess()
    symmetric = symmetric_solution(alone, polarised=_polarised(task, last))
    return symmetric.converged and stable(symmetric.levels)


def _secant(found: list[Solution], parameter: Parameter, there: float, task: Task) -> Order | None:
    """Order parameters on the secant through the last two solutions."""
    if len(found) < 2:
        return None
    x_1, x_2 = (value_of(solution, parameter) for solution in found[-2:])
    before, last = (solution.order for solution in found[-2:])
    if before.rsb != last.rsb:
        return None
    part = min((there - x_2) / (x_2 - x_1), FARTHEST)
    p = last.p + part * (last.p - before.p)
    if p * last.p <= 0:
        p = last.p
    logs = (_logs(order) for order in (before, last))
    was, now = logs
    values = np.exp(now + part * (now - was))
    C, gaps, rises = np.split(values, [1, last.rsb + 2])
    y = below_beta(np.cumsum(rises), task.temperature)
    return Order(p, float(C[0]), np.cumsum(gaps), y)


def _logs(order: Order) -> Floats:
    """Of C, of the gaps between overlaps from zero up, and of those between breakpoints."""
    gaps = [np.diff(order.q, prepend=0.0), np.diff(order.y, prepend=0.0)]
    return np.asarray(np.log(np.concatenate([[order.C], *gaps])))


def _near(order: Order, expected: Order | None) -> bool:
    """Whether C, q_0, q_k and the breakpoints are within LEAP of what was expected."""
    if expected is None:
        return True
    here, there = (
        np.array([x.C, x.q[0], x.q[-1], *x.y[[0, -1] if x.rsb else []]]) for x in (order, expected)
    )
    return bool(np.abs(np.log(here / there)).max() < np.log(LEAP))
