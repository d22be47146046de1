"""The model's own scales: what makes every schedule and tolerance covariant under rescaling.

With v = u/√a lengths go as 1/√a and energies as 1/a at fixed frequencies (physics.md §1); so do
all of these. Where sites differ, each is an average, or the strictest, over the sites: those of one
sample, or the typical ones of the model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import array_api_compat
import numpy as np
from glasswell.theory.model import Model

from .._typing import Floats
from .sites import AnyModel, kinds

GRADIENT_TOLERANCE = 1e-9
"""Largest |∂U/∂v_i| of a minimum, in units of the length 1/√a at J = 1."""

DOUBLE = float(np.finfo(np.float64).eps)
"""The rounding of double precision."""

ROUNDINGS = 32.0
"""Descent and Newton bring |∂U/∂v_i| of every column below so many roundings of a force's parts:
what is left in the end is 10 of them at most (γ = 1 … 200, N up to 256, single precision)."""

SAME_SITE = 1e-5
"""Sites that differ by less are where they were, in units of the amplitude: far above what the
gradient tolerance leaves open in all but the softest minima, far below any other minimum."""


def anharmonic_length(model: AnyModel) -> float:
    """The length L at which G is no longer harmonic, the shortest of all sites.

    For the quartic G it is 1/√a. For a polynomial the highest power, c_n v^(2n), gives
    (2n)! c_n L^(2n) = L², for every other G the curvature has changed by ½.
    """
    return min(site.G.length for _, site in kinds(model))


def gradient_tolerance(model: AnyModel, eps: float = DOUBLE) -> float:
    """The largest |∂U/∂v_i| that counts as zero: 1e-9/√a for the quartic G, or what rounding lets.

    ``eps`` is the relative rounding of the arrays: ``precision`` of them.
    """
    return max(GRADIENT_TOLERANCE * anharmonic_length(model), force_rounding(model, eps))


def force_rounding(model: AnyModel, eps: float) -> float:
    """What a force at a minimum is known to: ROUNDINGS eps times its on-site part, G'(ℓ)/γ.

    There the on-site part and the pull of the others cancel.
    """
    parts = [float(site.G.slope(_amplitude(site)) / site.gamma) for _, site in kinds(model)]
    return ROUNDINGS * eps * max(parts)


def precision(*arrays: Any) -> float:
    """The relative rounding of the coarsest of some arrays: 1.2e-7 in single precision."""
    xp = array_api_compat.array_namespace(*arrays)
    return max(float(xp.finfo(array.dtype).eps) for array in arrays)


def resolution(model: AnyModel) -> float:
    """The largest |v_i - w_i| between minima that count as one."""
    return SAME_SITE * amplitude(model)


def spectral_edge(model: AnyModel) -> float:
    """The largest eigenvalue of the couplings as N → ∞: 2J, or J0 + J²/J0 where J0 > J."""
    if model.J0 > model.J:
        return model.J0 + model.J**2 / model.J0
    return 2.0 * model.J


def amplitude(model: AnyModel) -> float:
    """The displacement ℓ > 0 at which the on-site force balances the strongest pull.

    G'(ℓ)/γ = (edge + 2|G''(0)|/γ) ℓ + |H|: an upper estimate of the typical |v_i|.
    """
    return sum(weight * _amplitude(site) for weight, site in kinds(model))


def amplitudes(model: AnyModel) -> Floats:
    """ℓ_i of every site, (N,); (1,) where all sites are alike."""
    return np.asarray([_amplitude(site) for _, site in kinds(model)])


def _amplitude(site: AnyModel) -> float:
    pull = spectral_edge(site) + 2.0 * abs(float(site.G.curvature(0.0) / site.gamma))
    if pull == 0.0 and site.field == 0.0:
        return site.G.length

    def excess(v: float) -> float:
        return float(site.G.slope(v) / site.gamma) - pull * v - abs(site.field)

    return _root_upwards(excess, site.G.length)


def _root_upwards(excess: Callable[[float], float], start: float) -> float:
    """The root of a function that is negative for small arguments and positive for large ones."""
    high = start
    while excess(high) <= 0.0:
        high *= 2.0
    low = high
    while excess(low) > 0.0:
        low /= 2.0
    return _root(excess, low, high, rtol=1e-12)


@cache
def transition_temperature(model: Model) -> float | None:
    """The temperature at which the ergodic phase ends: glass, or polarisation where J0 > J.

    The root of β⟨v²⟩ = C in the single-site measure exp(-β(G(v)/γ - J²C v²/2)), with JC = 1 for
    the glass and J0 C = 1 for the polarised phase. None where the ergodic phase lasts to T = 0.

    Where sites differ ⟨v²⟩ is their average. The glass then begins a little above: as soon as the
    mean of J²(β⟨v²⟩)² is one.
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
    return math.exp(_root(excess, low, high, xtol=1e-10))


def _mean_square(model: Model, softening: float, T: float) -> float:
    """⟨v²⟩ in exp(-(G(v)/γ - softening v²/2)/T), averaged over the sites."""
    return sum(weight * _site_mean_square(site, softening, T) for weight, site in kinds(model))


def _site_mean_square(site: AnyModel, softening: float, T: float) -> float:
    def potential(v: Floats) -> Floats:
        return np.asarray(site.G.value(v) / site.gamma - 0.5 * softening * v * v)

    # The scan finds where the measure lives; the second grid then resolves it at every T.
    v = np.minimum(_amplitude(site) * np.logspace(-8, 3, 6000), site.G.horizon)
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


@cache
def temperature(model: Model) -> float:
    """The temperature unit of an anneal: the transition's, or the landscape's if there is none.

    Without a transition the landscape has no glassy structure to anneal through, and any scale
    does: stiffness times squared amplitude.
    """
    transition = transition_temperature(model)
    if transition is not None:
        return transition
    stiffness = spectral_edge(model) + mean_stiffness(model)
    return (
        float(stiffness if stiffness > 0.0 else mean_inverse_gamma(model)) * amplitude(model) ** 2
    )


def mean_stiffness(model: AnyModel) -> float:
    """|G''(0)|/γ, averaged over the sites."""
    return sum(
        weight * (abs(float(site.G.curvature(0.0))) / float(site.gamma))
        for weight, site in kinds(model)
    )


def mean_inverse_gamma(model: AnyModel) -> float:
    """1/γ, averaged over the sites."""
    return sum(weight * (1.0 / float(site.gamma)) for weight, site in kinds(model))


def fastest_frequency(model: AnyModel, T: float) -> float:
    """√(edge + max G''/γ) over the displacements that temperature T reaches, at any site.

    Reaches: whose single-site energy G/γ - edge v²/2 is within 10 T of the lowest.
    """
    return float(fastest_frequencies(model, [T])[0])


def fastest_frequencies(model: AnyModel, temperatures: Sequence[float] | Floats) -> Floats:
    """``fastest_frequency`` at several temperatures, (T,), which sites are looked at once for."""
    every = [_fastest_frequencies(site, temperatures) for _, site in kinds(model)]
    return np.asarray(np.max(every, axis=0))


def _fastest_frequencies(site: AnyModel, temperatures: Sequence[float] | Floats) -> Floats:
    edge, length = spectral_edge(site), _amplitude(site)
    v = np.minimum(length * np.logspace(-2, 2, 4000), site.G.horizon)
    u = np.asarray(site.G.value(v)) / site.gamma - 0.5 * edge * v * v
    bends = np.asarray(site.G.curvature(np.append(v, length)))
    climbed = u - u.min()
    stiffest = [max(np.max(bends[:-1][climbed < 10.0 * T]), bends[-1]) for T in temperatures]
    return np.asarray(np.sqrt(edge + np.maximum(stiffest, 0.0) / site.gamma))


def _root(f: Callable[[float], float], low: float, high: float, **tolerance: Any) -> float:
    # Imported where it is needed: workers and `inspect` start faster without it.
    from scipy.optimize import brentq

    return float(brentq(f, low, high, **tolerance))
