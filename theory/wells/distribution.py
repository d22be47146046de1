"""How double wells are distributed over the ensemble of local potentials.

Every quantity is a function of the field h, whose density P_k is known; so a count is an integral
of P_k over the fields concerned, exact through the edge singularities of the densities. If sites
differ, every kind of site has wells of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._typing import Floats
from ..model.errors import SolveError
from ..model.model import Sites
from ..model.polynomial import EvenPolynomial
from ..model.potential import EvenFunction
from ..model.soft_sites import SoftSites
from ..recursion.mixture import Levels, Mixture
from ..recursion.recursion import Recursion
from ..site.geometry import Geometry, between
from ..site.ground import local_potential
from .branch import QUARTER, WellBranch, well_branches

QUANTITIES = ("barrier", "asymmetry", "distance", "exponent", "wkb_exponent", "tunnelling")
"""V, Δ, d, λ, S and Δ0, the quantities whose distributions DoubleWells knows."""

SITES = 64
"""Kinds of site that stand for a distribution of γ, k or a: densities are sums of as many."""


@dataclass(frozen=True)
class DoubleWells:
    """Double wells among the local potentials of a solution.

    Densities and counts are per site: they integrate to ``fraction``, not to one. In a potential
    with more than two minima every two adjacent ones count, so that ``fraction`` may exceed one.

    If sites differ, ``SITES`` kinds of site, spread over the part of the distribution that has
    wells, stand for all of them: counts and moments are smooth, but a density has the edge
    singularities of every kind. Take differences of ``count_below``, or ``sample``, for a smooth
    one.

    Examples
    --------
    >>> from glasswell.theory import Model, solve
    >>> wells = solve(Model(gamma=10.0)).wells
    >>> round(wells.fraction, 4), round(wells.P0, 5)
    (0.1699, 0.00613)
    >>> low, high = wells.support("barrier")
    >>> round(low, 3), round(high, 3)  # highest where h vanishes
    (9.077, 13.615)
    """

    levels: Levels

    @classmethod
    def of(cls, levels: Levels) -> DoubleWells:
        """The double wells of the ensemble given by ``levels``."""
        return cls(levels)

    @cached_property
    def branches(self) -> tuple[tuple[float, WellBranch], ...]:
        """Weights and branches of fields that make up the ensemble's double wells."""
        return _of_sites(self.levels, _soft_sites(self.levels).rule(SITES))

    @cached_property
    def h_s(self) -> float:
        """Spinodal field: no double well has a larger |h|."""
        ends = [h for _, branch in self.branches for h in (branch.edge, branch.inner)]
        return max(ends, default=0.0)

    @cached_property
    def fraction(self) -> float:
        """Double wells per site: for a quartic G ∫P_k(h) dh over |h| < h_s."""
        return float(sum(weight * branch.fraction for weight, branch in self.branches))

    @cached_property
    def P0(self) -> float:
        """Density of small asymmetries per site, 2 P_k(h)/d summed over the fields with Δ = 0.

        For a quartic G 2 P_k(0)/(2 v_0); zero without double wells.
        """
        total = 0.0
        for weight, branch in self.branches:
            ends = np.array([0.0, QUARTER])
            wells = branch.wells(ends)
            depth = float(wells.barrier.max())
            for n in np.flatnonzero(wells.asymmetry < 1e-9 * depth):
                h = branch.field(ends[n : n + 1])
                # A field h > 0 is the end of two branches, h = 0 of one that stands for two.
                total += weight * float(branch.of_both_signs(h)[0] / wells.distance[n])
        return total

    def curve(self, points: int = 201) -> Geometry:
        """The wells along all branches: curves in the plane of any two quantities, NaN between.

        For a quartic G one curve, from h_s down to 0.
        """
        phi = np.linspace(0, QUARTER, points)
        parts = [(branch.W, branch.wells(phi)) for _, branch in self.branches]
        return _joined(parts, gap=True)

    def count_below(self, quantity: str, x: ArrayLike) -> Floats:
        """∫_0^x P(x') dx' for ``quantity`` in QUANTITIES: wells per site with a smaller value.

        Exact through the edge singularities: it integrates P_k over the fields concerned.
        """
        _check(quantity)
        x = np.asarray(x, dtype=np.float64)
        total = np.zeros_like(x)
        for weight, branch in self.branches:
            for left, right in branch.monotone_pieces(quantity):
                at_left, at_right = branch.value(quantity, np.array([left, right]))
                mass = branch.cumulative(branch.crossing(quantity, x, left, right))
                below = branch.cumulative(right) - mass
                if at_left < at_right:
                    below = mass - branch.cumulative(left)
                total += weight * below
        return total

    def pdf(self, quantity: str, x: ArrayLike) -> Floats:
        """P(x) of ``quantity`` per site: Σ over fields with that value of P_k(h)/|dx/dh|."""
        _check(quantity)
        x = np.asarray(x, dtype=np.float64)
        total = np.zeros_like(x)
        for weight, branch in self.branches:
            for left, right in branch.monotone_pieces(quantity):
                ends = branch.value(quantity, np.array([left, right]))
                inside = (x > ends.min()) & (x < ends.max())
                phi = branch.crossing(quantity, x[inside], left, right)
                slope = np.abs(branch.slope(quantity, phi))
                total[inside] += weight * branch.of_both_signs(branch.field(phi)) / slope
        return total

    def support(self, quantity: str) -> tuple[float, float]:
        """Least and largest value; NaN where there are no double wells."""
        _check(quantity)
        ends = [
            branch.value(quantity, np.ravel(branch.monotone_pieces(quantity)))
            for _, branch in self.branches
        ]
        if not ends:
            return np.nan, np.nan
        every = np.concatenate(ends)
        return float(every.min()), float(every.max())

    def mean(self, quantity: str) -> float:
        """Mean of ``quantity`` over the double wells; NaN where there are none."""
        return self.moment(quantity, 1)

    def moment(self, quantity: str, power: int) -> float:
        """Mean of a power of ``quantity`` over the double wells; NaN where there are none."""
        _check(quantity)
        return self._mean_product(quantity, power, quantity, 0)

    def correlation(self, first: str, second: str) -> float:
        """Correlation coefficient of two quantities over the double wells; NaN without any."""
        _check(first)
        _check(second)
        means = [self.moment(name, 1) for name in (first, second)]
        squares = [self.moment(name, 2) for name in (first, second)]
        covariance = self._mean_product(first, 1, second, 1) - means[0] * means[1]
        variances = [s - m**2 for s, m in zip(squares, means, strict=True)]
        return float(covariance / np.sqrt(variances[0] * variances[1]))

    def joint(
        self, first: str, second: str, first_edges: ArrayLike, second_edges: ArrayLike
    ) -> Floats:
        """Wells per site in every cell of a histogram in two quantities.

        Within one kind of site both are functions of h, so that each branch is a curve through
        the plane; it is cut where it passes from cell to cell, and the counts are exact.

        Returns
        -------
        (m, n) for m + 1 and n + 1 increasing edges.
        """
        names = first, second
        grids = [np.asarray(grid, dtype=np.float64) for grid in (first_edges, second_edges)]
        counts = np.zeros([len(grid) + 1 for grid in grids])
        for weight, branch in self.branches:
            cuts = [0.0, QUARTER]
            for name, grid in zip(names, grids, strict=True):
                _check(name)
                for left, right in branch.monotone_pieces(name):
                    cuts += [left, *branch.crossing(name, grid, left, right), right]
            phi = np.unique(cuts)
            wells = branch.wells((phi[1:] + phi[:-1]) / 2)
            cells = tuple(
                np.searchsorted(grid, getattr(wells, name))
                for name, grid in zip(names, grids, strict=True)
            )
            np.add.at(counts, cells, weight * np.diff(branch.cumulative(phi)))
        return counts[1:-1, 1:-1]

    def sample(self, count: int, rng: np.random.Generator) -> Geometry:
        """Double wells drawn from the ensemble, arrays (count,), fields of both signs.

        If sites differ, their parameters are drawn as well: ``SITES`` kinds at every call, spread
        evenly over the sites with wells from a random start.

        Raises
        ------
        SolveError
            If there are no double wells.
        """
        drawn = self.branches
        if isinstance(self.levels, Mixture):
            drawn = _of_sites(self.levels, _drawn_sites(self.levels, rng))
        masses = np.array([weight * branch.fraction for weight, branch in drawn])
        if not masses.sum() > 0:
            raise SolveError("there are no double wells to sample: their fraction is zero")
        parts = []
        for number, (_, branch) in zip(
            rng.multinomial(count, masses / masses.sum()), drawn, strict=True
        ):
            phi = branch.at_mass(branch.fraction * rng.random(number))
            parts.append((branch.W, _mirrored(branch, branch.wells(phi), rng)))
        return _joined(parts, order=rng.permutation(count))

    def _mean_product(self, first: str, power: int, second: str, other: int) -> float:
        if self.fraction == 0.0:
            return np.nan

        def product(wells: Geometry) -> Floats:
            return np.asarray(getattr(wells, first) ** power * getattr(wells, second) ** other)

        total = sum(weight * branch.average(product) for weight, branch in self.branches)
        return float(total / self.fraction)


def _check(quantity: str) -> None:
    if quantity not in QUANTITIES:
        raise ValueError(f"unknown quantity {quantity!r}: choose one of {', '.join(QUANTITIES)}")


def _of_sites(levels: Levels, sites: Sites) -> tuple[tuple[float, WellBranch], ...]:
    """Weights and branches of every kind of site, at the order parameters of ``levels``."""
    own = ((1.0, levels),) if isinstance(levels, Recursion) else levels.of_sites(sites)
    return tuple(
        (weight, branch)
        for weight, site in own
        for branch in well_branches(local_potential(site.model, site.order.C), site.field_density)
    )


def _soft_sites(levels: Levels) -> SoftSites:
    return SoftSites(levels.model, levels.order.C)


def _drawn_sites(levels: Levels, rng: np.random.Generator) -> Sites:
    """SITES random kinds of site with wells: a lattice in the quantiles, shifted at random."""
    soft = _soft_sites(levels)
    directions = np.sqrt([1.0, 2.0, 3.0])[: len(levels.model.random)]
    directions[0] = 1 / SITES
    lattice = np.arange(SITES)[:, None] * directions + rng.random(len(directions))
    drawn = (soft.at(point) for point in lattice % 1.0)
    return tuple((rate / SITES, site) for rate, site in drawn if rate > 0)


def _mirrored(branch: WellBranch, wells: Geometry, rng: np.random.Generator) -> Geometry:
    """Wells at h ≥ 0, of which some are replaced by their mirror image, as P_k(±h) says."""
    here, there = branch.density(wells.h), branch.density(-wells.h)
    sign = np.where(rng.random(wells.h.shape) * (here + there) < here, 1.0, -1.0)
    lower = np.where(sign > 0, wells.lower, -wells.upper)
    upper = np.where(sign > 0, wells.upper, -wells.lower)
    return between(branch.W, sign * wells.h, lower, sign * wells.top, upper)


def _joined(
    parts: list[tuple[EvenFunction, Geometry]],
    *,
    gap: bool = False,
    order: NDArray[np.int_] | None = None,
) -> Geometry:
    """One geometry of all wells, every one with the parameters of its own potential."""
    if not parts:
        empty = np.zeros(0)
        return between(EvenPolynomial((empty, empty)), empty, empty, empty, empty)
    separator = [np.nan] if gap else []
    columns: list[list[Floats]] = [[] for _ in range(4 + len(parts[0][0].parameters))]
    for n, (W, wells) in enumerate(parts):
        here = [wells.h, wells.lower, wells.top, wells.upper]
        here += [np.full(wells.h.shape, c) for c in W.parameters]
        for column, values in zip(columns, here, strict=True):
            column += [np.append(values, separator if n < len(parts) - 1 else [])]
    rows = (np.concatenate(column) for column in columns)
    h, lower, top, upper, *parameters = (row if order is None else row[order] for row in rows)
    return between(parts[0][0].with_parameters(parameters), h, lower, top, upper)
