"""What a double well is known by, however its potential was measured: V, Δ, d, λ, Δ0."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np

from .._typing import Floats

SCAN = 4000
"""Displacements at which the curvature of a G that is no polynomial is looked at; an even number
leaves v = 0 out."""

HALVINGS = 60
"""Of an interval with a root in it."""


@dataclass(frozen=True)
class Wells:
    """Double wells, arrays (n,); NaN where there is none (physics.md §3)."""

    barrier: Floats
    """V = U(top) - (U_1 + U_2)/2, from the mean of the minima."""
    asymmetry: Floats
    """Δ = |U_1 - U_2|."""
    distance: Floats
    """d, along the coordinate."""
    frequency: Floats
    """ω0 √m0: mean of √U'' of the two wells along the coordinate."""
    action: Floats
    """S = ∫ √(2 (U - E)) ds, E that of the shallower minimum, where U > E: WKB, in √m0/ħ."""

    @property
    def exponent(self) -> Floats:
        """λ = d √(2V) in units of √m0/ħ: 3/2 S for the symmetric quartic well."""
        return self.distance * np.sqrt(2 * self.barrier)

    def splitting(self, hbar: float = 1.0, mass: float = 1.0) -> Floats:
        """Δ0 = ħ ω0 exp(-λ)."""
        root = np.sqrt(mass)
        return np.asarray(hbar / root * self.frequency * np.exp(-self.exponent * root / hbar))

    @classmethod
    def from_profile(cls, x: Floats, U: Floats, top: float, frequency: float) -> Wells:
        """The double well of a profile U(x) from one minimum to the other, densely sampled.

        Parameters
        ----------
        x, U
            (L,) coordinate, monotone, and energy; the ends are the minima.
        top
            The energy of the barrier's top.
        frequency
            Mean of √U'' at the ends.
        """
        mean = (U[0] + U[-1]) / 2
        momentum = np.sqrt(2 * np.maximum(U - max(U[0], U[-1]), 0.0))
        return cls(
            barrier=np.asarray(top - mean),
            asymmetry=np.asarray(abs(U[-1] - U[0])),
            distance=np.asarray(abs(x[-1] - x[0])),
            frequency=np.asarray(frequency),
            action=np.asarray(abs(np.trapezoid(momentum, x))),
        )

    @classmethod
    def collect(cls, rows: Iterable[Wells | None]) -> Wells:
        """One well each, or None, as arrays."""
        gathered = list(rows)
        return cls(
            **{
                field.name: np.asarray(
                    [np.nan if row is None else float(getattr(row, field.name)) for row in gathered]
                )
                for field in fields(cls)
            }
        )
