"""About the AT line: breaking so weak that replica symmetry differs from it to first order only.

Let t = J² q run over a short range [t_0, t_k] and y be its one value there. From level 0 to level k
a mean changes by ∫P_k F - ∫N F = y (t_k - t_0) ∫P m F' to first order, where N is the Gaussian of
replica symmetry at q_k. With it stationarity and marginal stability at q_k read

    p = ∫N m + b ∫P m m',   C = ∫N m' + b ∫P m m'',   q = ∫N m² + 2b ∫P m² m',
    1 = J² [∫N (m')² + 2b ∫P m m' m''],   b = y (t_k - t_0),

four linear equations for the shifts of p, C, q from their values in replica symmetry and for b; and

    y = ∫P (m'')²/(2 ∫P (m')³)

(physics.md §2), since what the overlaps lack, ∫P m² - q, and its integral vanish at both ends of a
step, so that its second derivative does in the middle. That makes it K x (x² - δ²/4) in every
step, with one K: all steps have one width δ, and the replicon there is -K δ²/2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .._typing import Floats
from ..recursion.mixture import Levels, levels_of
from ..recursion.recursion import Order, Recursion
from .staircase import below_beta
from .stationarity import Branch

STEP = 1e-5
"""Relative step of the differences of replica symmetry's equations."""

DIFFERENCE = 1e-4
"""Step in h for m'', in units of the width of P."""

UNEVEN = 1.0
"""What the widths of weak steps differ by from their mean, relative, in units of (q_k - q_0)/q_k,
at most: it was 0.03 to 0.5."""


@dataclass(frozen=True)
class Marginal:
    """Where breaking goes from a solution of replica symmetry, to first order in its replicon.

    ``order`` holds p, C and q_k after breaking, ``width`` is q_k - q_0 and ``y`` the breakpoint.
    """

    order: Order
    width: float
    y: float

    @classmethod
    def of(cls, levels: Levels, branch: Branch) -> Marginal | None:
        """None where ⟨v⟩ jumps, or breaking would make the overlaps spread the wrong way."""
        order, model = levels.order, levels.model
        if levels.C_jump > 0 or order.q[-1] * model.J == 0.0:
            return None
        y = breakpoint_of(levels)
        matrix = np.stack([*symmetric_slopes(levels).T, tilts(levels)], axis=1)
        free = slice(1 if branch is Branch.UNPOLARISED else 0, None)
        shifts = np.zeros(4)
        try:
            shifts[free] = np.linalg.solve(matrix[free, free], -lacks(levels)[free])
        except np.linalg.LinAlgError:
            return None
        p, C, q = order.p + shifts[0], order.C + shifts[1], float(order.q[-1]) + shifts[2]
        width = shifts[3] / (y * model.J**2)
        if not (width > 0 and C > 0 and q > 0):
            return None
        return cls(Order(float(p), float(C), np.array([q]), np.zeros(0)), float(width), y)

    def one_step(self, temperature: float, widest: float) -> Order:
        """A start for 1RSB, with (q_1 - q_0)/q_1 bent to stay below ``widest``."""
        q = float(self.order.q[-1])
        depth = self.width / q
        depth /= 1 + depth / widest if depth > widest / 2 else 1.0
        y = below_beta(np.array([self.y]), temperature)
        return replace(self.order, q=q * np.array([1 - depth, 1.0]), y=y)


def breakpoint_of(levels: Levels) -> float:
    """y = ∫P (m'')²/(2 ∫P (m')³) at level k; infinite where ⟨v⟩ jumps."""
    if levels.C_jump > 0 or levels.order.q[-1] * levels.model.J == 0.0:
        return np.inf
    third_squared = _mean(levels, 0, 0, 2)
    return third_squared / (2 * _mean(levels, 0, 3, 0))


def slope_of_y(levels: Levels) -> float:
    """dy/dq from a solution with steps: K = J⁴ y' ∫P (m')³/3 and λ = -K δ²/2."""
    order, J = levels.order, levels.model.J
    width = float(order.q[-1] - order.q[0]) / order.rsb
    cubed = _mean(levels, 0, 3, 0)
    return max(0.0, -6 * levels.replicon / (J**4 * cubed * width**2))


@dataclass(frozen=True)
class EvenSteps:
    """Makes ``rsb`` steps of equal width of one, with breakpoints on a line through its own.

    That is what weak breaking tends to: the relative error of the widths goes as UNEVEN times the
    whole width over q_k.
    """

    rsb: int
    rise: float
    """dy/dq."""

    def __call__(self, one: Order) -> Order:
        places = np.arange(self.rsb + 1) / self.rsb
        width = float(one.q[-1] - one.q[0])
        middles = (places[1:] + places[:-1]) / 2
        y = one.y.mean() * np.ones(self.rsb) + self.rise * width * (middles - 0.5)
        return replace(one, q=one.q[0] + width * places, y=y)


def lacks(levels: Levels) -> Floats:
    """What the sides of the four equations differ by at b = 0, (4,)."""
    order = levels.order
    return np.array(
        [
            levels.polarisation - order.p,
            levels.response - order.C,
            float(levels.overlaps[-1] - order.q[-1]),
            levels.model.J**2 * levels.curvature_squared - 1.0,
        ]
    )


def symmetric_slopes(levels: Levels) -> Floats:
    """The derivatives of ``lacks`` by p, C and q in replica symmetry, (4, 3)."""
    order = levels.order
    q = float(order.q[-1])
    columns = []
    for n, scale in enumerate((float(np.sqrt(q)), order.C, q)):
        step = STEP * scale
        ahead, behind = (
            lacks(levels_of(levels.model, _shifted(order, n, move), levels.temperature))
            for move in (step, -step)
        )
        columns.append((ahead - behind) / (2 * step))
    return np.stack(columns, axis=1)


def tilts(levels: Levels) -> Floats:
    """The coefficients of b in the four equations, (4,)."""
    return np.array(
        [
            _mean(levels, 1, 1, 0),
            _mean(levels, 1, 0, 1),
            2 * _mean(levels, 2, 1, 0),
            2 * levels.model.J**2 * _mean(levels, 1, 1, 1),
        ]
    )


def _shifted(order: Order, n: int, step: float) -> Order:
    if n == 0:
        return replace(order, p=order.p + step)
    return replace(order, C=order.C + step) if n == 1 else replace(order, q=order.q + step)


def _mean(levels: Levels, *powers: int) -> float:
    """∫P_k m^a (m')^b (m'')^c, averaged over the kinds of sites."""
    return float(
        sum(
            weight * (part.levels[-1].mass @ _product(part, powers))
            for weight, part in levels.parts
        )
    )


def _product(part: Recursion, powers: tuple[int, ...]) -> Floats:
    top = part.levels[-1]
    product = top.slope ** powers[0] * part.curvature ** powers[1]
    if powers[2] == 0:
        return np.asarray(product)
    step = DIFFERENCE * part.model.J * float(np.sqrt(part.order.q[-1]))
    ahead, behind = part.site.response(top.h + step), part.site.response(top.h - step)
    return np.asarray(product * ((ahead - behind) / (2 * step)) ** powers[2])
