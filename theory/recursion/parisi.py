"""Parisi's equations: full replica-symmetry breaking without steps, at T = 0 and above.

Between overlaps q and q + dq, where the breakpoint is y(q) = β x(q), the recursion of k steps
becomes, in t = J² q (Parisi, J. Phys. A 13, L115 (1980); Sommers & Dupont, J. Phys. C 17, 5785
(1984)), for every kind of site

    ∂m/∂t = -½ m'' - y m m',         m = g' = ⟨v⟩ at q_EA, down to q_0,
    ∂P/∂t =  ½ P'' - y (m P)',       from N(h - H - J0 p; J² q_0) up to q_EA.

Both are the same transport: m(h) is the mean of m over where the fields that start at h lead. Each
interval of q is crossed by two exponentials (a Magnus scheme of fourth order without commutators;
Blanes & Moan, Appl. Numer. Math. 56, 1519 (2006)). Its drifts y m at Gauss's points are
extrapolated from the nodes above, and once more interpolated with the node that this has led to. P
takes the transposes of the same exponentials, so that ∫P m is kept to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import integrate, interpolate

from .._typing import Floats
from ..numerics.field_lines import EVEN, ODD
from ..numerics.transport import Mover
from .intervals import MEMORY, Intervals
from .kernel import gaussian
from .path import Path
from .recursion import field_centre
from .site_lines import SiteLines

NEAR, FAR = 0.25 + np.sqrt(3) / 6, 0.25 - np.sqrt(3) / 6
"""Weights of the two Gauss points in the exponential next to one of them, times two for Gauss's."""

FIRST_CORRECTIONS = 2
"""Corrections of the first MEMORY steps, which have few nodes to extrapolate from."""

FROM_POINT = 4 / 3
"""On an interval that starts from q = 0 the tilt by y ~ q is that of 4/3 of its mean y, to first
order in y."""

NEIGHBOURS = 8
"""Fields from which P at a jump is interpolated."""


@dataclass(frozen=True)
class Flow:
    """m and P dh times the share of each kind at the nodes of ``intervals``, (nodes, fields).

    Without field and polarisation they start at the second node: at the first, q = 0, P is a point.
    """

    path: Path
    intervals: Intervals
    sites: SiteLines
    J: float
    slopes: Floats
    masses: Floats

    @cached_property
    def nodes(self) -> slice:
        """Those that ``slopes`` and ``masses`` belong to."""
        return slice(len(self.intervals.s) - len(self.slopes), None)

    @cached_property
    def overlaps(self) -> Floats:
        """∫P m², (nodes,)."""
        return np.asarray(np.einsum("lh,lh->l", self.masses, self.slopes**2))

    @cached_property
    def marginality(self) -> Floats:
        """J² ∫P (m')², (nodes,): one at every q where y(q) is stationary."""
        return np.asarray(self.J**2 * np.einsum("lh,lh->l", self.masses, self._curvatures**2))

    @cached_property
    def skewness(self) -> Floats:
        """J² ∫P (m')³, (nodes,): -2y times it is what y adds to the marginality's slope in t."""
        return np.asarray(self.J**2 * np.einsum("lh,lh->l", self.masses, self._curvatures**3))

    @cached_property
    def _curvatures(self) -> Floats:
        return self.sites.lines.derivative(self.slopes, ODD)

    @cached_property
    def polarisation(self) -> float:
        """∫P ⟨v⟩ at q_EA."""
        return 0.0 if self.sites.folded else float(self.masses[-1] @ self.sites.m)

    @cached_property
    def response(self) -> float:
        """∫P g'' at q_EA, jumps of v* included."""
        jumps = sum(self.C_jump(n) for n in range(len(self.sites.kinds)))
        return float(self.masses[-1] @ self.sites.response) + jumps

    def C_jump(self, number: int) -> float:
        """Σ Δv P(h) over the jumps of one kind of site, times its share."""
        line, part = self.sites.lines.lines[number], self.sites.lines.of_line(number)
        density = self.masses[-1, part] / self.sites.lines.weight[part]
        total = 0.0
        for field, size in self.sites.jumps(number):
            if abs(field) >= line.reach:
                continue
            if self.sites.folded and field == 0.0:
                total += size * float(density[0])
                continue
            near = int(np.searchsorted(line.h, field)) - NEIGHBOURS // 2
            near = min(max(near, 0), len(line.h) - NEIGHBOURS)
            at = slice(near, near + NEIGHBOURS)
            x = line.x(line.h[at]) - line.x(np.array([field]))
            total += size * float(interpolate.BarycentricInterpolator(x, density[at])(0.0))
        return total


def flow(path: Path, intervals: Intervals, sites: SiteLines) -> Flow:
    """m from q_EA down, then P up, over all intervals."""
    model = sites.kinds[0][1]
    odd, even = Mover(sites.lines, ODD), Mover(sites.lines, EVEN)
    first = 1 if sites.folded else 0
    last = len(intervals.s) - 1
    weights = model.J**2 * path.gap * intervals.weights
    pulls = weights * path.y(intervals.points)
    # The exponential next to the upper end comes first on the way down.
    times = 2 * weights @ np.array([[FAR, NEAR], [NEAR, FAR]]).T
    m = np.empty((last + 1, len(sites.m)))
    m[last] = sites.m
    drifts = np.empty((last, 2, len(sites.m)))
    for step in range(last - 1, first - 1, -1):
        rules = [intervals.predictors[step], intervals.correctors[step]]
        rules += rules[1:] * (FIRST_CORRECTIONS - 1 if step > last - 1 - MEMORY else 0)
        for nodes, rule in rules:
            at = pulls[step][:, None] * (rule @ m[nodes])
            drifts[step] = 2 * (FAR * at[0] + NEAR * at[1]), 2 * (NEAR * at[0] + FAR * at[1])
            upper = odd.transport(times[step, 0], drifts[step, 0])
            lower = odd.transport(times[step, 1], drifts[step, 1])
            m[step] = lower.backward(upper.backward(m[step + 1]))
    masses = [_first_mass(path, sites, m[first], intervals, pulls[0])]
    for step in range(first, last):
        upper = even.transport(times[step, 0], drifts[step, 0])
        lower = even.transport(times[step, 1], drifts[step, 1])
        masses.append(upper.forward(lower.forward(masses[-1])))
    return Flow(path, intervals, sites, model.J, m[first:], np.stack(masses))


def _first_mass(
    path: Path, sites: SiteLines, m: Floats, intervals: Intervals, pulls: Floats
) -> Floats:
    """P dh at q_0; from a point at q = 0, a Gaussian tilted by e^(y g) at the next node."""
    lines = sites.lines
    mass = np.empty(len(m))
    for number, (_, model) in enumerate(sites.kinds):
        part, line = lines.of_line(number), lines.lines[number]
        h, variance, tilt = line.h, model.J**2 * path.q_0, np.zeros(())
        if sites.folded:
            variance = model.J**2 * path.gap * float(intervals.gaps[0])
            g = integrate.cumulative_simpson(m[part] / line.rate(h), dx=line.step, initial=0.0)
            tilt = FROM_POINT * float(pulls.sum()) / variance * g
        parts = gaussian(h - field_centre(model, path.p), variance, tilt) * lines.weight[part]
        mass[part] = sites.share[part] * parts / parts.sum()
    return mass
