"""Geometry of a local potential: its double wells.

For the quartic G, U_eff(v; h) = -h v - C v²/2 + G(v)/γ has two minima when B = C - k/γ > 0 and
|h| < h_s = (2/3) B √(2γB/a); its stationary points are

    v_j = 2 √(2γB/a) cos[(φ - 2πj)/3],   cos φ = h/h_s,   j = 0, 1, 2,

analytic in φ right up to the spinodal (physics.md §3). Here C is the coefficient of -v²/2: for
J ≠ 1 that is J² C in terms of the theory's C.

Of any other G they are roots between inflections (``stationary``), and there may be more than two
minima. Every two that are next to each other count as one double well, so that a site may hold
several.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from .._typing import Bools, Floats
from ..model.potential import EvenFunction, SitePotential
from .stationary import stationary_points
from .wkb import wkb_exponent


@dataclass(frozen=True)
class Geometry:
    """Double wells of local potentials U(v) = W(v) - h v, arrays of one shape; NaN where none.

    ``upper`` and ``lower`` are the minima at larger and smaller v, ``top`` the maximum between
    them; ``barrier`` V is measured from the mean of the minima; ``asymmetry`` Δ = |U_1 - U_2|;
    ``distance`` d; ``exponent`` λ = d √(2 V) in units of √m0/ħ, 3/2 times the WKB exponent of the
    symmetric quartic well. The parameters of ``W`` broadcast to the shape.

    Examples
    --------
    >>> from glasswell.theory import Model, geometry
    >>> wells = geometry([0.0, 5.0], 1.5, Model(gamma=1.0))
    >>> wells.double  # beyond the spinodal field there is one minimum
    array([ True, False])
    """

    double: Bools
    lower: Floats
    top: Floats
    upper: Floats
    barrier: Floats
    asymmetry: Floats
    distance: Floats
    exponent: Floats
    W: EvenFunction
    h: Floats

    @cached_property
    def wkb_exponent(self) -> Floats:
        """S = ∫√(2 (U - E)) dv at E = U of the shallower minimum, in units of √m0/ħ."""
        return wkb_exponent(self.W, self.h, self.lower, self.top, self.upper)

    @property
    def frequency(self) -> Floats:
        """ω0, the mean harmonic frequency of the two wells, in units of 1/√m0."""
        ends = (np.sqrt(np.maximum(self.W.curvature(v), 0.0)) for v in (self.lower, self.upper))
        return np.asarray(sum(ends) / 2)

    @property
    def tunnelling(self) -> Floats:
        """Δ0 = ħω0 exp(-λ) at ħ = m0 = 1: by v = u/√a another ħ is another a."""
        return np.asarray(self.frequency * np.exp(-self.exponent))


def geometry(h: ArrayLike, C: ArrayLike, model: SitePotential) -> Geometry:
    """Double wells of U(v) = -h v - C v²/2 + G(v)/γ for arrays of cavity fields and responses.

    Parameters
    ----------
    h, C
        Fields and coefficients of -v²/2; they broadcast.
    model
        Supplies G and γ: a model whose sites are alike, or arrays of both that broadcast with h.

    Returns
    -------
    Arrays of the broadcast shape where G allows for two minima at most, as the quartic does. Else
    they have a last axis of pairs of adjacent minima in the order of v, n - 1 for a polynomial of
    degree 2n, of which those that do not exist come last.

    Raises
    ------
    ModelError
        If the sites of the model differ.

    Examples
    --------
    >>> from glasswell.theory import Model, geometry
    >>> wells = geometry(0.0, 1.5, Model(gamma=1.0))  # B = C - k/γ = 1/2
    >>> round(float(wells.distance) ** 2, 6), float(wells.barrier)  # 24 γB/a and (3/2) γB²/a
    (12.0, 0.375)
    """
    h, C = np.broadcast_arrays(np.asarray(h, dtype=np.float64), np.asarray(C, dtype=np.float64))
    W = model.G.shifted(-0.5 * C, scale=1.0 / model.gamma)
    if W.closed_form:
        h_s = quartic_spinodal(W)
        double = np.abs(h) < h_s
        cosine = np.where(double, h, np.nan) / np.where(double, h_s, 1.0)
        return between(W, h, *quartic_points(W, np.arccos(cosine)))
    points = stationary_points(W, h)
    lower, top, upper = points[..., :-2:2], points[..., 1:-1:2], points[..., 2::2]
    single = np.isnan(upper)
    lower, top = (np.where(single, np.nan, v) for v in (lower, top))
    if W.two_wells_at_most:
        return between(W, h, lower[..., 0], top[..., 0], upper[..., 0])
    W = W.with_parameters(np.expand_dims(c, -1) for c in W.parameters)
    return between(W, np.broadcast_to(h[..., None], upper.shape), lower, top, upper)


def between(W: EvenFunction, h: Floats, lower: Floats, top: Floats, upper: Floats) -> Geometry:
    """The double wells whose minima and maximum are known."""
    low, high, middle = (np.asarray(W.value(v) - h * v) for v in (lower, upper, top))
    barrier = middle - (low + high) / 2
    distance = upper - lower
    return Geometry(
        double=~np.isnan(upper),
        lower=lower,
        top=top,
        upper=upper,
        barrier=barrier,
        asymmetry=np.abs(high - low),
        distance=distance,
        # At a spinodal of a very shallow well rounding may leave a barrier below zero.
        exponent=distance * np.sqrt(2 * np.maximum(barrier, 0.0)),
        W=W,
        h=h,
    )


def spinodal_field(C: ArrayLike, model: SitePotential) -> Floats:
    """h_s, the largest field at which there are two minima; zero where there is none.

    (2/3) B √(2γB/a) with B = C - k/γ of the quartic G, else the largest |W'| at an inflection.

    Raises
    ------
    ModelError
        If the sites of the model differ.
    """
    C = np.asarray(C, dtype=np.float64)
    W = model.G.shifted(-0.5 * C, scale=1.0 / model.gamma)
    if W.closed_form:
        return quartic_spinodal(W)
    each = W.with_parameters(np.expand_dims(c, -1) for c in W.parameters)
    slopes = np.abs(each.slope(W.inflections(C.shape)))
    return np.asarray(np.nan_to_num(slopes).max(axis=-1))


def quartic_spinodal(W: EvenFunction) -> Floats:
    """h_s of W = -B v²/2 + c v⁴, (2/3) B √(B/(12 c)); zero where B ≤ 0."""
    B = np.maximum(-2 * np.asarray(W.parameters[0]), 0.0)
    return np.asarray(2 / 3 * B * np.sqrt(B / (12 * W.parameters[1])))


def quartic_points(W: EvenFunction, phi: Floats) -> tuple[Floats, Floats, Floats]:
    """Lower minimum, maximum and upper minimum at h = h_s cos φ, φ ∈ [0, π]; NaN where φ is."""
    B = np.where(np.isnan(phi), np.nan, -2 * np.asarray(W.parameters[0]))
    radius = 2 * np.sqrt(B / (12 * W.parameters[1]))
    upper, first, second = (radius * np.cos((phi - 2 * np.pi * j) / 3) for j in (0, 1, 2))
    return np.minimum(first, second), np.maximum(first, second), upper
