"""Coupling ensembles: how the z_ij of J_ij = J0/N + J z_ij/√N are drawn (physics.md §1).

An ensemble is a function of N and of a sample's own bit stream that returns z, (N, N) and
symmetric, with entries of mean 0 and variance 1 off the diagonal. The theory of this package
assumes independent entries with a bounded third moment; which distribution they have does not
matter for N → ∞.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from .._typing import Floats
from ..errors import CouplingError
from .rng import normals

Ensemble = Callable[[int, np.random.Philox], Floats]
"""(N, bit stream) → z, (N, N)."""


def gaussian(N: int, bits: np.random.Philox) -> Floats:
    """Standard normal z_ij, the ensemble of the model.

    >>> from glasswell.sim.sample.rng import Purpose, bit_stream
    >>> z = gaussian(3, bit_stream(Purpose.COUPLINGS, seed=1, N=3, sample=0))
    >>> bool((z == z.T).all()), z.diagonal().tolist()
    (True, [0.0, 0.0, 0.0])
    """
    return symmetric(normals(bits, pairs(N)), N)


def binary(N: int, bits: np.random.Philox) -> Floats:
    """z_ij = ±1 with equal probability: the ±J ensemble.

    >>> from glasswell.sim.sample.rng import Purpose, bit_stream
    >>> z = binary(3, bit_stream(Purpose.COUPLINGS, seed=1, N=3, sample=0))
    >>> np.abs(z).tolist()
    [[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]
    """
    # The sign of a normal: the same pairs as the Gaussian ensemble has, each at length one.
    return symmetric(np.copysign(1.0, normals(bits, pairs(N))), N)


ENSEMBLES: Mapping[str, Ensemble] = {"gaussian": gaussian, "binary": binary}
"""By the name that a configuration gives them."""


def pairs(N: int) -> int:
    """The number of pairs i < j."""
    return N * (N - 1) // 2


def symmetric(values: Floats, N: int) -> Floats:
    """z, (N, N), from its N (N - 1)/2 entries above the diagonal, row by row.

    >>> symmetric(np.array([1.0, 2.0, 3.0]), 3).tolist()
    [[0.0, 1.0, 2.0], [1.0, 0.0, 3.0], [2.0, 3.0, 0.0]]
    """
    z = np.zeros((N, N))
    z[np.triu_indices(N, k=1)] = values
    return z + z.T


def name_of(ensemble: Ensemble) -> str:
    """The name of an ensemble in configurations and archives; "module:function" of a user's own.

    Raises
    ------
    CouplingError
        If the function cannot be found by its name, as worker processes have to.

    >>> name_of(binary)
    'binary'
    """
    for known, function in ENSEMBLES.items():
        if function is ensemble:
            return known
    module = getattr(ensemble, "__module__", None)
    name = getattr(ensemble, "__qualname__", None)
    if module is None or name is None or "<" in name:
        raise CouplingError(
            f"the coupling ensemble {ensemble!r} has no name of its own: define it with def at "
            "the top of a module, so that worker processes find it"
        )
    return f"{module}:{name}"


def draw(ensemble: Ensemble, N: int, bits: np.random.Philox) -> Floats:
    """z of an ensemble, looked at.

    Raises
    ------
    CouplingError
        If it is not (N, N), real, finite, symmetric and zero on the diagonal.
    """
    z = np.asarray(ensemble(N, bits))
    if ensemble in ENSEMBLES.values():
        return z
    wrong = _wrong(z, N)
    if wrong:
        raise CouplingError(
            f"the coupling ensemble {name_of(ensemble)} {wrong}: return z, symmetric with a zero "
            "diagonal, entries of mean 0 and variance 1"
        )
    return z.astype(np.float64)


def _wrong(z: np.ndarray[tuple[int, ...], np.dtype[np.generic]], N: int) -> str:
    """What is wrong with z, in words; empty if nothing is."""
    if z.shape != (N, N):
        return f"returned shape {z.shape} for N = {N}"
    if z.dtype.kind not in "fiu":
        return f"returned {z.dtype}, not real numbers"
    if not np.all(np.isfinite(z)):
        return "returned values that are not finite"
    if not np.array_equal(z, z.T):
        return "is not symmetric"
    return "has a diagonal" if np.any(np.diagonal(z) != 0) else ""
