"""Without disorder, J = 0: sites in one mean field, p = ⟨v⟩ at the field H + J0 p.

At J0 > 0 this is the Curie–Weiss model with displacements for spins: of its roots the one with the
lowest f = J0 p²/2 - g(H + J0 p). If sites differ, ⟨v⟩ and g are averages over them.
"""

from __future__ import annotations

import numpy as np
from scipy import optimize

from .._typing import Floats
from ..model.model import Model
from ..recursion.mixture import levels_of, mean_over_sites
from ..recursion.recursion import Order
from ..site.thermal import single_site
from .guesses import last_balance
from .stationarity import SaddlePoint

TRIALS = 401
"""Polarisations looked at for the roots."""


def decoupled(model: Model, temperature: float = 0.0) -> SaddlePoint:
    """The stationary point of lowest free energy at J = 0."""
    kinds = {site: single_site(site, 0.0, temperature) for _, site in model.sites()}

    def slope(h: Floats) -> Floats:
        return mean_over_sites(model, lambda site: kinds[site].slope(h))

    def mismatch(p: float) -> float:
        return p - float(slope(np.array([model.field + model.J0 * p]))[0])

    # Beyond where the force is larger than any mean field there is no root of T = 0.
    reach = max(last_balance(site, max(model.J0, 0.0)) for _, site in model.sites())
    while mismatch(reach) <= 0 or mismatch(-reach) >= 0:
        reach *= 2
    # Geometric, since a spontaneous polarisation may be small.
    half = reach * np.geomspace(1e-6, 1.0, TRIALS)
    trials = np.concatenate([-half[::-1], half])
    fields = model.field + model.J0 * trials
    values = trials - slope(fields)
    roots = [
        float(optimize.brentq(mismatch, trials[n], trials[n + 1], xtol=1e-16 * reach))
        for n in np.flatnonzero((values[:-1] <= 0) & (values[1:] > 0))
    ]
    h = model.field + model.J0 * np.array(roots)
    g = mean_over_sites(model, lambda site: kinds[site].g(h))
    p = roots[int(np.argmin(model.J0 * np.array(roots) ** 2 / 2 - g))]
    if model.symmetric:
        p = abs(p) if abs(p) > 1e-6 * reach else 0.0
    at = np.array([model.field + model.J0 * p])
    C = mean_over_sites(model, lambda site: float(kinds[site].response(at)[0]))
    q = mean_over_sites(model, lambda site: kinds[site].slope(at) ** 2)
    order = Order(p, C, q, np.zeros(0))
    scale = max(reach, abs(p))
    return SaddlePoint(levels_of(model, order, temperature), abs(mismatch(p)) / scale, TRIALS)
