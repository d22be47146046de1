"""A Langevin step in two passes: a matrix product, and everything else fused into one.

        p += dt F(v),   v += dt p

and at every so many steps with the heat bath in the middle of the drift,

        p += dt F(v),   v += first p,   p ← drag p + strength z,   v += second p

where z are the normals of ``philox`` and F = J v - G'(v)/γ + H. Of a G that is no polynomial its
own code is what runs, before the rest in one pass. Written as array operations, with normals of a
generator, a step takes 1.6 times its product (N = 256, 64 columns; 1.9 times in single precision),
fused 1.07 times (1.13).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import array_api_compat
import numpy as np

from .._typing import Array, HostArray
from ..errors import DeviceError
from . import kernels as fused
from .onsite import slopes
from .philox import BLOCK, normals
from .products import fastest


@dataclass(frozen=True)
class Bath:
    """An encounter with the heat bath."""

    first: float
    """Drift before it: half a time step."""
    drag: float
    """What it leaves of a momentum."""
    strength: float
    """Standard deviation of what it adds."""
    second: float
    """Drift after it; 0 where something else comes before."""
    number: int
    """Of the encounter, the place of its noise."""


@dataclass(frozen=True)
class LangevinKernels:
    """What Langevin dynamics are made of, for one model and one kind of arrays, (S, N, R)."""

    name: str
    multiply: Callable[[Array, Array, Array], None]
    """(J, v, Jv): Jv = J v, in place, (S, N, N) times (S, N, R)."""
    kick_drift: Callable[[Array, Array, Array], None]
    """(v, p, Jv): a step without heat bath, v and p in place; Jv may be used up."""
    heat_bath: Callable[[Array, Array, Array, Bath], None]
    """(v, p, Jv, bath): a step with it, the same otherwise."""


def choose(
    model: Any, v: Array, keys: HostArray, time_step: float, name: str | None = None
) -> LangevinKernels:
    """The kernels for arrays like v: "reference", "numba" or "cupy", by default the fastest.

    Parameters
    ----------
    model
        Its parameters are numbers, or broadcast against v.
    v
        (S, N, R).
    keys
        (S, 2) 32-bit words: the key of every sample's noise.
    time_step
        dt.

    Raises
    ------
    DeviceError
        If the named one does not fit the arrays, or is not installed.
    """
    if name is None:
        name = fused.best(v)
    if name == "reference":
        return reference(model, keys, time_step)
    if name == "numba" and array_api_compat.is_numpy_array(v):
        return with_numba(model, v, keys, time_step)
    if name == "cupy" and array_api_compat.is_cupy_array(v):
        return with_cupy(model, v, keys, time_step)
    raise DeviceError(
        f"no kernels {name!r} for {type(v).__module__} arrays: choose reference, numba (NumPy) "
        "or cupy (CuPy)"
    )


def reference(model: Any, keys: HostArray, time_step: float) -> LangevinKernels:
    """In array operations, on any array-API library and for every G."""

    def kick(v: Array, p: Array, Jv: Array) -> None:
        _pull(model, v, Jv)
        if model.field != 0.0:
            Jv += model.field
        p += time_step * Jv

    def kick_drift(v: Array, p: Array, Jv: Array) -> None:
        kick(v, p, Jv)
        v += time_step * p

    def heat_bath(v: Array, p: Array, Jv: Array, bath: Bath) -> None:
        xp = array_api_compat.array_namespace(v)
        kick(v, p, Jv)
        v += bath.first * p
        p *= bath.drag
        p += bath.strength * xp.astype(normals(keys, bath.number, v), p.dtype, copy=False)
        v += bath.second * p

    return LangevinKernels("reference", fused.product, kick_drift, heat_bath)


def _pull(model: Any, v: Array, Jv: Array) -> None:
    Jv -= model.G.slope(v) / model.gamma


def _sites(model: Any, v: Array) -> tuple[HostArray, Callable[[Array, Array], None]]:
    """(K, S, N) coefficients for compiled code, and what adds to J v the force that they lack."""
    S, N, _ = v.shape
    if model.polynomial:
        return slopes(model, S, N, v.dtype), lambda *_: None
    return np.zeros((1, S, N), dtype=v.dtype), partial(_pull, model)


def with_numba(model: Any, v: Array, keys: HostArray, time_step: float) -> LangevinKernels:
    """Compiled by numba, on one thread.

    Raises
    ------
    DeviceError
        If numba is not installed.
    """
    fused.require_numba()
    from . import langevin_kernels as compiled

    number = v.dtype.type
    coefficients, pull = _sites(model, v)
    sites, words = tuple(coefficients), np.asarray(keys, dtype=np.uint32)
    field, step = number(model.field), number(time_step)

    product = fastest()

    def multiply(J: Array, v: Array, Jv: Array) -> None:
        product(J, v, out=Jv)

    def kick_drift(v: Array, p: Array, Jv: Array) -> None:
        pull(v, Jv)
        compiled.kick_drift(v, p, Jv, sites, field, step)

    def heat_bath(v: Array, p: Array, Jv: Array, bath: Bath) -> None:
        first, drag, strength, second = (
            number(x) for x in (bath.first, bath.drag, bath.strength, bath.second)
        )
        pull(v, Jv)
        compiled.heat_bath(
            v, p, Jv, sites, field, step, first, drag, strength, second, words, bath.number
        )

    return LangevinKernels("numba", multiply, kick_drift, heat_bath)


def with_cupy(model: Any, v: Array, keys: HostArray, time_step: float) -> LangevinKernels:
    """CUDA kernels, one launch each where G is a polynomial."""
    import cupy

    from . import cuda

    S, N, R = v.shape
    sites, pull = _sites(model, v)
    words = cupy.asarray(keys, dtype=np.uint32)
    kernels = cuda.kernels("langevin", v.dtype, terms=len(sites))
    shape = cuda.shape_of(v)
    force = (cupy.asarray(sites), *cuda.numbers(model.field, time_step, dtype=v.dtype))

    def multiply(J: Array, v: Array, Jv: Array) -> None:
        cupy.matmul(J, v, out=Jv)

    def kick_drift(v: Array, p: Array, Jv: Array) -> None:
        pull(v, Jv)
        kernels.launch("kick_drift", S * N * R, *shape, v, p, Jv, *force)

    def heat_bath(v: Array, p: Array, Jv: Array, bath: Bath) -> None:
        coefficients = cuda.numbers(
            bath.first, bath.drag, bath.strength, bath.second, dtype=v.dtype
        )
        threads, encounter = S * -(-N // BLOCK) * R, np.uint32(bath.number)
        pull(v, Jv)
        kernels.launch(
            "heat_bath", threads, *shape, v, p, Jv, *force, *coefficients, words, encounter
        )

    return LangevinKernels("cupy", multiply, kick_drift, heat_bath)
