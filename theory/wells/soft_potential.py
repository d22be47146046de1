"""Coefficients of the soft-potential model: local potentials expanded about a point of their own.

    U_eff(v_0 + x; h) = D_0 + D_1 x + D_2 x² + D_3 x³ + D_4 x⁴ + …

with v_0 the global minimum, where D_1 = 0, or the inflection nearest to it, where D_2 = 0. The
soft-potential model of glasses takes the coefficients for independent random numbers; here they
are functions of one field h, and of γ, k, a where these are random (physics.md §3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .._typing import Floats
from ..model.model import Model
from ..model.potential import EvenFunction
from ..recursion.mixture import Levels
from ..site.stationary import monotone_ends, stationary_points

About = Literal["minimum", "inflection"]


def soft_potential(
    h: ArrayLike, C: ArrayLike, model: Model, about: About = "minimum"
) -> tuple[Floats, Floats]:
    """v_0 and D_0 … D_2n of U(v) = -h v - C v²/2 + G(v)/γ, G of degree 2n; else D_0 … D_4.

    Parameters
    ----------
    h, C
        Fields and coefficients of -v²/2; they broadcast.

    Returns
    -------
    The broadcast shape, and the same with a last axis of 2n + 1, or of 5. NaN where U has no
    inflection; of two that are equally near the one at v_0 > 0.

    Raises
    ------
    ModelError
        If the sites of the model differ.
    ValueError
        If ``about`` is neither.

    Examples
    --------
    >>> from glasswell.theory import Model, soft_potential
    >>> v_0, coefficients = soft_potential(0.0, 0.5, Model(gamma=1.0))
    >>> round(float(v_0), 6), coefficients.round(4)  # (1 - C) u²/2 + u⁴/24
    (0.0, array([0.    , 0.    , 0.25  , 0.    , 0.0417]))
    """
    h, C = np.broadcast_arrays(np.asarray(h, dtype=np.float64), np.asarray(C, dtype=np.float64))
    W = model.G.shifted(-0.5 * C, scale=1.0 / model.gamma)
    v_0 = _global_minimum(W, h)
    if about == "inflection":
        v_0 = _nearest_inflection(W, h, v_0)
    elif about != "minimum":
        raise ValueError(f"about must be 'minimum' or 'inflection', got {about!r}")
    D = [np.broadcast_to(c, h.shape).copy() for c in W.taylor(v_0)]
    D[0] -= h * v_0
    D[1] -= h
    D[1 if about == "minimum" else 2] *= 0.0
    return v_0, np.stack(D, axis=-1)


def _global_minimum(W: EvenFunction, h: Floats) -> Floats:
    minima = stationary_points(W, h)[..., ::2]
    per_point = W.with_parameters(np.expand_dims(c, -1) for c in W.parameters)
    depth = per_point.value(minima) - h[..., None] * minima
    # At h = 0 rounding may prefer either of two equally deep minima: take the upper one.
    depth = np.where(minima > 0, depth - 1e-13 * np.abs(depth), depth)
    lowest = np.nanargmin(depth, axis=-1)[..., None]
    return np.asarray(np.take_along_axis(minima, lowest, axis=-1)[..., 0])


def _nearest_inflection(W: EvenFunction, h: Floats, v_0: Floats) -> Floats:
    ends = monotone_ends(W, h)
    # What lies at the outermost ends is not an inflection, but fills up the row.
    inflections = np.where(np.abs(ends) < ends[..., -1:], ends, np.nan)
    away = np.abs(inflections - v_0[..., None])
    nearest = np.argmin(np.where(np.isnan(away), np.inf, away)[..., ::-1], axis=-1)[..., None]
    return np.asarray(np.take_along_axis(inflections[..., ::-1], nearest, axis=-1)[..., 0])


@dataclass(frozen=True)
class SoftPotentials:
    """The coefficients over the ensemble of local potentials, on the nodes of its quadrature.

    ``h``, ``v_0`` and ``mass`` are (n,), ``coefficients`` (n, 2n + 1); masses add up to one over
    all fields of both signs.

    Examples
    --------
    >>> from glasswell.theory import Model, SoftPotentials, solve
    >>> soft = SoftPotentials.of(solve(Model(gamma=10.0)).levels)
    >>> round(float(soft.mass.sum()), 6)  # of all sites
    1.0
    """

    h: Floats
    mass: Floats
    v_0: Floats
    coefficients: Floats

    @classmethod
    def of(cls, levels: Levels, about: About = "minimum") -> SoftPotentials:
        """The ensemble given by ``levels``, e.g. of a solution."""
        C = levels.model.J**2 * levels.order.C
        rows = []
        for weight, part in levels.parts:
            h, mass = part.levels[-1].h, weight * part.levels[-1].mass
            if part.folded:
                h, mass = np.concatenate([h, -h]), np.concatenate([mass, mass]) / 2
            rows.append((h, mass, *soft_potential(h, C, part.model, about)))
        return cls(*(np.concatenate(column) for column in zip(*rows, strict=True)))

    @property
    def fraction(self) -> float:
        """The fraction of sites that have the expansion: all, or those with an inflection."""
        return float(self.mass[~np.isnan(self.v_0)].sum())

    @property
    def mean(self) -> Floats:
        """Means of D_0 … D_2n."""
        there = ~np.isnan(self.v_0)
        return np.asarray(self.mass[there] @ self.coefficients[there] / self.fraction)

    @property
    def covariance(self) -> Floats:
        """Covariances of D_0 … D_2n, a square matrix."""
        there = ~np.isnan(self.v_0)
        away = self.coefficients[there] - self.mean
        return np.asarray((away * self.mass[there, None]).T @ away / self.fraction)

    @property
    def correlation(self) -> Floats:
        """Correlation coefficients; NaN for a coefficient that is the same for all sites."""
        covariance = self.covariance
        width = np.sqrt(np.diag(covariance))
        width = np.where(width > 1e-12 * np.abs(self.mean), width, np.nan)
        return np.asarray(covariance / np.outer(width, width))
