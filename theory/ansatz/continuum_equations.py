"""The equations of the continuum on given intervals, as an iteration wants them.

Unknowns are p, q_0, q_EA, C and the values of y(q) at a few points, and each is mended by what its
own equation lacks: p = ∫P m, q_0 = ∫P m² there, q_EA - q_0 = ∫P m² from end to end, C = ∫P m', and
where the marginality J² ∫P (m')² differs by δ over an interval of t, ln y by δ/(2 y t J² ∫P (m')³).
That equation for y is of the second kind, whereas q ← ∫P m² at fixed y is marginal like the theory
itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .._typing import Floats
from ..model.model import Model
from ..numerics.broyden import fixed_point
from ..recursion.intervals import Intervals
from ..recursion.parisi import Flow, flow
from ..recursion.path import Path, basis
from ..recursion.site_lines import SiteLines

TOL, TOL_AT_JUMPS = 1e-9, 1e-6
"""Mismatch at which the iteration ends; rounding leaves more where y grows without end."""

GOOD = 3e-6
"""Mismatch up to which a solution counts as one."""

EVALUATIONS = 80
"""Flows that a solution may cost."""


@dataclass(frozen=True)
class Solved:
    """A path that is stationary, up to the residual, and its flow."""

    path: Path
    flow: Flow
    residual: float
    evaluations: int
    inverse: Floats
    """Of the Jacobian, for an iteration on other intervals."""

    @property
    def converged(self) -> bool:
        """True if it counts as a solution."""
        return self.residual < GOOD


@dataclass(frozen=True)
class Equations:
    """The equations on ``intervals``, with lines of fields of steps ``step``.

    ``start`` has the depth and the knots of every path, and says by its p and q_0 which of them
    are unknown: q_0 = 0 where nothing is polarised.
    """

    model: Model
    temperature: float
    intervals: Intervals
    step: float
    start: Path

    def solve(self, inverse: Floats | None = None) -> Solved:
        """From the start, by Broyden's iteration."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            found = fixed_point(
                lambda x: self._mismatch(self.flow(self._path(x))),
                self._packed(self.start),
                tol=TOL if self.start.last == self.start.depth else TOL_AT_JUMPS,
                most=EVALUATIONS,
                inverse=inverse,
            )
        path = self._path(found.x)
        return Solved(path, self.flow(path), found.residual, found.evaluations, found.inverse)

    def flow(self, path: Path) -> Flow:
        """m and P at given order parameters."""
        return flow(path, self.intervals, self._sites(path))

    def _sites(self, path: Path) -> SiteLines:
        known = self._known
        if path.C in known:
            return known[path.C]
        sites = SiteLines.of(
            self._kinds,
            path,
            self.temperature,
            finest=self._finest(path),
            extents=self._first_sites.extents,
        )
        if self.polarised:
            return sites
        known.clear()
        known[path.C] = sites
        return sites

    @cached_property
    def polarised(self) -> bool:
        """Whether p and q_0 are unknown."""
        return self.start.q_0 > 0

    @cached_property
    def _kinds(self) -> tuple[tuple[float, Model], ...]:
        return self.model.sites()

    @cached_property
    def _known(self) -> dict[float, SiteLines]:
        return {}

    @cached_property
    def _first_sites(self) -> SiteLines:
        finest = self._finest(self.start)
        return SiteLines.of(
            self._kinds, self.start, self.temperature, finest=finest, step=self.step
        )

    def _finest(self, path: Path) -> float:
        """As wide as the last interval's Gaussian."""
        main = self.intervals.main
        last = float(self.intervals.gaps[main[-2] :].sum())
        return self.model.J * math.sqrt(path.gap * last)

    def _packed(self, path: Path) -> Floats:
        ends = [path.p / math.sqrt(path.q), math.log(path.q_0)] if self.polarised else []
        return np.concatenate([ends, [math.log(path.C), math.log(path.gap)], path.values])

    def _path(self, x: Floats) -> Path:
        p = q_0 = 0.0
        rest = x
        if self.polarised:
            p, q_0, rest = float(x[0]) * math.sqrt(self.start.q), float(np.exp(x[1])), x[2:]
        C, gap = (float(value) for value in np.exp(rest[:2]))
        return replace(self.start, p=p, C=C, q_0=q_0, q=q_0 + gap, values=rest[2:])

    def _mismatch(self, flow: Flow) -> Floats:
        path, overlaps = flow.path, flow.overlaps
        ends, low = [], 0.0
        if self.polarised:
            low = float(overlaps[0])
            lacking = (flow.polarisation - path.p) / math.sqrt(path.q)
            if self.model.symmetric:
                # p = 0 is always a root, and not the one looked for.
                lacking = flow.polarisation / path.p - 1
            ends = [lacking, np.log(low / path.q_0)]
        ends += [np.log(flow.response / path.C), np.log((overlaps[-1] - low) / path.gap)]
        of_y = self._onto_knots @ self._of_y(flow)
        return np.asarray(np.concatenate([ends, of_y]), dtype=np.float64)

    def _of_y(self, flow: Flow) -> Floats:
        """What ln y lacks on the unsplit intervals."""
        rises = np.diff(flow.marginality)
        dt = self.model.J**2 * flow.path.gap * self.intervals.weights
        pulls = (dt * flow.path.y(self.intervals.points)).sum(axis=1)[flow.nodes][: len(rises)]
        between = np.sqrt(np.abs(flow.skewness[1:] * flow.skewness[:-1]))
        sums = [np.concatenate([[0.0], np.cumsum(x)]) for x in (rises, 2 * pulls * between)]
        rise, weight = (np.diff(total[self._ends]) for total in sums)
        return np.asarray(rise / weight)[self._free]

    @cached_property
    def _ends(self) -> NDArray[np.int_]:
        """Nodes between which marginality is compared, counted from the first that has it."""
        offset = 0 if self.polarised else 1
        later = self.intervals.main[1:] - offset
        return np.concatenate([[0], later])

    @cached_property
    def _middles(self) -> Floats:
        s = self.intervals.s[self._ends + (0 if self.polarised else 1)]
        return (s[1:] + s[:-1]) / 2

    @cached_property
    def _free(self) -> slice:
        """Intervals whose y has an equation: where m is not yet sharp."""
        return slice(0, int(np.searchsorted(self._middles, self.start.last)))

    @cached_property
    def _onto_knots(self) -> Floats:
        """The matrix of the least-squares fit by values at the knots."""
        count, last = len(self.start.values), self.start.last
        inverse = np.linalg.pinv(basis(count, last, self._middles[self._free]))
        return np.asarray(inverse, dtype=np.float64)
