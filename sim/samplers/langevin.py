"""Langevin dynamics of many columns, at temperatures that change from step to step."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import array_api_compat

from .._typing import Array
from ..backend.checks import require_at_least
from ..errors import SimulationError
from ..sample.landscape import force
from ..sample.sites import AnyModel
from .mirror_moves import Moves

Normals = Callable[[], Array]
"""Returns the next standard normals, of the shape of v; may return one buffer again and again."""


def langevin(
    v: Array,
    J: Array,
    model: AnyModel,
    temperatures: Sequence[float],
    *,
    time_step: float,
    friction: float,
    normals: Normals,
    noise_every: int = 1,
    shake: Moves | None = None,
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
    normals
        Source of the noise.
    noise_every
        Steps between two encounters with the heat bath, whose strength makes up for it. Noise
        costs as much as the force at small N; configurations are those of temperature T up to
        O(ω² dt²) for all but 1.
    shake
        Moves of its own kind that leave temperature T as it is, made with the noise.

    Raises
    ------
    SimulationError
        If noise_every is no positive integer, the time step not positive, or the friction or a
        temperature negative.
    """
    dynamics = Langevin(
        v,
        J,
        model,
        temperatures,
        time_step=time_step,
        friction=friction,
        normals=normals,
        noise_every=noise_every,
        shake=shake,
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
        normals: Normals,
        noise_every: int = 1,
        shake: Moves | None = None,
    ) -> None:
        require_at_least(1, noise_every=noise_every)
        if not (time_step > 0.0 and friction >= 0.0 and all(T >= 0.0 for T in temperatures)):
            raise SimulationError(
                "Langevin dynamics need time_step > 0, and a friction and temperatures that are "
                f"not negative: got time_step {time_step:g} and friction {friction:g}"
            )
        xp = array_api_compat.array_namespace(v, J)
        self.v = xp.asarray(v, copy=True)
        """Displacements, the shape of the starts."""
        self.p = xp.zeros_like(self.v)
        """Momenta."""
        self.step = 0
        """Steps made."""
        self._J, self._model, self._temperatures = J, model, temperatures
        self._time_step, self._noise_every = time_step, noise_every
        self._normals, self._shake = normals, shake
        self._drag = math.exp(-friction * time_step * noise_every)

    @property
    def done(self) -> bool:
        """True once every temperature has had its step."""
        return self.step >= len(self._temperatures)

    def advance(self, steps: int) -> None:
        """The next so many steps, or what is left of them."""
        v, p, J, model, time_step = self.v, self.p, self._J, self._model, self._time_step
        drag = self._drag
        for T in self._temperatures[self.step : self.step + steps]:
            self.step += 1
            p += time_step * force(v, J, model)
            if self.step % self._noise_every:
                v += time_step * p
                continue
            v += (0.5 * time_step) * p
            p *= drag
            p += math.sqrt(T * (1.0 - drag * drag)) * self._normals()
            if self._shake is not None:
                self._shake(v, p, T)
            v += (0.5 * time_step) * p
        self.v, self.p = v, p
