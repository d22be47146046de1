"""The standard models of glasses at low temperature, to hold this model against.

Both say how two-level systems are distributed over asymmetry Δ and tunnelling exponent λ, with
the same interface: ``pdf``, ``sample`` and ``capacity``, all per site.

The standard tunnelling model (Anderson, Halperin & Varma, Phil. Mag. 25, 1 (1972); Phillips, J. Low
Temp. Phys. 7, 351 (1972)) has P(Δ, λ) = const. The soft-potential model (Karpov, Klinger &
Ignat'ev, Sov. Phys. JETP 57, 439 (1983); Buchenau et al., Phys. Rev. B 46, 2798 (1992)) has local
potentials with linear and quadratic coefficients of constant density and one quartic: in the
terms used here a flat P(h, C), where theory has one C and P_k(h).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from .._typing import Floats
from ..model.errors import LevelsError
from ..model.model import Model
from ..numerics.quadrature import legendre, panel_rule
from ..site.geometry import geometry, spinodal_field
from ..site.panels import graded_edges
from . import capacity
from .ensemble import Component, local_ensemble

SLICES = 12
"""Values of C for which a soft-potential model's heat is summed, by the Gauss rule."""


class Yardstick(Protocol):
    """What can be set beside measured and predicted two-level systems."""

    def pdf(self, asymmetry: ArrayLike, exponent: ArrayLike) -> Floats:
        """P(Δ, λ) per site; the arguments broadcast."""

    def sample(self, size: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Δ and λ of ``size`` two-level systems, drawn from pdf."""

    def capacity(self, temperature: ArrayLike) -> Floats:
        """C(T) per site, (t,)."""


@dataclass(frozen=True)
class StandardTunnelling:
    """P(Δ, λ) = density for 0 < Δ < Δ_max and λ_min < λ < λ_max; Δ0 = attempt · e^-λ.

    Parameters
    ----------
    density
        P̄, two-level systems per site, energy and unit of λ.
    asymmetry
        Δ_max.
    exponents
        (λ_min, λ_max).
    attempt
        ħω0, the energy in front of e^-λ.

    Raises
    ------
    LevelsError
        If a parameter is not positive or λ_min ≥ λ_max.
    """

    density: float
    asymmetry: float
    exponents: tuple[float, float]
    attempt: float = 1.0

    def __post_init__(self) -> None:
        low, high = self.exponents
        if not (min(self.density, self.asymmetry, self.attempt) > 0 and 0 <= low < high):
            raise LevelsError(
                "density, asymmetry and attempt must be positive and exponents increase"
            )

    @property
    def P0(self) -> float:
        """Density of small asymmetries per site, P̄ (λ_max - λ_min)."""
        return self.density * (self.exponents[1] - self.exponents[0])

    @property
    def tunnelling(self) -> tuple[float, float]:
        """The smallest and the largest Δ0."""
        low, high = self.exponents
        return self.attempt * float(np.exp(-high)), self.attempt * float(np.exp(-low))

    def pdf(self, asymmetry: ArrayLike, exponent: ArrayLike) -> Floats:
        """P(Δ, λ) per site; the arguments broadcast."""
        Delta, lambda_ = np.broadcast_arrays(asymmetry, exponent)
        low, high = self.exponents
        inside = (Delta > 0) & (Delta < self.asymmetry) & (lambda_ > low) & (lambda_ < high)
        return np.where(inside, self.density, 0.0)

    def sample(self, size: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Δ and λ of ``size`` two-level systems, drawn from pdf."""
        return rng.uniform(0, self.asymmetry, size), rng.uniform(*self.exponents, size)

    def density_of_states(self, energy: ArrayLike) -> Floats:
        """n(E) = P̄∫dλ E/√(E² - Δ0²) = P̄ [arcosh(E/Δ0)] between the ends of Δ0, per site.

        The ends are those of λ, and Δ0² > E² - Δ_max².
        """
        E = np.asarray(energy, dtype=np.float64)
        least, most = self.tunnelling
        lower = np.maximum(least, np.sqrt(np.maximum(E**2 - self.asymmetry**2, 0.0)))
        ends = [np.arccosh(np.maximum(E / edge, 1.0)) for edge in (lower, np.maximum(most, lower))]
        return np.asarray(self.density * (ends[0] - ends[1]))

    def capacity(self, temperature: ArrayLike) -> Floats:
        """C(T) = ∫n(E) c(E/T) dE per site, (t,); (π²/6) P0 T between the smallest Δ0 and ħω0."""
        T = np.atleast_1d(np.asarray(temperature, dtype=np.float64))
        least, most = self.tunnelling
        top = float(np.hypot(self.asymmetry, most))
        # n(E) starts at each of these like a square root.
        kinks = [(edge, 1e-9 * edge) for edge in (least, most, self.asymmetry, top)]
        E, dE = panel_rule(graded_edges(top, kinks))
        return np.asarray((self.density_of_states(E) * dE) @ capacity.schottky(E, T))


@dataclass(frozen=True)
class SoftPotentialModel:
    """U(v) = -h v - C v²/2 + G(v)/γ with P(h, C) = const for |h| < field, C_min < C < C_max.

    Normalised to one potential per site. Two-level systems are its double wells.

    Parameters
    ----------
    model
        Gives the quartic G and γ.
    field
        The largest |h|.
    responses
        (C_min, C_max).
    hbar, mass
        ħ and m0.

    Raises
    ------
    LevelsError
        If ``field`` is not positive or C_min ≥ C_max.
    """

    model: Model
    field: float
    responses: tuple[float, float]
    hbar: float = 1.0
    mass: float = 1.0

    def __post_init__(self) -> None:
        if not (self.field > 0 and self.responses[0] < self.responses[1]):
            raise LevelsError("field must be positive and the two responses increase")

    @property
    def density(self) -> float:
        """P(h, C) per site, over both signs of h."""
        return 1 / (2 * self.field * (self.responses[1] - self.responses[0]))

    def pdf(self, asymmetry: ArrayLike, exponent: ArrayLike) -> Floats:
        """P(Δ, λ) per site; the arguments broadcast.

        With x = |h|/h_s(C) and B = C - k/γ: Δ = B² f(x), λ = B^(3/2) g(x), so that Δ/λ^(4/3) gives
        x, which increases with it, and then λ gives B.
        """
        Delta, lambda_ = np.broadcast_arrays(
            *(np.asarray(value, dtype=np.float64) for value in (asymmetry, exponent))
        )
        shape = np.where((Delta > 0) & (lambda_ > 0), Delta, np.nan) / lambda_ ** (4 / 3)
        x = _inverted(lambda x: self._at_unit(x)[0] / self._at_unit(x)[1] ** (4 / 3), shape)
        f, g, f_slope, g_slope = self._at_unit(x)
        B = (lambda_ / g) ** (2 / 3)
        unit = float(spinodal_field(1 + self._offset, self.model))
        h = x * unit * B**1.5
        from_x_B = Delta * lambda_ / B * np.abs(1.5 * f_slope / f - 2 * g_slope / g)
        pdf = 2 * self.density * unit * B**1.5 / from_x_B
        C = B + self._offset
        inside = (h < self.field) & (C > self.responses[0]) & (C < self.responses[1])
        return np.where(inside, pdf, 0.0)

    def sample(self, size: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Δ and λ of ``size`` double wells, drawn from pdf."""
        if self.responses[1] <= self._offset:
            raise LevelsError("there are no double wells: C_max must exceed k/γ")
        Delta, exponent = np.zeros(0), np.zeros(0)
        while len(Delta) < size:
            wells = geometry(*self.potentials(max(size, 1000), rng), self.model)
            Delta = np.append(Delta, wells.asymmetry[wells.double])
            exponent = np.append(exponent, wells.exponent[wells.double])
        return Delta[:size], exponent[:size] * np.sqrt(self.mass) / self.hbar

    def potentials(self, size: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """h and C of ``size`` sites, with single wells among them."""
        return rng.uniform(-self.field, self.field, size), rng.uniform(*self.responses, size)

    def components(self) -> list[Component]:
        """The model as a list for ``local_ensemble``: C by the Gauss rule, h flat."""
        nodes, weights = legendre(SLICES)
        low, high = self.responses
        return [
            Component(
                weight=float(weight) / 2,
                model=self.model,
                C=(low + high) / 2 + (high - low) / 2 * float(node),
                density=self._flat,
                limit=self.field,
            )
            for node, weight in zip(nodes, weights, strict=True)
        ]

    def capacity(self, temperature: ArrayLike) -> Floats:
        """C(T) per site of all levels of all potentials, (t,)."""
        T = np.atleast_1d(np.asarray(temperature, dtype=np.float64))
        ensemble = local_ensemble(self.components(), float(T.min()), hbar=self.hbar, mass=self.mass)
        return capacity.curve(ensemble, T).capacity

    @property
    def _offset(self) -> float:
        return float(self.model.k / self.model.gamma)

    def _flat(self, h: Floats) -> Floats:
        return np.where(np.abs(h) < self.field, 0.5 / self.field, 0.0)

    def _at_unit(self, x: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """f, g and their derivatives: Δ and λ at B = 1 as functions of x = h/h_s."""
        C, model = 1 + self._offset, self.model
        h_s = float(spinodal_field(C, model))
        wells = geometry(x * h_s, C, model)
        bend = [1 / (model.G.curvature(v) / model.gamma - C) for v in (wells.upper, wells.lower)]
        barrier_slope = (wells.upper + wells.lower) / 2 - wells.top
        stretch = (bend[0] - bend[1]) / wells.distance + barrier_slope / (2 * wells.barrier)
        exponent = wells.exponent * np.sqrt(self.mass) / self.hbar
        return wells.asymmetry, exponent, h_s * wells.distance, h_s * exponent * stretch


def _inverted(function: Callable[[Floats], Floats], value: Floats) -> Floats:
    """x in (0, 1) where an increasing function takes the value, by bisection; NaN where none."""
    low, high = np.full(value.shape, 0.0), np.full(value.shape, 1 - 1e-12)
    possible = value < function(high)
    for _ in range(60):
        middle = (low + high) / 2
        small = function(middle) < value
        low, high = np.where(small, middle, low), np.where(small, high, middle)
    return np.where(possible, (low + high) / 2, np.nan)
