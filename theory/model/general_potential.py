"""A potential of which only G, G' and G'' can be evaluated, with all that solvers ask of one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from .._typing import Array, Floats
from ..numerics.roots import bracketed_root
from .errors import ModelError
from .potential import Potential
from .potential_profile import Profile, profile

STEP = 0.02
"""Of the differences of G'', in units of the length at which G is no longer harmonic: third
derivatives are then right to 1e-12, fourth ones to 1e-11."""

FIRST = np.array([-1, 9, -45, 0, 45, -9, 1]) / 60
SECOND = np.array([2, -27, 270, -490, 270, -27, 2]) / 180
"""Central differences of seven points, of sixth order."""

DOUBLINGS = 1100
"""More than there are octaves."""


@dataclass(frozen=True)
class General:
    """W(v) = scale · G(v) + quadratic · v²; numbers, or arrays that broadcast against v.

    >>> from glasswell.theory.model import EvenPolynomial
    >>> quartic = EvenPolynomial.quartic(k=1.0, a=1.0)
    >>> W = General(quartic).shifted(-1.0)          # -v²/2 + v⁴/24
    >>> W.inflections(), W.rest_points() ** 2
    (array([1.41421356]), array([6.]))
    """

    potential: Potential
    scale: Array = 1.0
    quadratic: Array | None = None
    """None stands for G itself, which then costs no more than it must."""

    def value(self, v: Array) -> Array:
        """W(v)."""
        G = self._asked(self.potential.value, v)
        return G if self.quadratic is None else self.scale * G + self.quadratic * (v * v)

    def slope(self, v: Array) -> Array:
        """W'(v)."""
        G = self._asked(self.potential.slope, v)
        return G if self.quadratic is None else self.scale * G + 2 * self.quadratic * v

    def curvature(self, v: Array) -> Array:
        """W''(v)."""
        G = self._asked(self.potential.curvature, v)
        return G if self.quadratic is None else self.scale * G + 2 * self.quadratic

    @staticmethod
    def _asked(function: Callable[[Array], Array], v: Array) -> Array:
        """A number goes as an array of no dimensions; what overflows is told by being infinite."""
        with np.errstate(over="ignore"):
            if isinstance(v, (int, float)):
                return float(function(np.asarray(v, dtype=np.float64)))
            return function(v)

    def taylor(self, v: Array) -> list[Array]:
        """W^(m)(v)/m! for m = 0 … 4, or as many as the potential itself gives."""
        own = getattr(self.potential, "taylor", None)
        terms = self._differences(v) if own is None else own(v)
        if self.quadratic is None:
            return list(terms)
        c = self.quadratic
        shifts = (c * v * v, 2 * c * v, c, *[0.0] * (len(terms) - 3))
        return [self.scale * t + shift for t, shift in zip(terms, shifts, strict=True)]

    def _differences(self, v: Array) -> list[Array]:
        G = self.potential
        step = STEP * self.length
        near = [G.curvature(v + n * step) for n in range(-3, 4)]
        first, second = (
            sum(w * g for w, g in zip(weights.tolist(), near, strict=True))
            for weights in (FIRST, SECOND)
        )
        derivatives = [G.value(v), G.slope(v), near[3], first / step, second / step**2]
        return [d / n for d, n in zip(derivatives, (1, 1, 2, 6, 24), strict=True)]

    def shifted(self, c_1: Array, scale: Array = 1.0) -> General:
        """The function scale · W(v) + c_1 v²."""
        quadratic = 0.0 if self.quadratic is None else self.quadratic
        return General(self.potential, scale * self.scale, scale * quadratic + c_1)

    @property
    def parameters(self) -> tuple[Array, ...]:
        """``scale`` and ``quadratic``; none of G itself."""
        return () if self.quadratic is None else (self.scale, self.quadratic)

    def with_parameters(self, values: Iterable[Array]) -> General:
        """The same G."""
        return General(self.potential, *values)

    @property
    def _profile(self) -> Profile:
        return profile(self.potential)

    @property
    def closed_form(self) -> bool:
        """False: nothing is known in closed form."""
        return False

    @property
    def two_wells_at_most(self) -> bool:
        """True if G'' is monotone, so that W'' has one root v > 0 at most."""
        return len(self._profile.pieces) == 1

    @property
    def stiffening(self) -> bool:
        """True if G'' is seen not to fall."""
        return self._profile.stiffening

    @property
    def entire(self) -> bool:
        """False: it is not known."""
        return False

    @property
    def length(self) -> float:
        """Where G'' has changed by ½."""
        return self._profile.length

    @property
    def horizon(self) -> float:
        """Where G outgrows the numbers."""
        return self._profile.horizon

    def inflections(self, shape: tuple[int, ...] = ()) -> Floats:
        """Where G''(v) passes -2 quadratic/scale: one per piece on which G'' is monotone.

        Raises
        ------
        ModelError
            If W'' < 0 as far as numbers go.
        """
        c = 0.0 if self.quadratic is None else self.quadratic
        level = np.broadcast_to(np.asarray(-2.0 * c / self.scale), shape)
        if np.any(level >= self._profile.pieces[-1][1][-1]):
            raise ModelError(f"{self.potential!r} does not confine v: let it grow faster")
        found = np.stack([self._crossing(*piece, level) for piece in self._profile.pieces], axis=-1)
        return np.sort(found, axis=-1)

    def _crossing(self, v: Floats, bend: Floats, level: Floats) -> Floats:
        """The v at which a monotone piece of G'' passes the level; NaN where it does not."""
        sign = 1.0 if bend[-1] >= bend[0] else -1.0
        after = np.searchsorted(sign * bend, sign * level)
        there = (after > 0) & (after < len(v))
        after = np.where(there, after, 1)
        low, high = (np.where(there, end, np.nan) for end in (v[after - 1], v[after]))

        def third(x: Floats) -> Floats:
            near = STEP * 1e-2 * self.length
            rise = self.potential.curvature(x + near) - self.potential.curvature(x - near)
            return np.asarray(rise / (2 * near))

        return bracketed_root(
            lambda x: np.asarray(self.potential.curvature(x) - level), third, low, high
        )

    def rest_points(self) -> Floats:
        """Roots of W', one at most between two inflections."""
        inflections = self.inflections()
        inner = inflections[~np.isnan(inflections)]
        if not len(inner):
            return np.zeros(0)
        ends = np.concatenate([[0.0], inner, [float(self.reach(np.zeros(()), inner[-1]))]])
        slope = np.asarray(self.slope(ends))
        # At v = 0 itself it is zero.
        slope[0] = self.curvature(0.0)
        there = slope[:-1] * slope[1:] < 0
        return bracketed_root(
            lambda v: np.asarray(self.slope(v)),
            lambda v: np.asarray(self.curvature(v)),
            ends[:-1][there],
            ends[1:][there],
        )

    def reach(self, h: Floats, last: Floats) -> Floats:
        """By doubling, from the last inflection or the length of G."""
        v = np.maximum(np.broadcast_to(2.0 * last, h.shape), self.length)
        for _ in range(DOUBLINGS):
            short = (self.slope(v) <= np.abs(h)) & (v < self.horizon)
            if not np.any(short):
                break
            v = np.where(short, np.minimum(2.0 * v, self.horizon), v)
        return np.asarray(v)

    def beyond(self, h: float, above: float) -> float:
        """By doubling."""
        return float(self.reach(np.asarray(h), np.asarray(above)))

    def width(self, depth: float) -> float:  # noqa: ARG002 - any start will do
        """The length of G."""
        return self.length
