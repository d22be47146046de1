"""Replica symmetry at T = 0 where no site has two wells, resolved at the soft end of the sites.

With x_C = J² C and the response χ = 1/(s - x_C) of a site of local stiffness s = G''(v)/γ,

    ⟨χ^n⟩ = E ∫P(h) χ^n dh = E ∫P(h(v)) χ^(n-1) dv,      h(v) = G'(v)/γ - x_C v

diverge one after the other where the softest sites are next to having two wells, margin κ_min - x_C
→ 0. The lower edge of the Hessian's spectrum follows from the same means at x ≤ κ_min in place of
x_C (P. Biane, Indiana Univ. Math. J. 46, 705 (1997)): m(x) = E∫P dh/(s - x),

    λ_min = x - J² m(x)   where   J² m'(x) = 1,   or x = κ_min if there J² m' < 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import optimize

from .._typing import Floats
from ..ansatz.solution import Solution
from ..hessian.resolvent import HessianSpectrum
from ..hessian.stiffness import TAIL_MASS, Stiffness
from ..numerics.quadrature import panel_rule
from ..recursion.kernel import TAIL
from .soft_end import SoftEnd

PANELS = 4.0 ** np.arange(-18.0, 1.0)
"""Ends of panels in v on either side of zero, in units of the largest: 1/(b + v²/2) is resolved
however small b is."""

WIDEST = 4.0
"""Widest panel in units of the standard deviation of P(h)."""

LEAST_PANELS, SAMPLES = 8, 257
"""Panels over the fields that occur, at least, and points at which they are laid."""

NARROW, PIECES = 0.5, 1.25 ** np.arange(-36.0, 1.0)
"""The same of pieces of μ: their error is quadratic, and shifts the spectrum."""

NODES_PER_PIECE = 4
"""For the mass and the mean of a piece."""

CLOSEST = 1e-9
"""Edges closer than this fraction are one."""

NEAREST = 1e-14
"""How close to κ_min, in units of it, the edge of the spectrum is looked for."""


@dataclass(frozen=True)
class RigidState:
    """A replica-symmetric state at T = 0 whose sites have one well each.

    Examples
    --------
    >>> from scipy import stats
    >>> from glasswell.theory import Model, RigidState, solve
    >>> state = RigidState.of(solve(Model(gamma=1.0, k=stats.uniform(0.5, 0.5), J=0.5, field=0.4)))
    >>> round(state.replicon, 4), round(state.margin, 4), round(state.lower_edge, 4)
    (0.3189, 0.1385, 0.0115)
    """

    end: SoftEnd
    J: float
    centre: float
    width: float
    C: float

    @classmethod
    def of(cls, solution: Solution, end: SoftEnd | None = None) -> RigidState:
        """The state of a solution in replica symmetry at T = 0.

        Raises
        ------
        SolveError
            If the soft end of the sites cannot be resolved.
        """
        model, order = solution.model, solution.levels.order
        return cls(
            end=SoftEnd.of(model) if end is None else end,
            J=model.J,
            centre=model.field,
            width=model.J * math.sqrt(float(order.q[-1])),
            C=order.C,
        )

    @property
    def x_C(self) -> float:
        """J² C."""
        return self.J**2 * self.C

    @property
    def margin(self) -> float:
        """κ_min - J² C: the softest site has two wells at some field where it is negative."""
        return self.end.least - self.x_C

    @property
    def replicon(self) -> float:
        """1 - J² ⟨χ²⟩."""
        return 1 - self.J**2 * self.mean_response(2)

    def mean_response(self, power: int) -> float:
        """⟨χ^n⟩ for n ≥ 1; ⟨χ⟩ = C."""
        return self._mean(max(self.margin, 0.0), power)

    @property
    def overlap(self) -> float:
        """⟨v²⟩, which is q where the state is stationary."""
        if self.width == 0.0:
            return 0.0
        _, weight = self._measure
        return float(np.sum(weight @ self._rule[0] ** 2))

    @property
    def density_at_zero(self) -> float:
        """P(0)."""
        if self.width == 0.0:
            return 0.0
        return float(self._gaussian(np.zeros(1))[0])

    @cached_property
    def lower_edge(self) -> float:
        """λ_min, the gap of the Hessian's spectrum."""
        least, J = self.end.least, self.J

        def excess(log_distance: float) -> float:
            return J**2 * self._mean(math.exp(log_distance), 2) - 1

        near, far = math.log(NEAREST * least), math.log(least + J)
        if excess(near) <= 0:
            distance = 0.0
        else:
            while excess(far) >= 0:
                far += 1.0
            distance = math.exp(optimize.brentq(excess, near, far, xtol=1e-14))
        # x - J² m(x) with x = κ_min - distance, relative to its value zero at x_C.
        return self.margin - distance - J**2 * self._difference(distance)

    @cached_property
    def hessian_spectrum(self) -> HessianSpectrum:
        """Eigenvalues of the Hessian, from kinds of site and pieces that crowd at the soft end."""
        if self.width == 0.0:
            s = (self.end.least + self.end.distance)[:, 0]
            return HessianSpectrum(Stiffness.from_pieces(s, s, self.end.weight), self.J)
        edges = np.unique(np.abs(self._edges(NARROW, PIECES)))
        edges = edges[np.append(True, np.diff(edges) > CLOSEST * edges[1:])]
        softness = self.end.distance + self.margin
        v, dv = panel_rule(edges, NODES_PER_PIECE)
        rise = self.end.rest.curvature(v) + 0 * softness
        h = softness * v + self.end.rest.slope(v)
        density = self._gaussian(h) + self._gaussian(-h)
        pieces = (len(softness), len(edges) - 1, NODES_PER_PIECE)
        mass = self.end.weight[:, None] * density * (softness + rise) * dv
        mean = (mass * rise).reshape(pieces).sum(axis=2)
        mass = mass.reshape(pieces).sum(axis=2)
        half = np.diff(self.end.rest.curvature(edges) + 0 * softness, axis=1) / 2
        there = mass > 0
        mass, half = mass[there], half[there]
        # Uniform pieces with the mean of the sites: what they leave out is of fourth order.
        s = (self.end.least + self.end.distance + 0 * there)[there] + mean[there] / mass
        order = np.argsort(s)
        kept = order[np.cumsum(mass[order][::-1])[::-1] > TAIL_MASS]
        s, half, mass = s[kept], half[kept], mass[kept]
        return HessianSpectrum(Stiffness.from_pieces(s - half, s + half, mass), self.J)

    def _difference(self, distance: float) -> float:
        """m(x) - m(x_C)."""
        return self._mean(distance, 1) - self._mean(self.margin, 1)

    def _mean(self, distance: float, power: int) -> float:
        """E ∫P dh/(s - x)^n with x = κ_min - distance."""
        if self.width == 0.0:
            return self._mean_at_one_field(distance, power)
        rise, weight = self._measure
        response = 1 / (self.end.distance + distance + rise)
        return float(np.sum(weight * response**power))

    @cached_property
    def _measure(self) -> tuple[Floats, Floats]:
        """s - κ of every site at every v, and its probability P(h) dh, (sites, n) each."""
        softness = self.end.distance + self.margin
        v, dv = self._rule
        rise = np.asarray(self.end.rest.curvature(v) + 0 * softness)
        h = softness * v + self.end.rest.slope(v)
        return rise, self.end.weight[:, None] * self._gaussian(h) * (softness + rise) * dv

    def _gaussian(self, h: Floats) -> Floats:
        """P(h)."""
        norm = math.sqrt(2 * math.pi) * self.width
        return np.asarray(np.exp(-(((h - self.centre) / self.width) ** 2) / 2) / norm)

    def _mean_at_one_field(self, distance: float, power: int) -> float:
        """The same where all fields are zero, and with them all displacements."""
        away = self.end.distance[:, 0] + distance
        return float(self.end.weight @ away**-power)

    @cached_property
    def _rule(self) -> tuple[Floats, Floats]:
        """Nodes and weights in v, for all sites."""
        return panel_rule(self._edges(WIDEST, PANELS))

    def _edges(self, widest: float, graded: Floats) -> Floats:
        """Edges in v: nowhere wider than so many deviations of P(h), and ever denser at zero."""
        softness = self.end.distance + self.margin
        reach = TAIL * self.width

        def field(v: Floats) -> Floats:
            return np.asarray(softness * v + self.end.rest.slope(v))

        def where(h: float, bound: Callable[[Floats], float]) -> float:
            """The v ≥ 0 at which a bound over sites on their fields reaches h."""
            top = 1.0
            while bound(field(np.array([top]))) <= h:
                top *= 2
            return float(optimize.brentq(lambda v: bound(field(np.array([v]))) - h, 0.0, top))

        def softest(h: Floats) -> float:
            return float(h.min())

        def stiffest(h: Floats) -> float:
            return float(h.max())

        high = where(self.centre + reach, softest)
        below = self.centre - reach
        low = where(below, stiffest) if below > 0 else -where(-below, softest)
        v = np.linspace(low, high, SAMPLES)
        h = field(v)
        rise = np.where(v > 0, h.max(axis=0), h.min(axis=0))
        panels = max(LEAST_PANELS, math.ceil((rise[-1] - rise[0]) / (widest * self.width)))
        edges = np.interp(np.linspace(rise[0], rise[-1], panels + 1), rise, v)
        around = high * graded
        around = np.concatenate([-around, [0.0], around])
        inside = around[(around > low) & (around < high)]
        return np.unique(np.concatenate([edges, inside]))
