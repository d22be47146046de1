"""Without disorder, J = 0: sites in one mean field, p = ⟨v⟩ at the field H + J0 p.

At J0 > 0 this is the Curie–Weiss model with displacements for spins: of its roots the one with the
lowest f = J0 p²/2 - g(H + J0 p).
"""

from __future__ import annotations

import numpy as np
from scipy import optimize

from .model import Model
from .rsb import Order, recursion
from .saddle import SaddlePoint
from .thermal import single_site

TRIALS = 401
"""Polarisations looked at for the roots."""


def decoupled(model: Model, temperature: float = 0.0) -> SaddlePoint:
    """The stationary point of lowest free energy at J = 0."""
    site = single_site(model, 0.0, temperature)

    def mismatch(p: float) -> float:
        return p - float(site.slope(np.array([model.field + model.J0 * p]))[0])

    reach = 1e-6
    while mismatch(reach) <= 0 or mismatch(-reach) >= 0:
        reach *= 2
    # Geometric, since a spontaneous polarisation may be small.
    half = reach * np.geomspace(1e-6, 1.0, TRIALS)
    trials = np.concatenate([-half[::-1], half])
    fields = model.field + model.J0 * trials
    values = trials - site.slope(fields)
    roots = [
        float(optimize.brentq(mismatch, trials[n], trials[n + 1], xtol=1e-16 * reach))
        for n in np.flatnonzero((values[:-1] <= 0) & (values[1:] > 0))
    ]
    h = model.field + model.J0 * np.array(roots)
    p = roots[int(np.argmin(model.J0 * np.array(roots) ** 2 / 2 - site.g(h)))]
    if model.symmetric:
        p = abs(p) if abs(p) > 1e-6 * reach else 0.0
    at = np.array([model.field + model.J0 * p])
    v = site.slope(at)
    order = Order(p, float(site.response(at)[0]), v**2, np.zeros(0))
    scale = max(reach, abs(p))
    return SaddlePoint(recursion(model, order, temperature), abs(mismatch(p)) / scale, TRIALS)
