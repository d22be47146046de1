"""The minima on the other side, and what the paths to them say."""

from __future__ import annotations

from dataclasses import dataclass

import array_api_compat
import numpy as np
from glasswell.theory.model import Model
from scipy.interpolate import CubicSpline

from .._typing import Array, Bools, Floats, Indices
from ..backend.devices import to_host
from ..minima.minimiser import Minima
from ..sample import cavity
from ..sample.landscape import energy, hessian
from ..sample.scales import resolution
from .avalanches import participation
from .path import Paths, connect
from .well import Wells

FINE = 16
"""Points per image at which a path is integrated."""


@dataclass(frozen=True)
class OtherMinima:
    """One entry per released column, (n,)."""

    real: Bools
    """Whether the column came to rest in another minimum than the start."""
    converged: Bools
    """False where the release, the path or its saddle did not converge."""
    displacement: Floats
    """Of the released site, once all have come to rest."""
    wells: Wells
    """Along the path; NaN without a second minimum or where it did not converge."""
    stiffness: Floats
    """1/χ_ii of the released site there; NaN without one."""
    participation: Floats
    """(Σ u²)²/Σ u⁴ of the displacement u from minimum to minimum; NaN without a second minimum."""
    saddle_gradient: Floats
    """max_i |∂U/∂v_i| at the saddle; NaN without a second minimum."""
    direct: Bools
    """Whether the saddle joins the two minima with none between them."""


def connect_to_others(
    v: Array, released: Minima, site: Indices, J: Array, model: Model, images: int
) -> OtherMinima:
    """Connect the minimum v, (N,), with those among ``released``, (N, n), that are not it."""
    xp = array_api_compat.array_namespace(v, J)
    apart = to_host(xp.max(xp.abs(released.v - v[:, None]), axis=0))
    at_rest = to_host(released.converged)
    real = at_rest & (apart > resolution(model))
    chosen = np.flatnonzero(real)
    stiffness, sizes, gradients = (np.full(len(real), np.nan) for _ in range(3))
    converged, direct = at_rest.copy(), np.zeros(len(real), dtype=bool)
    wells: list[Wells | None] = [None] * len(real)
    if len(chosen):
        index = xp.asarray(chosen, device=array_api_compat.device(v))
        ends = xp.take(released.v, index, axis=1)
        starts = v[:, None] + xp.zeros_like(ends)
        paths = connect(starts, ends, J, model, images=images)
        chi = to_host(cavity.fields(ends, J, model).chi)
        stiffness[chosen] = 1.0 / chi[site[chosen], np.arange(len(chosen))]
        sizes[chosen] = to_host(participation(ends - starts))
        gradients[chosen] = to_host(paths.saddle.gradient_norm)
        converged[chosen] = to_host(paths.converged)
        direct[chosen] = to_host(paths.direct)
        for p, r in enumerate(chosen):
            wells[r] = _along_path(paths, p, J, model) if converged[r] else None
    return OtherMinima(
        real=real,
        converged=converged,
        displacement=to_host(released.v)[site, np.arange(len(site))],
        wells=Wells.collect(wells),
        stiffness=stiffness,
        participation=sizes,
        saddle_gradient=gradients,
        direct=direct,
    )


def _along_path(paths: Paths, p: int, J: Array, model: Model) -> Wells:
    """Splines through the images: length, profile, and the curvature along the path at its ends."""
    xp = array_api_compat.array_namespace(paths.v)
    images = to_host(paths.v[:, :, p]).T
    chords = np.linalg.norm(np.diff(images, axis=0), axis=1)
    spline = CubicSpline(np.append(0.0, np.cumsum(chords)), images)
    x = np.linspace(0.0, spline.x[-1], FINE * (len(images) - 1) + 1)
    speed = np.linalg.norm(spline(x, 1), axis=1)
    length = np.append(0.0, np.cumsum((speed[1:] + speed[:-1]) / 2 * np.diff(x)))
    dense = xp.asarray(spline(x).T, device=array_api_compat.device(paths.v))
    U = to_host(energy(dense, J, model))
    top = float(paths.saddle.energy[p])
    frequencies = []
    for end in (0, -1):
        t = spline(x[end], 1) / speed[end]
        matrix = to_host(hessian(paths.v[:, end, p], J, model))
        frequencies.append(np.sqrt(t @ matrix @ t))
    return Wells.from_profile(length, U, top, float(np.mean(frequencies)))
