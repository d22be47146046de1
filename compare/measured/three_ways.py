"""How far the cavity potential can be trusted: one site's double well measured three ways.

Every number is a ratio of sums over samples, with an error from resampling samples: the double
wells of one sample share its couplings, and often even the other minimum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from glasswell.sim.local.three_ways import LocalWells, Status
from numpy.typing import NDArray

from .._typing import Bools, Floats, Indices
from ..errors import CompareError
from ..statistics.bootstrap import Estimate, Resampling, counted

WAYS = ("constrained", "path")

QUANTITIES = ("barrier", "asymmetry", "distance", "exponent", "action")

TILTS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Edges of Δ/2V: 0 for the symmetric well, 1 where the second well vanishes."""


@dataclass(frozen=True)
class ThreeWays:
    """The double wells at one minimum each of S samples of one size.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.compare import ThreeWays
    >>> from glasswell.sim import couplings, minimise, three_ways
    >>> from glasswell.theory import Model
    >>> model, wells = Model(gamma=10.0), []
    >>> for n in range(8):
    ...     J = couplings.sample(model, 8, seed=1, sample=n)
    ...     minimum = minimise(np.full((8, 1), 5.0), J, model)
    ...     wells.append(three_ways.measure(minimum.v[:, 0], J, model, points=8, images=7))
    >>> ThreeWays.of(wells, rng=np.random.default_rng(1)).N
    8
    """

    wells: Sequence[LocalWells]
    resampling: Resampling

    @classmethod
    def of(
        cls, wells: Sequence[LocalWells], *, resamples: int = 1000, rng: np.random.Generator
    ) -> ThreeWays:
        """From one measurement per sample.

        Raises
        ------
        CompareError
            If sizes are mixed, or there are too few samples for an error bar.
        """
        if len({each.N for each in wells}) > 1:
            raise CompareError("one size at a time: the samples have different numbers of sites")
        return cls(tuple(wells), Resampling.draw(len(wells), resamples, rng))

    @property
    def N(self) -> int:
        """Sites per sample."""
        return self.wells[0].N

    def values(self, quantity: str, way: str = "cavity") -> Floats:
        """V, Δ, d, λ or S of all wells of all samples, one after the other."""
        return np.concatenate([getattr(getattr(w, way), quantity) for w in self.wells])

    @property
    def status(self) -> Indices:
        """Of the same wells."""
        return np.concatenate([w.status for w in self.wells])

    @property
    def real(self) -> Bools:
        """Which have a second minimum of U."""
        return np.concatenate([w.real for w in self.wells])

    @property
    def tilt(self) -> Floats:
        """Δ/2V of the cavity potentials: 0 symmetric, 1 at the spinodal, whatever the quartic."""
        return self.values("asymmetry") / (2 * self.values("barrier"))

    def share(self, *statuses: Status, among: Bools | None = None) -> Estimate:
        """Fraction of the cavity double wells with one of ``statuses``.

        Parameters
        ----------
        among
            Which wells to count; all by default. What did not converge never counts.
        """
        counts = self.status != Status.NOT_CONVERGED
        counts = counts if among is None else counts & among
        hit = counts & np.isin(self.status, statuses)
        estimate = self.resampling.estimate(self._sums(hit), self._sums(counts))
        return counted(estimate, max(int(counts.sum()), 1))

    def confirmed(self, among: Bools | None = None) -> Estimate:
        """Fraction of the cavity double wells whose second well is a minimum of U."""
        return self.share(Status.REVERSIBLE, Status.AVALANCHE, among=among)

    def per_site(self, among: Bools | None = None) -> Estimate:
        """Double wells per site, of the cavity potentials or ``among`` them."""
        sites = float(self.N * len(self.wells))
        number = self._sums(np.ones(len(self.status)) if among is None else among)
        estimate = self.resampling.estimate(number, np.full(len(self.wells), float(self.N)))
        return counted(estimate, sites)

    def mean(self, quantity: str, way: str, among: Bools) -> Estimate:
        """Mean of a quantity over the wells ``among`` all, where it was measured."""
        values = self.values(quantity, way)
        known = among & np.isfinite(values)
        total = self._sums(np.where(known, values, 0.0))
        return self.resampling.estimate(total, self._sums(known))

    def ratio(self, quantity: str, way: str, among: Bools | None = None) -> Estimate:
        """Σ x_way/Σ x_cavity over confirmed wells: the bias of the cavity potential."""
        cavity, other, known = self._pairs(quantity, way, among)
        return self.resampling.estimate(self._sums(known * other), self._sums(known * cavity))

    def scatter(self, quantity: str, way: str, among: Bools | None = None) -> Estimate:
        """Σ |x_way - x_cavity|/Σ x_cavity over confirmed wells: its error for a single well."""
        cavity, other, known = self._pairs(quantity, way, among)
        apart = self._sums(known * np.abs(other - cavity))
        return self.resampling.estimate(apart, self._sums(known * cavity))

    def _pairs(self, quantity: str, way: str, among: Bools | None) -> tuple[Floats, Floats, Bools]:
        cavity, other = self.values(quantity), self.values(quantity, way)
        known = self.real & np.isfinite(other)
        known = known if among is None else known & among
        return cavity, np.where(known, other, 0.0), known

    def _sums(self, x: NDArray[np.generic]) -> Floats:
        """Sums per sample of one number per well, (S,)."""
        owner = np.repeat(np.arange(len(self.wells)), [len(w.site) for w in self.wells])
        weights = np.asarray(x, dtype=np.float64)
        return np.asarray(np.bincount(owner, weights, len(self.wells)), dtype=np.float64)


WELL_COLUMNS = ("", "wells", "confirmed", "avalanche", "elsewhere", "V", "Δ", "d", "d of path",
                "|δV|/V", "|δΔ|/Δ")  # fmt: skip
"""What ``well_row`` says; V to d are ratios to the cavity potential's."""


def well_row(label: str, three: ThreeWays, among: Bools | None = None) -> list[str]:
    """Counts, fate of the second wells, and what the cavity form misses, as in WELL_COLUMNS.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.compare import ThreeWays, well_row
    >>> from glasswell.sim import couplings, minimise, three_ways
    >>> from glasswell.theory import Model
    >>> model, wells = Model(gamma=10.0), []
    >>> for n in range(8):
    ...     J = couplings.sample(model, 8, seed=1, sample=n)
    ...     minimum = minimise(np.full((8, 1), 5.0), J, model)
    ...     wells.append(three_ways.measure(minimum.v[:, 0], J, model, points=8, images=7))
    >>> three = ThreeWays.of(wells, rng=np.random.default_rng(1))
    >>> well_row("N = 8", three)[0]
    'N = 8'
    """
    counted_in = np.ones(len(three.status), dtype=bool) if among is None else among
    cells = [label, str(int(counted_in.sum())), str(three.confirmed(among))]
    cells += [str(three.share(s, among=among)) for s in (Status.AVALANCHE, Status.ELSEWHERE)]
    cells += [str(three.ratio(q, "path", among)) for q in ("barrier", "asymmetry")]
    cells += [str(three.ratio("distance", way, among)) for way in WAYS]
    cells += [str(three.scatter(q, "path", among)) for q in ("barrier", "asymmetry")]
    return cells


def rows_by(three: ThreeWays, name: str, values: Floats, edges: Sequence[float]) -> list[list[str]]:
    """The same for one size, one line per bin of ``values``, e.g. of V, Δ or the tilt.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.compare import ThreeWays, rows_by
    >>> from glasswell.sim import couplings, minimise, three_ways
    >>> from glasswell.theory import Model
    >>> model, wells = Model(gamma=10.0), []
    >>> for n in range(8):
    ...     J = couplings.sample(model, 8, seed=1, sample=n)
    ...     minimum = minimise(np.full((8, 1), 5.0), J, model)
    ...     wells.append(three_ways.measure(minimum.v[:, 0], J, model, points=8, images=7))
    >>> three = ThreeWays.of(wells, rng=np.random.default_rng(1))
    >>> [row[0] for row in rows_by(three, "Δ/2V", three.tilt, (0.0, 0.5, 1.5))]
    ['Δ/2V 0 to 0.5', 'Δ/2V 0.5 to 1.5']
    """
    return [
        well_row(f"{name} {low:g} to {high:g}", three, (values >= low) & (values < high))
        for low, high in pairwise(edges)
    ]
