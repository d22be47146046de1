"""Constrained relaxation: what a site feels while all others follow it.

    U_i^ad(v) = min over v_j, j ≠ i, of U at v_i = v,      dU_i^ad/dv = ∂U/∂v_i

(physics.md §5), continued step by step from a minimum of U through the other well of its cavity
potential, and back. Where the others' minimum vanishes on the way they slide into the next one: an
avalanche, after which the way back is another. At the minimum itself the second derivative of
U_i^ad is 1/χ_ii, as in the cavity potential; the third is not, but for N → ∞.
"""

from __future__ import annotations

from dataclasses import dataclass

import array_api_compat
import numpy as np
from glasswell.theory.model import Model

from .._typing import Array, Floats
from ..backend.checks import require_at_least, require_shape
from ..backend.devices import to_host
from ..errors import ShapeError, SimulationError
from ..minima.hessian_bound import stiffness
from ..sample.scales import resolution
from .avalanches import Avalanches, find_avalanches
from .driven import Drive, drive

POINTS = 48
"""Steps of a drive: a cubic through energies and slopes then misses a quartic's barrier by 1e-6."""


@dataclass(frozen=True)
class Loop:
    """There and back; the last row of ``there`` is the first of ``back``."""

    there: Drive
    back: Drive
    avalanches_there: Avalanches
    avalanches_back: Avalanches
    hysteresis: Floats
    """(R,) ∮ (dU_i^ad/dv) dv: the energy lost in avalanches, if the loop is closed."""
    closed: np.ndarray[tuple[int], np.dtype[np.bool_]]
    """(R,) whether the way back ended at the start."""


def loop(
    v: Array, J: Array, model: Model, sites: Array, ends: Floats, *, points: int = POINTS
) -> Loop:
    """Drive each of ``sites`` from a minimum to ``ends`` and back, all sites as columns.

    Parameters
    ----------
    v
        (N,) a minimum of U.
    J
        (N, N) couplings.
    sites, ends
        (R,) sites, and how far to drive each.
    points
        Steps each way.

    Raises
    ------
    ShapeError
        If v is not (N,) with J (N, N), or sites and ends not (R,) each.
    SimulationError
        If points is no positive integer, a site is not in 0 … N - 1, or an end not finite.
    NotAMinimumError
        If v is not a minimum.

    Examples
    --------
    Site 0 of two weakly coupled double wells is driven across its barrier and back:

    >>> from glasswell.sim import minimise
    >>> from glasswell.theory.model import Model
    >>> model = Model(gamma=1.0, k=-1.0, a=6.0)
    >>> J = np.array([[0.0, 0.1], [0.1, 0.0]])
    >>> v = minimise(np.ones(2), J, model).v
    >>> driven = loop(v, J, model, np.array([0]), np.array([-2.0]), points=24)
    >>> driven.closed, abs(driven.hysteresis) < 1e-6
    (array([ True]), array([ True]))
    """
    require_shape(J, 1, v=v)
    require_at_least(1, points=points)
    _check(v, sites, ends)
    xp = array_api_compat.array_namespace(v, J)
    ones = xp.ones((1, len(ends)), dtype=v.dtype, device=array_api_compat.device(v))
    columns = v[:, None] * ones
    starts = to_host(xp.take(v, sites))
    displacement = starts + np.linspace(0.0, 1.0, points + 1)[:, None] * (ends - starts)
    floor = stiffness(v[:, None], model)
    there = drive(columns, J, model, sites, displacement, floor)
    back = drive(there.v[-1, ...], J, model, sites, displacement[::-1].copy(), floor)
    apart = np.stack(
        [
            to_host(xp.max(xp.abs(there.v[n, ...] - back.v[points - n, ...]), axis=0))
            for n in range(points + 1)
        ]
    )
    parted = apart > resolution(model)
    avalanches_there = find_avalanches(there, parted, J, model, floor)
    avalanches_back = find_avalanches(back, parted[::-1], J, model, floor)
    lost = avalanches_there.total(len(ends)) + avalanches_back.total(len(ends))
    return Loop(
        there=there,
        back=back,
        avalanches_there=avalanches_there,
        avalanches_back=avalanches_back,
        hysteresis=lost + back.energy[-1] - there.energy[0],
        closed=~parted[0],
    )


def _check(v: Array, sites: Array, ends: Floats) -> None:
    if sites.ndim != 1 or tuple(sites.shape) != np.shape(ends) or not len(ends):
        raise ShapeError(
            f"sites and ends must be (R,) with R ≥ 1, got {tuple(sites.shape)} and {np.shape(ends)}"
        )
    host = to_host(sites)
    if not np.all((host >= 0) & (host < v.shape[0])):
        raise SimulationError(f"sites must be among 0 … {v.shape[0] - 1}, got {host.tolist()}")
    if not np.all(np.isfinite(ends)):
        raise SimulationError("ends must be finite: how far each site is to be driven")
