"""Breaking by rare jumps, as order parameters of the whole.

With b = Σ y_l s_l² the steps of ``rare`` change p, C, q_k and λ of the other sites as in
``marginal``, C also by what the pseudogap takes from the jumps; and these change the density at the
jumps. Both are iterated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .._typing import Floats
from ..recursion.mixture import Levels, levels_of
from ..recursion.recursion import Order
from .marginal import lacks, symmetric_slopes, tilts
from .rare import Jumps, Steps, steps
from .stationarity import Branch

SPLIT = 2.0
"""Error of steps that are split in the proportions of rare jumps, over what v* changes by within
them; with gaps from 1e-4 to 5e-3 of q_k it was 0.3 to 1.8."""

RESOLVED = 1e-4
"""Steps narrower than this part of q_k are not solved for but taken from those of one step."""

NARROWEST = 5e-5
"""The same of one step: narrower ones are taken from replica symmetry."""

ROUNDS = 40
"""Of the iteration, at most."""

SETTLED = 1e-8
"""Change of p, C and q, relative, at which it ends."""


@dataclass(frozen=True)
class RareBreaking:
    """p, C, overlaps and breakpoints, and an estimate of the relative error of gaps and y."""

    order: Order
    error: float

    @classmethod
    def of(cls, levels: Levels, branch: Branch, rsb: int) -> RareBreaking | None:
        """From replica symmetry; None where breaking is not by rare jumps alone."""
        if levels.C_jump == 0.0 or not steps_of(levels, rsb, 0.0, 0.0):
            return None
        model, order = levels.model, levels.order
        free = slice(1 if branch is Branch.UNPOLARISED else 0, 3)
        slopes = symmetric_slopes(levels)[free, free]
        width = b = 0.0
        for _ in range(ROUNDS):
            if not (order.C > 0 and width < float(order.q[-1])):
                return None
            at = levels_of(model, order, levels.temperature)
            found = steps_of(at, rsb, width, b)
            if found is None:
                return None
            width, b = float(found.gaps.sum()), float(found.y @ found.gaps) * model.J**2
            left = lacks(at)[:3] + b * tilts(at)[:3]
            left[1] += _taken(at, found, width)
            shift = np.zeros(3)
            try:
                shift[free] = np.linalg.solve(slopes, -left[free])
            except np.linalg.LinAlgError:
                return None
            q = float(order.q[-1])
            order = Order(order.p + shift[0], order.C + shift[1], order.q + shift[2], order.y)
            change = np.abs(shift / (np.sqrt(q), order.C, q)).max()
            if change < SETTLED:
                return cls(_staircase(order, found), _error(levels, at, b))
        return None


def narrowest(order: Order) -> float:
    """The smallest gap between overlaps over q_k."""
    return float(np.diff(order.q).min() / order.q[-1])


def split(fewer: Order, symmetric: Levels) -> RareBreaking | None:
    """One step more than ``fewer`` has: in the proportions of rare jumps, corrected by what its own
    gaps and breakpoints are in units of those."""
    k = fewer.rsb + 1
    jumps = Jumps.of(symmetric, 1.0)
    before, found = (None, None) if jumps is None else (steps(jumps, k - 1), steps(jumps, k))
    if jumps is None or before is None or found is None:
        return None
    gaps = found.gaps * _stretched(np.diff(fewer.q) / before.gaps)
    y = found.y * _stretched(fewer.y / before.y)
    weight = jumps.density * jumps.size
    farther = float((1 - found.left) @ weight / ((1 - before.left) @ weight))
    none = symmetric.order
    order = Order(
        none.p + farther * (fewer.p - none.p),
        none.C + farther * (fewer.C - none.C),
        none.q + farther * (fewer.q[-1:] - none.q),
        none.y,
    )
    width = float(gaps.sum())
    off = max(_curved(symmetric, width), float(y @ gaps) * symmetric.model.J)
    return RareBreaking(_staircase(order, Steps(gaps, y, found.left)), SPLIT * off / (k - 1))


def _stretched(ratios: Floats) -> Floats:
    """Ratios at k - 1 places in (0, 1) as ratios at k places, logarithms on straight lines."""
    k = len(ratios) + 1
    if k == 2:
        return np.repeat(ratios, 2)
    places = (np.arange(k - 1) + 0.5) / (k - 1)
    wanted = (np.arange(k) + 0.5) / k
    logs = np.log(ratios)
    found = np.interp(wanted, places, logs)
    found[0] += (logs[1] - logs[0]) / (places[1] - places[0]) * (wanted[0] - places[0])
    found[-1] += (logs[-1] - logs[-2]) / (places[-1] - places[-2]) * (wanted[-1] - places[-1])
    return np.asarray(np.exp(found))


def _curved(levels: Levels, width: float) -> float:
    """What v* changes by within the width of the steps, over its jump."""
    s = levels.model.J * float(np.sqrt(width))
    return max(
        float(part.site.response(np.array([jump.h]))[0]) * s / (jump.size / 2)
        for _, part in levels.parts
        for jump in part.site.jumps
    )


def steps_of(at: Levels, rsb: int, width: float, b: float) -> Steps | None:
    """The steps where P_0 has the variance that ``width`` leaves, and λ is tilted by ``b``."""
    stable = -float(lacks(at)[3] + b * tilts(at)[3])
    jumps = Jumps.of(_lower(at, width), stable) if stable > 0 else None
    return None if jumps is None else steps(jumps, rsb)


def _lower(at: Levels, width: float) -> Levels:
    """The same with q_0 for q_k."""
    order = replace(at.order, q=at.order.q - width)
    return levels_of(at.model, order, at.temperature)


def _taken(at: Levels, found: Steps, width: float) -> float:
    """What the jumps add to C, less what they add in replica symmetry."""
    jumps = Jumps.of(_lower(at, width), 1.0)
    assert jumps is not None
    return float(2 * (jumps.density * jumps.size) @ found.left) - at.C_jump


def _staircase(order: Order, found: Steps) -> Order:
    q: Floats = order.q[-1] - np.append(np.cumsum(found.gaps[::-1])[::-1], 0.0)
    return Order(order.p, order.C, q, found.y)


def _error(before: Levels, after: Levels, b: float) -> float:
    """Second order: the square of what b changes ln ρ by, and b against the fields that occur."""
    moved = float(np.log(after.C_jump / before.C_jump))
    scale = b * float(np.sqrt(after.overlaps[-1] / after.order.q[-1])) / after.model.J
    return abs(moved) ** 2 + scale
