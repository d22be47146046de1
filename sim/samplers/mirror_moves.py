"""Mirror moves v_i → -v_i: through the barrier of a bare double well, which no heat bath climbs."""

from __future__ import annotations

from collections.abc import Callable

import array_api_compat
import numpy as np

from .._typing import Array, Floats
from ..sample.sites import AnyModel, kinds

Moves = Callable[[Array, Array, float], None]
"""Changes displacements and momenta in place, at a temperature."""


def needed(model: AnyModel) -> bool:
    """Whether G itself is a double well, of some site at least, as in the limit of hard spins.

    Its barrier is then there at every temperature; one that the neighbours' response makes
    is not, and annealing crosses it without help.
    """
    return any(float(site.G.curvature(0.0)) < 0.0 for _, site in kinds(model))


def sweep(
    v: Array, p: Array, J: Array, model: AnyModel, T: float, sites: Array, uniforms: Floats
) -> None:
    """One Metropolis move per column and row of ``sites``: mirror that site, momentum and all.

        ΔU = 2 v_i (Σ_j J_ij v_j + H),    accepted with probability min(1, exp(-ΔU/T))

    G is even, so its part of the energy does not change.

    Parameters
    ----------
    v, p
        (N, R) displacements and momenta, changed in place.
    sites, uniforms
        (M, R) sites to try, one after the other, and the uniforms that decide.
    """
    xp = array_api_compat.array_namespace(v, J)
    device = array_api_compat.device(v)
    numbers = xp.arange(v.shape[0], device=device)[:, None]
    thresholds = xp.asarray(-T * np.log(uniforms), device=device)
    for m in range(sites.shape[0]):
        site = xp.asarray(sites[m, :], device=device)
        here = xp.astype(numbers == site[None, :], v.dtype)
        rows = xp.matrix_transpose(xp.take(J, site, axis=0))
        cost = 2.0 * xp.sum(here * v, axis=0) * (xp.sum(rows * v, axis=0) + model.field)
        accepted = xp.astype(cost <= thresholds[m, :], v.dtype)
        sign = 1.0 - 2.0 * accepted * here
        v *= sign
        p *= sign


def moves(J: Array, model: AnyModel, generator: np.random.Generator, *, count: int) -> Moves:
    """``count`` random sites per column at every call."""

    def shake(v: Array, p: Array, T: float) -> None:
        N, R = v.shape
        sites = generator.integers(0, N, (count, R))
        sweep(v, p, J, model, T, sites, generator.random((count, R)) + 2.0**-54)

    return shake
