"""Fields h dense where functions of them are steep, and diffusion with drift on them.

    dx/dh = Σ_j 1/√((h - h_j)² + w_j²) + 1/W,   x in equal steps

has as many points per factor of e in the distance from each centre h_j, from its width w_j up to
the scale W of the whole: what is a step of width w_j there and smooth elsewhere is resolved on
every scale at once. A folded line holds h ≥ 0 only, for functions that are even or odd.

Several lines, one for each kind of site, lie one behind the other in the same arrays, so that one
solution moves all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .._typing import Floats
from .roots import bracketed_root

SIXTH = np.array([-1, 9, -45, 0, 45, -9, 1]) / 60
"""f' by differences of sixth order."""

EVEN, ODD = 1, -1
"""Parities."""


@dataclass(frozen=True)
class FieldLine:
    """Fields from -reach, or from zero if folded, to reach.

    Parameters
    ----------
    reach
        The largest field.
    scale
        W.
    centres
        Pairs (h_j, w_j); on a folded line those at h_j > 0 stand for both signs.
    points
        The number of steps.
    folded
        Whether functions are even or odd, and h ≥ 0 stands for both signs.
    """

    reach: float
    scale: float
    centres: tuple[tuple[float, float], ...]
    points: int
    folded: bool

    @classmethod
    def with_step(
        cls,
        reach: float,
        scale: float,
        centres: Sequence[tuple[float, float]],
        step: float,
        *,
        folded: bool,
    ) -> FieldLine:
        """The line whose steps in x are ``step`` at most."""
        line = cls(reach, scale, tuple(centres), 1, folded)
        return cls(reach, scale, tuple(centres), int(np.ceil(line.step / step)), folded)

    @cached_property
    def step(self) -> float:
        """Δx."""
        start = 0.0 if self.folded else float(self.x(np.array([-self.reach]))[0])
        return (float(self.x(np.array([self.reach]))[0]) - start) / self.points

    @cached_property
    def h(self) -> Floats:
        """(points + 1,), increasing."""
        start = 0.0 if self.folded else float(self.x(np.array([-self.reach]))[0])
        x = start + self.step * np.arange(1, self.points)
        low = np.full(x.shape, 0.0 if self.folded else -self.reach)
        high = np.full(x.shape, self.reach)
        inner = bracketed_root(lambda h: self.x(h) - x, self.rate, low, high)
        # That is good to rounding of the largest field, and this to rounding of each.
        inner -= (self.x(inner) - x) / self.rate(inner)
        return np.concatenate([[low[0] if len(low) else 0.0], inner, [self.reach]])

    def rate(self, h: Floats) -> Floats:
        """dx/dh."""
        terms = (1 / np.hypot(h - c, w) for c, w in self._all_centres)
        return np.asarray(sum(terms, np.full(np.shape(h), 1 / self.scale)))

    def bend(self, h: Floats) -> Floats:
        """d²x/dh²."""
        terms = (-(h - c) / np.hypot(h - c, w) ** 3 for c, w in self._all_centres)
        return np.asarray(sum(terms, np.zeros(np.shape(h))))

    def x(self, h: Floats) -> Floats:
        """x(h)."""
        terms = (np.arcsinh((h - c) / w) + np.arcsinh(c / w) for c, w in self._all_centres)
        return np.asarray(sum(terms, h / self.scale))

    @property
    def _all_centres(self) -> list[tuple[float, float]]:
        mirrored = [(-c, w) for c, w in self.centres if c != 0.0] if self.folded else []
        return [*self.centres, *mirrored]


@dataclass(frozen=True)
class FieldLines:
    """Lines one behind the other, all of them folded or none."""

    lines: tuple[FieldLine, ...]

    @property
    def folded(self) -> bool:
        """Whether fields h ≥ 0 stand for both signs."""
        return self.lines[0].folded

    @cached_property
    def starts(self) -> list[int]:
        """Where each line starts, and the length of all."""
        return [0, *np.cumsum([line.points + 1 for line in self.lines]).tolist()]

    @cached_property
    def h(self) -> Floats:
        """Fields, (n,)."""
        return np.concatenate([line.h for line in self.lines])

    @cached_property
    def weight(self) -> Floats:
        """dh of the trapezoidal rule in x, both signs together on folded lines."""
        parts = []
        for line in self.lines:
            part = line.step / line.rate(line.h)
            part[-1] /= 2
            part[0] /= 2
            parts.append(part * (2 if line.folded else 1))
        return np.concatenate(parts)

    def of_line(self, number: int) -> slice:
        """The entries of one line."""
        return slice(self.starts[number], self.starts[number + 1])

    @cached_property
    def rate(self) -> Floats:
        """dx/dh in steps, (n,)."""
        return np.concatenate([line.rate(line.h) / line.step for line in self.lines])

    @cached_property
    def bend(self) -> Floats:
        """d²x/dh² in steps, (n,)."""
        return np.concatenate([line.bend(line.h) / line.step for line in self.lines])

    def derivative(self, f: Floats, parity: int) -> Floats:
        """df/dh along the last axis; zero on the last three fields. Parity: of folded lines."""
        found = np.zeros_like(f)
        for number in range(len(self.lines)):
            part = f[..., self.of_line(number)]
            reach = len(SIXTH) // 2
            if self.folded:
                part = np.concatenate([parity * part[..., reach:0:-1], part], axis=-1)
            size = part.shape[-1] - 2 * reach
            inner = sum(c * part[..., o : o + size] for o, c in enumerate(SIXTH))
            start = self.starts[number] + (0 if self.folded else reach)
            found[..., start : start + size] = inner
        return np.asarray(found * self.rate)
