"""The ergodic phase, p = q = 0, and the temperatures below which it is not stable.

All sites see one local potential, with C = β⟨v²⟩ in the single-site measure that carries C itself;
at T = 0 this is J² C² - C G''(0)/γ + 1 = 0. The phase is stable against a spin glass as long as
J C ≤ 1 (physics.md §2).
"""

from __future__ import annotations

import numpy as np
from scipy import optimize

from .model import Model
from .rsb import Order, recursion
from .saddle import SaddlePoint
from .singlesite import GroundSite
from .thermal import ThermalSite

TRIALS = 32
"""Values of C that are looked at, from zero up, for the first root: the one of high T.

One is enough if G has no negative coefficient beyond v²: then ⟨v⁴⟩ ≤ 3⟨v²⟩² (Lebowitz's
inequality), so that β⟨v²⟩ - C falls wherever it vanishes at J C < 1.
"""

ROUNDING = 1e-13
"""An excess of ⟨v²⟩ over T C, relative to T C, that is none: it is 0 at γ = 1/2, T → 0."""


def ergodic(model: Model, temperature: float = 0.0) -> SaddlePoint | None:
    """The stationary point p = q = 0 if there is one with J C ≤ 1; None also if H ≠ 0."""
    if not model.symmetric:
        return None
    C = _thermal_C(model, temperature) if temperature > 0 else _ground_C(model)
    if C is None:
        return None
    levels = recursion(model, Order(0.0, C, np.zeros(1), np.zeros(0)), temperature)
    residual = abs(levels.C_reg / C - 1)
    return SaddlePoint(levels, residual, TRIALS)


def glass_temperature(model: Model) -> float:
    """T_g: the highest temperature with J C = 1 in the ergodic phase.

    Zero if the ergodic phase is stable down to T = 0 or there is no disorder. For J0 > J it lies
    below ``polarisation_temperature``, where the ergodic phase has ended already.
    """
    return _end(model, 1 / model.J) if model.J > 0 else 0.0


def polarisation_temperature(model: Model) -> float:
    """The highest temperature with J0 C = 1 in the ergodic phase, for J0 > J; else zero.

    There the ergodic phase becomes unstable to polarisation.
    """
    return _end(model, 1 / model.J0) if model.J0 > model.J else 0.0


def _end(model: Model, C: float) -> float:
    """The highest temperature at which the ergodic phase has this C, that is ⟨v²⟩_C = T C."""

    def excess(log_T: float) -> float:
        T = np.exp(log_T)
        return float(ThermalSite.of(model, C, T).second_moment / (T * C) - 1.0)

    # ⟨v²⟩ grows slower than T, so the excess ends negative.
    log_T = float(np.log(_energy_scale(model)))
    while excess(log_T) > 0:
        log_T += 1.0
    for _ in range(16):
        if excess(log_T - 1.0) > ROUNDING:
            return float(np.exp(optimize.brentq(excess, log_T - 1.0, log_T, xtol=1e-14)))
        log_T -= 1.0
    return 0.0


def _thermal_C(model: Model, temperature: float) -> float | None:
    """The smallest root of C = β⟨v²⟩_C with J C ≤ 1."""

    def excess(C: float) -> float:
        return ThermalSite.of(model, C, temperature).second_moment / temperature - C

    if model.J == 0.0:
        return excess(0.0)
    trials = 1 if min(model.G.coefficients[1:]) >= 0 else TRIALS
    left = 0.0
    for right in np.linspace(0.0, 1 / model.J, trials + 1)[1:]:
        if excess(right) <= 0:
            return float(optimize.brentq(excess, left, right, xtol=1e-300, rtol=1e-14))
        left = right
    return None


def _ground_C(model: Model) -> float | None:
    """The harmonic C, if v = 0 is the global minimum of every site."""
    stiffness = float(model.G.curvature(0.0)) / model.gamma
    discriminant = stiffness**2 - 4 * model.J**2
    if stiffness <= 0 or discriminant < 0:
        return None
    C = 2 / (stiffness + np.sqrt(discriminant))
    return float(C) if GroundSite.of(model, C).envelope.v_0 == 0.0 else None


def _energy_scale(model: Model) -> float:
    """G(v)/γ where it balances J v²/2, or where its terms are of equal size."""
    pull = max(model.J, model.J0)
    v = 1e-6
    while model.G.slope(v) / model.gamma < 2 * pull * v and v < 1e12:
        v *= 1.1
    return float(pull * v**2)
