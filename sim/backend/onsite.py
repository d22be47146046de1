"""What compiled code knows of G: the coefficients of the on-site force, site by site."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._typing import Array, HostArray
from .devices import to_host
from .kernels import coefficients


def slopes(model: Any, v: Array) -> HostArray:
    """(K, S, N) coefficients of G'(v)/γ in v, v³, …, on the host and of the precision of v.

    Parameters
    ----------
    model
        Its γ and coefficients are numbers, or broadcast against v: (N, 1), or (S, N, 1) where
        samples differ.
    v
        (S, N, R).

    Raises
    ------
    DeviceError
        If G is no polynomial.
    """
    S, N, _ = v.shape
    gamma = to_host(model.gamma)
    found = [
        np.broadcast_to(2 * n * to_host(c) / gamma, (S, N, 1))[..., 0]
        for n, c in enumerate(coefficients(model.G), start=1)
    ]
    # Contiguous: compiled code counts places, and a copy keeps the order of its original.
    return np.stack(found).astype(to_host(v[:0, ...]).dtype, order="C")
