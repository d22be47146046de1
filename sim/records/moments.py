"""What a run has to write down at every measurement for equilibrium to be proved later.

A handful of numbers per configuration, in place of its N displacements.
"""

from __future__ import annotations

from dataclasses import dataclass

import array_api_compat
import numpy as np

from .._typing import Array, Floats
from ..errors import ShapeError
from ..sample.landscape import interaction_energy


@dataclass(frozen=True)
class Moments:
    """Time series of the moments that enter the Gaussian integration by parts (physics.md §5).

    S samples, T temperatures. Those of one configuration are (S, T, chain, time), those of two
    independent replicas at equal times (S, T, pair, time).
    """

    e_J: Floats
    """-(1/2N) Σ_{i≠j} J_ij v_i v_j, the bond energy per site."""
    p: Floats
    """Σ v/N."""
    Q: Floats
    """Σ v²/N, whose average is q̂."""
    K: Floats
    """Σ v⁴/N."""
    R: Floats
    """Σ v¹v²/N, the overlap."""
    L: Floats
    """Σ (v¹v²)²/N."""

    def __post_init__(self) -> None:
        of_one = {np.shape(x) for x in (self.e_J, self.p, self.Q, self.K)}
        of_two = {np.shape(x) for x in (self.R, self.L)}
        one, two = next(iter(of_one)), next(iter(of_two))
        if len(of_one) > 1 or len(of_two) > 1 or len(one) != 4 or len(two) != 4:
            raise ShapeError(
                "e_J, p, Q, K must all be (S, T, chain, time), R and L (S, T, pair, time): got "
                f"{sorted(of_one)} and {sorted(of_two)}"
            )
        if one[:2] != two[:2] or one[3] != two[3]:
            raise ShapeError(
                f"chains {one} and pairs {two} differ in samples, temperatures or times"
            )

    def at(self, times: slice) -> Moments:
        """The same over part of the run."""
        return Moments(*(x[..., times] for x in self._all()))

    @property
    def times(self) -> int:
        """Measurements of each chain."""
        return int(self.e_J.shape[-1])

    def _all(self) -> tuple[Floats, ...]:
        return self.e_J, self.p, self.Q, self.K, self.R, self.L


def of_configurations(v: Array, J: Array) -> tuple[Array, Array, Array, Array]:
    """e_J, p, Q, K of each column.

    Parameters
    ----------
    v
        Displacements (N, R) or (S, N, R).
    J
        Couplings (N, N) or (S, N, N).

    Returns
    -------
    Four arrays (R,) or (S, R).

    Raises
    ------
    ShapeError
        If v and J do not belong together.
    """
    xp = array_api_compat.array_namespace(v, J)
    squares = v * v
    e_J = interaction_energy(v, J) / v.shape[-2]
    return (
        e_J,
        xp.mean(v, axis=-2),
        xp.mean(squares, axis=-2),
        xp.mean(squares * squares, axis=-2),
    )


def of_pairs(first: Array, second: Array) -> tuple[Array, Array]:
    """R and L of each column of ``first`` with the same column of ``second``.

    Both (N, R) or (S, N, R), from independent chains of the same sample at the same temperature;
    returns two arrays (R,) or (S, R).
    """
    if first.shape != second.shape:
        raise ShapeError(f"pairs need equal shapes, got {first.shape} and {second.shape}")
    xp = array_api_compat.array_namespace(first, second)
    products = first * second
    return xp.mean(products, axis=-2), xp.mean(products * products, axis=-2)
