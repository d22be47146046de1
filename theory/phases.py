"""Phase boundaries: E (ergodic), G (glass) and P (polarised), and where double wells begin.

Closed forms (physics.md §2), with stiffness G''(0) = k:

    E–G   γ = k/(2J)                  for J0 ≤ J
    E–P   k/γ = J0 + J²/J0            for J0 ≥ J

The others are roots along a solution: G–P where J0 χ = 1 on the unpolarised branch, the AT line
where the replicon vanishes, and the double-well line where γ J² C = k, both in replica symmetry.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize

from .errors import SolveError
from .model import Model
from .solution import Solution
from .solve import solve

GROWTH = 1.15
"""Factor between trial values of γ while a line is being bracketed."""

FARTHEST = 1e4
"""A line that is not met below this multiple of the E–G or E–P value of γ is not there."""


def gamma_EG(model: Model) -> float:
    """γ above which the ergodic phase is unstable to the glass, for J0 ≤ J; ∞ without disorder."""
    return _stiffness(model) / (2 * model.J) if model.J > 0 else math.inf


def gamma_EP(model: Model) -> float | None:
    """γ above which the ergodic phase is unstable to polarisation; None for J0 < J."""
    if model.J0 < model.J or model.J0 <= 0:
        return None
    return _stiffness(model) / (model.J0 + model.J**2 / model.J0)


def J0_GP(model: Model, rsb: int = 0) -> float | None:
    """J0 above which the glass at this γ polarises: 1/χ of the unpolarised k-step solution.

    χ is the equilibrium susceptibility C + Σ y_l (q_l - q_{l-1}), which is C in replica symmetry
    and tends to 1/J as k → ∞. None in the ergodic phase.
    """
    _check(model)
    if model.gamma <= gamma_EG(model):
        return None
    solution = _converged(solve(replace(model, J0=0.0), rsb))
    return 1 / solution.susceptibility


def gamma_DWP(model: Model) -> float | None:
    """γ above which local potentials can be double wells, γ J² C = k, in replica symmetry.

    At J0 = 0 this is γ* = (3/2) μ^(3/2), μ = 2^(1/3) Γ(5/6)/√π, for k = a = J = 1.
    """
    _check(model)

    def excess(gamma: float) -> float:
        at = replace(model, gamma=gamma)
        return gamma * model.J**2 * _converged(solve(at)).C / _stiffness(model) - 1

    return _first_root(excess, _onset(model))


def gamma_AT(model: Model) -> float | None:
    """γ where the replicon of the polarised replica-symmetric solution vanishes (AT line).

    None for J0 ≤ J: there the glass is entered at E–G, where the replicon vanishes already.
    """
    _check(model)
    if model.J0 <= model.J:
        return None

    def replicon(gamma: float) -> float:
        # Where v* jumps the replicon is -∞; any negative number serves a bracketing root finder.
        return max(_converged(solve(replace(model, gamma=gamma))).replicon, -1.0)

    return _first_root(replicon, _onset(model))


@dataclass(frozen=True)
class PhaseDiagram:
    """Phase boundaries at T = 0 along given γ and J0; None where there is no boundary."""

    model: Model
    gammas: tuple[float, ...]
    J0s: tuple[float, ...]
    gamma_EG: float
    J0_GP: tuple[float | None, ...]
    """Per γ."""
    gamma_EP: tuple[float | None, ...]
    """Per J0."""
    gamma_AT: tuple[float | None, ...]
    """Per J0."""
    gamma_DWP: tuple[float | None, ...]
    """Per J0."""
    rsb: int = 0


def phase_diagram(
    model: Model, gammas: tuple[float, ...], J0s: tuple[float, ...], rsb: int = 0
) -> PhaseDiagram:
    """All boundaries at T = 0; ``model`` supplies J, k and a.

    Raises
    ------
    SolveError
        If a saddle point on the way does not converge.
    """
    along = [replace(model, gamma=gamma, J0=0.0) for gamma in gammas]
    across = [replace(model, J0=J0) for J0 in J0s]
    return PhaseDiagram(
        model=model,
        gammas=gammas,
        J0s=J0s,
        gamma_EG=gamma_EG(model),
        J0_GP=tuple(J0_GP(at, rsb) for at in along),
        gamma_EP=tuple(gamma_EP(at) for at in across),
        gamma_AT=tuple(gamma_AT(at) for at in across),
        gamma_DWP=tuple(gamma_DWP(at) for at in across),
        rsb=rsb,
    )


def _stiffness(model: Model) -> float:
    return float(model.G.curvature(0.0))


def _onset(model: Model) -> float:
    """Where the ergodic phase ends as γ grows."""
    ends = (gamma_EG(model), gamma_EP(model))
    return min(end for end in ends if end is not None)


def _check(model: Model) -> None:
    if not model.symmetric or _stiffness(model) <= 0:
        raise SolveError("phase boundaries need field = 0 and a G(v) that is convex at v = 0")
    if model.J == 0.0 and model.J0 <= 0.0:
        raise SolveError("without couplings (J = 0, J0 ≤ 0) there is only the ergodic phase")


def _converged(solution: Solution) -> Solution:
    if not solution.converged:
        raise SolveError(f"no phase boundary: at {solution.model} {solution.status.value}")
    return solution


def _first_root(function: Callable[[float], float], start: float) -> float | None:
    """The first sign change beyond ``start``, by growing γ and then Brent's method."""
    left = start * 1.001
    at_left = function(left)
    while left < FARTHEST * start:
        right = left * GROWTH
        at_right = function(right)
        if np.sign(at_left) != np.sign(at_right):
            return float(optimize.brentq(function, left, right, xtol=1e-13 * right, rtol=1e-13))
        left, at_left = right, at_right
    return None
