"""Where to start: order parameters from the model alone, and the first step of breaking."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .._typing import Floats
from ..model.model import Model
from ..recursion.mixture import Levels, mean_over_sites
from ..recursion.recursion import Order
from ..site.stationary import stationary_points
from ..site.thermal import ThermalSite
from .marginal import breakpoint_of
from .staircase import EVEN, STEEP, below_beta, refined

STIFFNESSES = (1.0, 0.3, 3.0, 0.1)
"""Trial pulls of the neighbours, in units of 2J + J0, for a replica-symmetric start."""

POLARISATIONS = (1.0, 0.3, 0.1, 0.03)
"""Trial polarisations, as fractions of the saturated one: it vanishes at the E–P line."""

FIRST_STEPS = (0.8, 0.25, 0.08, 0.025, 0.008, 0.0025)
"""Trial values of y_1 q_1, tried in turn; solutions have 0.001 to 1."""

DEPTHS = (0.5, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003)
"""Trial values of (q_1 - q_0)/q_1 in a field or polarised, where breaking may be weak."""

ENHANCED = 4.0
"""q_1 - q_0 in units of its estimate for rare jumps, where they are not so rare: 3 to 8."""

WEAKEST = 1e-5
"""An expected (q_1 - q_0)/q_1 below which only the solution expected is looked for."""


def replica_symmetric(model: Model, temperature: float, *, polarised: bool) -> list[Order]:
    """Starts for RS, the likeliest first."""
    C = 0.9 / model.J
    if not polarised:
        depth = 1.0
        if temperature > 0:
            # q vanishes at T_g like the excess of J⟨v²⟩ over T in the measure with J C = 1.
            second_moment = mean_over_sites(
                model, lambda site: ThermalSite.of(site, 1 / model.J, temperature).second_moment
            )
            excess = model.J * second_moment / temperature - 1
            depth = float(np.clip(excess, 1e-4, 1.0))
        alone = replace(model, J0=0.0)
        displacements = [typical_displacement(alone, stiffness) for stiffness in STIFFNESSES]
        return [Order(0.0, C, np.array([depth * v**2]), np.zeros(0)) for v in displacements]
    starts = []
    for fraction in POLARISATIONS if model.symmetric else (1.0,):
        for stiffness in STIFFNESSES:
            v = fraction * typical_displacement(model, stiffness)
            p = float(np.copysign(0.9 * v, model.field if model.field else 1.0))
            starts.append(Order(p, C, np.array([v**2]), np.zeros(0)))
    return starts


def extremes(model: Model) -> list[Order]:
    """RS starts at the smallest and the largest displacement where forces balance in the mean."""
    least = typical_displacement(model, STIFFNESSES[-1])
    squares = mean_over_sites(model, lambda site: last_balance(site, 2 * site.J + site.J0) ** 2)
    sign = np.copysign(0.9, model.field if model.field else 1.0)
    return [
        Order(float(sign * v), 0.9 / model.J, np.array([v**2]), np.zeros(0))
        for v in (least, float(np.sqrt(squares)))
    ]


def last_balance(model: Model, pull: float) -> float:
    """The largest v with G'(v)/γ = s v + |H|, where s is the pull of the neighbours."""
    W = model.G.shifted(-pull / 2, scale=1 / model.gamma)
    points = stationary_points(W, np.array(abs(model.field)))
    return float(np.nanmax(points, initial=1e-6))


def first_breaking(levels: Levels, *, polarised: bool) -> list[Order]:
    """Starts for 1RSB from the RS solution, the likeliest first."""
    order = levels.order
    q = float(order.q[0])
    if polarised:
        rare = _rare_jumps(levels)
        if rare and rare[0].q[1] - rare[0].q[0] < WEAKEST * q:
            return rare
        return _shallow(levels, expected=rare[0] if rare else None) + rare
    steps = [yq / q for yq in FIRST_STEPS]
    weak = breakpoint_of(levels)
    if weak < max(steps):
        steps = [weak / 2, weak, *steps]
    rise = STEEP if levels.C_jump > 0 else EVEN
    overlaps = q * np.array([1 - (2 / 3) ** rise, 1.0])
    return [Order(order.p, 0.8 * order.C, overlaps, _below_beta(y, levels)) for y in steps]


def _below_beta(y: float, levels: Levels) -> Floats:
    return below_beta(np.array([y]), levels.temperature)


def _shallow(levels: Levels, expected: Order | None) -> list[Order]:
    """Starts for 1RSB in a field or polarised, nearest first to what is expected.

    The second Gaussian matters to a site as far as y_1 v J √(q_1 - q_0) is of order one.
    """
    order, J = levels.order, levels.model.J
    q = float(order.q[0])
    depths = np.array(DEPTHS)
    if expected is not None:
        likely = ENHANCED * float(1 - expected.q[0] / expected.q[1])
        depths = depths[np.argsort(np.abs(np.log(depths / likely)), kind="stable")]
    return [
        Order(
            order.p,
            order.C * (1 - 0.3 * min(1.0, 3 * depth)),
            q * np.array([1 - depth, 1.0]),
            _below_beta(1 / (q * J * np.sqrt(depth)), levels),
        )
        for depth in depths
    ]


def next_breaking(levels: Levels, *, polarised: bool) -> list[Order]:
    """Starts with one step more than ``levels``, which have one or more."""
    rises = (STEEP, EVEN) if levels.C_jump > 0 else (EVEN, STEEP)
    temperature = levels.temperature
    return [refined(levels.order, rise, temperature, polarised=polarised) for rise in rises]


def _rare_jumps(levels: Levels) -> list[Order]:
    """Starts for 1RSB where few sites sit at a jump and the rest is stable.

    A jump from -v to v at density ρ = P(0) adds c ρ v² J √(q_1 - q_0) to q_1 - q_0, with c ≤ 1.13,
    and the others add J² ∫P (g'')² (q_1 - q_0): the two must balance, and y v J √(q_1 - q_0) be of
    order one.
    """
    order, J = levels.order, levels.model.J
    stable = 1 - J**2 * levels.curvature_squared
    if levels.C_jump == 0 or stable <= 0:
        return []
    v = max(jump.size for _, part in levels.parts for jump in part.site.jumps) / 2
    width = J * levels.C_jump * v / (2 * stable)
    q = float(order.q[0])
    return [
        Order(order.p, order.C, np.array([q - gap, q]), np.array([ratio / (v * J * np.sqrt(gap))]))
        for gap in (width**2, width**2 / 2)
        for ratio in (1.0, 0.5, 2.0)
        if gap < 0.3 * q
    ]


def continued(
    order: Order, susceptibility: float, model: Model, temperature: float, *, polarised: bool
) -> list[Order]:
    """Starts for a model from a solution of another field, J0, γ or T with as many steps."""
    order = replace(order, y=below_beta(order.y, temperature))
    scale = float(np.sqrt(order.q[-1]))
    if not polarised:
        return [replace(order, p=0.0)]
    if model.symmetric and order.p == 0.0:
        return [replace(order, p=fraction * scale) for fraction in POLARISATIONS[1:]]
    p = abs(order.p)
    if order.p == 0.0:
        # The linear response, which ends where p is spontaneous.
        left = 1 - model.J0 * susceptibility
        pull = susceptibility * abs(model.field)
        p = min(pull / left, scale) if left > 0 else scale
    return [replace(order, p=float(np.copysign(p, model.field if model.field else 1.0)))]


def typical_displacement(model: Model, stiffness: float) -> float:
    """v where the pull of the neighbours balances the on-site force, G'(v)/γ = s (2J + J0) v.

    If sites differ, the root of its mean square.
    """
    squares = mean_over_sites(model, lambda site: _displacement(site, stiffness) ** 2)
    return float(np.sqrt(squares))


def _displacement(model: Model, stiffness: float) -> float:
    pull = stiffness * (2 * model.J + max(model.J0, 0.0))
    v = 1e-6
    while model.G.slope(v) / model.gamma < pull * v + abs(model.field) and v < 1e12:
        v *= 1.1
    return v
