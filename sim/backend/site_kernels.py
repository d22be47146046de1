"""Kernels of a leapfrog step where sites differ: coefficients are arrays, one entry per site."""

from __future__ import annotations

from functools import cache
from typing import Any

import array_api_compat
import numpy as np

from .._typing import Array
from ..errors import DeviceError
from . import kernels
from .kernels import Kernels


def choose(model: Any, v: Array, name: str | None = None) -> Kernels:
    """The kernels for arrays like v of a model whose sites are all alike, or not.

    Where they differ, γ and the parameters of G are numbers or broadcast against v, (S, N, R)
    (``sites.stacked``). There is "numba" for polynomials on NumPy arrays, and "reference".

    Raises
    ------
    DeviceError
        If the named one does not fit the arrays or G, or is not installed.
    """
    if not _differs(model):
        return kernels.choose(model, v, name)
    numpy = array_api_compat.is_numpy_array(v)
    if name is None:
        name = kernels.best(v, polynomial=model.polynomial and numpy)
    if name == "reference":
        return kernels.reference(model)
    if name == "numba" and numpy:
        return with_numba(model, v.shape[:2])
    raise DeviceError(
        f"no kernels {name!r} for sites that differ and {type(v).__module__} arrays: choose "
        "reference, or numba (NumPy)"
    )


def _differs(model: Any) -> bool:
    return any(hasattr(value, "shape") for value in (model.gamma, *model.G.parameters))


def with_numba(model: Any, shape: tuple[int, int]) -> Kernels:
    """Compiled by numba, for S samples of N sites.

    Raises
    ------
    DeviceError
        If numba is not installed, or G is no polynomial.
    """
    kernels.require_numba()
    compiled_kick_drift, compiled_energies = _compiled()
    values = tuple(
        np.ascontiguousarray(np.broadcast_to(c / model.gamma, (*shape, 1))[..., 0])
        for c in kernels.coefficients(model.G)
    )
    slopes = tuple(2 * n * c for n, c in enumerate(values, start=1))
    field = float(model.field)

    def multiply(J: Array, v: Array, Jv: Array) -> None:
        np.matmul(J, v, out=Jv)

    def kick_drift(v: Array, p: Array, Jv: Array, kick: Array, drift: Array) -> None:
        compiled_kick_drift(v, p, Jv, kick, drift, slopes, field)

    def restore(accepted: Array, new: Array, old: Array) -> None:
        np.copyto(new, old, where=~accepted[:, None, :])

    def energies(v: Array, p: Array, Jv: Array) -> tuple[Array, Array]:
        potential, kinetic = np.zeros_like(v[:, 0, :]), np.zeros_like(v[:, 0, :])
        compiled_energies(v, p, Jv, values, field, potential, kinetic)
        return potential, kinetic

    return Kernels("numba", multiply, kick_drift, restore, energies)


@cache
def _compiled() -> tuple[Any, Any]:
    import numba

    # No fastmath: a nan must stay one, or a diverged column would pass for a finite one.
    jit = numba.njit(nogil=True)
    return jit(_kick_drift_loop), jit(_energies_loop)


# As the loops of ``kernels``, at their speed: what a row of columns needs of its site is read once.
def _kick_drift_loop(
    v: Array,
    p: Array,
    Jv: Array,
    kick: Array,
    drift: Array,
    slopes: tuple[Array, ...],
    field: float,
) -> None:
    S, N, R = v.shape
    for s in range(S):
        for i in range(N):
            for r in range(R):
                x = v[s, i, r]
                total = slopes[-1][s, i]
                for n in range(len(slopes) - 2, -1, -1):
                    total = total * (x * x) + slopes[n][s, i]
                momentum = p[s, i, r] + kick[s, r] * (Jv[s, i, r] - total * x + field)
                p[s, i, r] = momentum
                v[s, i, r] = x + drift[s, r] * momentum


def _energies_loop(
    v: Array,
    p: Array,
    Jv: Array,
    values: tuple[Array, ...],
    field: float,
    potential: Array,
    kinetic: Array,
) -> None:
    S, N, R = v.shape
    for s in range(S):
        for i in range(N):
            for r in range(R):
                x = v[s, i, r]
                total = values[-1][s, i]
                for n in range(len(values) - 2, -1, -1):
                    total = total * (x * x) + values[n][s, i]
                potential[s, r] += x * (total * x - field - 0.5 * Jv[s, i, r])
                kinetic[s, r] += 0.5 * p[s, i, r] * p[s, i, r]
