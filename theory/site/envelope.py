"""Where the global minimum of a tilted even potential sits, and where it jumps.

As h runs from -∞ to ∞ the global minimiser v*(h) of W(v) - h v runs through the set where W
touches its convex envelope. That set is a union of intervals; v* jumps from the end of one to the
start of the next, at the field where two minima exchange. On each interval h = W'(v) is a smooth
function that increases, so an integral over h is an integral over v without the h^(1/3)
singularity that v*(h) has at the onset of double wells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from .._typing import Floats
from ..model.potential import EvenFunction


@dataclass(frozen=True)
class Jump:
    """v* jumps by ``size`` > 0 as h increases through ``h``, starting from ``v``."""

    h: float
    v: float
    size: float


@dataclass(frozen=True)
class Envelope:
    """Contact set of W with its convex envelope, for v ≥ 0; the rest follows from v → -v.

    ``branches`` are the intervals (lower, upper) of v ≥ 0, the last one unbounded; ``jumps`` are
    those at h ≥ 0. If the first interval starts at v_0 > 0 the jump at h = 0 is from -v_0 to v_0.
    """

    W: EvenFunction
    branches: tuple[tuple[float, float], ...]
    jumps: tuple[Jump, ...]

    @property
    def v_0(self) -> float:
        """The non-negative global minimiser at h = 0."""
        return self.branches[0][0]

    def value(self, v: Floats) -> Floats:
        """The convex envelope of W at v: W itself, bridged by straight lines across the gaps."""
        size = np.maximum(np.abs(v), self.v_0)
        value = np.asarray(self.W.value(size))
        for start, end, h in self._bridges():
            inside = (size > start) & (size < end)
            value = np.where(inside, self.W.value(start) + h * (size - start), value)
        return value

    def slope(self, v: Floats) -> Floats:
        """The envelope's derivative."""
        size = np.abs(v)
        slope = np.where(size > self.v_0, self.W.slope(size), 0.0)
        for start, end, h in self._bridges():
            slope = np.where((size > start) & (size < end), h, slope)
        return np.asarray(np.sign(v) * slope)

    def _bridges(self) -> list[tuple[float, float, float]]:
        return [(jump.v, jump.v + jump.size, jump.h) for jump in self.jumps if jump.h > 0]


def convex_envelope(W: EvenFunction) -> Envelope:
    """Branches and jumps of the global minimiser v*(h) of W(v) - h v.

    Parameters
    ----------
    W
        Its parameters are numbers.
    """
    v_0 = _global_minimum(W)
    inflections = W.inflections()
    beyond = inflections[inflections > v_0]
    gaps = _gaps(W, v_0, float(beyond[-1])) if len(beyond) else []
    ends = [v_0, *(v for gap in gaps for v in gap), np.inf]
    branches = tuple(zip(ends[::2], ends[1::2], strict=True))
    jumps = [Jump(h=0.0, v=-v_0, size=2 * v_0)] if v_0 > 0 else []
    jumps += [Jump(h=float(W.slope(a)), v=a, size=b - a) for a, b in gaps]
    return Envelope(W, branches, tuple(jumps))


def _global_minimum(W: EvenFunction) -> float:
    candidates = np.concatenate([[0.0], W.rest_points()])
    return float(candidates[np.argmin(W.value(candidates))])


def _gaps(W: EvenFunction, v_0: float, last: float) -> list[tuple[float, float]]:
    """Intervals of v > v_0 where W lies above its envelope, ends polished by Newton.

    ``last`` is the largest inflection.
    """
    reach = 2 * last
    while W.slope(reach) < 2 * max(0.0, float(np.max(W.slope(np.linspace(0, last, 201))))):
        reach *= 1.5
    v = np.linspace(v_0, reach, 8001)
    hull = _lower_hull(v, W.value(v))
    wide = np.flatnonzero(np.diff(hull) > 1)
    rough = [(float(v[hull[n]]), float(v[hull[n + 1]])) for n in wide]
    return [_common_tangent(W, *pair) for pair in rough]


def _lower_hull(x: Floats, y: Floats) -> NDArray[np.int_]:
    """Indices of the lower convex hull of the graph (x increasing)."""
    hull: list[int] = []
    for n in range(len(x)):
        while len(hull) > 1:
            a, b = hull[-2], hull[-1]
            if (y[b] - y[a]) * (x[n] - x[a]) < (y[n] - y[a]) * (x[b] - x[a]):
                break
            hull.pop()
        hull.append(n)
    return np.array(hull)


def _common_tangent(W: EvenFunction, a: float, b: float) -> tuple[float, float]:
    """v_a < v_b with W'(v_a) = W'(v_b) = [W(v_b) - W(v_a)]/(v_b - v_a)."""

    def mismatch(ends: Floats) -> list[float]:
        lower, upper = ends
        chord = (W.value(upper) - W.value(lower)) / (upper - lower)
        return [W.slope(lower) - chord, W.slope(upper) - chord]

    lower, upper = optimize.root(mismatch, [a, b], tol=1e-14).x
    return float(lower), float(upper)
