"""What compiled code knows of G: coefficients of the on-site energy and force, site by site.

A model's γ and coefficients are numbers, or broadcast against displacements (S, N, R): (N, 1), or
(S, N, 1) where samples differ.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from glasswell.theory.model import EvenFunction, EvenPolynomial

from .._typing import Array, HostArray
from ..errors import DeviceError
from .devices import to_host


def coefficients(G: EvenFunction) -> tuple[Array, ...]:
    """The coefficients of G, which compiled code is made of.

    Raises
    ------
    DeviceError
        If G is no polynomial.
    """
    if not isinstance(G, EvenPolynomial):
        raise DeviceError(
            'compiled kernels are made of a polynomial\'s coefficients: choose kernels "reference" '
            "for every other G"
        )
    return G.coefficients


def values(model: Any, S: int, N: int, dtype: Any) -> HostArray:
    """(K, S, N) coefficients of G(v)/γ in v², v⁴, …, on the host.

    Raises
    ------
    DeviceError
        If G is no polynomial.
    """
    gamma = to_host(model.gamma)
    terms = (to_host(c) / gamma for c in coefficients(model.G))
    found = np.stack([np.broadcast_to(c, (S, N, 1))[..., 0] for c in terms])
    # Contiguous: compiled code counts places, and a copy keeps the order of its original.
    return found.astype(dtype, order="C")


def slopes(model: Any, S: int, N: int, dtype: Any) -> HostArray:
    """(K, S, N) coefficients of G'(v)/γ in v, v³, …; the rest as ``values``."""
    found = values(model, S, N, np.float64)
    factors = 2.0 * np.arange(1, len(found) + 1)
    return (factors[:, None, None] * found).astype(dtype)
