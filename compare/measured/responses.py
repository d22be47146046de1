"""How much the responses C_i of one size scatter, and with which power of N that dies out.

    C_i = Σ_jk J_ij χ'_jk J_ki

is a random quadratic form: its variance is 2 J⁴ Tr χ²/N² where sites respond linearly, so that the
scatter falls as N^(-1/2) as long as χ_SG is finite, and more slowly where soft modes make it grow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .._typing import Floats
from ..statistics.bootstrap import Estimate, spread
from .lowest_states import LowestStates


@dataclass(frozen=True)
class ScatterLaw:
    """Standard deviations of C_i by size, (n,), and the law A N^(-x) through them.

    The exponent's error is statistical; it and the exponent are NaN with one size only.
    """

    sizes: Floats
    values: Floats
    errors: Floats
    exponent: Estimate
    amplitude: float

    def at(self, N: Floats) -> Floats:
        """The fitted law."""
        return np.asarray(self.amplitude * N**-self.exponent.value)


def scatter_law(measured: Sequence[LowestStates]) -> ScatterLaw:
    """Fit a straight line to the logarithms, weighted by their errors; every resample is fitted."""
    sizes = np.array([states.N for states in measured], dtype=np.float64)
    widths = [states.response_width for states in measured]
    values = np.array([value for value, _ in widths])
    replicas = np.stack([replica for _, replica in widths], axis=1)
    errors = replicas.std(axis=0)
    if len(sizes) < 2 or np.any(values <= 0.0) or np.any(replicas <= 0.0):
        return ScatterLaw(sizes, values, errors, Estimate(math.nan, math.nan), math.nan)
    relative = np.maximum(errors / values, 1e-12)
    design = np.stack([np.ones_like(sizes), -np.log(sizes)], axis=1) / relative[:, None]
    solve = np.linalg.pinv(design)
    intercept, exponent = solve @ (np.log(values) / relative)
    resampled = (np.log(replicas) / relative) @ solve[1]
    estimate = Estimate(float(exponent), spread(resampled))
    return ScatterLaw(sizes, values, errors, estimate, float(np.exp(intercept)))
