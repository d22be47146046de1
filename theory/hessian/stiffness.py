"""The distribution μ of the local stiffness s = G''(v)/γ at minima, and its transforms.

The diagonal of the Hessian is s_i. In theory s = G''(v*(h))/γ with h ~ P_k; μ is kept as uniform
pieces, over which the transforms are integrated in closed form: a sum over points would have a
spectrum of separate islands wherever the true one thins out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from .._typing import Bools, Complexes, Floats
from ..model.errors import SolveError
from ..numerics.quadrature import panel_rule
from ..recursion.mixture import Levels
from ..recursion.recursion import Recursion, field_centre
from ..site.ground import GroundSite

PIECES = 600
"""Pieces of μ per branch of v*(h); errors fall as their square. A test halves and doubles them."""

KINDS, PIECES_PER_KIND = 128, 30
"""Where sites differ: with 64 kinds the soft end of a spectrum would still show them, by 4 %."""

NODES_PER_PIECE = 3
"""Gauss nodes for the mass of a piece."""

TAIL_MASS = 1e-7
"""Stiff sites whose share is less are left out: the tail of a Gaussian never ends."""

NARROW = 0.1
"""Width of a piece over its distance from w below which means are taken from a series: what is left
out, NARROW⁸/2304, is 4e-12."""

BLOCK = 64
"""Points w treated at once, so that a block of (w, piece) stays in the cache."""


@dataclass(frozen=True)
class Stiffness:
    """μ(s): ``mass`` on each interval from ``lower`` to ``upper``, (n,) each, sorted by ``lower``.

    Where the two ends are equal the piece is a point mass.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.theory import Stiffness
    >>> alike = Stiffness(lower=np.array([2.5]), upper=np.array([2.5]), mass=np.array([1.0]))
    >>> float(alike.mass.sum())
    1.0
    """

    lower: Floats
    upper: Floats
    mass: Floats

    @classmethod
    def of(cls, levels: Levels, pieces: int = PIECES) -> Stiffness:
        """μ at the minima that a solution's P_k(h) and C describe; ``pieces`` per branch of v*.

        Raises
        ------
        SolveError
            If T > 0: stiffnesses of minima are those of T = 0.
        """
        if levels.temperature != 0.0:
            raise SolveError("the Hessian at minima belongs to temperature 0: solve there")
        sites = levels.parts
        if levels.model.random:
            # The few kinds of site that averages need would show in a density.
            kinds = levels.model.sites_by_quantile(KINDS)
            sites = levels.of_sites(kinds)
            pieces = PIECES_PER_KIND
        parts = [_of_kind(site, weight, pieces) for weight, site in sites]
        return cls.from_pieces(*(np.concatenate(part) for part in zip(*parts, strict=True)))

    @classmethod
    def from_values(cls, values: ArrayLike, pieces: int = PIECES) -> Stiffness:
        """μ of a sample, any shape: points if they are few, else pieces of equal counts."""
        s = np.sort(np.asarray(values, dtype=np.float64), axis=None)
        if len(s) <= pieces:
            return cls.from_pieces(s, s, np.ones(len(s)))
        edges = np.quantile(s, np.linspace(0.0, 1.0, pieces + 1))
        return cls.from_pieces(edges[:-1], edges[1:], np.ones(pieces))

    @classmethod
    def from_pieces(cls, one_end: Floats, other_end: Floats, weight: Floats) -> Stiffness:
        """μ from pieces in any order, with weights that need not add up to one."""
        lower, upper = np.minimum(one_end, other_end), np.maximum(one_end, other_end)
        order = np.argsort(lower)
        return cls(lower[order], upper[order], weight[order] / weight.sum())

    @property
    def mean(self) -> float:
        """∫ s dμ."""
        return float(self.mass @ (self.lower + self.upper) / 2)

    def gaps(self) -> list[tuple[float, float]]:
        """Intervals without stiffnesses, the two infinite ones included."""
        reached = np.maximum.accumulate(self.upper)
        empty = self.lower[1:] > reached[:-1]
        left = [-np.inf, *reached[:-1][empty], reached[-1]]
        right = [self.lower[0], *self.lower[1:][empty], np.inf]
        return [(float(a), float(b)) for a, b in zip(left, right, strict=True)]

    def quantiles(self, count: int) -> Floats:
        """Values of s that divide μ into equal parts, roughly."""
        middle = (self.lower + self.upper) / 2
        order = np.argsort(middle)
        return np.interp(np.linspace(0, 1, count), np.cumsum(self.mass[order]), middle[order])

    def weight_in(self, low: float, high: float) -> float:
        """The mass of the pieces between two values that no piece contains."""
        middle = (self.lower + self.upper) / 2
        return float(self.mass[(middle > low) & (middle < high)].sum())

    def inverse(self, w: Complexes) -> Complexes:
        """m(w) = ∫dμ(s)/(s - w), w of shape (n,)."""
        return self._average(w, _mean_inverse)

    def inverse_square(self, w: Complexes) -> Complexes:
        """m'(w) = ∫dμ(s)/(s - w)²."""
        return self._average(w, _mean_inverse_square)

    def logarithm(self, w: Complexes) -> Complexes:
        """∫dμ(s) ln(s - w)."""
        return self._average(w, _mean_logarithm)

    def _average(self, w: Complexes, mean: _Mean) -> Complexes:
        w = np.asarray(w, dtype=np.complex128)
        width = self.upper - self.lower
        blocks = [
            mean(self.lower - w[start : start + BLOCK, None], width) @ self.mass
            for start in range(0, len(w), BLOCK)
        ]
        return np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.complex128)


def _of_kind(site: Recursion, weight: float, pieces: int) -> tuple[Floats, Floats, Floats]:
    """Ends and masses of the pieces of μ for sites of one kind, whose share is ``weight``."""
    model, ground = site.model, GroundSite.of(site.model, site.order.C)
    if site.order.q[-1] * model.J == 0.0:
        v = ground.slope(np.array([field_centre(model, site.order.p)]))
        s = np.asarray(model.G.curvature(v) / model.gamma)
        return s, s, np.array([weight])
    top = float(ground.slope(np.array([site.reach]))[0])
    parts = []
    for lower, upper in ground.envelope.branches:
        if lower >= top:
            break
        # Behind a jump there may be a pseudogap, whose soft end takes ever finer pieces.
        grading = 2.0 if lower > 0.0 else 1.0
        part = np.linspace(0.0, 1.0, pieces + 1) ** grading
        edges = lower + (min(upper, top) - lower) * part
        v, dv = panel_rule(edges, NODES_PER_PIECE)
        h = ground.W.slope(v)
        # Fields of both signs give the same stiffness.
        density = (site.field_density(h) + site.field_density(-h)) * ground.W.curvature(v)
        s = model.G.curvature(edges) / model.gamma
        parts.append((s[:-1], s[1:], (density * dv).reshape(pieces, -1).sum(axis=1)))
    one_end, other_end, mass = (np.concatenate(part) for part in zip(*parts, strict=True))
    mass = weight * mass / mass.sum()
    kept = np.cumsum(mass[::-1])[::-1] > weight * TAIL_MASS
    return one_end[kept], other_end[kept], mass[kept]


class _Mean(Protocol):
    """The mean of a function of t over t from ``start`` to ``start + width``."""

    def __call__(self, start: Complexes, width: Floats) -> Complexes: ...


def _mean_inverse(start: Complexes, width: Floats) -> Complexes:
    middle, square, wide = _about_middle(start, width)
    mean = (1 + square * (1 / 12 + square * (1 / 80 + square / 448))) / middle
    end = (start + width)[wide]
    mean[wide] = np.log(end / start[wide]) / (end - start[wide])
    return mean


def _mean_inverse_square(start: Complexes, width: Floats) -> Complexes:
    return np.asarray(1 / (start * (start + width)))


def _mean_logarithm(start: Complexes, width: Floats) -> Complexes:
    middle, square, wide = _about_middle(start, width)
    mean = np.log(middle) - square * (1 / 24 + square * (1 / 320 + square / 2688))
    start, end = start[wide], (start + width)[wide]
    mean[wide] = np.log(end) + start * np.log(end / start) / (end - start) - 1
    return mean


def _about_middle(start: Complexes, width: Floats) -> tuple[Complexes, Complexes, Bools]:
    """The middle of each piece, (width/middle)², and where that is too large for a series.

    Close to a piece a logarithm is needed; far from it it would lose digits, and is slower.
    """
    middle = start + width / 2
    ratio = width / middle
    square = ratio * ratio
    return middle, square, np.abs(square) > NARROW**2
