"""The single-site problem at T > 0: moments of exp(-β U_eff(v; h)).

The integrand is entire in v and decays, so the trapezoidal rule on a uniform grid converges
geometrically: for a step s its relative error is that of the Gaussian with the largest curvature
K = U_eff'' found where the integrand is not negligible, 2 exp(-2π² T/(K s²)) (Trefethen and
Weideman, SIAM Rev. 56, 385 (2014)). Where G is not known to be entire the step is halved until
nothing changes.

In h the functions g, g' and g'' are analytic too, but only up to the zeros of the partition
function, which for T → 0 close in on the fields where two wells exchange. The panels in h are
graded towards these fields and then halved wherever g'' asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from .._typing import Floats
from ..model.errors import SolveError
from ..model.model import Model
from ..model.potential import EvenFunction
from ..numerics.quadrature import antiderivative, panel_rule, resolved_edges
from .envelope import Envelope, Jump
from .ground import PANEL_IN_SIGMAS, GroundSite, SingleSite, SiteGrid
from .panels import divided, graded_edges

DEPTH = 60.0
"""Displacements with U_eff - min U_eff beyond this many T are left out.

exp(-60) = 1e-26 is below rounding even times β Δv² K, by which a far well enters g''.
"""

STEP = 0.7
"""Step of the trapezoidal rule times √(K/T): 2 exp(-2π²/0.49) = 6e-18."""

REFINEMENTS = (1, 2, 4, 8, 16, 32, 64)
"""Of the step, tried in turn where G is not known to be entire."""

REFINED = 1e-11
"""What a refinement may change, relative to the displacement, its variance and T."""

TAIL = 1e-7
"""Last Legendre coefficients of g'' that a panel in h may leave (see resolved_edges)."""

MAX_POINTS = 200_000
"""Displacements per field; a temperature that needs more is refused, not approximated."""

CHUNK = 400_000
"""Displacements held in memory at a time."""


@dataclass(frozen=True)
class Moments:
    """g, ⟨v⟩, ⟨v²⟩ - ⟨v⟩² and ⟨W⟩ at some fields, all (n,)."""

    g: Floats
    mean: Floats
    variance: Floats
    potential: Floats


@dataclass(frozen=True)
class ThermalSite:
    """The single-site problem at T > 0: the interface of GroundSite, without jumps."""

    ground: GroundSite
    temperature: float

    @classmethod
    def of(cls, model: Model, C: float, temperature: float) -> ThermalSite:
        """The site of ``model`` that carries the response C of its surroundings."""
        return cls(GroundSite.of(model, C), temperature)

    @property
    def W(self) -> EvenFunction:
        """The part of U_eff that does not depend on the field."""
        return self.ground.W

    @property
    def envelope(self) -> Envelope:
        """The convex envelope of W."""
        return self.ground.envelope

    @property
    def jumps(self) -> tuple[Jump, ...]:
        """None: ⟨v⟩ is analytic in h."""
        return ()

    def g(self, h: Floats) -> Floats:
        """g(h) = T ln ∫dv exp(-β U_eff(v; h))."""
        return self.moments(h).g

    def slope(self, h: Floats) -> Floats:
        """g'(h) = ⟨v⟩."""
        return self.moments(h).mean

    def response(self, h: Floats) -> Floats:
        """g''(h) = β (⟨v²⟩ - ⟨v⟩²)."""
        return self.moments(h).variance / self.temperature

    def potential(self, h: Floats) -> Floats:
        """⟨W(v)⟩."""
        return self.moments(h).potential

    @cached_property
    def second_moment(self) -> float:
        """⟨v²⟩ at h = 0."""
        return float(self.moments(np.zeros(1)).variance[0])

    def grid(self, reach: float, sigma: float, *, folded: bool, resolution: float) -> SiteGrid:
        """Nodes that cover |h| ≤ reach and resolve Gaussians of width ``sigma``."""
        T = self.temperature
        kinks = [(0.0, T / float(np.sqrt(self.second_moment)))]
        kinks += [(jump.h, 2 * T / jump.size) for jump in self.ground.jumps if jump.h > 0]
        edges = divided(graded_edges(reach, kinks), PANEL_IN_SIGMAS * sigma)
        edges = resolved_edges(self.response, edges, self._tail(reach))
        panels = np.arange(len(edges))
        parts = np.arange((len(edges) - 1) * int(np.ceil(resolution)) + 1)
        edges = np.interp(parts / np.ceil(resolution), panels, edges)
        h, weight = panel_rule(edges)
        at = self.moments(h)
        g = antiderivative(edges, at.mean)
        grid = SiteGrid(h, weight, g, at.mean, at.variance / T, at.potential, folded=True)
        return grid if folded else grid.unfolded()

    def moments(self, h: Floats) -> Moments:
        """Moments at fields h of either sign, shape (n,).

        Raises
        ------
        SolveError
            If T is so low that a field needs more than MAX_POINTS displacements, or G so rough.
        """
        return self._moments(h, 1 if self.W.entire else self._refinement)

    @cached_property
    def _refinement(self) -> int:
        """The part of the step that G asks for, at fields from 0 to where v* has doubled."""
        v = self.envelope.v_0 + self.W.length * np.array([0.0, 0.3, 1.0, 2.0])
        h = np.maximum(self.envelope.slope(v), 0.0)
        before = self._moments(h, REFINEMENTS[0])
        for coarse, fine in pairwise(REFINEMENTS):
            now = self._moments(h, fine)
            width = np.sqrt(now.variance)
            changes = (
                np.abs(now.g - before.g) / self.temperature,
                np.abs(now.mean - before.mean) / width,
                np.abs(now.variance / before.variance - 1),
            )
            if np.max(changes) < REFINED:
                return coarse
            before = now
        raise SolveError(
            f"{self.W} is too rough to be integrated at temperature {self.temperature:g}: give it "
            "smooth derivatives, or solve at temperature = 0"
        )

    def _moments(self, h: Floats, refinement: int) -> Moments:
        size = np.abs(h)
        v_star = self.ground.slope(size)
        start, end = self._window(size, v_star)
        step = self._step(start, end) / refinement
        steps = np.ceil((end - start) / step)
        if not np.all((steps >= 1) & (steps < MAX_POINTS)):
            raise SolveError(
                f"temperature {self.temperature:g} is too low to integrate over both wells of a "
                "site: solve at temperature = 0, or at a higher one"
            )
        points = steps.astype(int) + 1
        octave = np.ceil(np.log2(points)).astype(int)
        values = np.empty((4, len(h)))
        for n in np.unique(octave):
            here = np.flatnonzero(octave == n)
            for part in np.array_split(here, int(np.ceil(len(here) * 2.0**n / CHUNK))):
                v = np.linspace(start[part], end[part], points[part].max(), axis=1)
                values[:, part] = self._sums(size[part], v_star[part], v)
        g, mean, variance, potential = values
        return Moments(g, np.where(h < 0, -mean, mean), variance, potential)

    def _tail(self, reach: float) -> float:
        """TAIL, or what the rounding of β U_eff leaves of it at very low temperature."""
        far = self.ground.slope(np.array([0.0, reach]))
        scale = float(np.abs(self.W.value(far) - far * np.array([0.0, reach])).max())
        return max(TAIL, 1e3 * np.finfo(float).eps * scale / self.temperature)

    def _sums(self, h: Floats, v_star: Floats, v: Floats) -> tuple[Floats, ...]:
        """The trapezoidal rule on v (n, points), relative to the lowest energy and its place v*."""
        T = self.temperature
        lowest = self.W.value(v_star) - h * v_star
        step = v[:, 1] - v[:, 0]
        W = self.W.value(v)
        weight = np.exp(-(W - h[:, None] * v - lowest[:, None]) / T)
        norm = weight.sum(axis=1)
        weight /= norm[:, None]
        v = v - v_star[:, None]
        mean = (weight * v).sum(axis=1)
        variance = (weight * (v - mean[:, None]) ** 2).sum(axis=1)
        g = T * np.log(norm * step) - lowest
        return g, v_star + mean, variance, (weight * W).sum(axis=1)

    def _step(self, start: Floats, end: Floats) -> Floats:
        """The largest step that integrates the steepest well of each window."""
        v = np.linspace(start, end, 33)
        return np.asarray(STEP * np.sqrt(self.temperature / self.W.curvature(v).max(axis=0)))

    def _window(self, h: Floats, v_star: Floats) -> tuple[Floats, Floats]:
        """Ends of the interval where the envelope of U_eff is within DEPTH·T of its minimum.

        The excess is convex in v, so Newton's iteration ends outside the interval from anywhere
        and then closes in on it; it stops when the rest does not matter.
        """
        depth = DEPTH * self.temperature
        lowest = self.envelope.value(v_star)
        curvature = np.maximum(self.W.curvature(v_star), 0.0)
        with np.errstate(divide="ignore"):
            width = np.sqrt(2 * depth / curvature)
        most = int(np.argmax(h))
        bounds = -self._beyond(0.0, self.envelope.v_0), self._beyond(h[most], v_star[most])
        ends = []
        for side, bound in zip((-1, 1), bounds, strict=True):
            v = side * np.minimum(side * v_star + width, side * bound)
            for _ in range(60):
                left = depth - (self.envelope.value(v) - lowest - h * (v - v_star))
                slope = side * (self.envelope.slope(v) - h)
                with np.errstate(divide="ignore", invalid="ignore"):
                    new = side * v + np.where(slope > 0, left / slope, np.inf)
                new = side * np.minimum(new, side * bound)
                settled = np.abs(new - v) <= 0.02 * np.abs(new - v_star)
                v = new
                if settled.all():
                    break
            ends.append(v)
        return ends[0], ends[1]

    def _beyond(self, h: float, v_star: float) -> float:
        """Some v to the right of the interval."""
        depth = DEPTH * self.temperature
        width = self.W.width(depth)
        lowest = self.W.value(v_star) - h * v_star
        while self.W.value(v_star + width) - h * (v_star + width) < lowest + depth:
            width *= 2
        return float(v_star + width)


def single_site(model: Model, C: float, temperature: float) -> SingleSite:
    """The single-site problem of ``model`` in surroundings that respond with C."""
    return ThermalSite.of(model, C, temperature) if temperature > 0 else GroundSite.of(model, C)
