"""Phase boundaries: E (ergodic), G (glass) and P (polarised), and where double wells begin.

At T = 0 there are closed forms (physics.md §2), with stiffness G''(0) = k:

    E–G   γ = k/(2J)                  for J0 ≤ J
    E–P   k/γ = J0 + J²/J0            for J0 ≥ J

The others are roots along a solution: G–P where J0 χ = 1 on the unpolarised branch, the AT line
where the replicon of the replica-symmetric solution vanishes, and the double-well line where
γ J² C = k. At T > 0 the ergodic phase ends at T_g or at the polarisation temperature (ergodic.py),
and replica symmetry at the AT temperature.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy import optimize

from ..ansatz.ergodic import glass_temperature
from ..ansatz.solution import Solution
from ..ansatz.steps import solve_steps
from ..model.errors import NotConvergedError, SolveError
from ..model.model import Model
from ..model.status import in_words
from .at_point import temperature_from

GROWTH = 1.15
"""Factor between trial values of γ or T while a line is being bracketed."""

NEARBY = 1.02
"""The same from the replica-symmetric line to that of more steps."""

FARTHEST = 1e4
"""A line that is not met below this multiple of the E–G or E–P value of γ is not there."""

COLDEST = 1e-3
"""An AT temperature below this fraction of T_g counts as none."""

NEAR = 1.5
"""Ratio of two temperatures between which Newton's iteration finds the AT line."""

PRECISION = 1e-12
"""Relative precision of a line: residuals are 1e-11 and lines are crossed at a finite slope."""


def gamma_EG(model: Model) -> float:
    """γ above which the ergodic phase is unstable to the glass, for J0 ≤ J; ∞ without disorder.

    Examples
    --------
    >>> from glasswell.theory import Model, gamma_EG
    >>> gamma_EG(Model(gamma=1.0, k=3.0, J=2.0))  # k/(2J)
    0.75
    """
    return _stiffness(model) / (2 * model.J) if model.J > 0 else math.inf


def gamma_EP(model: Model) -> float | None:
    """γ above which the ergodic phase is unstable to polarisation; None for J0 < J.

    Examples
    --------
    >>> from glasswell.theory import Model, gamma_EP
    >>> gamma_EP(Model(gamma=1.0, J0=2.0))  # k/γ = J0 + J²/J0
    0.4
    >>> gamma_EP(Model(gamma=1.0, J0=0.5)) is None
    True
    """
    if model.J0 < model.J or model.J0 <= 0:
        return None
    return _stiffness(model) / (model.J0 + model.J**2 / model.J0)


def J0_GP(model: Model, rsb: int = 0) -> float | None:
    """J0 above which the glass at this γ polarises: 1/χ of the unpolarised k-step solution.

    χ is the equilibrium susceptibility C + Σ y_l (q_l - q_{l-1}), which is C in replica symmetry
    and tends to 1/J as k → ∞. None in the ergodic phase.

    Raises
    ------
    SolveError
        If the model has no such phases.
    NotConvergedError
        If the saddle point does not converge.

    Examples
    --------
    >>> from glasswell.theory import J0_GP, Model
    >>> round(J0_GP(Model(gamma=10.0)), 4)
    1.1391
    """
    check(model)
    if model.gamma <= gamma_EG(model):
        return None
    return 1 / _converged(solve_steps(replace(model, J0=0.0), rsb, 0.0)).susceptibility


def gamma_DWP(model: Model, rsb: int = 0) -> float | None:
    """γ above which local potentials can be double wells, γ J² C = k, with ``rsb`` steps.

    In replica symmetry at J0 = 0 this is γ* = (3/2) μ^(3/2), μ = 2^(1/3) Γ(5/6)/√π, for
    k = a = J = 1. None if there is no such γ.

    Raises
    ------
    SolveError
        If the model has no such phases.
    NotConvergedError
        If a saddle point on the way does not converge.

    Examples
    --------
    >>> import math
    >>> from scipy.special import gamma
    >>> from glasswell.theory import Model, gamma_DWP
    >>> mu = 2 ** (1 / 3) * gamma(5 / 6) / math.sqrt(math.pi)
    >>> round(gamma_DWP(Model(gamma=1.0)), 6), round(float(1.5 * mu**1.5), 6)  # and in closed form
    (1.078107, 1.078107)
    """
    check(model)

    def excess(gamma: float, rsb: int = rsb) -> float:
        solution = _converged(solve_steps(replace(model, gamma=gamma), rsb, 0.0))
        return gamma * model.J**2 * solution.C / _stiffness(model) - 1

    without_breaking = _first_root(lambda gamma: excess(gamma, 0), _onset(model))
    if rsb == 0 or without_breaking is None:
        return without_breaking
    # Breaking lowers C and moves the line up, a little if replica symmetry is nearly stable there.
    return _first_root(excess, without_breaking, growth=NEARBY)


def gamma_AT(model: Model) -> float | None:
    """γ where the replicon of the polarised replica-symmetric solution vanishes (AT line, T = 0).

    None for J0 ≤ J: there the glass is entered at E–G, where the replicon vanishes already.

    Raises
    ------
    SolveError
        If the model has no such phases.
    NotConvergedError
        If a saddle point on the way does not converge.

    Examples
    --------
    >>> from glasswell.theory import Model, gamma_AT
    >>> round(gamma_AT(Model(gamma=1.0, J0=1.5)), 4)
    1.7299
    """
    check(model)
    if model.J0 <= model.J:
        return None
    return _first_root(lambda gamma: _replicon(replace(model, gamma=gamma)), _onset(model))


def temperature_AT(model: Model) -> float:
    """The temperature below which replica symmetry is unstable at this γ, J0 and field.

    The de Almeida–Thouless line: for field = 0 and J0 ≤ J it is T_g. Zero if replica symmetry is
    stable at T = 0.

    Raises
    ------
    NotConvergedError
        If a saddle point on the way does not converge.

    Examples
    --------
    >>> from glasswell.theory import Model, glass_temperature, temperature_AT
    >>> model = Model(gamma=2.0, J0=0.5)
    >>> round(temperature_AT(model), 4), round(glass_temperature(model), 4)  # one line for J0 ≤ J
    (8.9278, 8.9278)
    """
    T_g = glass_temperature(model)
    if T_g == 0.0 or (model.symmetric and model.J0 <= model.J):
        return T_g
    # A field or polarisation stabilises replica symmetry: nothing is unstable above T_g.
    if _replicon(model) >= 0:
        return 0.0
    return _temperature_between(model, COLDEST * T_g, T_g)


def _temperature_between(model: Model, cold: float, hot: float) -> float:
    """Where the replicon changes its sign; zero if it is positive down to ``cold``."""
    last = _converged(solve_steps(model, 0, cold))
    if last.replicon >= 0:
        return 0.0  # within COLDEST of the end of the line
    while hot > NEAR * cold:
        middle = math.sqrt(hot * cold)
        last = _converged(solve_steps(model, 0, middle, guess=last))
        hot, cold = (hot, middle) if last.replicon < 0 else (middle, cold)
    found = temperature_from(last, cold, hot)
    if found is not None:
        return found
    return float(optimize.brentq(lambda T: _replicon(model, T), cold, hot, rtol=PRECISION))


def check(model: Model) -> None:
    """Whether the model has phases at all.

    Raises
    ------
    SolveError
        If there is a field, no coupling, or a G(v) with a maximum at v = 0.
    ModelError
        If sites differ.
    """
    if not model.symmetric or _stiffness(model) <= 0:
        raise SolveError("phase boundaries need field = 0 and a G(v) that is convex at v = 0")
    if model.J == 0.0 and model.J0 <= 0.0:
        raise SolveError("without couplings (J = 0, J0 ≤ 0) there is only the ergodic phase")


def _stiffness(model: Model) -> float:
    return float(model.G.curvature(0.0))


def _replicon(model: Model, temperature: float = 0.0) -> float:
    # Where v* jumps the replicon is -∞; any negative number serves a bracketing root finder.
    return max(_converged(solve_steps(model, 0, temperature)).replicon, -1.0)


def _onset(model: Model) -> float:
    """Where the ergodic phase ends as γ grows."""
    ends = (gamma_EG(model), gamma_EP(model))
    return min(end for end in ends if end is not None)


def _converged(solution: Solution) -> Solution:
    if not solution.converged:
        raise NotConvergedError(
            f"no phase boundary: at {solution.model} {in_words(solution.status)}"
        )
    return solution


def _first_root(
    function: Callable[[float], float], start: float, *, growth: float = GROWTH
) -> float | None:
    """The first sign change beyond ``start``, by growing γ and then Brent's method."""
    left = start * 1.001
    at_left = function(left)
    while left < FARTHEST * start:
        right = left * growth
        at_right = function(right)
        if np.sign(at_left) != np.sign(at_right):
            return float(optimize.brentq(function, left, right, rtol=PRECISION))
        left, at_left = right, at_right
    return None
