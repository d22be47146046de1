"""Double wells of cavity potentials: barrier V, asymmetry Δ, distance d, tunnelling exponent λ.

    d = |v_1 - v_2|,   Δ = |U(v_1) - U(v_2)|,   V = U(v_b) - [U(v_1) + U(v_2)]/2,   λ = d √(2V)

of two adjacent minima v_1, v_2 and the maximum v_b between them (physics.md §3), λ in units of
√m0/ħ.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from .._typing import Bools, Floats
from .cavity_potential import CavityPotentials
from .stationary import stationary_points


@dataclass(frozen=True)
class DoubleWells:
    """Every two adjacent minima of every potential, arrays (…, P); NaN where there are none.

    The leading axes are those of the potentials. P is the largest number of pairs: one for the
    quartic G, n - 1 for a polynomial of degree 2n, and as many as were found for any other G. The
    pairs of one potential are in the order of v, those that do not exist last.

    - At h = 0 the two wells of a quartic mirror each other: Δ = 0 to rounding.
    - At the spinodal field and beyond, and where a potential is flat (h = 0 and U''(0) = 0), there
      is one minimum and no pair.
    - NaN and not ``double`` where h or C is not finite.

    >>> from glasswell.theory.model import Model
    >>> sites = CavityPotentials.of([0.0, 0.1, 5.0], 0.9, Model(gamma=10.0))
    >>> wells = DoubleWells.of(sites)
    >>> wells.double.ravel()
    array([ True,  True, False])
    >>> np.round(wells.barrier.ravel(), 3)
    array([9.6  , 9.609,   nan])
    """

    double: Bools
    lower: Floats
    """The minimum at smaller v."""
    top: Floats
    upper: Floats
    """The minimum at larger v."""
    barrier: Floats
    asymmetry: Floats
    distance: Floats
    exponent: Floats
    frequency: Floats
    """ω0, the mean of √U'' of the two minima, in units of 1/√m0."""

    @classmethod
    def of(cls, potentials: CavityPotentials) -> DoubleWells:
        """Of measured cavity potentials, (S, N) or of any shape.

        Raises
        ------
        SimulationError
            If a potential does not confine v.
        """
        points = stationary_points(potentials)
        shape = (*potentials.shape, points.shape[1] // 2)
        upper = points[:, 2::2]
        double = ~np.isnan(upper)
        lower, top = (np.where(double, v, np.nan) for v in (points[:, :-2:2], points[:, 1:-1:2]))
        at_lower, at_top, at_upper = (potentials.value(v) for v in (lower, top, upper))
        # Next to a spinodal rounding may leave a barrier below zero.
        barrier = np.maximum(at_top - (at_lower + at_upper) / 2, 0.0)
        stiffness = (np.maximum(potentials.curvature(v), 0.0) for v in (lower, upper))
        found = {
            "double": double,
            "lower": lower,
            "top": top,
            "upper": upper,
            "barrier": barrier,
            "asymmetry": np.abs(at_upper - at_lower),
            "distance": upper - lower,
            "exponent": (upper - lower) * np.sqrt(2 * barrier),
            "frequency": sum(np.sqrt(x) for x in stiffness) / 2,
        }
        return cls(**{name: np.reshape(x, shape) for name, x in found.items()})

    @property
    def over_sites(self) -> DoubleWells:
        """The pairs of all sites in one row: (…, N, P) -> (…, N P)."""
        shape = (*self.double.shape[:-2], -1)
        return DoubleWells(
            **{each.name: np.reshape(getattr(self, each.name), shape) for each in fields(self)}
        )


def opposite_minima(potentials: CavityPotentials, here: Floats) -> tuple[Floats, Floats]:
    """Top and other minimum of the double wells whose one minimum is at ``here``, (B,) each.

    NaN where there is one minimum only. Where G has more than two wells, the one behind the lower
    barrier.

    >>> from glasswell.theory.model import Model
    >>> sites = CavityPotentials.of([0.0, 5.0], 0.9, Model(gamma=10.0))
    >>> top, other = opposite_minima(sites, np.array([6.93, 9.0]))
    >>> np.round(other, 2)
    array([-6.93,   nan])
    """
    points = np.pad(stationary_points(potentials), ((0, 0), (2, 2)), constant_values=np.nan)
    apart = np.abs(points[:, ::2] - here[:, None])
    own = 2 * np.argmin(np.where(np.isnan(apart), np.inf, apart), axis=1)
    row = np.arange(len(points))
    sides = [(points[row, own + s], points[row, own + 2 * s]) for s in (1, -1)]
    above, below = (potentials.value(top[:, None])[:, 0] for top, _ in sides)
    onward = np.isnan(below) | (above <= below)
    (top_above, above_it), (top_below, below_it) = sides
    return np.where(onward, top_above, top_below), np.where(onward, above_it, below_it)
