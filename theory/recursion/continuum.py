"""A flow of Parisi's equations in the terms of ``Recursion``: so many steps that none matters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import interpolate

from .._typing import Floats
from ..model.model import Model, Sites
from .mixture import Levels, Mixture, Parts
from .parisi import Flow, flow
from .recursion import Level, Order, Recursion
from .site_lines import SiteLines

SPLINE = 5
"""Degree of the spline, in the variable x of a line, that P(h) is."""


TOGETHER = 16
"""Kinds of sites in one flow, of those asked for later: it takes 10 MB for each."""


@dataclass(frozen=True)
class Continuum(Recursion):
    """One kind of site: the last level and the moments at every node of the flow."""

    flow: Flow
    number: int

    @classmethod
    def of(cls, flow: Flow, order: Order, temperature: float, number: int) -> Continuum:
        """The kind with this number in the flow."""
        sites, part = flow.sites, flow.sites.lines.of_line(number)
        site, model = sites.sites[number], sites.kinds[number][1]
        h, share = sites.lines.lines[number].h, sites.kinds[number][0]
        g = sites.g[part] - float(site.g(np.zeros(1))[0])
        top = Level(h, flow.masses[-1, part] / share, g, sites.m[part])
        response, potential = sites.response[part], sites.potential[part]
        folded = sites.folded
        return cls(
            model, order, temperature, site, response, potential, folded, (top,), flow, number
        )

    @cached_property
    def free_energy(self) -> float:
        """f, with ∫P_0 g_0 = ∫P g at q_EA - (J²/2) ∫y ∫P m² dq."""
        order, top = self.order, self.levels[-1]
        mean_field = self.model.J0 * order.p**2 / 2
        tilted = self.model.J**2 * _integral(self.flow, self.overlaps) / 2
        g = float(top.mass @ top.g) + self._g_at_zero - tilted
        return float(mean_field + self._coupling / 4 - g)

    @cached_property
    def overlaps(self) -> Floats:
        """∫P m² at q_0 … q_EA."""
        part = self.flow.sites.lines.of_line(self.number)
        squares = self.flow.masses[:, part] * self.flow.slopes[:, part] ** 2
        found = squares.sum(axis=1) / self._share
        return np.concatenate([np.zeros(len(self.order.q) - len(found)), found])

    @cached_property
    def C_jump(self) -> float:
        """Σ Δv P(h), from y < ∞."""
        return self.flow.C_jump(self.number) / self._share

    @cached_property
    def replicon(self) -> float:
        """1 - J² ∫P (m')², the same at every q and zero but for the finite intervals."""
        return min(0.0, 1.0 - float(self.flow.marginality[0]))

    @cached_property
    def reach(self) -> float:
        """The largest |h| that occurs."""
        return self.flow.sites.lines.lines[self.number].reach

    def field_density(self, h: Floats) -> Floats:
        """P(h) on the whole axis: a spline in x."""
        line = self.flow.sites.lines.lines[self.number]
        at = np.abs(h) if self.folded else h
        inside = np.abs(at) <= line.reach
        return np.where(inside, self._density(line.x(np.where(inside, at, 0.0))), 0.0)

    def of_sites(self, kinds: Sites) -> Parts:
        """Other kinds of sites at the same order parameters."""
        return _other_parts(self.flow, kinds, self.order, self.temperature)

    @cached_property
    def _coupling(self) -> float:
        path, order = self.flow.path, self.order
        twice = 2 * _integral(self.flow, path.overlap(self.flow.intervals.s))
        return float(self.model.J**2 * (order.C * (self.q_hat + path.q) + twice))

    @property
    def _share(self) -> float:
        return self.flow.sites.kinds[self.number][0]

    @cached_property
    def _density(self) -> interpolate.BSpline:
        line = self.flow.sites.lines.lines[self.number]
        weight = self.flow.sites.lines.weight[self.flow.sites.lines.of_line(self.number)]
        x, density = line.x(line.h), self.levels[-1].mass / weight
        if self.folded:
            x, density = np.append(-x[:0:-1], x), np.append(density[:0:-1], density)
        return interpolate.make_interp_spline(x, density, k=SPLINE)


@dataclass(frozen=True)
class ContinuumMixture(Mixture):
    """Several kinds of sites with one flow."""

    flow: Flow

    @cached_property
    def C_jump(self) -> float:
        """E[Σ Δv P(h)], from y < ∞."""
        return self._mean(lambda site: site.C_jump)

    @cached_property
    def replicon(self) -> float:
        """1 - J² E∫P (m')², the same at every q and zero but for the finite intervals."""
        return self.parts[0][1].replicon

    @cached_property
    def curvature_squared(self) -> float:
        """E∫P (g'')² at q_EA, without the jumps of ⟨v⟩."""
        return self._mean(lambda site: site.curvature_squared)

    def of_sites(self, kinds: Sites) -> Parts:
        """Other kinds of sites at the same order parameters."""
        return _other_parts(self.flow, kinds, self.order, self.temperature)


def levels_of_flow(model: Model, flow: Flow, temperature: float) -> Levels:
    """What a solution rests on."""
    path, intervals = flow.path, flow.intervals
    y = (intervals.weights * path.y(intervals.points)).sum(axis=1) / intervals.gaps
    order = Order(path.p, path.C, path.overlap(intervals.s), y)
    parts = _parts(flow, order, temperature)
    if not model.random:
        return parts[0][1]
    return ContinuumMixture(model, order, temperature, parts, flow)


def _parts(flow: Flow, order: Order, temperature: float) -> Parts:
    kinds = enumerate(flow.sites.kinds)
    return tuple((share, Continuum.of(flow, order, temperature, n)) for n, (share, _) in kinds)


def _other_parts(known: Flow, kinds: Sites, order: Order, temperature: float) -> Parts:
    line = known.sites.lines.lines[0]
    finest = min(width for _, width in line.centres)
    parts: list[tuple[float, Recursion]] = []
    for start in range(0, len(kinds), TOGETHER):
        some = kinds[start : start + TOGETHER]
        sites = SiteLines.of(some, known.path, temperature, finest=finest, step=line.step)
        parts += _parts(flow(known.path, known.intervals, sites), order, temperature)
    return tuple(parts)


def _integral(flow: Flow, at_nodes: Floats) -> float:
    """∫y X dq from q_0 to q_EA by Gauss's rule, for X at the nodes."""
    path, intervals = flow.path, flow.intervals
    # What differs from q is small, and a spline of it good enough.
    extra = interpolate.CubicSpline(intervals.s, at_nodes - path.overlap(intervals.s))
    at = path.overlap(intervals.points) + extra(intervals.points)
    return float(path.gap * (intervals.weights * path.y(intervals.points) * at).sum())
