"""The ergodic phase, p = q = 0, and the temperatures below which it is not stable.

All sites see one local potential, with C = β⟨v²⟩ in the single-site measure that carries C itself;
at T = 0 this is J² C² - C G''(0)/γ + 1 = 0. The phase is stable against a spin glass as long as
J C ≤ 1 (physics.md §2). If sites differ, with χ = β⟨v²⟩ of a site, C = E χ, and stable means
J² E χ² ≤ 1.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import optimize

from ..model.model import Model
from ..recursion.mixture import levels_of, mean_over_sites
from ..recursion.recursion import Order
from ..site.ground import GroundSite, local_potential
from ..site.thermal import ThermalSite
from .stationarity import SaddlePoint

TRIALS = 32
"""Values of C that are looked at, from zero up, for the first root: the one of high T.

One is enough if G'' does not fall with |v|: then ⟨v⁴⟩ ≤ 3⟨v²⟩² (Lebowitz's inequality; R. Ellis,
J. Monroe and C. Newman, Commun. Math. Phys. 46, 167 (1976)), so that β⟨v²⟩ - C falls wherever it
vanishes at J C < 1.
"""

ROUNDING = 1e-13
"""An excess of J C over one that is none: it is 0 at γ = 1/2, T → 0."""


def ergodic(model: Model, temperature: float = 0.0) -> SaddlePoint | None:
    """The stationary point p = q = 0 if it is stable; None also if H ≠ 0."""
    if not model.symmetric:
        return None
    C = _thermal_C(model, temperature) if temperature > 0 else _ground_C(model)
    if C is None or (model.random and _excess(model, C, temperature) > 0):
        return None
    levels = levels_of(model, Order(0.0, C, np.zeros(1), np.zeros(0)), temperature)
    residual = abs(levels.response / C - 1)
    return SaddlePoint(levels, residual, TRIALS)


def glass_temperature(model: Model) -> float:
    """T_g: the highest temperature with J C = 1 in the ergodic phase.

    If sites differ, that with J² E χ² = 1, where χ = β⟨v²⟩ of a site and C = E χ. Zero if the
    ergodic phase is stable down to T = 0 or there is no disorder. For J0 > J it lies below
    ``polarisation_temperature``, where the ergodic phase has ended already.

    Examples
    --------
    >>> from glasswell.theory import Model, glass_temperature
    >>> round(glass_temperature(Model(gamma=10.0)), 5)
    59.59746
    >>> glass_temperature(Model(gamma=0.4))  # ergodic down to T = 0
    0.0
    """
    if model.J == 0.0:
        return 0.0

    def excess(T: float) -> float:
        if not model.random:
            return model.J * _response(model, 1 / model.J, T) - 1.0
        C = _thermal_C(model, T)
        return 1.0 if C is None else _excess(model, C, T)

    return _highest_root(model, excess)


def polarisation_temperature(model: Model) -> float:
    """The highest temperature with J0 C = 1 in the ergodic phase, for J0 > J; else zero.

    There the ergodic phase becomes unstable to polarisation.

    Examples
    --------
    >>> from glasswell.theory import Model, polarisation_temperature
    >>> round(polarisation_temperature(Model(gamma=2.0, J0=3.0)), 4)
    46.1145
    """
    if model.J0 <= model.J:
        return 0.0

    def excess(T: float) -> float:
        C = mean_over_sites(model, lambda site: _response(site, 1 / model.J0, T))
        return model.J0 * C - 1.0

    return _highest_root(model, excess)


def _highest_root(model: Model, excess_at: Callable[[float], float]) -> float:
    """Where a function of T that ends negative changes its sign, from above; zero if nowhere."""

    def excess(log_T: float) -> float:
        return excess_at(float(np.exp(log_T)))

    # ⟨v²⟩ grows slower than T, so the excess ends negative.
    log_T = float(np.log(_energy_scale(model)))
    while excess(log_T) > 0:
        log_T += 1.0
    for _ in range(16):
        if excess(log_T - 1.0) > ROUNDING:
            return float(np.exp(optimize.brentq(excess, log_T - 1.0, log_T, xtol=1e-14)))
        log_T -= 1.0
    return 0.0


def _response(model: Model, C: float, temperature: float) -> float:
    """χ of a site at h = 0: β⟨v²⟩, and γ/(G''(0) - γ J² C) at T = 0."""
    if temperature > 0:
        return ThermalSite.of(model, C, temperature).second_moment / temperature
    return float(1 / local_potential(model, C).curvature(0.0))


def _excess(model: Model, C: float, temperature: float) -> float:
    """J² E χ² - 1, negative where the phase is stable."""
    squares = mean_over_sites(model, lambda site: _response(site, C, temperature) ** 2)
    return model.J**2 * squares - 1.0


def _thermal_C(model: Model, temperature: float) -> float | None:
    """The smallest root of C = β⟨v²⟩_C with J C ≤ 1."""

    def excess(C: float) -> float:
        return mean_over_sites(model, lambda site: _response(site, C, temperature)) - C

    if model.J == 0.0:
        return excess(0.0)
    single = all(site.G.stiffening for _, site in model.sites())
    trials = 1 if single else TRIALS
    left = 0.0
    for right in np.linspace(0.0, 1 / model.J, trials + 1)[1:]:
        if excess(right) <= 0:
            return float(optimize.brentq(excess, left, right, xtol=1e-300, rtol=1e-14))
        left = right
    # At T_g itself C is 1/J, and rounding decides on which side of it.
    return left if excess(left) <= ROUNDING * left else None


def _ground_C(model: Model) -> float | None:
    """The harmonic C, if v = 0 is the global minimum of every site."""
    if model.random:
        return _ground_C_of_sites(model)
    stiffness = float(model.G.curvature(0.0)) / model.gamma
    discriminant = stiffness**2 - 4 * model.J**2
    if stiffness <= 0 or discriminant < 0:
        return None
    C = 2 / (stiffness + np.sqrt(discriminant))
    return float(C) if GroundSite.of(model, C).envelope.v_0 == 0.0 else None


def _ground_C_of_sites(model: Model) -> float | None:
    """The smallest root of C = E[1/(G''(0)/γ - J² C)], below all poles.

    E[…] - C is convex and positive at C = 0: it has a root if its minimum, where J² E χ² = 1, is
    not positive.
    """
    softest = min(local_potential(site, 0.0).curvature(0.0) for _, site in model.sites())
    if softest <= 0:
        return None

    def excess(C: float) -> float:
        return mean_over_sites(model, lambda site: _response(site, C, 0.0)) - C

    if model.J == 0.0:
        return excess(0.0)
    if _excess(model, 0.0, 0.0) >= 0:
        return None
    pole = softest / model.J**2
    lowest = optimize.brentq(lambda C: _excess(model, C, 0.0), 0.0, pole * (1 - 1e-9))
    if excess(lowest) > 0:
        return None
    C = float(optimize.brentq(excess, 0.0, lowest, xtol=1e-300, rtol=1e-14))
    at_rest = all(GroundSite.of(site, C).envelope.v_0 == 0.0 for _, site in model.sites())
    return C if at_rest else None


def _energy_scale(model: Model) -> float:
    """G(v)/γ where it balances J v²/2, or where its terms are of equal size; a mean over sites."""
    return mean_over_sites(model, _site_energy_scale)


def _site_energy_scale(model: Model) -> float:
    pull = max(model.J, model.J0)
    v = 1e-6
    while model.G.slope(v) / model.gamma < 2 * pull * v and v < 1e12:
        v *= 1.1
    return float(pull * v**2)
