"""How many states there are at each free energy, in one step of replica-symmetry breaking.

With φ(y) the 1RSB free energy, stationary in everything but y (physics.md §2), y copies of the
system in one state weigh states by e^(-y N f) (R. Monasson, Phys. Rev. Lett. 75, 2847 (1995)):

    f = ∂(yφ)/∂y = φ + Σ/y,     Σ = y² ∂φ/∂y = y² J² (q_1² - q_0²)/4 - y (∫P_1 g_1 - ∫P_0 g_0),

Σ the logarithm of their number per site, and dΣ/df = y. It vanishes at the 1RSB solution and grows
as y falls, until f has its largest value, the threshold of this approximation; what y gives beyond
is no number of states. At T = 0, f is the energy of minima. In the glass of this model the replicon
of 1RSB is negative: Σ is an approximation, and in the limit of many steps there is one energy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .._typing import Floats
from ..model.errors import NotConvergedError, SolveError
from ..model.model import Model
from ..model.status import in_words
from ..numerics.newton import find_root
from ..plots import complexity as picture
from ..recursion.kernel import UnresolvedError
from ..recursion.mixture import Levels, levels_of
from ..recursion.recursion import Order
from .solution import Status
from .stationarity import residuals
from .steps import solve_steps
from .trial import TOL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RATIO = 0.93
"""Of one y and the next, from the 1RSB solution down to the threshold."""

BEYOND = 2
"""Values of y past the threshold, which show that it is one."""

MOST = 120
"""Values of y after which a threshold is no longer looked for."""

EVALUATIONS = 80
"""Recursions for one y."""


@dataclass(frozen=True)
class Complexity:
    """Σ(f), by y from large to small; arrays (n,), NaN where ``statuses`` say not converged.

    ``equilibrium`` is where Σ vanishes, (y, f); ``threshold`` where f is largest, (y, f, Σ), or
    None if the values of y do not reach it. Nothing is there if replica symmetry is stable.

    Examples
    --------
    >>> from glasswell.theory import Model, complexity
    >>> states = complexity(Model(gamma=10.0))
    >>> y, f = states.equilibrium
    >>> bool(abs(states.sigma[0]) < 1e-8), round(f, 3)
    (True, -36.615)
    >>> y, f, sigma = states.threshold
    >>> round(f, 3), round(sigma, 4)
    (-36.446, 0.0014)
    """

    model: Model
    temperature: float
    y: Floats
    f: Floats
    sigma: Floats
    statuses: tuple[Status, ...]
    equilibrium: tuple[float, float] | None
    threshold: tuple[float, float, float] | None

    def above_threshold(self, energies: Floats) -> float:
        """The fraction of some energies per site that lie above the threshold.

        Raises
        ------
        SolveError
            If there is no threshold.
        """
        if self.threshold is None:
            raise SolveError("there is no threshold: replica symmetry is stable, or y too large")
        return float(np.mean(np.asarray(energies) > self.threshold[1]))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw Σ(f) on ``ax``, the current axes by default; returns the axes."""
        return picture.plot_complexity(self, ax)


def complexity(
    model: Model, temperature: float = 0.0, *, y: Sequence[float] | None = None
) -> Complexity:
    """Σ(f) of a model in one step of breaking, along given y or down to the threshold.

    Raises
    ------
    SolveError
        If the temperature is negative, or a y is not positive, or not below 1/T.
    NotConvergedError
        If the 1RSB solution does not converge.

    Examples
    --------
    >>> from glasswell.theory import Model, complexity
    >>> complexity(Model(gamma=0.4)).equilibrium is None  # the ergodic phase has one state
    True
    """
    if not temperature >= 0:
        raise SolveError(f"temperature must be a number ≥ 0, got {temperature}")
    if y is not None and not all(value > 0 and value * temperature < 1 for value in y):
        raise SolveError(f"y must be positive, and below 1/T: got {', '.join(map(str, y))}")
    solution = solve_steps(model, 1, temperature)
    if not solution.converged:
        raise NotConvergedError(
            f"no number of states: at {solution.model} {in_words(solution.status)}"
        )
    if solution.status is Status.COLLAPSED:
        none = np.zeros(0)
        return Complexity(model, temperature, none, none, none, (), None, None)
    own = float(solution.levels.order.y[0])
    points = _to_threshold(solution.levels) if y is None else _along(solution.levels, y)
    found = [_states(levels) for _, levels in points]
    f, sigma = np.array(found).T.reshape(2, -1)
    values = np.array([value for value, _ in points])
    statuses = tuple(
        Status.NOT_CONVERGED if levels is None else Status.CONVERGED for _, levels in points
    )
    return Complexity(
        model,
        temperature,
        values,
        f,
        sigma,
        statuses,
        (own, solution.free_energy),
        _threshold(values, f, sigma),
    )


Points = list[tuple[float, Levels | None]]


def _to_threshold(levels: Levels) -> Points:
    """From the 1RSB solution down, until f has fallen again, or nothing converges."""
    points: Points = [(float(levels.order.y[0]), levels)]
    falling = 0
    while falling < BEYOND and len(points) < MOST:
        y, last = points[-1]
        following = None if last is None else _at(last, RATIO * y)
        if last is None or following is None:
            break
        falling += _states(following)[0] < _states(last)[0]
        points.append((RATIO * y, following))
    return points


def _along(levels: Levels, y: Sequence[float]) -> Points:
    """At given y, from large to small on either side of the solution's own; each from the last."""
    own = float(levels.order.y[0])
    points: Points = []
    for values in (
        sorted(v for v in y if v > own),
        sorted((v for v in y if v <= own), reverse=True),
    ):
        last = levels
        for value in values:
            found = _walk(last, value)
            points.append((value, found))
            last = last if found is None else found
    return sorted(points, key=lambda point: -point[0])


def _walk(levels: Levels, y: float) -> Levels | None:
    """From one y to another in steps of RATIO at most."""
    own = float(levels.order.y[0])
    steps = max(1, int(np.ceil(abs(np.log(y / own) / np.log(RATIO)))))
    here: Levels | None = levels
    for value in np.geomspace(own, y, steps + 1)[1:]:
        here = None if here is None else _at(here, float(value))
    return here


def _at(near: Levels, y: float) -> Levels | None:
    """The stationary point at this y next to another one; None if it is not found."""
    model, temperature, order = near.model, near.temperature, near.order
    scale = float(np.sqrt(order.q[-1]))
    polarised = order.p != 0.0
    last: dict[bytes, Levels] = {}

    def order_at(x: Floats) -> Order:
        C, lowest, gap = np.exp(x[:3]).tolist()
        p = float(x[3]) * scale if polarised else 0.0
        return Order(p, C, np.array([lowest, lowest + gap]), np.array([y]))

    def residual(x: Floats) -> Floats:
        try:
            levels = levels_of(model, order_at(x), temperature)
        except UnresolvedError:
            return np.full_like(x, np.inf)
        last.clear()
        last[x.tobytes()] = levels
        r_p, r_C, r_q, _ = residuals(levels)
        return np.concatenate([[r_C], r_q, [r_p] if polarised else []])

    start = np.log([order.C, order.q[0], order.q[1] - order.q[0]])
    start = np.append(start, order.p / scale) if polarised else start
    root = find_root(residual, start, tol=TOL / 10, max_evaluations=EVALUATIONS)
    if not root.residual < TOL:
        return None
    return last.get(root.x.tobytes()) or levels_of(model, order_at(root.x), temperature)


def _states(levels: Levels | None) -> tuple[float, float]:
    """f and Σ at a stationary point with its own y."""
    if levels is None:
        return np.nan, np.nan
    order = levels.order
    y = float(order.y[0])
    steps = levels.model.J**2 * float(np.diff(order.q**2)[0]) / 4
    sigma = y * (y * steps - float(np.diff(levels.mean_g)[0]))
    return float(levels.free_energy) + sigma / y, sigma


def _threshold(y: Floats, f: Floats, sigma: Floats) -> tuple[float, float, float] | None:
    """Where f is largest: the top of a parabola in ln y, on which dΣ = y df."""
    there = np.isfinite(f)
    y, f, sigma = y[there], f[there], sigma[there]
    if len(f) < 3 or not 0 < (top := int(np.argmax(f))) < len(f) - 1:
        return None
    x = np.log(y[top - 1 : top + 2])
    bend, slope, _ = np.polyfit(x - x[1], f[top - 1 : top + 2], 2)
    shift = -slope / (2 * bend)
    rise = float(slope * shift / 2)
    at = float(y[top] * np.exp(shift))
    return at, float(f[top]) + rise, float(sigma[top]) + rise * float((at + y[top]) / 2)
