"""Descent by matrix products: conjugate gradients on all columns at once, each to its own minimum.

One product J d carries J v along a line. Where G is a polynomial so is U there: the line is
minimised exactly for the price of one force. Every other G is evaluated at the points tried.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import array_api_compat
import numpy as np

from .._typing import Array
from ..backend import kernels as fused
from ..errors import DeviceError
from ..sample.scales import amplitude, spectral_edge
from ..sample.sites import AnyModel, along_sites
from .line_search import LINE_ACCURACY, LINE_STEPS, general_minimum, line_minimum

LOOK_EVERY = 5
"""Iterations between two looks at which columns are done."""

REFRESH_EVERY = 50
"""Iterations after which J v is computed anew, against the rounding of its increments."""


def descend(
    v: Array,
    J: Array,
    model: AnyModel,
    targets: Sequence[float],
    budgets: Sequence[int],
    kernels: str | None = None,
) -> tuple[Array, list[int]]:
    """Follow the force until max_i |F_i| of every column is at its target, or its budget spent.

    Nonlinear conjugate gradients of Polak and Ribière, restarted where they would turn back
    (J. Nocedal and S. Wright, Numerical Optimization, §5.2), with exact line minimisation:

        d ← z + max(0, (F - F')·z / F'·z') d,    z_i = F_i / (edge + max(0, G''(v_i)/γ) + …)

    where primes are the step before, and the diagonal that divides F evens out how stiff sites
    are.

    Parameters
    ----------
    v
        (N, R) columns; not changed.
    J
        (N, N) couplings.
    targets, budgets
        Gradient to reach, and products allowed, per column.
    kernels
        "numba" on NumPy arrays, or "reference"; by default the first where it is there.

    Returns
    -------
    The columns, (N, R), and the products each took.

    Raises
    ------
    DeviceError
        If the kernels do not fit the arrays or G, or are not installed.
    """
    xp = array_api_compat.array_namespace(v, J)
    device = array_api_compat.device(v)
    done = [v[:, r] for r in range(v.shape[1])]
    used = [0] * v.shape[1]
    active = list(range(v.shape[1]))
    aims = xp.asarray(list(targets), dtype=v.dtype, device=device)
    state = _kind(v, model, kernels)(xp, xp.asarray(v, copy=True), J, model)
    count = 1
    while active:
        near = xp.max(xp.abs(state.F), axis=0)
        # A nan is never below its target: "not above" would let it run to the end of its budget.
        finished = (near <= aims) | ~xp.isfinite(near)
        keep = []
        for position, r in enumerate(active):
            if bool(finished[position]) or count >= budgets[r]:
                done[r], used[r] = state.v[:, position], count
            else:
                keep.append(position)
        if len(keep) < len(active):
            index = xp.asarray(keep, dtype=xp.int64, device=device)
            state.squeeze(index)
            aims = xp.take(aims, index)
            active = [active[position] for position in keep]
        for _ in range(LOOK_EVERY if active else 0):
            if count % REFRESH_EVERY == 0:
                state.refresh()
            state.step()
            count += 1
    return xp.stack(done, axis=1), used


class _State:
    """The moving columns: where they are, what pulls them, and where they are heading."""

    def __init__(self, xp: Any, v: Array, J: Array, model: AnyModel) -> None:
        self.xp, self.J = xp, J
        self.model = along_sites(model, v)
        self.floor = _floor(self.model)
        self.v = v
        self.refresh()
        z = self._preconditioned()
        self.d = xp.asarray(z, copy=True)
        self.Fz = xp.sum(self.F * z, axis=0)

    def squeeze(self, index: Array) -> None:
        for name in ("v", "Jv", "F", "d"):
            setattr(self, name, self.xp.take(getattr(self, name), index, axis=1))
        self.Fz = self.xp.take(self.Fz, index)

    def refresh(self) -> None:
        self.Jv = self.J @ self.v
        self.F = self._force()

    def step(self) -> None:
        xp = self.xp
        Jd = self.J @ self.d
        s = self._length(Jd)
        self.v += s * self.d
        self.Jv += s * Jd
        before, self.F = self.F, self._force()
        z = self._preconditioned()
        turned = xp.sum((self.F - before) * z, axis=0)
        ahead = turned / xp.where(self.Fz > 0.0, self.Fz, xp.ones_like(self.Fz))
        self.d *= xp.where(ahead > 0.0, ahead, xp.zeros_like(ahead))
        self.d += z
        self.Fz = xp.sum(self.F * z, axis=0)
        downhill = xp.sum(self.F * self.d, axis=0) > 0.0
        if not bool(xp.all(downhill)):
            self.d = xp.where(downhill, self.d, z)

    def _force(self) -> Array:
        F = self.Jv - self.model.G.slope(self.v) / self.model.gamma
        return F + self.model.field if self.model.field != 0.0 else F

    def _preconditioned(self) -> Array:
        stiffness = self.model.G.curvature(self.v) / self.model.gamma
        return self.F / (self.xp.where(stiffness > 0.0, stiffness, 0.0 * stiffness) + self.floor)

    def _length(self, Jd: Array) -> Array:
        """(R,) how far to go along d."""
        return general_minimum(self.xp, self.model, self.v, self.F, self.d, Jd, self.longest)

    @cached_property
    def longest(self) -> float:
        """A displacement that is large."""
        return amplitude(self.model)


class _Polynomial(_State):
    """The same where G is a polynomial, along whose lines U is known."""

    def __init__(self, xp: Any, v: Array, J: Array, model: AnyModel) -> None:
        super().__init__(xp, v, J, model)
        self.taylor = _taylor(self.model)

    def _length(self, Jd: Array) -> Array:
        return line_minimum(self.xp, self._line(Jd))

    def _line(self, Jd: Array) -> list[Array]:
        """(R,) coefficients of dU(v + s d)/ds in powers of s."""
        xp, d = self.xp, self.d
        line = [-xp.sum(self.F * d, axis=0)]
        square, power = self.v * self.v, d
        for k, coefficients in enumerate(self.taylor[1:], start=1):
            power = power * d
            value = coefficients[-1]
            for c in reversed(coefficients[:-1]):
                value = value * square + c
            line.append(xp.sum((value if k % 2 else value * self.v) * power, axis=0))
        line[1] -= xp.sum(d * Jd, axis=0)
        return line


class _Compiled(_Polynomial):
    """The same on NumPy arrays, with one call beside the product."""

    def __init__(self, xp: Any, v: Array, J: Array, model: AnyModel) -> None:
        super().__init__(xp, v, J, model)
        from ..backend import descent_kernels

        N = v.shape[0]
        # All of one length: numba then knows how long they are, and unrolls.
        longest = len(self.taylor[0])
        self._taylor = tuple(
            tuple(_per_site(c, N) for c in t + [0.0] * (longest - len(t))) for t in self.taylor
        )
        self._floor = _per_site(self.floor, N)
        self._step = descent_kernels.step

    def step(self) -> None:
        self._step(
            self.v,
            self.Jv,
            self.F,
            self.d,
            self.Fz,
            self.J @ self.d,
            self._taylor,
            self._floor,
            float(self.model.field),
            LINE_STEPS,
            LINE_ACCURACY,
        )


def _kind(v: Array, model: AnyModel, kernels: str | None) -> type[_State]:
    name = fused.best(v, polynomial=model.polynomial) if kernels is None else kernels
    # CuPy has none of its own: there the array operations are what runs.
    if name in ("reference", "cupy"):
        return _Polynomial if model.polynomial else _State
    if name == "numba" and array_api_compat.is_numpy_array(v):
        fused.require_numba()
        return _Compiled
    raise DeviceError(f"no kernels {name!r} for {type(v).__module__} arrays: choose reference")


def _per_site(values: Array, N: int) -> Array:
    """A number, or (N, 1) of them, as (N,) contiguous ones."""
    return np.broadcast_to(np.asarray(values, dtype=np.float64).ravel(), N).copy()


def _taylor(model: AnyModel) -> list[list[Array]]:
    """G^(k+1)(v)/(k! γ), k = 0, 1, …, as polynomials in v², times v where k is even.

    Numbers, or (N, 1) where sites differ.
    """
    G = list(enumerate(fused.coefficients(model.G), start=1))
    return [
        [math.comb(2 * n - 1, k) * 2 * n * c / model.gamma for n, c in G if 2 * n - 1 >= k]
        for k in range(2 * len(G))
    ]


def _floor(model: AnyModel) -> Array:
    """What keeps the preconditioner positive: the stiffness of the landscape's soft sites.

    A number, or (N, 1) where sites differ.
    """
    edge = spectral_edge(model)
    floor = edge + abs(model.G.curvature(0.0)) / model.gamma
    if edge > 0.0:
        return floor
    return floor + (floor == 0.0) * model.G.curvature(amplitude(model)) / model.gamma
