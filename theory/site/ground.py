"""The single-site problem in a local field h, on the nodes where the recursion needs it.

With U_eff(v; h) = -h v - J² C v²/2 + G(v)/γ - and W(v) the part that does not depend on h -

    g(h) = (1/β) ln ∫dv exp(-β U_eff(v; h)),     g'(h) = ⟨v⟩,     g''(h) = β (⟨v²⟩ - ⟨v⟩²),

and at T = 0 g(h) = -min_v U_eff, g' = v*(h), the global minimiser, g'' = dv*/dh between its jumps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import optimize

from .._typing import Floats
from ..model.errors import SolveError
from ..model.model import Model
from ..model.potential import EvenFunction
from ..numerics.quadrature import panel_rule
from .envelope import Envelope, Jump, convex_envelope
from .panels import TOO_FAR_APART, panel_count

PANEL_IN_SIGMAS = 4.5
"""Widest panel in units of the narrowest Gaussian that is integrated on it (see ORDER)."""

ROUNDING = 4e-16
"""Relative precision of v*: two units in the last place."""

SMOOTH_PANELS = 4
"""Panels per branch that resolve g itself, however wide the Gaussians are."""


@dataclass(frozen=True)
class SiteGrid:
    """g, g', g'' (its regular part) and ⟨W⟩ at the nodes h, with weights for ∫dh; all (n,).

    g is relative to g(0), which would drown in rounding what the breakpoints depend on. A folded
    grid holds h > 0 only and stands for both signs.
    """

    h: Floats
    weight: Floats
    g: Floats
    slope: Floats
    curvature: Floats
    potential: Floats
    folded: bool

    def unfolded(self) -> SiteGrid:
        """The same nodes and their mirror images."""

        def mirrored(values: Floats, sign: int = 1) -> Floats:
            return np.concatenate([sign * values[::-1], values])

        return SiteGrid(
            h=mirrored(self.h, -1),
            weight=mirrored(self.weight),
            g=mirrored(self.g),
            slope=mirrored(self.slope, -1),
            curvature=mirrored(self.curvature),
            potential=mirrored(self.potential),
            folded=False,
        )


class SingleSite(Protocol):
    """What the recursion asks of the single-site problem, at T = 0 and above."""

    @property
    def jumps(self) -> tuple[Jump, ...]:
        """Jumps of g' at h ≥ 0."""

    def g(self, h: Floats) -> Floats:
        """g(h), any shape (n,)."""

    def slope(self, h: Floats) -> Floats:
        """g'(h) = ⟨v⟩."""

    def response(self, h: Floats) -> Floats:
        """g''(h) between the jumps."""

    def potential(self, h: Floats) -> Floats:
        """⟨W(v)⟩."""

    def grid(self, reach: float, sigma: float, *, folded: bool, resolution: float) -> SiteGrid:
        """Nodes that cover |h| ≤ reach and resolve Gaussians of width ``sigma``."""


def local_potential(model: Model, C: float) -> EvenFunction:
    """W(v) = G(v)/γ - J² C v²/2, the part of U_eff that does not depend on the field."""
    return model.G.shifted(-0.5 * model.J**2 * C, scale=1.0 / model.gamma)


@dataclass(frozen=True)
class GroundSite:
    """The single-site problem at T = 0."""

    W: EvenFunction
    envelope: Envelope

    @classmethod
    def of(cls, model: Model, C: float) -> GroundSite:
        """The site of ``model`` that carries the response C of its surroundings."""
        W = local_potential(model, C)
        return cls(W, convex_envelope(W))

    @property
    def jumps(self) -> tuple[Jump, ...]:
        """Jumps of v*(h) at h ≥ 0."""
        return self.envelope.jumps

    def slope(self, h: Floats) -> Floats:
        """g'(h) = v*(h), the global minimiser; at a jump the upper one."""
        size = np.abs(h)
        v = np.zeros_like(size)
        later = [self.W.slope(lower) for lower, _ in self.envelope.branches[1:]]
        branch = np.searchsorted(np.array(later), size, side="right")
        for n, (lower, upper) in enumerate(self.envelope.branches):
            here = branch == n
            v[here] = self._on_branch(size[here], lower, upper)
        return np.where(h < 0, -v, v)

    def g(self, h: Floats) -> Floats:
        """g(h) = -min_v U_eff(v; h)."""
        v = self.slope(h)
        return np.asarray(h * v - self.W.value(v))

    def response(self, h: Floats) -> Floats:
        """dv*/dh between the jumps."""
        return np.asarray(1.0 / self.W.curvature(self.slope(h)))

    def potential(self, h: Floats) -> Floats:
        """W(v*(h))."""
        return np.asarray(self.W.value(self.slope(h)))

    def grid(self, reach: float, sigma: float, *, folded: bool, resolution: float) -> SiteGrid:
        """Nodes that cover |h| ≤ reach and resolve Gaussians of width ``sigma``.

        The panels are laid in v, where h = W'(v) and every integrand is smooth.
        """
        widest = PANEL_IN_SIGMAS * sigma / resolution
        smooth = int(np.ceil(SMOOTH_PANELS * resolution))
        pieces = []
        for lower, upper in self.envelope.branches:
            if self.W.slope(lower) < reach:
                top = self._end(reach, lower, upper)
                # Fields so narrow that no float lies between the branch's ends have no panel.
                if top > lower:
                    pieces.append(panel_rule(self._edges(lower, top, widest, smooth)))
        if not pieces:
            raise SolveError(TOO_FAR_APART)
        v = np.concatenate([nodes for nodes, _ in pieces])
        dv = np.concatenate([weights for _, weights in pieces])
        stiffness = self.W.curvature(v)
        h = self.W.slope(v)
        W = self.W.value(v)
        g = h * v - (W - self.W.value(self.envelope.v_0))
        grid = SiteGrid(h, dv * stiffness, g, v, 1 / stiffness, W, folded=True)
        return grid if folded else grid.unfolded()

    def _end(self, reach: float, lower: float, upper: float) -> float:
        """Where a branch reaches h = ``reach``, or its upper end if that is first."""
        beyond = min(upper, self.W.beyond(reach, lower))
        if self.W.slope(beyond) <= reach:
            return beyond
        tolerance = 4 * ROUNDING  # less is refused
        return float(
            optimize.brentq(
                lambda v: self.W.slope(v) - reach,
                lower,
                beyond,
                xtol=tolerance * beyond,
                rtol=tolerance,
            )
        )

    def _edges(self, lower: float, upper: float, widest: float, smooth: int) -> Floats:
        """Panel edges in v: at most ``widest`` in h, and at least ``smooth`` of them."""
        v = np.linspace(lower, upper, 65 * smooth)
        h = self.W.slope(v)
        measure = (h - h[0]) / widest + smooth * (v - v[0]) / (v[-1] - v[0])
        panels = panel_count(measure[-1])
        return np.interp(np.linspace(0.0, measure[-1], panels + 1), measure, v)

    def _on_branch(self, h: Floats, lower: float, upper: float) -> Floats:
        """Solve W'(v) = h on one branch, where W' increases, by bisection and Newton."""
        if h.size == 0:
            return h
        low = np.full_like(h, lower)
        high = np.full_like(h, min(upper, self.W.beyond(float(h.max()), lower)))
        v = np.where(h > self.W.slope(lower), high, low)
        for _ in range(200):
            mismatch = self.W.slope(v) - h
            above = mismatch > 0
            high, low = np.where(above, v, high), np.where(above, low, v)
            with np.errstate(divide="ignore", invalid="ignore"):
                newton = v - mismatch / self.W.curvature(v)
            small = np.abs(newton - v) <= ROUNDING * v
            inside = (newton > low) & (newton < high)
            v = np.where(small, v, np.where(inside, newton, (low + high) / 2))
            if np.all(small | (high - low <= ROUNDING * high)):
                break
        return v
