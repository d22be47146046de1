"""Sites of every kind, each on a line of fields that resolves its ⟨v⟩."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .._typing import Floats
from ..model.model import Sites
from ..numerics.field_lines import FieldLine, FieldLines
from ..site.ground import GroundSite, SingleSite
from ..site.thermal import ThermalSite, single_site
from .kernel import TAIL
from .path import Path
from .recursion import field_centre

MARGIN = 1.05
"""By so much a line reaches beyond the largest field."""

NARROW = 0.3
"""A Gaussian P_0 narrower than this fraction of J √q_EA has a centre of its own on the line."""


@dataclass(frozen=True)
class Extent:
    """How far the line of one kind of site reaches, and its number of steps."""

    reach: float
    points: int


@dataclass(frozen=True)
class SiteLines:
    """Weights, sites and lines of all kinds, and m = ⟨v⟩, g'', ⟨W⟩ and g at q_EA on them.

    At T = 0 m is v*(h), but next to a jump its mean over the cell of a field, which puts the jump
    where it is; ``response`` leaves jumps out.
    """

    kinds: Sites
    sites: tuple[SingleSite, ...]
    lines: FieldLines
    share: Floats
    m: Floats
    response: Floats
    potential: Floats
    g: Floats

    @classmethod
    def of(
        cls,
        kinds: Sites,
        path: Path,
        temperature: float,
        *,
        finest: float,
        extents: Sequence[Extent] | None = None,
        step: float = 0.0,
    ) -> SiteLines:
        """At the order parameters of ``path``, with steps of x of ``step``, or given extents.

        ``finest`` is the width of centres at T = 0, where jumps are sharp.
        """
        sites = tuple(single_site(model, path.C, temperature) for _, model in kinds)
        lines = []
        for number, ((_, model), site) in enumerate(zip(kinds, sites, strict=True)):
            centre, width = field_centre(model, path.p), model.J * float(np.sqrt(path.q))
            centres = _centres(site, finest)
            folded = centre == 0.0
            if not folded:
                centres += [(-h, w) for h, w in centres if h > 0]
                narrow = model.J * float(np.sqrt(path.q_0))
                if narrow < NARROW * width:
                    centres.append((centre, narrow))
            if extents is None:
                reach = MARGIN * _reach(site, model.J, centre, path)
                line = FieldLine.with_step(reach, width, centres, step, folded=folded)
            else:
                extent = extents[number]
                line = FieldLine(extent.reach, width, tuple(centres), extent.points, folded)
            lines.append(line)
        return cls._on(kinds, sites, FieldLines(tuple(lines)))

    @classmethod
    def _on(cls, kinds: Sites, sites: tuple[SingleSite, ...], lines: FieldLines) -> SiteLines:
        rows = []
        for (weight, _), site, line in zip(kinds, sites, lines.lines, strict=True):
            h = line.h
            share = np.full(h.shape, weight)
            if isinstance(site, ThermalSite):
                at = site.moments(h)
                response = at.variance / site.temperature
                rows.append((share, at.mean, response, at.potential, at.g))
            else:
                m = _averaged_at_jumps(site, line)
                rows.append((share, m, site.response(h), site.potential(h), site.g(h)))
        columns = (np.concatenate(column) for column in zip(*rows, strict=True))
        return cls(kinds, sites, lines, *columns)

    @property
    def folded(self) -> bool:
        """Whether fields h ≥ 0 stand for both signs."""
        return self.lines.folded

    @cached_property
    def extents(self) -> list[Extent]:
        """Of each line."""
        return [Extent(line.reach, line.points) for line in self.lines.lines]

    def jumps(self, number: int) -> list[tuple[float, float]]:
        """Fields of the line of one kind where v* jumps, and sizes, twice where both signs are."""
        found: list[tuple[float, float]] = []
        for jump in self.sites[number].jumps:
            if jump.h == 0.0:
                found.append((0.0, jump.size))
            elif self.folded:
                found.append((jump.h, 2 * jump.size))
            else:
                found += [(jump.h, jump.size), (-jump.h, jump.size)]
        return found


def _centres(site: SingleSite, finest: float) -> list[tuple[float, float]]:
    """Fields at and above zero next to which ⟨v⟩ is steep, and how narrow the steps are."""
    if isinstance(site, ThermalSite):
        T = site.temperature
        jumps = site.ground.jumps
        widths = [(0.0, T / float(np.sqrt(site.second_moment)))]
        return widths + [(jump.h, 2 * T / jump.size) for jump in jumps if jump.h > 0]
    return [(0.0, finest), *((jump.h, finest) for jump in site.jumps if jump.h > 0)]


def _reach(site: SingleSite, J: float, centre: float, path: Path) -> float:
    """The largest |h| needed, as for a staircase: y moves its Gaussians by ∫J² y dq v*(reach)."""
    s = np.linspace(0.0, path.depth, 400)
    pull = J**2 * float(np.trapezoid(path.y(s), path.overlap(s)))
    spread = abs(centre) + TAIL * J * float(np.sqrt(path.q))
    reach = spread
    for _ in range(100):
        new = spread + pull * float(site.slope(np.array([reach]))[0])
        if abs(new - reach) < 1e-3 * reach:
            break
        reach = new
    return reach


def _averaged_at_jumps(site: SingleSite, line: FieldLine) -> Floats:
    """v*(h), or [g(b) - g(a)]/(b - a) in a cell from a to b that a jump divides."""
    assert isinstance(site, GroundSite)
    h, m = line.h, site.slope(line.h)
    fields = [sign * jump.h for jump in site.jumps for sign in (1.0, -1.0)]
    for field in fields:
        near = int(np.searchsorted(h, field))
        for n in range(max(near - 1, 1), min(near + 1, len(h) - 1)):
            ends = (h[n - 1 : n + 1] + h[n : n + 2]) / 2
            if ends[0] <= field <= ends[1]:
                g = site.g(ends)
                m[n] = (g[1] - g[0]) / (ends[1] - ends[0])
    if line.folded:
        m[0] = 0.0
    return m
