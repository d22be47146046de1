"""The model's own scales: what makes every schedule and tolerance covariant under rescaling.

With v = u/√a lengths go as 1/√a and energies as 1/a at fixed frequencies (physics.md §1); so do
all of these.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from glasswell.theory import Model
from scipy.optimize import brentq

from .rng import Floats

GRADIENT_TOLERANCE = 1e-9
"""Largest |∂U/∂v_i| of a minimum, in units of the length 1/√a at J = 1."""

SAME_SITE = 1e-5
"""Sites that differ by less are where they were, in units of the amplitude: far above what the
gradient tolerance leaves open in all but the softest minima, far below any other minimum."""


def anharmonic_length(model: Model) -> float:
    """The length L at which the highest power of G, c_n v^(2n), gives (2n)! c_n L^(2n) = L².

    For the quartic G it is 1/√a.
    """
    n = len(model.G.coefficients)
    leading = float(model.G.coefficients[-1])
    return float((math.factorial(2 * n) * leading) ** (-1.0 / (2 * n - 2)))


def gradient_tolerance(model: Model) -> float:
    """The largest |∂U/∂v_i| that counts as zero: 1e-9/√a for the quartic G."""
    return GRADIENT_TOLERANCE * anharmonic_length(model)


def resolution(model: Model) -> float:
    """The largest |v_i - w_i| between minima that count as one."""
    return SAME_SITE * amplitude(model)


def spectral_edge(model: Model) -> float:
    """The largest eigenvalue of the couplings as N → ∞: 2J, or J0 + J²/J0 where J0 > J."""
    if model.J0 > model.J:
        return model.J0 + model.J**2 / model.J0
    return 2.0 * model.J


def amplitude(model: Model) -> float:
    """The displacement ℓ > 0 at which the on-site force balances the strongest pull.

    G'(ℓ)/γ = (edge + 2|G''(0)|/γ) ℓ + |H|: an upper estimate of the typical |v_i|.
    """
    pull = spectral_edge(model) + 2.0 * abs(float(model.G.curvature(0.0) / model.gamma))
    if pull == 0.0 and model.field == 0.0:
        return anharmonic_length(model)

    def excess(v: float) -> float:
        return float(model.G.slope(v) / model.gamma) - pull * v - abs(model.field)

    return _root_upwards(excess, anharmonic_length(model))


def _root_upwards(excess: Callable[[float], float], start: float) -> float:
    """The root of a function that is negative for small arguments and positive for large ones."""
    high = start
    while excess(high) <= 0.0:
        high *= 2.0
    low = high
    while excess(low) > 0.0:
        low /= 2.0
    return float(brentq(excess, low, high, rtol=1e-12))


def transition_temperature(model: Model) -> float | None:
    """The temperature at which the ergodic phase ends: glass, or polarisation where J0 > J.

    The root of β⟨v²⟩ = C in the single-site measure exp(-β(G(v)/γ - J²C v²/2)), with JC = 1 for
    the glass and J0 C = 1 for the polarised phase. None where the ergodic phase lasts to T = 0.
    """
    strongest = max(model.J, model.J0)
    if strongest <= 0.0:
        return None
    C = 1.0 / strongest
    unit = spectral_edge(model) * amplitude(model) ** 2

    def excess(log_temperature: float) -> float:
        T = math.exp(log_temperature)
        return _mean_square(model, model.J**2 * C, T) / T - C

    low, high = math.log(1e-9 * unit), math.log(unit)
    while excess(high) > 0.0:
        high += 1.0
    if excess(low) <= 0.0:
        return None
    return math.exp(brentq(excess, low, high, xtol=1e-10))


def _mean_square(model: Model, softening: float, T: float) -> float:
    """⟨v²⟩ in exp(-(G(v)/γ - softening v²/2)/T)."""

    def potential(v: Floats) -> Floats:
        return np.asarray(model.G.value(v) / model.gamma - 0.5 * softening * v * v)

    # The scan finds where the measure lives; the second grid then resolves it at every T.
    v = amplitude(model) * np.logspace(-8, 3, 6000)
    u = potential(v)
    alive = np.flatnonzero(u - u.min() < 60.0 * T)
    low = v[max(alive[0] - 1, 0)] if alive[0] > 0 else 0.0
    high = v[min(alive[-1] + 1, len(v) - 1)]
    v = np.linspace(low, high, 4001)
    u = potential(v)
    weight = np.exp(-(u - u.min()) / T)
    # The measure is even: with half a weight at zero the sum is the trapezoidal rule over all v,
    # which converges faster than any power.
    weight[0] *= 0.5
    return float(np.sum(weight * v * v) / np.sum(weight))


def temperature(model: Model) -> float:
    """The temperature unit of an anneal: the transition's, or the landscape's if there is none.

    Without a transition the landscape has no glassy structure to anneal through, and any scale
    does: stiffness times squared amplitude.
    """
    transition = transition_temperature(model)
    if transition is not None:
        return transition
    stiffness = spectral_edge(model) + abs(float(model.G.curvature(0.0))) / model.gamma
    return float(stiffness if stiffness > 0.0 else 1.0 / model.gamma) * amplitude(model) ** 2


def fastest_frequency(model: Model, T: float) -> float:
    """√(edge + max G''/γ) over the displacements that temperature T reaches.

    Reaches: whose single-site energy G/γ - edge v²/2 is within 10 T of the lowest.
    """
    edge = spectral_edge(model)
    v = amplitude(model) * np.logspace(-2, 2, 4000)
    u = np.asarray(model.G.value(v)) / model.gamma - 0.5 * edge * v * v
    reached = v[u - u.min() < 10.0 * T]
    stiffest = float(np.max(np.asarray(model.G.curvature(np.append(reached, amplitude(model))))))
    return math.sqrt(edge + max(stiffest, 0.0) / model.gamma)
