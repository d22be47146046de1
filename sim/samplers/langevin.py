"""Langevin dynamics of many columns, at temperatures that change from step to step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import array_api_compat

from .._typing import Array, HostArray
from ..backend import langevin_step
from ..backend.checks import require_at_least
from ..errors import SimulationError
from ..sample.landscape import site_axis
from ..sample.sites import AnyModel, along_sites
from .mirror_moves import Moves


def langevin(
    v: Array,
    J: Array,
    model: AnyModel,
    temperatures: Sequence[float],
    *,
    time_step: float,
    friction: float,
    keys: HostArray,
    noise_every: int = 1,
    shake: Moves | None = None,
    kernels: str | None = None,
) -> Array:
    """Langevin dynamics, one step per temperature, from rest; returns where the columns end.

        dv = p dt,   dp = F dt - Γ p dt + √(2 Γ T) dW          (unit mass)

    integrated by BAOAB, the splitting whose configurations are exact to the highest order in
    the step (B. Leimkuhler and C. Matthews, Appl. Math. Res. Express 2013, 34), with its two
    half kicks at one and the same place taken as one: one force per step.

    Parameters
    ----------
    v
        (N,), (N, R) or (S, N, R) displacements; not changed.
    J
        (N, N) couplings; (S, N, N) for the last.
    temperatures
        T of each step.
    time_step, friction
        dt, stable below 2/ω of the fastest mode, and Γ.
    keys
        (S, 2) 32-bit words: the key of each sample's noise, (2,) of one sample. The noise of a
        site at its n-th encounter with the heat bath depends on key, site, column and n only.
    noise_every
        Steps between two encounters with the heat bath, whose strength makes up for it:
        configurations are those of temperature T up to O(ω² dt²) for all but 1.
    shake
        Moves of its own kind that leave temperature T as it is, made with the noise; of columns
        (S, N, R).
    kernels
        "reference", "numba" or "cupy"; by default the fastest for the arrays.

    Raises
    ------
    ShapeError
        If v and J do not belong together.
    SimulationError
        If noise_every is no positive integer, the time step not positive, the friction or a
        temperature negative, or keys are not one per sample.
    DeviceError
        If the kernels do not fit the arrays or G, or are not installed.
    """
    dynamics = Langevin(
        v,
        J,
        model,
        temperatures,
        time_step=time_step,
        friction=friction,
        keys=keys,
        noise_every=noise_every,
        shake=shake,
        kernels=kernels,
    )
    dynamics.advance(len(temperatures))
    return dynamics.v


class Langevin:
    """The dynamics of ``langevin``, some steps at a time; with its parameters and refusals.

    ``v``, ``p`` and ``step`` are all that changes.
    """

    def __init__(
        self,
        v: Array,
        J: Array,
        model: AnyModel,
        temperatures: Sequence[float],
        *,
        time_step: float,
        friction: float,
        keys: HostArray,
        noise_every: int = 1,
        shake: Moves | None = None,
        kernels: str | None = None,
    ) -> None:
        require_at_least(1, noise_every=noise_every)
        if not (time_step > 0.0 and friction >= 0.0 and all(T >= 0.0 for T in temperatures)):
            raise SimulationError(
                "Langevin dynamics need time_step > 0, and a friction and temperatures that are "
                f"not negative: got time_step {time_step:g} and friction {friction:g}"
            )
        site_axis(v, J)
        xp = array_api_compat.array_namespace(v, J)
        self._shape = v.shape
        self._v = _columns(xp, v)
        self._p, self._Jv = xp.zeros_like(self._v), xp.empty_like(self._v)
        self.step = 0
        """Steps made."""
        self._J = J if J.ndim == 3 else J[None, ...]
        self._temperatures = temperatures
        self._time_step, self._noise_every = time_step, noise_every
        self._drag = math.exp(-friction * time_step * noise_every)
        self._shake = shake
        keys = keys.reshape(-1, keys.shape[-1])
        if keys.shape != (self._v.shape[0], 2):
            raise SimulationError(
                f"noise needs a key of two words for each of {self._v.shape[0]} samples: got keys "
                f"of shape {keys.shape}"
            )
        model = along_sites(model, self._v)
        self._kernels = langevin_step.choose(model, self._v, keys, time_step, kernels)

    @property
    def v(self) -> Array:
        """Displacements, the shape of the starts."""
        return array_api_compat.array_namespace(self._v).reshape(self._v, self._shape)

    @property
    def p(self) -> Array:
        """Momenta, of the same shape."""
        return array_api_compat.array_namespace(self._p).reshape(self._p, self._shape)

    def restore(self, v: Array, p: Array, step: int) -> None:
        """Go on from displacements and momenta of the shape of the starts, after so many steps."""
        xp = array_api_compat.array_namespace(v, p)
        self._v, self._p = (_columns(xp, x) for x in (v, p))
        self.step = step

    @property
    def done(self) -> bool:
        """True once every temperature has had its step."""
        return self.step >= len(self._temperatures)

    def advance(self, steps: int) -> None:
        """The next so many steps, or what is left of them."""
        v, p, Jv, kernels = self._v, self._p, self._Jv, self._kernels
        for T in self._temperatures[self.step : self.step + steps]:
            self.step += 1
            kernels.multiply(self._J, v, Jv)
            if self.step % self._noise_every:
                kernels.kick_drift(v, p, Jv)
                continue
            bath = self._bath(T, self.step // self._noise_every)
            if self._shake is None:
                kernels.heat_bath(v, p, Jv, bath)
                continue
            kernels.heat_bath(v, p, Jv, replace(bath, second=0.0))
            self._shake(v, p, T)
            v += bath.second * p

    def _bath(self, T: float, number: int) -> langevin_step.Bath:
        half = 0.5 * self._time_step
        strength = math.sqrt(T * (1.0 - self._drag * self._drag))
        return langevin_step.Bath(half, self._drag, strength, half, number)


def _columns(xp: Any, v: Array) -> Array:
    """A copy of v, (N,), (N, R) or (S, N, R), as (S, N, R), contiguous in the columns."""
    shape = v.shape if v.ndim == 3 else (1, v.shape[0], 1 if v.ndim == 1 else v.shape[1])
    columns = xp.zeros(shape, dtype=v.dtype, device=array_api_compat.device(v))
    columns += xp.reshape(v, shape)
    return columns
