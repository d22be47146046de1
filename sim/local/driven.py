"""One way of a constrained relaxation: each column's site is driven, and all others follow."""

from __future__ import annotations

from dataclasses import dataclass

import array_api_compat
import numpy as np
from glasswell.theory.model import Model

from .._typing import Array, Floats
from ..backend.devices import to_host
from ..sample.landscape import energy
from ..sample.scales import gradient_tolerance, precision
from .constrained import relax


@dataclass(frozen=True)
class Drive:
    """One way: L places of the driven site for R columns; starts are the first row."""

    sites: Array
    """(R,) driven sites."""
    displacement: Floats
    """(L, R) places v of the driven site."""
    energy: Floats
    """(L, R) U_i^ad(v), total."""
    slope: Floats
    """(L, R) dU_i^ad/dv."""
    v: Array
    """(L, N, R) displacements of all sites."""
    converged: np.ndarray[tuple[int, int], np.dtype[np.bool_]]
    """(L, R)."""


def drive(
    v: Array, J: Array, model: Model, sites: Array, displacement: Floats, floor: Array
) -> Drive:
    """Follow U_i^ad from where the columns stand, one site per column.

    Takes L N R numbers of memory, and 2 N² for the products.

    Parameters
    ----------
    v
        (N, R) starts, at rest but for the driven sites.
    sites
        (R,) driven sites.
    displacement
        (L, R) places, the first row where the sites stand; far finer than a well is wide.
    floor
        (N,) G''/γ of any minimum of U.
    """
    xp = array_api_compat.array_namespace(v, J)
    numbers = xp.arange(v.shape[0], device=array_api_compat.device(v))
    driven = xp.astype(numbers[:, None] == sites[None, :], v.dtype)
    tolerance = gradient_tolerance(model, precision(v, J))
    rows = []
    for targets in displacement:
        onto = xp.asarray(targets, dtype=v.dtype, device=array_api_compat.device(v))
        start = v + driven * (onto - v)
        state = relax(start, J, model, sites, floor=floor, tolerance=tolerance)
        v = state.v
        rows.append((state.v, energy(v, J, model), state.slope, state.converged))
    states, energies, slopes, converged = zip(*rows, strict=True)
    return Drive(
        sites=sites,
        displacement=displacement,
        energy=np.stack([to_host(row) for row in energies]),
        slope=np.stack([to_host(row) for row in slopes]),
        v=xp.stack(states),
        converged=np.stack([to_host(row) for row in converged]),
    )
