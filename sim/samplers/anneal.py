"""Annealing: Langevin dynamics of many columns, cooled from above the transition."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import array_api_compat

from ..backend.checks import require_at_least
from ..errors import SimulationError
from ..sample.landscape import force
from ..sample.sites import AnyModel
from .mirror_moves import Moves

Array = Any
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
    require_at_least(1, noise_every=noise_every)
    if not (time_step > 0.0 and friction >= 0.0 and all(T >= 0.0 for T in temperatures)):
        raise SimulationError(
            "Langevin dynamics need time_step > 0, and a friction and temperatures that are not "
            f"negative: got time_step {time_step:g} and friction {friction:g}"
        )
    xp = array_api_compat.array_namespace(v, J)
    v = xp.asarray(v, copy=True)
    p = xp.zeros_like(v)
    drag = math.exp(-friction * time_step * noise_every)
    for step, T in enumerate(temperatures, start=1):
        p += time_step * force(v, J, model)
        if step % noise_every:
            v += time_step * p
            continue
        v += (0.5 * time_step) * p
        p *= drag
        p += math.sqrt(T * (1.0 - drag * drag)) * normals()
        if shake is not None:
            shake(v, p, T)
        v += (0.5 * time_step) * p
    return v
