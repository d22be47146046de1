"""Geometry of a local potential, and the distributions of double wells in the ensemble.

For the quartic G, U_eff(v; h) = -h v - C v²/2 + G(v)/γ has two minima when B = C - k/γ > 0 and
|h| < h_s = (2/3) B √(2γB/a); its stationary points are

    v_j = 2 √(2γB/a) cos[(φ - 2πj)/3],   cos φ = h/h_s,   j = 0, 1, 2,

analytic in φ right up to the spinodal (physics.md §3). Here C is the coefficient of -v²/2: for
J ≠ 1 that is J² C in terms of the theory's C.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.polynomial import Chebyshev
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from .errors import ModelError
from .model import Model
from .rsb import Recursion

Floats = NDArray[np.float64]

QUANTITIES = ("barrier", "asymmetry", "distance", "exponent")
"""V, Δ, d and λ, the quantities whose distributions DoubleWells knows."""

CHEBYSHEV_DEGREE = 400
"""Degree of the interpolant of P_k over the fields of double wells; a test doubles it."""


@dataclass(frozen=True)
class Geometry:
    """Wells of local potentials, arrays of one shape; NaN where there is a single well.

    ``upper`` and ``lower`` are the minima at larger and smaller v, ``top`` the maximum between
    them; ``barrier`` V is measured from the mean of the minima; ``asymmetry`` Δ = |U_1 - U_2|;
    ``distance`` d; ``exponent`` λ = d √(2 V) in units of √m0/ħ, 3/2 times the WKB exponent of the
    symmetric quartic well.
    """

    double: NDArray[np.bool_]
    lower: Floats
    top: Floats
    upper: Floats
    barrier: Floats
    asymmetry: Floats
    distance: Floats
    exponent: Floats

    @property
    def wkb_exponent(self) -> Floats:
        """(2/3) λ: the WKB tunnelling exponent of the symmetric quartic well."""
        return 2 / 3 * self.exponent


def geometry(h: ArrayLike, C: ArrayLike, model: Model) -> Geometry:
    """Wells of U(v) = -h v - C v²/2 + G(v)/γ for arrays of cavity fields and responses.

    Raises
    ------
    ModelError
        If G is not the quartic k v²/2 + a v⁴/4!.
    """
    h, C = np.broadcast_arrays(np.asarray(h, dtype=np.float64), np.asarray(C, dtype=np.float64))
    h_s = spinodal_field(C, model)
    double = np.abs(h) < h_s
    cosine = np.where(double, h, np.nan) / np.where(double, h_s, 1.0)
    return _at_angle(np.arccos(cosine), C, model)


def _at_angle(phi: Floats, C: Floats | float, model: Model) -> Geometry:
    """The wells at h = h_s cos φ, spinodal included; a NaN stands for a single well."""
    B = np.where(np.isnan(phi), np.nan, C - model.k / model.gamma)
    h = spinodal_field(C, model) * np.cos(phi)
    radius = 2 * np.sqrt(2 * model.gamma * B / model.a)
    upper, first, second = (radius * np.cos((phi - 2 * np.pi * j) / 3) for j in (0, 1, 2))
    lower, top = np.minimum(first, second), np.maximum(first, second)

    def potential(v: Floats) -> Floats:
        return np.asarray(-h * v - B * v**2 / 2 + model.a * v**4 / (24 * model.gamma))

    low, high, between = potential(lower), potential(upper), potential(top)
    barrier = between - (low + high) / 2
    distance = upper - lower
    return Geometry(
        double=~np.isnan(phi),
        lower=lower,
        top=top,
        upper=upper,
        barrier=barrier,
        asymmetry=np.abs(high - low),
        distance=distance,
        exponent=distance * np.sqrt(2 * barrier),
    )


def spinodal_field(C: ArrayLike, model: Model) -> Floats:
    """h_s = (2/3) B √(2γB/a) with B = C - k/γ; zero where B ≤ 0."""
    _require_quartic(model)
    B = np.maximum(np.asarray(C, dtype=np.float64) - model.k / model.gamma, 0.0)
    return np.asarray(2 / 3 * B * np.sqrt(2 * model.gamma * B / model.a))


@dataclass(frozen=True)
class DoubleWells:
    """Double wells among the local potentials of a solution, all functions of the one field h.

    Densities and counts are per site: they integrate to ``fraction``, not to one.
    """

    model: Model
    C: float
    density: Callable[[Floats], Floats]

    @classmethod
    def of(cls, levels: Recursion) -> DoubleWells:
        """The double wells of the ensemble given by ``levels``."""
        return cls(levels.model, levels.model.J**2 * levels.order.C, levels.field_density)

    @cached_property
    def h_s(self) -> float:
        """Spinodal field: double wells are those with |h| < h_s."""
        return float(spinodal_field(self.C, self.model))

    @cached_property
    def fraction(self) -> float:
        """∫P_k(h) dh over |h| < h_s: the double-well fraction."""
        return float(self._mass(0.0)) if self.h_s > 0 else 0.0

    @cached_property
    def P0(self) -> float:
        """Density of small asymmetries per site, 2 P_k(0)/(2 v_0); zero without double wells."""
        if self.h_s == 0:
            return 0.0
        distance = geometry(0.0, self.C, self.model).distance
        return float(2 * self.density(np.zeros(1))[0] / distance)

    def curve(self, points: int = 201) -> Geometry:
        """The wells at fields from h_s down to 0: one curve in the plane of any two quantities."""
        return _at_angle(np.linspace(0, np.pi / 2, points), self.C, self.model)

    def count_below(self, quantity: str, x: ArrayLike) -> Floats:
        """∫_0^x P(x') dx' for ``quantity`` in QUANTITIES: wells per site with a smaller value.

        Exact through the edge singularities: it integrates P_k over the fields concerned.
        """
        x = np.asarray(x, dtype=np.float64)
        total = np.zeros_like(x)
        if self.h_s == 0:
            return total
        for left, right in self._monotone_pieces(quantity):
            at_left, at_right = self._value(quantity, np.array([left, right]))
            crossing = self._crossing(quantity, x, left, right)
            below = self._mass(left) - self._mass(crossing)
            inside = below if at_left < at_right else self._mass(crossing) - self._mass(right)
            total += inside
        return total

    def pdf(self, quantity: str, x: ArrayLike) -> Floats:
        """P(x) of ``quantity`` per site: Σ over fields with that value of P_k(h)/|dx/dh|."""
        x = np.asarray(x, dtype=np.float64)
        total = np.zeros_like(x)
        if self.h_s == 0:
            return total
        for left, right in self._monotone_pieces(quantity):
            ends = np.sort(self._value(quantity, np.array([left, right])))
            inside = (x > ends[0]) & (x < ends[1])
            phi = self._crossing(quantity, x[inside], left, right)
            density = self._even_density(self.h_s * np.cos(phi))
            total[inside] += density / np.abs(self._slope(quantity, phi))
        return total

    def support(self, quantity: str) -> tuple[float, float]:
        """Smallest and largest value of ``quantity``; (NaN, NaN) without double wells."""
        if self.h_s == 0:
            return (np.nan, np.nan)
        ends = [end for piece in self._monotone_pieces(quantity) for end in piece]
        values = self._value(quantity, np.array(ends))
        return float(values.min()), float(values.max())

    def mean(self, quantity: str) -> float:
        """Mean of ``quantity`` over the double wells; NaN where there are none."""
        if self.h_s == 0:
            return np.nan

        def weighted(phi: Floats) -> Floats:
            weight = self._even_density(self.h_s * np.cos(phi)) * self.h_s * np.sin(phi)
            return np.asarray(weight * self._value(quantity, phi))

        integral = Chebyshev.interpolate(weighted, CHEBYSHEV_DEGREE, [0, np.pi / 2]).integ()
        return float((integral(np.pi / 2) - integral(0.0)) / self.fraction)

    def _even_density(self, h: Floats) -> Floats:
        return np.asarray(self.density(h) + self.density(-h))

    @cached_property
    def _cumulative(self) -> Chebyshev:
        """∫ of the density over φ from 0, where h = h_s cos φ."""

        def integrand(phi: Floats) -> Floats:
            return np.asarray(self._even_density(self.h_s * np.cos(phi)) * self.h_s * np.sin(phi))

        return Chebyshev.interpolate(integrand, CHEBYSHEV_DEGREE, [0, np.pi / 2]).integ(lbnd=0)

    def _mass(self, phi: Floats | float) -> Floats:
        """Fraction of sites with φ' > φ, that is |h| < h_s cos φ."""
        return np.asarray(self._cumulative(np.pi / 2) - self._cumulative(phi))

    def _value(self, quantity: str, phi: Floats) -> Floats:
        if quantity not in QUANTITIES:
            raise ValueError(
                f"unknown quantity {quantity!r}: choose one of {', '.join(QUANTITIES)}"
            )
        return np.asarray(getattr(_at_angle(phi, self.C, self.model), quantity))

    def _slope(self, quantity: str, phi: Floats) -> Floats:
        """d(quantity)/dh for h > 0, from dU/dh = -v at a stationary point and dv/dh = 1/U''."""
        wells = _at_angle(phi, self.C, self.model)
        G, gamma = self.model.G, self.model.gamma
        response = [1 / (G.curvature(v) / gamma - self.C) for v in (wells.upper, wells.lower)]
        slopes = {
            "barrier": (wells.upper + wells.lower) / 2 - wells.top,
            "asymmetry": wells.distance,
            "distance": response[0] - response[1],
        }
        if quantity in slopes:
            return np.asarray(slopes[quantity])
        stretch = slopes["distance"] / wells.distance + slopes["barrier"] / (2 * wells.barrier)
        return np.asarray(wells.exponent * stretch)

    def _monotone_pieces(self, quantity: str) -> list[tuple[float, float]]:
        """Intervals of φ ∈ (0, π/2) on which the quantity is monotone."""
        phi = np.linspace(0, np.pi / 2, 401)
        value = self._value(quantity, phi)
        turns = np.flatnonzero(np.diff(np.sign(np.diff(value)[1:-1]))) + 2
        inner = []
        for n in turns:
            sign = np.sign(value[n + 1] - value[n])
            found = optimize.minimize_scalar(
                lambda x, sign=sign: sign * float(self._value(quantity, np.array([x]))[0]),
                bounds=(phi[n - 1], phi[n + 1]),
                method="bounded",
                options={"xatol": 1e-12},
            )
            inner.append(float(found.x))
        ends = [0.0, *inner, np.pi / 2]
        return list(pairwise(ends))

    def _crossing(self, quantity: str, x: Floats, left: float, right: float) -> Floats:
        """φ in [left, right] where a monotone quantity passes x, clipped to the ends."""
        low, high = np.full(x.shape, left), np.full(x.shape, right)
        ends = self._value(quantity, np.array([left, right]))
        rising = ends[1] > ends[0]
        for _ in range(60):
            middle = (low + high) / 2
            go_right = (self._value(quantity, middle) < x) == rising
            low, high = np.where(go_right, middle, low), np.where(go_right, high, middle)
        return np.asarray((low + high) / 2)


def _require_quartic(model: Model) -> None:
    if model.coefficients is not None:
        raise ModelError(
            "double-well geometry needs the quartic G(v) = k v²/2 + a v⁴/4!: give k and a instead "
            "of coefficients"
        )
