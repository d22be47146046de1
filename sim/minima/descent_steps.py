"""A step of the descent: in array operations, in one compiled call, or in a few CUDA launches."""

from __future__ import annotations

import math
import operator
from functools import cached_property
from typing import Any

import array_api_compat
import numpy as np

from .._typing import Array, HostArray
from ..backend.devices import to_host
from ..backend.onsite import coefficients
from ..backend.products import fastest
from ..sample.scales import amplitude, spectral_edge
from ..sample.sites import AnyModel, along_sites
from .line_search import LINE_ACCURACY, LINE_STEPS, general_minimum, line_minimum

MOVING = ("v", "Jv", "F", "d", "Fz")
"""All that changes from step to step."""


class State:
    """The moving columns (S, N, R): where they are, what pulls them, and where they are heading.

    Products along their lines are those of ``rough``, J by default.
    """

    def __init__(
        self, xp: Any, v: Array, J: Array, model: AnyModel, rough: Array | None = None
    ) -> None:
        self.xp, self.J, self.rough = xp, J, J if rough is None else rough
        self.product = fastest() if array_api_compat.is_numpy_array(v) else operator.matmul
        self.model = along_sites(model, v)
        self.floor = _floor(self.model)
        self.v = v
        self.refresh()
        z = self._preconditioned()
        self.d = xp.asarray(z, copy=True)
        self.Fz = xp.sum(self.F * z, axis=-2)

    def squeeze(self, index: Array) -> None:
        for name in ("v", "Jv", "F", "d"):
            setattr(self, name, self.xp.take(getattr(self, name), index, axis=-1))
        self.Fz = self.xp.take(self.Fz, index, axis=-1)

    def refresh(self) -> None:
        self.Jv = self.product(self.J, self.v)
        self.F = self._force()

    def step(self) -> None:
        xp = self.xp
        Jd = self._along()
        s = self._length(Jd)[:, None, :]
        self.v += s * self.d
        self.Jv += s * Jd
        before, self.F = self.F, self._force()
        z = self._preconditioned()
        turned = xp.sum((self.F - before) * z, axis=-2)
        ahead = turned / xp.where(self.Fz > 0.0, self.Fz, xp.ones_like(self.Fz))
        self.d *= xp.where(ahead > 0.0, ahead, xp.zeros_like(ahead))[:, None, :]
        self.d += z
        self.Fz = xp.sum(self.F * z, axis=-2)
        downhill = xp.sum(self.F * self.d, axis=-2) > 0.0
        self.d = xp.where(downhill[:, None, :], self.d, z)

    def _along(self) -> Array:
        """J d, in the precision of ``rough``."""
        d, dtype = self.d, self.rough.dtype
        if dtype == d.dtype:
            return self.product(self.rough, d)
        return self.xp.astype(self.product(self.rough, self.xp.astype(d, dtype)), d.dtype)

    def _force(self) -> Array:
        F = self.Jv - self.model.G.slope(self.v) / self.model.gamma
        return F + self.model.field if self.model.field != 0.0 else F

    def _preconditioned(self) -> Array:
        stiffness = self.model.G.curvature(self.v) / self.model.gamma
        return self.F / (self.xp.where(stiffness > 0.0, stiffness, 0.0 * stiffness) + self.floor)

    def _length(self, Jd: Array) -> Array:
        """(S, R) how far to go along d."""
        return general_minimum(self.xp, self.model, self.v, self.F, self.d, Jd, self.longest)

    @cached_property
    def longest(self) -> float:
        """A displacement that is large."""
        return amplitude(self.model)


class Polynomial(State):
    """The same where G is a polynomial, along whose lines U is known."""

    def __init__(
        self, xp: Any, v: Array, J: Array, model: AnyModel, rough: Array | None = None
    ) -> None:
        super().__init__(xp, v, J, model, rough)
        self.taylor = _taylor(self.model)

    def site_by_site(self) -> HostArray:
        """(K, M, S, N) the coefficients of every site, zero beyond the highest power."""
        (S, N, _), powers = self.v.shape, len(self.taylor[0])
        found = np.zeros((len(self.taylor), powers, S, N))
        for k, powers_of_v in enumerate(self.taylor):
            for m, c in enumerate(powers_of_v):
                found[k, m] = _of_sites(c, S, N)
        return found

    def _length(self, Jd: Array) -> Array:
        return line_minimum(self.xp, self._line(Jd))

    def _line(self, Jd: Array) -> list[Array]:
        """(S, R) coefficients of dU(v + s d)/ds in powers of s."""
        xp, d = self.xp, self.d
        line = [-xp.sum(self.F * d, axis=-2)]
        square, power = self.v * self.v, d
        for k, terms in enumerate(self.taylor[1:], start=1):
            power = power * d
            value = terms[-1]
            for c in reversed(terms[:-1]):
                value = value * square + c
            line.append(xp.sum((value if k % 2 else value * self.v) * power, axis=-2))
        line[1] -= xp.sum(d * Jd, axis=-2)
        return line


class Compiled(Polynomial):
    """The same on NumPy arrays, with one call beside the product."""

    def __init__(
        self, xp: Any, v: Array, J: Array, model: AnyModel, rough: Array | None = None
    ) -> None:
        super().__init__(xp, v, J, model, rough)
        from ..backend import descent_kernels

        S, N, _ = v.shape
        # All of one length: numba then knows how long they are, and unrolls.
        every = self.site_by_site()
        self._taylor = [tuple(map(tuple, every[:, :, s])) for s in range(S)]
        self._floor = _of_sites(self.floor, S, N)
        self._step = descent_kernels.step

    def step(self) -> None:
        Jd = self._along()
        for s, taylor in enumerate(self._taylor):
            self._step(
                self.v[s],
                self.Jv[s],
                self.F[s],
                self.d[s],
                self.Fz[s],
                Jd[s],
                taylor,
                self._floor[s],
                float(self.model.field),
                LINE_STEPS,
                LINE_ACCURACY,
            )


class OnDevice(Polynomial):
    """The same on CuPy arrays, with five launches beside the product."""

    def __init__(
        self, xp: Any, v: Array, J: Array, model: AnyModel, rough: Array | None = None
    ) -> None:
        import cupy

        from ..backend import cuda

        # Kernels count places.
        super().__init__(xp, cupy.ascontiguousarray(v), cupy.ascontiguousarray(J), model, rough)

        powers, (S, N, _), dtype = len(self.taylor[0]), v.shape, v.dtype
        self._matmul = cupy.matmul
        self._kernels = cuda.kernels("descent", dtype, terms=powers)
        self._taylor = cupy.asarray(self.site_by_site(), dtype=dtype)
        self._floor = cupy.asarray(_of_sites(self.floor, S, N), dtype=dtype)
        self._field, self._accuracy = cuda.numbers(self.model.field, LINE_ACCURACY, dtype=dtype)
        self._tiles = cuda.tiles(N)
        self._room()

    def _room(self) -> None:
        """Memory for what a step leaves behind, of as many columns as there are."""
        xp, (S, _, R), dtype = self.xp, self.v.shape, self.v.dtype
        self._Jd = xp.empty(self.v.shape, dtype=dtype)
        self._shares = xp.empty((max(len(self.taylor), 3), S, self._tiles, R), dtype=dtype)
        self._far, self._ahead = (xp.empty((S, R), dtype=dtype) for _ in range(2))

    def squeeze(self, index: Array) -> None:
        super().squeeze(index)
        self._room()

    def step(self) -> None:
        v, Jv, F, d, Jd, shares = self.v, self.Jv, self.F, self.d, self._Jd, self._shares
        S, N, R = v.shape
        shape, tiles = tuple(np.int32(n) for n in v.shape), S * self._tiles * R
        launch, taylor = self._kernels.launch, self._taylor
        self._matmul(self.rough, d, out=Jd)
        launch("line", tiles, *shape, v, F, d, Jd, taylor, shares)
        steps, far, ahead = np.int32(LINE_STEPS), self._far, self._ahead
        launch("line_minimum", S * R, *shape, shares, steps, self._accuracy, far)
        moved = (v, Jv, F, d, Jd, far, taylor, self._floor, self._field, shares)
        launch("advance", tiles, *shape, *moved)
        launch("share", S * R, *shape, shares, self.Fz, ahead)
        launch("turn", S * N * R, *shape, d, Jd, ahead)


def _of_sites(values: Array, S: int, N: int) -> HostArray:
    """(S, N) of a number, of (N, 1) or of (S, N, 1)."""
    found = to_host(values)
    return np.array(np.broadcast_to(found[..., 0] if np.ndim(found) > 1 else found, (S, N)))


def _taylor(model: AnyModel) -> list[list[Array]]:
    """G^(k+1)(v)/(k! γ), k = 0, 1, …, as polynomials in v², times v where k is even.

    Numbers, or (N, 1) or (S, N, 1) where sites differ.
    """
    G = list(enumerate(coefficients(model.G), start=1))
    return [
        [math.comb(2 * n - 1, k) * 2 * n * c / model.gamma for n, c in G if 2 * n - 1 >= k]
        for k in range(2 * len(G))
    ]


def _floor(model: AnyModel) -> Array:
    """What keeps the preconditioner positive: the stiffness of the landscape's soft sites.

    A number, or (N, 1) or (S, N, 1) where sites differ.
    """
    edge = spectral_edge(model)
    floor = edge + abs(model.G.curvature(0.0)) / model.gamma
    if edge > 0.0:
        return floor
    return floor + (floor == 0.0) * model.G.curvature(amplitude(model)) / model.gamma
