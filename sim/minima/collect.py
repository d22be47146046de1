"""From columns to states: sorted, counted, and given their cavity fields."""

from __future__ import annotations

import numpy as np

from .._typing import Array, Bools, Floats
from ..backend.devices import to_host
from ..backend.linalg import softest_mode
from ..records.sizes import SizeData
from ..sample import cavity, landscape
from ..sample.scales import amplitude, mean_inverse_gamma, spectral_edge
from ..sample.sites import AnyModel
from .minimiser import Minima
from .status import stationary

SAME_ENERGY = 1e-9
"""Energies per site that differ by less are equal, in units of (edge + 1/γ) ℓ²."""

SAME_PLACE = 1e-8
"""Configurations whose mean squared distance per site is less are the same, in units of ℓ²."""


def same_energy(energy: Floats, other: Floats | float, model: AnyModel) -> Bools:
    """Whether energies per site are those of one state: equal up to SAME_ENERGY (edge + 1/γ) ℓ²."""
    unit = (spectral_edge(model) + mean_inverse_gamma(model)) * amplitude(model) ** 2
    return np.asarray(np.abs(energy - other) <= SAME_ENERGY * unit)


def hits(energy: Floats, v: Floats, model: AnyModel, origin: Array | None = None) -> int:
    """How many origins have a column that is the first one: equal in energy and in place.

    In place means up to v → -v at H = 0.

    Parameters
    ----------
    energy
        (R,) energies per site.
    v
        (N, R) displacements.
    origin
        (R,) what the columns come from, equal where they are not independent; each its own by
        default.
    """
    length = amplitude(model)
    equal = same_energy(energy, energy[0], model)
    first = v[:, :1]
    apart = np.mean((v - first) ** 2, axis=0)
    if model.symmetric:
        apart = np.minimum(apart, np.mean((v + first) ** 2, axis=0))
    same = equal & (apart <= SAME_PLACE * length**2)
    return int(np.count_nonzero(same)) if origin is None else len(np.unique(origin[same]))


def order(minima: Minima) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Columns by ascending energy, those whose gradient did not vanish last."""
    return np.lexsort((to_host(minima.energy), ~stationary(to_host(minima.status))))


def lowest_hits(minima: Minima, model: AnyModel, origin: Array | None = None) -> int:
    """How many origins of ``hits`` have a column that is the lowest state; 0 without a state."""
    ranked = order(minima)
    ranked = ranked[stationary(to_host(minima.status)[ranked])]
    if not len(ranked):
        return 0
    energy = to_host(minima.energy)[ranked] / minima.v.shape[0]
    source = None if origin is None else origin[ranked]
    return hits(energy, to_host(minima.v)[:, ranked], model, source)


def collect(
    sample: int,
    minima: Minima,
    J: Array,
    model: AnyModel,
    kept: int,
    origin: Array | None = None,
) -> SizeData:
    """One sample's minima, (N, R), as the archive keeps them: S = 1, the ``kept`` lowest states.

    ``origin`` is that of ``hits``.
    """
    N = minima.v.shape[0]
    ranked = order(minima)
    energy = to_host(minima.energy)[ranked] / N
    v = to_host(minima.v)[:, ranked]
    lowest = ranked[:kept]
    h, C = _cavity(minima, J, model, lowest)
    return SizeData(
        sample=np.asarray([sample]),
        energy=energy[None, :kept],
        displacement=np.ascontiguousarray(v.T)[None, :kept],
        cavity_field=h[None],
        cavity_susceptibility=C[None],
        gradient_norm=to_host(minima.gradient_norm)[lowest][None],
        smallest_eigenvalue=_softest(minima, J, model, lowest)[None],
        status=to_host(minima.status)[lowest][None],
        hits=np.asarray([lowest_hits(minima, model, origin)]),
    )


def _softest(minima: Minima, J: Array, model: AnyModel, lowest: Array) -> Floats:
    """(K,) smallest eigenvalues of the chosen columns; nan where the gradient did not vanish."""
    found = np.array(to_host(minima.smallest_eigenvalue)[lowest], dtype=np.float64)
    known = stationary(to_host(minima.status)[lowest])
    for row in np.flatnonzero(known & np.isnan(found)):
        matrix = landscape.hessian(minima.v[:, int(lowest[row])], J, model)
        found[row], _ = softest_mode(matrix)
    return found


def _cavity(minima: Minima, J: Array, model: AnyModel, lowest: Array) -> tuple[Floats, Floats]:
    """h_i and C_i of the chosen columns, (K, N) each; nan where there is no certified minimum."""
    N = minima.v.shape[0]
    h = np.full((len(lowest), N), np.nan)
    C = np.full((len(lowest), N), np.nan)
    certified = to_host(minima.converged)
    for row, column in enumerate(lowest):
        if certified[column]:
            local = cavity.fields(minima.v[:, int(column)], J, model)
            h[row], C[row] = to_host(local.h), to_host(local.C)
    return h, C
