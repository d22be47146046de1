"""Parisi's equations at T = 0: full replica-symmetry breaking without steps.

Between overlaps q and q + dq, where the breakpoint is y(q), the recursion of ``rsb`` becomes, in
t = J² q (Parisi, J. Phys. A 13, L115 (1980); Sommers & Dupont, J. Phys. C 17, 5785 (1984)),

    ∂m/∂t = -½ m'' - y m m',         m = g' = ⟨v⟩, from v*(h) at q_k down to q = 0,
    ∂P/∂t =  ½ P'' - y (m P)',       from a point mass at q = 0 up to q_k.

Stationarity, q = ∫P m² at every q, then says in its first and second derivative by q

    J² ∫P (m')² = 1,   y = ∫P (m'')² / 2∫P (m')³:

the theory is marginal at every q, and y(q) follows from what it has made of P and m. Here both
run over given intervals of q with y constant on each, on fields that are dense near h = 0, where m
becomes a step as y grows and P the pseudogap.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import integrate, interpolate

from .._typing import Floats
from ..model.model import Model
from ..numerics.graded_line import EVEN, ODD, GradedLine, backward, forward
from ..site.ground import GroundSite
from .recursion import Level, Order, Recursion


@dataclass(frozen=True)
class Flow:
    """m and P dh at the upper ends of n intervals of q, the first of which starts at q = 0.

    ``gaps`` are their lengths, ``y`` the breakpoints on them, (n,); ``slopes`` and ``masses`` are
    (n, fields). Without field and polarisation m is odd and P even: fields h ≥ 0 stand for both
    signs, and masses add up to one there.
    """

    model: Model
    C: float
    gaps: Floats
    y: Floats
    line: GradedLine
    site: GroundSite
    slopes: Floats
    masses: Floats

    @cached_property
    def overlaps(self) -> Floats:
        """∫P m², (n,)."""
        return np.asarray(np.einsum("lh,lh->l", self.masses, self.slopes**2))

    @cached_property
    def marginality(self) -> Floats:
        """J² ∫P (m')², (n,): one at every q where y(q) is stationary."""
        return np.asarray(self.model.J**2 * np.einsum("lh,lh->l", self.masses, self._curvatures**2))

    @cached_property
    def skewness(self) -> Floats:
        """J² ∫P (m')³, (n,): -2y times it is what y adds to the marginality's slope in t."""
        return np.asarray(self.model.J**2 * np.einsum("lh,lh->l", self.masses, self._curvatures**3))

    @cached_property
    def _curvatures(self) -> Floats:
        return np.stack([self.line.derivative(m, ODD) for m in self.slopes])

    @cached_property
    def C_reg(self) -> float:
        """∫P dv*/dh without the jump of v*."""
        return float(self.masses[-1] @ self.site.response(self.line.h))

    @cached_property
    def C_jump(self) -> float:
        """P(0) Δv."""
        density = self.masses[-1, 0] / self.line.weight[0]
        return float(density * sum(jump.size for jump in self.site.jumps))


def flow(model: Model, C: float, gaps: Floats, y: Floats, line: GradedLine) -> Flow:
    """m down from v*(h), then P up from a point mass at h = 0.

    Each interval is crossed with the drift y m of its middle, which an explicit look ahead
    provides: an error of second order in its length. P's transition is the transpose of m's, so
    that ∫P m' … are kept as exactly as the equations say.
    """
    site = GroundSite.of(model, C)
    t = model.J**2 * gaps
    m = np.where(line.h == 0.0, 0.0, site.slope(line.h))
    slopes, drifts = [m], []
    for step in range(len(y) - 1, 0, -1):
        ahead = backward(line.generator(y[step] * m, ODD), t[step], m)
        drifts.append(y[step] * (m + ahead) / 2)
        m = backward(line.generator(drifts[-1], ODD), t[step], m)
        slopes.append(m)
    g = integrate.cumulative_simpson(m * np.hypot(line.h, line.finest), x=line.x, initial=0.0)
    # The first interval starts from a point: a Gaussian tilted by e^(y g), as in ``rsb``.
    mass = np.exp(y[0] * g - line.h**2 / (2 * t[0])) * line.weight
    masses = [mass / mass.sum()]
    for time, drift in zip(t[1:], drifts[::-1], strict=True):
        masses.append(forward(line.generator(drift, EVEN), time, masses[-1]))
    return Flow(model, C, gaps, y, line, site, np.stack(slopes[::-1]), np.stack(masses))


@dataclass(frozen=True)
class Continuum(Recursion):
    """A flow in the terms of ``Recursion``: a staircase so fine that its steps do not matter."""

    flow: Flow

    @classmethod
    def of(cls, flow: Flow) -> Continuum:
        """Fields folded to h ≥ 0, overlaps 0 = q_0 … q_n."""
        model, line, site = flow.model, flow.line, flow.site
        order = Order(0.0, flow.C, np.cumsum(np.append(0.0, flow.gaps)), flow.y)
        h, g = line.h, site.g(line.h)
        top = Level(h, flow.masses[-1], g - g[0], site.slope(h))
        return cls(model, order, 0.0, site, site.response(h), site.potential(h), True, (top,), flow)

    @cached_property
    def free_energy(self) -> float:
        """f, with ∫P_0 g_0 = ∫P_k g_k - (J²/2) ∫y ∫P m² dq."""
        top, J2 = self.levels[-1], self.model.J**2
        means = (self.overlaps[1:] + self.overlaps[:-1]) / 2
        tilted = J2 * float((self.order.y * self.flow.gaps) @ means) / 2
        return float(self._coupling / 4 - (top.mass @ top.g + self._g_at_zero - tilted))

    @cached_property
    def overlaps(self) -> Floats:
        """∫P_l m_l² at q_0 … q_n."""
        return np.append(0.0, self.flow.overlaps)

    @cached_property
    def C_jump(self) -> float:
        """P(0) Δv, from y < ∞."""
        return self.flow.C_jump

    @cached_property
    def replicon(self) -> float:
        """1 - J² ∫P (m')², the same at every q and zero but for the finite intervals."""
        return min(0.0, 1.0 - float(self.flow.marginality[0]))

    @cached_property
    def reach(self) -> float:
        """The largest |h| that occurs."""
        return self.flow.line.reach

    def field_density(self, h: Floats) -> Floats:
        """P(h) on the whole axis: a spline in x, of h = ε sinh x."""
        line = self.flow.line
        x = np.arcsinh(np.abs(h) / line.finest)
        inside = x <= line.x[-1]
        return np.where(inside, self._density(np.where(inside, x, 0.0)), 0.0)

    @cached_property
    def _density(self) -> interpolate.BSpline:
        line, density = self.flow.line, self.flow.masses[-1] / self.flow.line.weight
        x = np.concatenate([-line.x[:0:-1], line.x])
        return interpolate.make_interp_spline(x, np.append(density[:0:-1], density), k=5)
