"""What is found out about a potential of which only G, G' and G'' can be evaluated.

On v ≥ 0, from where v is next to nothing to where G outgrows the numbers, G'' is resolved by
polynomials on panels and cut where it turns: between two turns it is monotone, so that a level is
met there once at most. All inflections of G(v) - c v² follow for every c, as the v at which
G''(v) = 2c, and with them every stationary point at every field.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .._typing import Bools, Floats, Indices
from ..numerics.quadrature import panel_rule, resolved_edges
from .errors import ModelError
from .potential import Potential

OCTAVES = np.arange(-60, 512)
"""Powers of two at which G is looked at first."""

LARGEST = 1e150
"""Numbers beyond it count as overflow: their squares are."""

TAIL = 1e-6
"""What the last Legendre coefficients of G'' may leave on a panel."""

NOISE = 1e-11
"""Of G'', relative to its largest value so far: it has turned once it comes back by more."""

HARMONIC = 0.5
"""G'' - G''(0) at the length where G is no longer harmonic: a v²/2 at v = 1/√a for the quartic."""

HALVINGS = 40
"""Of the octave in which G ceases to be a number."""

GROWTH = 1.05
"""G'(v)/v rises by more over the second half of the octaves: by 2 for v² ln(1 + v²), and not at
all for v²."""


@dataclass(frozen=True, eq=False)
class Profile:
    """G'' on v ≥ 0.

    ``pieces`` are (v, G''(v)), arrays (n,) each, between whose ends G'' is monotone; ``length`` is
    where G is no longer harmonic, ``horizon`` the largest v at which it is a number.
    """

    pieces: tuple[tuple[Floats, Floats], ...]
    length: float
    horizon: float

    @property
    def stiffening(self) -> bool:
        """True if G'' never falls."""
        return len(self.pieces) == 1


@lru_cache(maxsize=256)
def profile(potential: Potential) -> Profile:
    """The profile of a potential that has the three methods; kept, since models share it.

    Raises
    ------
    ModelError
        If G is not finite somewhere, or does not grow faster than v².
    """
    with np.errstate(over="ignore", invalid="ignore"):
        horizon = _horizon(potential)

    def curvature(v: Floats) -> Floats:
        return np.asarray(potential.curvature(v), dtype=np.float64)

    octaves = 2.0 ** OCTAVES.astype(np.float64)
    edges = np.append(0.0, octaves[octaves <= horizon])
    v, _ = panel_rule(resolved_edges(curvature, edges, TAIL))
    v = np.concatenate([[0.0], v, [horizon]])
    bend = curvature(v)
    apart = np.flatnonzero(np.abs(bend - bend[0]) >= HARMONIC)
    length = float(v[apart[0]]) if len(apart) else horizon
    tolerance = NOISE * np.maximum.accumulate(
        np.maximum(np.abs(bend), np.abs(bend[v <= length]).max())
    )
    turns = _turns(bend, tolerance)
    if bend[turns[-1]] < bend[turns[-2]]:
        raise ModelError(
            f"{potential!r} does not confine: its curvature falls at large v; let it grow there "
            "faster than v²"
        )
    pieces = []
    ends = [_polished(curvature, v, n) for n in turns[1:-1]]
    for low, high, left, right in zip(
        turns, turns[1:], [0.0, *ends], [*ends, horizon], strict=False
    ):
        inside = v[(v > left) & (v < right)]
        at = np.concatenate([[left], inside, [right]])
        g = curvature(at)
        ordered = np.maximum if bend[high] > bend[low] else np.minimum
        pieces.append((at, np.asarray(ordered.accumulate(g))))
    return Profile(tuple(pieces), _length(curvature, v, bend, apart), horizon)


def _horizon(potential: Potential) -> float:
    """The largest v at which G, G' and G'' are numbers, which they leave by growing."""
    v = 2.0 ** OCTAVES.astype(np.float64)
    there = _finite(potential, v)
    last = len(v) - 1 if there.all() else int(np.argmin(there)) - 1
    if last < 1:
        raise ModelError(
            f"{potential!r} is not finite near v = 0: G, G' and G'' must be finite for all v"
        )
    low, high = v[last], v[min(last + 1, len(v) - 1)]
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _finite(potential, np.array([middle]))[0] else (low, middle)
    # A wall at a finite v ends it too, and there G has not grown far.
    if not there.all() and abs(potential.value(np.array([low]))[0]) < np.sqrt(LARGEST):
        raise ModelError(
            f"{potential!r} is not finite beyond v = {low:.6g}: G, G' and G'' must be finite for "
            "all v, let a steep power stand for a wall"
        )
    early, late = (float(potential.slope(np.array([x]))[0] / x) for x in (v[last // 2], low))
    if not late > GROWTH * max(early, 0.0):
        raise ModelError(
            f"{potential!r} does not stabilise the model: G(v) must grow faster than v², add a v⁴ "
            f"(G'(v)/v ends at {late:.3g})"
        )
    return float(low)


def _finite(potential: Potential, v: Floats) -> Bools:
    rows = [np.asarray(f(v)) for f in (potential.value, potential.slope, potential.curvature)]
    return np.asarray(np.all([np.abs(row) < LARGEST for row in rows], axis=0))


def _turns(values: Floats, tolerance: Floats) -> list[int]:
    """Indices of the ends and of the extrema from which values come back beyond the tolerance."""
    turns, low, high, trend = [0], 0, 0, 0
    for n, (value, slack) in enumerate(zip(values, tolerance, strict=True)):
        if value > values[high]:
            high = n
        if value < values[low]:
            low = n
        if trend >= 0 and value < values[high] - slack:
            turns += [high] if trend > 0 else []
            trend, low = -1, n
        elif trend <= 0 and value > values[low] + slack:
            turns += [low] if trend < 0 else []
            trend, high = 1, n
    return [*turns, len(values) - 1]


def _polished(curvature: Callable[[Floats], Floats], v: Floats, n: int) -> float:
    """The extremum of G'' next to v_n."""
    # Imported where it is needed, as scipy.stats is: polynomials have no profile.
    from scipy import optimize

    left, middle, right = v[n - 1 : n + 2]
    near = curvature(v[n - 1 : n + 2])
    sign = 1.0 if near[1] <= near[0] else -1.0
    found = optimize.minimize_scalar(
        lambda x: sign * float(curvature(np.array([x]))[0]),
        bounds=(left, right),
        method="bounded",
        options={"xatol": 1e-10 * middle},
    )
    return float(found.x)


def _length(
    curvature: Callable[[Floats], Floats], v: Floats, bend: Floats, apart: Indices
) -> float:
    if not len(apart) or apart[0] == 0:
        return float(v[-1])
    from scipy import optimize

    low, high = v[apart[0] - 1], v[apart[0]]

    def excess(x: float) -> float:
        return abs(float(curvature(np.array([x]))[0] - bend[0])) - HARMONIC

    return float(optimize.brentq(excess, low, high, rtol=1e-12))
