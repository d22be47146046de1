"""Local randomness: the average over sites whose parameters are drawn from a distribution.

All sites share the order parameters p, C, q_l, y_l, and every one of them has a recursion of its
own, with its own tilted P_l. Free energy, energy, overlaps and every other moment of the saddle
point are the averages of those of the sites (physics.md §1), the replicon 1 - J² E∫P_k (g_k'')²
included.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np

from .._typing import Floats
from ..model.model import Model, Sites
from ..model.soft_sites import SoftSites, edge_sites
from .recursion import Order, Recursion, recursion, recursions

Parts = tuple[tuple[float, Recursion], ...]
T = TypeVar("T", float, Floats)

JUMP_NODES = 24
"""Sites for an average over those with two wells."""


@dataclass(frozen=True)
class Mixture:
    """The recursions of a few typical sites, with weights: the moments of Recursion, averaged."""

    model: Model
    order: Order
    temperature: float
    parts: Parts

    @cached_property
    def free_energy(self) -> float:
        """f: its mean-field terms are the same for all sites."""
        return self._mean(lambda site: site.free_energy)

    @cached_property
    def energy(self) -> float:
        """u."""
        return self._mean(lambda site: site.energy)

    @property
    def q_hat(self) -> float:
        """q̂ = q_k + T C."""
        return self.parts[0][1].q_hat

    @cached_property
    def polarisation(self) -> float:
        """E∫P_k ⟨v⟩."""
        return self._mean(lambda site: site.polarisation)

    @cached_property
    def overlaps(self) -> Floats:
        """E∫P_l (g_l')² for l = 0 … k."""
        return self._means(lambda site: site.overlaps)

    @cached_property
    def mean_g(self) -> Floats:
        """E[∫P_l g_l - g_k(0)] for l = 0 … k."""
        return self._means(lambda site: site.mean_g)

    @cached_property
    def gaps(self) -> Floats:
        """What the overlaps rise by from level to level, (k,)."""
        return self._means(lambda site: site.gaps)

    @cached_property
    def gains(self) -> Floats:
        """What ``mean_g`` rises by from level to level, (k,)."""
        return self._means(lambda site: site.gains)

    @cached_property
    def response(self) -> float:
        """E∫P_k g_k'', jumps of ⟨v⟩ included: C at the saddle point, smooth where wells begin."""
        return self._mean(lambda site: site.response)

    @property
    def C_reg(self) -> float:
        """E∫P_k g_k'' without the jumps of ⟨v⟩."""
        return self.response - self.C_jump

    @cached_property
    def C_jump(self) -> float:
        """E[Δv P_k(h)] over the jumps of v*(h), which begin at the end of the distribution.

        Zero for T > 0.
        """
        if self.temperature > 0:
            return 0.0
        soft = SoftSites(self.model, self.order.C)
        if soft.whole:
            return self._mean(lambda site: site.C_jump)
        return _mean(self.of_sites(soft.rule(JUMP_NODES)), lambda site: site.C_jump)

    @cached_property
    def replicon(self) -> float:
        """λ = 1 - J² E∫P_k (g_k'')², -∞ where a site's ⟨v⟩ jumps at a field that occurs."""
        return -np.inf if self.C_jump > 0 else 1.0 - self.model.J**2 * self.curvature_squared

    @cached_property
    def curvature_squared(self) -> float:
        """E∫P_k (g_k'')² without the jumps of ⟨v⟩."""
        edge = edge_sites(self.model, self.order.C) if self.temperature == 0 else None
        parts = self.parts if edge is None else self.of_sites(edge)
        return _mean(parts, lambda site: site.curvature_squared)

    @property
    def susceptibility(self) -> float:
        """χ = E∫P_0 g_0'' = C + Σ y_l (q_l - q_{l-1})."""
        return self.parts[0][1].susceptibility

    @property
    def reach(self) -> float:
        """The largest |h| that occurs."""
        return max(site.reach for _, site in self.parts)

    def field_density(self, h: Floats) -> Floats:
        """E P_k(h), at any h; zero everywhere if P_k is a point mass."""
        return self._means(lambda site: site.field_density(h))

    def _mean(self, moment: Callable[[Recursion], float]) -> float:
        return _mean(self.parts, moment)

    def of_sites(self, kinds: Sites) -> Parts:
        """Weights and recursions of other kinds of sites at the same order parameters."""
        return recursions(kinds, self.order, self.temperature)

    def _means(self, moment: Callable[[Recursion], Floats]) -> Floats:
        return np.asarray(sum(weight * moment(site) for weight, site in self.parts))


def _mean(parts: Parts, moment: Callable[[Recursion], float]) -> float:
    return float(sum(weight * moment(site) for weight, site in parts))


Levels = Recursion | Mixture
"""What a solution rests on: one recursion if all sites are alike, else an average of some."""


def levels_of(
    model: Model, order: Order, temperature: float = 0.0, *, resolution: float = 1.0
) -> Levels:
    """The recursion of every kind of site at given order parameters, stationary or not.

    Raises
    ------
    UnresolvedError
        If two overlaps are too close to be told apart.
    """
    if not model.random:
        return recursion(model, order, temperature, resolution=resolution)
    parts = recursions(model.sites(resolution), order, temperature, resolution=resolution)
    return Mixture(model, order, temperature, parts)


def mean_over_sites(model: Model, value: Callable[[Model], T]) -> T:
    """E[value] over the sites of a model."""
    first, *others = (weight * value(site) for weight, site in model.sites())
    total = first
    for term in others:
        total = total + term
    return total
