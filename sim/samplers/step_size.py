"""The time step of hybrid Monte Carlo: adapted to an acceptance, then frozen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .._typing import Floats

TARGET = 0.8
"""Acceptance to aim at: the optimum of a Gaussian in many dimensions is 0.65, and beyond it the
cost rises more slowly towards small steps than towards large ones (M. Betancourt et al.,
arXiv:1411.6669)."""

SHRINKAGE, DELAY, FORGETTING = 0.05, 10.0, 0.75
"""γ, t_0 and κ of the source."""


@dataclass(frozen=True)
class Adaptation:
    """Dual averaging of log ε towards a mean acceptance, one ε per temperature.

        ln ε_t = ln ε_0 - (√t/γ) (1/(t + t_0)) Σ_{s≤t} (target - α_s)
        ln ε̄_t = t^{-κ} ln ε_t + (1 - t^{-κ}) ln ε̄_{t-1}

    M. D. Hoffman and A. Gelman, J. Mach. Learn. Res. 15, 1593 (2014), algorithm 5. Moves are made
    with ε_t while it adapts, and with ε̄ for ever after.
    """

    start: Floats
    """(T,) ε_0."""
    shortfall: Floats
    """(T,) running mean of target - α."""
    log_mean: Floats
    """(T,) ln ε̄."""
    count: int

    @classmethod
    def begin(cls, start: Floats) -> Adaptation:
        """Before the first trajectory, from a guess ε_0 > 0 per temperature."""
        start = np.asarray(start, dtype=np.float64)
        return cls(start, np.zeros_like(start), np.log(start), 0)

    @property
    def current(self) -> Floats:
        """(T,) ε_t, to adapt with."""
        return np.asarray(self.start * np.exp(-np.sqrt(self.count) / SHRINKAGE * self.shortfall))

    @property
    def frozen(self) -> Floats:
        """(T,) ε̄, to measure with."""
        return np.asarray(np.exp(self.log_mean))

    def update(self, acceptance: Floats, target: float = TARGET) -> Adaptation:
        """After a trajectory with mean acceptance probabilities α, (T,)."""
        count = self.count + 1
        weight = 1.0 / (count + DELAY)
        shortfall = (1.0 - weight) * self.shortfall + weight * (target - acceptance)
        moved = Adaptation(self.start, shortfall, self.log_mean, count)
        recent = count**-FORGETTING
        log_mean = recent * np.log(moved.current) + (1.0 - recent) * self.log_mean
        return Adaptation(self.start, shortfall, log_mean, count)
