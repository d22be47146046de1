"""The smallest eigenvalue of the Hessian at every stationary point."""

from __future__ import annotations

import numpy as np

from .._typing import Array, Floats
from ..backend.devices import to_host
from ..backend.linalg import softest_mode
from ..sample.landscape import hessian, stiffness
from ..sample.sites import AnyModel, of_sample
from .search import Ends


def smallest_eigenvalues(ends: Ends, J: Array, model: AnyModel) -> Floats:
    """(S, R) on the host, nan where a column is at no stationary point.

    One mode x for every distinct Hessian; for other columns with the same, to second order in
    the difference D of the diagonals, λ = λ_1 + Σ_i D_i x_i².
    """
    found = np.full(ends.status.shape, np.nan)
    diagonals = np.asarray(to_host(stiffness(ends.v, model)), dtype=np.float64)
    for one in ends.hessians:
        s, r = one.sample, one.column
        matrix = hessian(ends.v[s, :, r], J[s, ...], of_sample(model, s))
        smallest, mode = softest_mode(matrix)
        weights = np.asarray(to_host(mode), dtype=np.float64) ** 2
        others = diagonals[s][:, one.members] - diagonals[s, :, r][:, None]
        found[s, one.members] = smallest + weights @ others
    return found
