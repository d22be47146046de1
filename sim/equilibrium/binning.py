"""Logarithmic binning: the error of a mean from ever longer blocks (Flyvbjerg and Petersen).

A second route to the error that ``autocorrelation`` gives: it sums no correlations, but watches
the scatter of block means grow with the block length B until it stops.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .._typing import Floats, Integers
from .autocorrelation import as_chains

LEAST_BLOCKS = 8
"""With fewer blocks the error is known to 1/√14, no better than a quarter of itself."""


@dataclass(frozen=True)
class Binning:
    """Errors of the mean from blocks of length 1, 2, 4, …: ``error`` ± ``uncertainty``, (levels,).

    ``plateau`` is the first level whose blocks are long enough, None if there is none.
    """

    length: Integers
    error: Floats
    uncertainty: Floats
    plateau: int | None

    @property
    def value(self) -> float:
        """The error of the mean; NaN without a plateau, which what never moves does not have."""
        return math.nan if self.plateau is None else float(self.error[self.plateau])


def binning(x: ArrayLike) -> Binning:
    """Block (chain, time) or (time,); blocks do not run from one chain into the next.

    For b blocks of length B: error² = Σ (block mean - mean)²/(b(b - 1)), uncertain by a factor
    1/√(2(b - 1)) (Flyvbjerg and Petersen, J. Chem. Phys. 91, 461 (1989)).

    The plateau is where B³ > 2 n τ_B², τ_B = (error_B/error_1)² (Lee et al., Phys. Rev. E 83,
    066706 (2011)): a block of B misses τ/(4B) of the error and leaves √(B/2n) of noise in it, so
    that from there on the bias is less than a quarter of the noise.
    """
    series = as_chains(x)
    n = series.size
    lengths: list[int] = []
    errors: list[float] = []
    uncertainties: list[float] = []
    # The origin is free: from here equal numbers have blocks that are equal without rounding.
    blocks = series - series[0, 0]
    while blocks.size >= LEAST_BLOCKS:
        b = blocks.size
        lengths.append(2 ** len(lengths))
        errors.append(math.sqrt(float(blocks.var()) / (b - 1)))
        uncertainties.append(errors[-1] / math.sqrt(2 * (b - 1)))
        even = blocks.shape[1] - blocks.shape[1] % 2
        blocks = (blocks[:, 0:even:2] + blocks[:, 1:even:2]) / 2
    error = np.array(errors)
    length = np.array(lengths, dtype=np.int64)
    with np.errstate(invalid="ignore"):
        tau = (error / error[:1]) ** 2
    long_enough = np.flatnonzero(length.astype(np.float64) ** 3 > 2 * n * tau**2)
    plateau = int(long_enough[0]) if len(long_enough) else None
    return Binning(length, error, np.array(uncertainties), plateau)
