"""Where to start: order parameters from the model alone, and the first step of breaking."""

from __future__ import annotations

import numpy as np

from .ergodic import glass_temperature
from .model import Model
from .rsb import Order, Recursion

STIFFNESSES = (1.0, 0.3, 3.0, 0.1)
"""Trial pulls of the neighbours, in units of 2J + J0, for a replica-symmetric start."""

POLARISATIONS = (1.0, 0.3, 0.1, 0.03)
"""Trial polarisations, as fractions of the saturated one: it vanishes at the E–P line."""

FIRST_STEPS = (0.4, 0.1, 0.03, 1.0, 0.01, 0.003)
"""Trial values of y_1 q_1, tried in turn; solutions have 0.001 to 0.5."""

SPLITS = (0.3, 0.05, 0.01)
"""Trial values of (q_1 - q_0)/q_1 for polarised 1RSB, tried in turn."""


def replica_symmetric(model: Model, temperature: float, *, polarised: bool) -> list[Order]:
    """Starts for RS, the likeliest first."""
    C = 0.9 / model.J
    if not polarised:
        T_g = glass_temperature(model) if temperature > 0 else np.inf
        depth = max(1 - temperature / T_g, 1e-4) if T_g > 0 else 1.0
        displacements = [typical_displacement(model, stiffness) for stiffness in STIFFNESSES]
        return [Order(0.0, C, np.array([depth * v**2]), np.zeros(0)) for v in displacements]
    starts = []
    for fraction in POLARISATIONS if model.symmetric else (1.0,):
        for stiffness in STIFFNESSES:
            v = fraction * typical_displacement(model, stiffness)
            p = float(np.copysign(0.9 * v, model.field if model.field else 1.0))
            starts.append(Order(p, C, np.array([v**2]), np.zeros(0)))
    return starts


def first_breaking(levels: Recursion, *, polarised: bool) -> list[Order]:
    """Starts for 1RSB from the RS solution."""
    order = levels.order
    q = float(order.q[0])
    limit = 0.9 / levels.temperature if levels.temperature > 0 else np.inf
    splits = SPLITS if polarised else (1.0,)
    return [
        Order(
            order.p,
            0.8 * order.C,
            np.array([(1 - split) * q, q]),
            np.array([min(yq / q, limit)]),
        )
        for split in splits
        for yq in FIRST_STEPS
    ]


def typical_displacement(model: Model, stiffness: float) -> float:
    """v where the pull of the neighbours balances the on-site force, G'(v)/γ = s (2J + J0) v."""
    pull = stiffness * (2 * model.J + max(model.J0, 0.0))
    v = 1e-6
    while model.G.slope(v) / model.gamma < pull * v + abs(model.field) and v < 1e12:
        v *= 1.1
    return v
