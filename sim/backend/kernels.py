"""A leapfrog step in two passes: a matrix product, and everything elementwise fused into one.

A step is F = J v - G'(v)/γ + H, p += kick F, v += drift p. With the product at the speed of BLAS,
every further pass over memory is felt: written as array operations the tail costs a fifth of the
product (N = 256, 64 columns), in one pass a thirtieth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import array_api_compat
import numpy as np

from .._typing import Array
from ..errors import DeviceError
from . import onsite
from .products import fastest


@dataclass(frozen=True)
class Kernels:
    """What a leapfrog trajectory is made of, for one model and one kind of arrays.

    Displacements v, momenta p and products Jv are (S, N, R); kicks and drifts (S, R), so that
    each column has its own time step.
    """

    name: str
    multiply: Callable[[Array, Array, Array], None]
    """(J, v, Jv): Jv = J v, in place, (S, N, N) times (S, N, R)."""
    kick_drift: Callable[[Array, Array, Array, Array, Array], None]
    """(v, p, Jv, kick, drift): p += kick (Jv - G'(v)/γ + H), then v += drift p, both in place."""
    restore: Callable[[Array, Array, Array], None]
    """(accepted, new, old): the columns of new that are not accepted become those of old."""
    energies: Callable[[Array, Array, Array], tuple[Array, Array]]
    """(v, p, Jv) -> U = Σ_i [G(v_i)/γ - H v_i - ½ v_i (Jv)_i] and ½ Σ_i p_i², (S, R) each."""


def choose(model: Any, v: Array, name: str | None = None) -> Kernels:
    """The kernels for arrays like v, of sites that are alike or differ (``sites.stacked``).

    There are "reference", "numba" and "cupy". Without a name: "cupy" for CuPy arrays; for NumPy
    arrays "numba" where it is installed (the extra ``fast``); else "reference", as for every G that
    is no polynomial: its own code is what runs, on any arrays. What was chosen is their ``name``.

    Raises
    ------
    DeviceError
        If the named one does not fit the arrays or G, or is not installed.
    """
    if name is None:
        name = best(v, polynomial=model.polynomial)
    if name == "reference":
        return reference(model)
    if name == "numba" and array_api_compat.is_numpy_array(v):
        return with_numba(model)
    if name == "cupy" and array_api_compat.is_cupy_array(v):
        return with_cupy(model)
    raise DeviceError(
        f"no kernels {name!r} for {type(v).__module__} arrays: choose reference, numba (NumPy) "
        "or cupy (CuPy)"
    )


def best(v: Array, *, polynomial: bool = True) -> str:
    """The name of the fastest kernels for arrays like v, of a G that is a polynomial or is not."""
    if not polynomial:
        return "reference"
    if array_api_compat.is_cupy_array(v):
        return "cupy"
    if array_api_compat.is_numpy_array(v) and _numba() is not None:
        return "numba"
    return "reference"


def product(J: Array, v: Array, out: Array) -> None:
    """out = J v on any arrays; of NumPy without fresh memory, which costs as much as a pass."""
    if array_api_compat.is_numpy_array(out):
        np.matmul(J, v, out=out)
    else:
        out[...] = J @ v


def reference(model: Any) -> Kernels:
    """In plain array operations, on any array-API library: what the others are compared with."""

    def kick_drift(v: Array, p: Array, Jv: Array, kick: Array, drift: Array) -> None:
        p += kick[:, None, :] * (Jv - model.G.slope(v) / model.gamma + model.field)
        v += drift[:, None, :] * p

    def restore(accepted: Array, new: Array, old: Array) -> None:
        xp = array_api_compat.array_namespace(new)
        new[...] = xp.where(accepted[:, None, :], new, old)

    def energies(v: Array, p: Array, Jv: Array) -> tuple[Array, Array]:
        xp = array_api_compat.array_namespace(v)
        onsite = model.G.value(v) / model.gamma - model.field * v
        return xp.sum(onsite - 0.5 * v * Jv, axis=1), 0.5 * xp.sum(p * p, axis=1)

    return Kernels("reference", product, kick_drift, restore, energies)


def with_numba(model: Any) -> Kernels:
    """Compiled by numba, on one thread: a second pool of threads fights with that of BLAS.

    Sites may differ: their parameters then broadcast against v, (S, N, R).

    Raises
    ------
    DeviceError
        If numba is not installed, or G is no polynomial.
    """
    require_numba()
    compiled_kick_drift, compiled_energies = _compiled()
    field = float(model.field)

    @cache
    def of_sites(S: int, N: int) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
        slopes, values = (c(model, S, N, np.float64) for c in (onsite.slopes, onsite.values))
        return tuple(slopes), tuple(values)

    product = fastest()

    def multiply(J: Array, v: Array, Jv: Array) -> None:
        product(J, v, out=Jv)

    def kick_drift(v: Array, p: Array, Jv: Array, kick: Array, drift: Array) -> None:
        slopes, _ = of_sites(*v.shape[:2])
        compiled_kick_drift(v, p, Jv, kick, drift, slopes, field)

    def restore(accepted: Array, new: Array, old: Array) -> None:
        np.copyto(new, old, where=~accepted[:, None, :])

    def energies(v: Array, p: Array, Jv: Array) -> tuple[Array, Array]:
        _, values = of_sites(*v.shape[:2])
        potential, kinetic = np.zeros_like(v[:, 0, :]), np.zeros_like(v[:, 0, :])
        compiled_energies(v, p, Jv, values, field, potential, kinetic)
        return potential, kinetic

    # What a model has not must be said now, not at the first step.
    onsite.coefficients(model.G)
    return Kernels("numba", multiply, kick_drift, restore, energies)


def require_numba() -> None:
    """Refuse to go on without numba.

    Raises
    ------
    DeviceError
        If it is not installed.
    """
    if _numba() is None:
        raise DeviceError("kernels 'numba' need numba: install glasswell[fast]")


@cache
def _numba() -> Any:
    try:
        import numba
    except ImportError:
        return None
    return numba


@cache
def _compiled() -> tuple[Any, Any]:
    # No fastmath: a nan must stay one, or a diverged column would pass for a finite one.
    jit = _numba().njit(nogil=True)
    return jit(_kick_drift_loop), jit(_energies_loop)


# Columns innermost: contiguous, each with its own time step, and so vectorised; what a row of
# columns needs of its site is read once. The coefficients are a tuple, whose length numba knows
# when it compiles: Horner's loop unrolls.
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


def with_cupy(model: Any) -> Kernels:
    """CUDA kernels: one launch for kick and drift, and one before the sums of the energies.

    Sites may differ: their parameters then broadcast against v, (S, N, R).
    """
    import cupy

    from . import cuda

    @cache
    def on_device(S: int, N: int, dtype: Any) -> tuple[cuda.Launcher, Array, Array, Any]:
        slopes, values = (c(model, S, N, dtype) for c in (onsite.slopes, onsite.values))
        (field,) = cuda.numbers(model.field, dtype=dtype)
        kernels = cuda.kernels("leapfrog", dtype, terms=len(slopes))
        return kernels, cupy.asarray(slopes), cupy.asarray(values), field

    def multiply(J: Array, v: Array, Jv: Array) -> None:
        cupy.matmul(J, v, out=Jv)

    def kick_drift(v: Array, p: Array, Jv: Array, kick: Array, drift: Array) -> None:
        kernels, slopes, _, field = on_device(*v.shape[:2], v.dtype)
        shape = cuda.shape_of(v)
        kernels.launch("kick_drift", v.size, *shape, v, p, Jv, kick, drift, slopes, field)

    def energies(v: Array, p: Array, Jv: Array) -> tuple[Array, Array]:
        kernels, _, values, field = on_device(*v.shape[:2], v.dtype)
        S, N, R = v.shape
        tiles = (S, cuda.tiles(N), R)
        U, K = cupy.empty(tiles, dtype=v.dtype), cupy.empty(tiles, dtype=v.dtype)
        kernels.launch("energies", U.size, *cuda.shape_of(v), v, p, Jv, values, field, U, K)
        return cupy.sum(U, axis=1), cupy.sum(K, axis=1)

    return Kernels("cupy", multiply, kick_drift, reference(model).restore, energies)
