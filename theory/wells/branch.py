"""A branch of fields over which one double well changes smoothly, from a spinodal inwards.

    h(φ) = h_inner + (h_edge - h_inner) cos φ,   φ ∈ [0, π/2]

so that what goes as √|h_edge - h| at the spinodal - a minimum and a maximum merge there - is
analytic in φ. A potential is cut into branches at its spinodal fields, where two of its minima
exchange (Δ has a kink there) and where v* jumps (P_k has one). Branches lie at h ≥ 0 and stand for
both signs of h.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.polynomial import Chebyshev
from scipy import optimize

from .._typing import Floats
from ..model.potential import EvenFunction
from ..numerics.quadrature import legendre
from ..numerics.roots import bracketed_root, inverse
from ..site.envelope import convex_envelope
from ..site.geometry import Geometry, between, quartic_points, quartic_spinodal
from ..site.stationary import monotone_ends, stationary_points
from ..site.wkb import wkb_slope

CHEBYSHEV_DEGREE = 400
"""Degree of the interpolant of P_k over a branch; a test doubles it."""

POINT_DEGREES, POINT_TAIL = (32, 64, 128, 256, 512), 1e-12
"""Degrees tried for the stationary points, and what their last coefficients may leave: points are
good to 1e-12 next to a spinodal. Only two spinodals at almost the same field need a high degree."""

NODES = 256
"""Nodes of an average over a branch."""

SAME_FIELD = 1e-9
"""Fields closer than this, relative to the largest spinodal, cut a potential once."""

QUARTER = np.pi / 2

Brackets = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]


@dataclass(frozen=True)
class WellBranch:
    """One double well of U(v) = W(v) - h v for fields between ``inner`` and ``edge``.

    ``density`` is P_k(h), h of either sign. ``brackets`` hold lower minimum, maximum and upper
    minimum; None for a quartic W, whose stationary points are known.
    """

    W: EvenFunction
    edge: float
    inner: float
    density: Callable[[Floats], Floats]
    brackets: Brackets | None = None

    def field(self, phi: Floats) -> Floats:
        """h at φ."""
        return np.asarray(self.inner + (self.edge - self.inner) * np.cos(phi))

    def wells(self, phi: Floats) -> Geometry:
        """The double well at φ, ends included."""
        h = self.field(phi)
        if self.brackets is None:
            return between(self.W, h, *quartic_points(self.W, phi))
        lower, top, upper = (np.asarray(point(phi)) for point in self._points)
        return between(self.W, h, lower, top, upper)

    def of_both_signs(self, h: Floats) -> Floats:
        """P_k(h) + P_k(-h)."""
        return np.asarray(self.density(h) + self.density(-h))

    def weight(self, phi: Floats) -> Floats:
        """Density of φ: wells per site."""
        jacobian = abs(self.edge - self.inner) * np.sin(phi)
        return np.asarray(self.of_both_signs(self.field(phi)) * jacobian)

    @cached_property
    def cumulative(self) -> Chebyshev:
        """∫ of the weight from φ = 0."""
        weight = Chebyshev.interpolate(self.weight, CHEBYSHEV_DEGREE, [0, QUARTER])
        return weight.integ(lbnd=0)

    @cached_property
    def fraction(self) -> float:
        """Wells per site in this branch."""
        return float(self.cumulative(QUARTER))

    def average(self, value: Callable[[Geometry], Floats]) -> float:
        """∫ of a function of the well, per site.

        φ runs as 3 t² - 2 t³, which makes ω ~ √φ at the spinodal and S ~ h ln h at h = 0 smooth.
        """
        t, dt = legendre(NODES)
        t, dt = (1 + t) / 2, dt / 2
        phi = QUARTER * t**2 * (3 - 2 * t)
        rate = QUARTER * 6 * t * (1 - t) * dt
        return float((self.weight(phi) * rate) @ value(self.wells(phi)))

    def value(self, quantity: str, phi: Floats) -> Floats:
        """A quantity by its name in Geometry."""
        return np.asarray(getattr(self.wells(phi), quantity))

    def slope(self, quantity: str, phi: Floats) -> Floats:
        """d(quantity)/dh, from dU/dh = -v at a stationary point and dv/dh = 1/U''."""
        wells = self.wells(phi)
        W = self.W
        if quantity == "asymmetry":
            upper_is_deep = wells.h >= self._exchange
            return np.where(upper_is_deep, wells.distance, -wells.distance)
        if quantity == "wkb_exponent":
            return wkb_slope(W, wells.h, wells.lower, wells.top, wells.upper)
        barrier = (wells.upper + wells.lower) / 2 - wells.top
        if quantity == "barrier":
            return np.asarray(barrier)
        curvatures = [W.curvature(v) for v in (wells.lower, wells.upper)]
        distance = 1 / curvatures[1] - 1 / curvatures[0]
        if quantity == "distance":
            return np.asarray(distance)
        exponent = wells.exponent * (distance / wells.distance + barrier / (2 * wells.barrier))
        if quantity == "exponent":
            return np.asarray(exponent)
        frequency = sum(
            3 * W.taylor(v)[3] / (2 * np.sqrt(c) * c)
            for v, c in zip((wells.lower, wells.upper), curvatures, strict=True)
        )
        return np.asarray(wells.tunnelling * (frequency / wells.frequency - exponent))

    def monotone_pieces(self, quantity: str) -> list[tuple[float, float]]:
        """Intervals of φ on which the quantity is monotone."""
        if quantity not in self._pieces:
            self._pieces[quantity] = self._turns(quantity)
        return self._pieces[quantity]

    @cached_property
    def _pieces(self) -> dict[str, list[tuple[float, float]]]:
        return {}

    def _turns(self, quantity: str) -> list[tuple[float, float]]:
        phi = np.linspace(0, QUARTER, 401)
        value = self.value(quantity, phi)
        turns = np.flatnonzero(np.diff(np.sign(np.diff(value)[1:-1]))) + 2
        inner = []
        for n in turns:
            sign = np.sign(value[n + 1] - value[n])
            found = optimize.minimize_scalar(
                lambda x, sign=sign: sign * float(self.value(quantity, np.array([x]))[0]),
                bounds=(phi[n - 1], phi[n + 1]),
                method="bounded",
                options={"xatol": 1e-12},
            )
            inner.append(float(found.x))
        return list(pairwise([0.0, *inner, QUARTER]))

    def crossing(self, quantity: str, x: Floats, left: float, right: float) -> Floats:
        """φ in [left, right] where a monotone quantity passes x, clipped to the ends."""
        return inverse(lambda phi: self.value(quantity, phi), x, left, right)

    def at_mass(self, mass: Floats) -> Floats:
        """φ below which lie ``mass`` wells per site: the inverse of the cumulative."""
        phi = np.linspace(0, QUARTER, 2001)
        known = np.maximum.accumulate(self.cumulative(phi))
        found = np.interp(mass, known, phi)
        for _ in range(3):
            rate = np.maximum(self.weight(found), 1e-300)
            step = (self.cumulative(found) - mass) / rate
            found = found - np.clip(step, -phi[1], phi[1])
            found = np.clip(found, 0.0, QUARTER)
        return np.asarray(found)

    @cached_property
    def _points(self) -> list[Chebyshev]:
        """Interpolants of the stationary points, which are analytic in φ."""
        found = []
        for low, high in self.brackets or ():

            def point(phi: Floats, low: float = low, high: float = high) -> Floats:
                h = self.field(phi)
                ends = np.full_like(h, low), np.full_like(h, high)
                return bracketed_root(
                    lambda v: np.asarray(self.W.slope(v) - h), self.W.curvature, *ends
                )

            for degree in POINT_DEGREES:
                interpolant = Chebyshev.interpolate(point, degree, [0, QUARTER])
                size = np.abs(interpolant.coef)
                if size[-degree // 4 :].max() < POINT_TAIL * size.max():
                    break
            found.append(interpolant)
        return found

    @cached_property
    def _exchange(self) -> float:
        """An end of the branch from where on the upper minimum is the deeper one."""
        wells = self.wells(np.array([QUARTER / 2]))
        h = wells.h[0]
        upper_is_deep = self.W.value(wells.upper) - h * wells.upper < (
            self.W.value(wells.lower) - h * wells.lower
        )
        ends = sorted((self.edge, self.inner))
        return ends[0] if upper_is_deep[0] else np.inf


def well_branches(W: EvenFunction, density: Callable[[Floats], Floats]) -> tuple[WellBranch, ...]:
    """All branches of double wells of W, at h ≥ 0.

    Parameters
    ----------
    density
        P_k(h) of fields of either sign.
    """
    if W.closed_form:
        h_s = float(quartic_spinodal(W))
        return (WellBranch(W, h_s, 0.0, density),) if h_s > 0 else ()
    ends = monotone_ends(W, np.zeros(()))
    spinodals = np.abs(W.slope(ends[np.abs(ends) < ends[-1]]))
    if not spinodals.size:
        return ()
    jumps = [jump.h for jump in convex_envelope(W).jumps]
    found: list[WellBranch] = []
    for low, high in pairwise(_distinct([0.0, *spinodals, *jumps], spinodals.max())):
        for brackets in _pairs(W, (low + high) / 2):
            cell = WellBranch(W, high, low, density, brackets)
            for a, b in pairwise(_distinct([low, *_exchanges(cell), high], spinodals.max())):
                middle = (a + b) / 2
                found += [WellBranch(W, edge, middle, density, brackets) for edge in (a, b)]
    return tuple(found)


def _distinct(fields: list[float], scale: float) -> list[float]:
    """Increasing, no two the same up to rounding."""
    ordered = sorted(float(h) for h in fields)
    kept = ordered[:1]
    kept += [b for a, b in pairwise(ordered) if b - a > SAME_FIELD * scale]
    return kept


def _pairs(W: EvenFunction, h: float) -> list[Brackets]:
    """Brackets of every two adjacent minima, and the maximum between them, at a field."""
    points = stationary_points(W, np.array(h))
    points = points[~np.isnan(points)]
    ends = monotone_ends(W, np.array(h))
    at = np.searchsorted(ends, points)
    brackets = [(float(ends[n - 1]), float(ends[n])) for n in at]
    return [(brackets[n], brackets[n + 1], brackets[n + 2]) for n in range(0, len(points) - 2, 2)]


def _exchanges(cell: WellBranch) -> list[float]:
    """The field inside a cell where its two minima are equally deep, if there is one."""

    def tilt(h: float) -> float:
        cosine = (h - cell.inner) / (cell.edge - cell.inner)
        wells = cell.wells(np.array([np.arccos(cosine)]))
        low, high = (cell.W.value(v) - wells.h * v for v in (wells.lower, wells.upper))
        return float((high - low)[0])

    # U(upper) - U(lower) falls with h, with slope -d.
    if tilt(cell.inner) <= 0 or tilt(cell.edge) >= 0:
        return []
    return [float(optimize.brentq(tilt, cell.inner, cell.edge, xtol=1e-15 * cell.edge))]
