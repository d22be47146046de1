"""The soft end of a distribution of stiffnesses κ = G''(0)/γ, and a rule that resolves it.

Where the softest sites are next to having two wells, means over sites are singular at the end of
the distribution: (κ - κ_min + δ)^(-1/2) with any δ ≥ 0. Nodes therefore crowd towards the end by
factors of two. Near it the share of sites is

    p(κ) ≈ A (κ - κ_min)^α,

with α = 0 for a uniform distribution.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._typing import Floats
from ..model.errors import SolveError
from ..model.gauss_rule import gauss_rule
from ..model.model import Model
from ..model.potential import EvenFunction
from ..model.randomness import Random
from ..numerics.quadrature import legendre, panel_rule

RATIO, PANELS = 4.0, 20
"""Panels in the quantile, each so many times as wide as the last; 1e-12 next to the end is one
panel more."""

ORDER = 12
"""Nodes per panel."""

ANHARMONICITIES = 6
"""Nodes in a, where it is random."""

SEEN = (1e-4, 10**-5.5, 1e-7)
"""Quantiles between which the distribution must end as one power of the distance."""

SAME_POWER = 0.05
"""Largest difference of the two powers seen there."""

STEEPEST = -0.25
"""Least α: densities that diverge faster leave a share of the means in the last panel."""


@dataclass(frozen=True)
class SoftEnd:
    """The sites of a model, dense towards the softest; arrays over sites are (n, 1).

    A site's potential is G(v)/γ = (κ_min + distance) v²/2 + rest(v). The distance from the end is
    kept by itself: as a difference it would be lost in rounding where it matters most. ``weight``
    (n,) adds up to one. ``power`` and ``amplitude`` are α and A, None where all sites have one
    stiffness; ``root_stretch`` is E√(2/g) with rest ≈ g v⁴/24 at the softest sites.
    """

    rest: EvenFunction
    distance: Floats
    weight: Floats
    least: float
    power: float | None
    amplitude: float | None
    root_stretch: float

    @classmethod
    def of(cls, model: Model) -> SoftEnd:
        """The soft end of a model's sites.

        Raises
        ------
        SolveError
            If the curvature of G is not least at v = 0, both γ and k are random, sites with two
            wells are there at any J, or the distribution does not end as a power.
        """
        _check(model)
        names = [name for name in model.random if name != "a"]
        kinds = _of_one_stiffness(model) if not names else _of_many(model, names[0])
        share, a = _anharmonicities(model)
        # The stiffness is in the distance: any k will do.
        G = model.potential_of(_softest(model), model.a if len(a) == 1 else _column(a, kinds))
        scale = 1 / np.repeat(kinds.gamma, len(a))[:, None]
        rest = G.shifted(-0.5 * G.curvature(0.0) * scale, scale)
        end = kinds.end
        return cls(
            rest=rest,
            distance=np.repeat(kinds.distance, len(a))[:, None],
            weight=(kinds.weight[:, None] * share).ravel(),
            least=end.least,
            power=end.power,
            amplitude=end.amplitude,
            root_stretch=_root_stretch(model, share, a),
        )


@dataclass(frozen=True)
class _End:
    """κ_min, α and A."""

    least: float
    power: float | None
    amplitude: float | None

    def distance(self, u: Floats) -> Floats:
        """κ - κ_min at small quantiles u, from u = A (κ - κ_min)^(1 + α)/(1 + α)."""
        if self.power is None or self.amplitude is None:
            return np.zeros(u.shape)
        power = 1 + self.power
        return np.asarray((power * u / self.amplitude) ** (1 / power))


@dataclass(frozen=True)
class _Kinds:
    """Sites that differ in γ or k: distance κ - κ_min, γ, weight, all (n,)."""

    distance: Floats
    gamma: Floats
    weight: Floats
    end: _End


def _of_one_stiffness(model: Model) -> _Kinds:
    end = _End(_harmonic(model) / model.gamma, None, None)
    return _Kinds(np.zeros(1), np.array([model.gamma]), np.ones(1), end)


def _of_many(model: Model, name: str) -> _Kinds:
    weight, u = _quantiles()
    gamma, distance = _distances(model, name, u)
    end = _end(model, name)
    # Next to the end a difference of values is rounding, and the power law exact.
    near = u < SEEN[-1]
    distance[near] = end.distance(u[near])
    return _Kinds(distance, gamma, weight, end)


def _distances(model: Model, name: str, u: Floats) -> tuple[Floats, Floats]:
    """γ and κ - κ_min of sites at quantiles from the soft end."""
    if name == "k":
        at, end = model.k.quantile(u), model.k.support[0]
        return np.full(u.shape, model.gamma), (at - end) / model.gamma
    at, end = model.gamma.upper_quantile(u), model.gamma.support[1]
    return at, _harmonic(model) * (end - at) / (end * at)


def _column(a: list[float], kinds: _Kinds) -> Floats:
    return np.tile(a, len(kinds.weight))[:, None]


def _softest(model: Model) -> float | None:
    """The least k."""
    return model.k.support[0] if isinstance(model.k, Random) else model.k


def _harmonic(model: Model) -> float:
    """G''(0) of the softest sites; it does not depend on a."""
    a = 1.0 if isinstance(model.a, Random) else model.a
    return float(model.potential_of(_softest(model), a).curvature(0.0))


def _check(model: Model) -> None:
    if {"gamma", "k"} <= set(model.random):
        raise SolveError(
            "the soft end of k/gamma cannot be resolved where both are random: give one of them "
            "as a number"
        )
    if model.J0 != 0.0:
        raise SolveError(f"the line J_c(H) is that of J0 = 0, got J0 = {model.J0:g}")
    a = 1.0 if isinstance(model.a, Random) else model.a
    endless = isinstance(model.k, Random) and not np.isfinite(model.k.support[0])
    G = None if endless else model.potential_of(_softest(model), a)
    if G is None or not (G.stiffening and float(G.curvature(0.0)) > 0):
        raise SolveError(
            "at the soft end of G(v) there are two wells at any J: take a curvature that is "
            "positive for all sites, and least at v = 0"
        )
    gamma = model.gamma
    if isinstance(gamma, Random) and not np.isfinite(gamma.support[1]):
        raise SolveError(
            f"{gamma} has no upper end, so that some sites have two wells at any J: take a "
            "distribution of gamma that ends, uniform or beta say"
        )


def _quantiles() -> tuple[Floats, Floats]:
    """Weights and quantiles from the soft end."""
    u, du = panel_rule(RATIO ** np.arange(-PANELS, 1.0), ORDER)
    # The last panel in √u, in which (u + δ)^(-1/2) is smooth if δ is zero or large.
    t, dt = legendre(ORDER)
    last = RATIO**-PANELS
    t = (1 + t) / 2
    return np.concatenate([last * t * dt, du]), np.concatenate([last * t**2, u])


def _anharmonicities(model: Model) -> tuple[Floats, list[Any]]:
    """Weights and values of a, one of them if it is not random; it does not depend on κ."""
    if not isinstance(model.a, Random):
        return np.ones(1), [model.a]
    weights, values = zip(*gauss_rule(model.a, ANHARMONICITIES), strict=True)
    return np.array(weights), list(values)


def _end(model: Model, name: str) -> _End:
    """How the distribution of κ ends.

    Raises
    ------
    SolveError
        If that is no power of the distance, or one with α < STEEPEST.
    """
    u = np.array(SEEN)
    _, distance = _distances(model, name, u)
    with np.errstate(divide="ignore", invalid="ignore"):
        powers = np.diff(np.log(u)) / np.diff(np.log(distance)) - 1
    power = float(round(powers[-1], 2)) + 0.0
    if not (abs(powers[1] - powers[0]) < SAME_POWER and power >= STEEPEST):
        raise SolveError(
            f"the soft end of {name} = {getattr(model, name)} cannot be resolved: its density must "
            f"end as a power of the distance, with an exponent of {STEEPEST:g} or more, uniform or "
            "beta say"
        )
    gamma = model.gamma if name == "k" else model.gamma.support[1]
    amplitude = (1 + power) * u[-1] / distance[-1] ** (1 + power)
    return _End(_harmonic(model) / gamma, power, float(amplitude))


def _root_stretch(model: Model, weight: Floats, a: list[Any]) -> float:
    """E√(2/g) with g = G''''(0)/γ of the softest sites; infinite where G has no fourth power."""
    gamma = model.gamma.support[1] if isinstance(model.gamma, Random) else model.gamma
    potentials = [model.potential_of(_softest(model), x) for x in a]
    fourth = np.array([24 * float(G.taylor(0.0)[4]) / gamma for G in potentials])
    return float(weight @ np.sqrt(2 / fourth)) if fourth.min() > 0 else math.inf
