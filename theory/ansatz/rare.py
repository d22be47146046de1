"""Rare jumps: breaking by the few sites that sit where v* jumps, while all the others are stable.

At T = 0 replica symmetry is unstable as soon as v* jumps at a field that occurs, be it as rare as
exp(-(H + J0 p)²/2J²q). Let a jump from -v to v about the middle of both have the density ρ at its
field, and x be the distance from that: g = v |x|, and P_0 = ρ is uniform there. With λ of the other
sites the overlaps lack

    -λ δ + Σ ρ ∫dx P̂_{l-1} [W_l m_l² - m_{l-1}²]                               = 0
    -λ δ²/2 + 2/(y_l J²) Σ ρ ∫dx P̂_{l-1} [W_l g_l - g_{l-1} - ½ y_l s² m_{l-1}²] = 0

at the ends of a step and as an integral over it (physics.md §2), where δ = q_l - q_{l-1}, s² = J² δ
and P̂ = P/ρ. So s goes as L = J² Σ ρ v²/λ and y_l as 1/(v L): with these units the numbers are
universal where there is one v. They are right to first order in L over the fields on which ρ and
dv*/dh vary.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .._typing import Floats
from ..numerics.newton import find_root
from ..numerics.quadrature import panel_rule
from ..recursion.kernel import TAIL, transition
from ..recursion.mixture import Levels
from ..site.ground import PANEL_IN_SIGMAS, SiteGrid

FIRST = (1.4, 0.4)
"""Where s_1/L and y_1 v L begin for one step."""

CUT, APART = (0.6, 0.8), (0.8, 1.2)
"""The last step cut in two: its s and its y."""

TOL = 1e-9
"""Of the reduced equations, which are right to first order only."""


@dataclass(frozen=True)
class Jumps:
    """Densities ρ and half the sizes v of the jumps at fields of either sign; both (n,)."""

    density: Floats
    size: Floats
    stable: float
    """λ of the other sites."""
    J: float

    @classmethod
    def of(cls, levels: Levels, stable: float) -> Jumps | None:
        """None if there are none, or breaking does not depend on them."""
        if levels.C_jump == 0 or stable <= 0:
            return None
        density, size = [], []
        for weight, part in levels.parts:
            for jump in part.site.jumps:
                both = np.unique([jump.h, -jump.h])
                density.append(weight * float(part.field_density(both).sum()))
                size.append(jump.size / 2)
        if not sum(density) > 0:
            return None
        return cls(np.array(density), np.array(size), stable, levels.model.J)

    @property
    def length(self) -> float:
        """L."""
        return float(self.J**2 * self.density @ self.size**2 / self.stable)


@dataclass(frozen=True)
class Steps:
    """What rare jumps make of the overlaps: q_l - q_{l-1} and y_l, (k,), and P_k/P_0 at each."""

    gaps: Floats
    y: Floats
    left: Floats


def steps(jumps: Jumps, rsb: int) -> Steps | None:
    """The staircase of ``rsb`` steps; None if it is not found."""
    L, v = jumps.length, float(jumps.size.max())
    share = jumps.density / (jumps.density @ (jumps.size / v) ** 2)
    found = universal(tuple(share.tolist()), tuple((jumps.size / v).tolist()), rsb)
    if found is None:
        return None
    return Steps(found.gaps * (L / jumps.J) ** 2, found.y / (v * L), found.left)


@lru_cache(maxsize=64)
def universal(shares: tuple[float, ...], sizes: tuple[float, ...], rsb: int) -> Steps | None:
    """The same with L = 1: s_l², y_l and P_k/P_0, of jumps with Σ share size² = 1."""
    start = np.log(FIRST)
    if rsb > 1:
        fewer = universal(shares, sizes, rsb - 1)
        if fewer is None:
            return None
        start = _split(fewer)

    def residual(x: Floats) -> Floats:
        variance, y = _unpacked(x)
        spread, gain = np.zeros(rsb), np.zeros(rsb)
        for weight, size in zip(shares, sizes, strict=True):
            at = _Reduced.of(size, variance, y)
            spread += weight * at.spread
            gain += weight * at.gain
        return np.concatenate([spread / variance - 1, 4 * gain / (y * variance**2) - 1])

    root = find_root(residual, start, tol=TOL, max_evaluations=60 * rsb, max_step=0.5)
    if root.residual > TOL:
        return None
    variance, y = _unpacked(root.x)
    left = [_Reduced.of(size, variance, y).left for size in sizes]
    return Steps(variance, y, np.array(left))


def _unpacked(x: Floats) -> tuple[Floats, Floats]:
    s, rises = np.split(np.exp(x), 2)
    return s**2, np.cumsum(rises)


def _split(fewer: Steps) -> Floats:
    """A start with the last step cut in two."""
    s, y = np.sqrt(fewer.gaps), fewer.y
    s = np.concatenate([s[:-1], s[-1] * np.array(CUT)])
    y = np.concatenate([y[:-1], y[-1] * np.array(APART)])
    return np.asarray(np.log(np.concatenate([s, np.diff(y, prepend=0.0)])))


@dataclass(frozen=True)
class _Reduced:
    """The integrals of one kind of jump, with L = 1 and P_0 = 1."""

    spread: Floats
    gain: Floats
    left: float

    @classmethod
    def of(cls, size: float, variance: Floats, y: Floats) -> _Reduced:
        narrowest = float(np.sqrt(variance.min()))
        reach = TAIL * float(np.sqrt(variance.sum())) + float(y @ variance) * size
        # Beyond it the jump is not felt, and what is there is itself not reached from the edge.
        farthest = 2 * reach + TAIL * float(np.sqrt(variance.sum()))
        panels = int(np.ceil(farthest / (PANEL_IN_SIGMAS / 2 * narrowest)))
        x, dx = panel_rule(np.linspace(0.0, farthest, panels + 1))
        g, m, none = size * x, np.full_like(x, size), np.zeros_like(x)
        grid = SiteGrid(x, dx, g, m, none, none, folded=True)
        ups = []
        for step, s2 in zip(y[::-1], variance[::-1], strict=True):
            up = transition(x, grid, g, m, float(step), float(s2))
            g, m = up.g, up.slope
            ups.append(up)
        mass, spread, gain = np.where(x < reach, 2 * dx, 0.0), [], []
        for up, step, s2 in zip(reversed(ups), y, variance, strict=True):
            spread.append(mass @ up.spread)
            gain.append(mass @ (up.gain - step * s2 / 2 * up.slope**2))
            last, mass = mass, mass @ up.even
        top = ups[0]
        density = np.exp(-(x**2) / (2 * variance[-1]) - y[-1] * top.g)
        left = float(last @ density) / float(np.sqrt(2 * np.pi * variance[-1]))
        return cls(np.array(spread), np.array(gain), left)
