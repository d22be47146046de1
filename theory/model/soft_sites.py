"""Where sites differ: those with two wells, and those next to having them, by rules of their own.

A site's potential has two wells at some field if γ J² C > min G'', which is k for a quartic G. If
γ or k is random that cuts its distribution. Wells grow from nothing at the cut, h_s as the
distance from it to the power 3/2, so that a rule over all sites would see them begin at its softest
node and not at the end of the distribution. Here the part with wells is integrated by itself.

Short of that the softest sites are next to having wells: ∫P_k (g_k'')² of a site diverges as the
distance to the power -1/2 at T = 0, and its mean over sites is finite but wants nodes there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._typing import Floats
from ..numerics.quadrature import legendre
from .model import Model, Sites
from .polynomial import EvenPolynomial
from .potential_profile import profile
from .randomness import Random

FAR = 0.25
"""A critical value that lies this fraction of all sites beyond the end or more is far: the Gauss
rule then converges as 2.4^(-2n) for n nodes."""

EDGE_NODES = 32
"""Nodes of an average over sites that resolves the end of the distribution."""


@dataclass(frozen=True)
class SoftSites:
    """The sites of a model with two wells or more, where the response of the others is C."""

    model: Model
    C: float

    @property
    def whole(self) -> bool:
        """True if all sites have wells: nothing is cut."""
        gamma = self.model.gamma
        least = gamma.support[0] if isinstance(gamma, Random) else gamma
        stiffest = self.model.k.support[1] if isinstance(self.model.k, Random) else self._least
        return bool(stiffest < least * self._pull)

    def rule(self, nodes: int) -> Sites:
        """Weights and pure models, about ``nodes`` of them; the weights add up to their fraction.

        The Gauss–Legendre rule in the quantiles; on a part that ends at a cut in a variable that
        makes square roots of the distance from the cut smooth.
        """
        count = len(self.model.random)
        if count == 0:
            return ((1.0, self.model),)
        each = round(nodes ** (1 / count))
        x, dx = legendre(each)
        grid = np.meshgrid(*[(1 + x) / 2] * count, indexing="ij")
        weights = np.meshgrid(*[dx / 2] * count, indexing="ij")
        points = np.reshape(grid, (count, -1)).T
        at = [self.at(point) for point in points]
        products = np.prod(np.reshape(weights, (count, -1)), axis=0)
        return tuple(
            (float(share * rate), site)
            for share, (rate, site) in zip(products, at, strict=True)
            if rate > 0
        )

    def at(self, point: Floats) -> tuple[float, Model]:
        """A point of the unit cube to a site, and the density of sites there."""
        values: dict[str, Any] = {"gamma": self.model.gamma}
        rate = 1.0
        for name, t in zip(self.model.random, point, strict=True):
            low, high = self._range(name, values["gamma"])
            u, here = float(t), 1.0
            if (low, high) != (0.0, 1.0):
                u = low + (high - low) * u**2 * (3 - 2 * u)
                here = (high - low) * 6 * float(t) * (1 - float(t))
            values[name] = float(getattr(self.model, name).quantile(u))
            rate *= here
        return rate, self.model.site(values)

    def _range(self, name: str, gamma: Random | float) -> tuple[float, float]:
        """The quantiles of a parameter between which there are wells, at the γ chosen before."""
        if name == "gamma" and self._least >= 0:
            critical = self._least / self._pull if self._pull > 0 else math.inf
            return float(self.model.gamma.frozen.cdf(critical)), 1.0
        if name == "k" and not isinstance(gamma, Random):
            return 0.0, float(self.model.k.frozen.cdf(float(gamma) * self._pull))
        return 0.0, 1.0

    @property
    def _pull(self) -> float:
        return self.model.J**2 * self.C

    @property
    def _least(self) -> float:
        return _least_curvature(self.model)


def edge_sites(model: Model, C: float) -> Sites | None:
    """A rule for averages over sites of which the softest are next to having wells; else None.

    Nodes crowd towards the end of the distribution as the distance to the critical value does:
    u = δ sinh²τ for quantiles u from the soft end makes 1/√(u + δ) smooth. For one random γ or k.
    """
    pull = model.J**2 * C
    if model.random not in (("gamma",), ("k",)) or pull == 0.0:
        return None
    (name,) = model.random
    random: Random = getattr(model, name)
    if name == "k":
        end, critical = random.support[0], model.gamma * pull
        beyond = float(random.frozen.cdf(2 * end - critical)) if math.isfinite(end) else 1.0
    else:
        end, critical = random.support[1], _least_curvature(model) / pull
        beyond = float(random.frozen.sf(2 * end - critical)) if math.isfinite(end) else 1.0
    if beyond >= FAR or (critical >= end if name == "k" else critical <= end):
        return None
    beyond = max(beyond, 1e-30)
    x, dx = legendre(EDGE_NODES)
    last = math.asinh(1 / math.sqrt(beyond))
    tau = last * (1 + x) / 2
    u = beyond * np.sinh(tau) ** 2
    weight = beyond * np.sinh(2 * tau) * last * dx / 2
    values = random.quantile(u) if name == "k" else random.frozen.isf(u)
    return tuple(
        (float(w), model.site({name: float(value)}))
        for w, value in zip(weight, values, strict=True)
    )


def _least_curvature(model: Model) -> float:
    """min G''(v) over v, and over sites if they differ in k."""
    if isinstance(model.k, Random):
        return model.k.support[0]
    if model.potential is not None and not isinstance(model.potential, EvenPolynomial):
        return float(min(bend.min() for _, bend in profile(model.potential).pieces))
    if model.k is not None:
        return float(model.k)
    G = model.potential_of(None, None)
    assert isinstance(G, EvenPolynomial)
    # G'' as a polynomial in v²: its least value is at 0 or where its derivative vanishes.
    terms = [2 * n * (2 * n - 1) * c for n, c in enumerate(G.coefficients, start=1)]
    curvature = np.polynomial.Polynomial(terms)
    turns = curvature.deriv().roots()
    real = turns[np.abs(turns.imag) < 1e-12 * np.maximum(np.abs(turns), 1e-300)].real
    return float(curvature(np.append(real[real > 0], 0.0)).min())
