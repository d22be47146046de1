"""Saddles of index one: up the softest mode, down all others, each certified on its own."""

from __future__ import annotations

from dataclasses import dataclass

import array_api_compat
from glasswell.theory.model import Model

from .._typing import Array
from ..backend.checks import require_finite, require_shape
from ..backend.linalg import eigenmodes
from ..sample.landscape import energy, force, hessian
from ..sample.scales import amplitude, gradient_tolerance, precision

STEPS = 40

LONGEST = 0.1
"""Longest step of any site in units of the amplitude, so that a flat mode does not lead away."""


@dataclass(frozen=True)
class Saddles:
    """Where the columns ended."""

    v: Array
    """(N, R)."""
    energy: Array
    """(R,) total U."""
    gradient_norm: Array
    """(R,) max_i |∂U/∂v_i|."""
    lowest: Array
    """(2, R) the Hessian's two lowest eigenvalues: one negative, one positive."""
    mode: Array
    """(N, R) the normalised unstable mode."""
    converged: Array
    """(R,) True where the gradient vanishes and exactly one eigenvalue is negative."""


def refine(v: Array, J: Array, model: Model, *, tolerance: float | None = None) -> Saddles:
    """The saddles of index one near the columns v, (N, R) with N ≥ 2.

    Newton's steps with the signs of the eigenvalues set right,

        δv = Σ_n s_n q_n (q_n·F)/|λ_n|,    s_0 = -1, s_n = 1 otherwise

    (eigenvector following: C. J. Cerjan and W. H. Miller, J. Chem. Phys. 75, 2800 (1981)): on
    to the saddle, and Newton's own once the signs are those of one.

    Parameters
    ----------
    tolerance
        On max_i |∂U/∂v_i|; that of ``minimise`` by default.

    Raises
    ------
    ShapeError
        If v is not (N, R) with J (N, N).
    SimulationError
        If v is not finite.
    """
    require_shape(J, 2, v=v)
    require_finite(v)
    xp = array_api_compat.array_namespace(v, J)
    tolerance = gradient_tolerance(model, precision(v, J)) if tolerance is None else tolerance
    device = array_api_compat.device(v)
    columns, lowest, modes, certified = [], [], [], []
    for r in range(v.shape[1]):
        column = _climb(v[:, r], J, model, tolerance)
        spectrum, vectors = eigenmodes(hessian(column, J, model))
        at_rest = float(xp.max(xp.abs(force(column, J, model)))) <= tolerance
        columns.append(column)
        lowest.append(spectrum[:2])
        modes.append(vectors[:, 0])
        certified.append(at_rest and float(spectrum[0]) < 0.0 < float(spectrum[1]))
    place = xp.stack(columns, axis=1)
    return Saddles(
        v=place,
        energy=energy(place, J, model),
        gradient_norm=xp.max(xp.abs(force(place, J, model)), axis=0),
        lowest=xp.stack(lowest, axis=1),
        mode=xp.stack(modes, axis=1),
        converged=xp.asarray(certified, device=device),
    )


def _climb(v: Array, J: Array, model: Model, tolerance: float) -> Array:
    xp = array_api_compat.array_namespace(v, J)
    longest = LONGEST * amplitude(model)
    for _ in range(STEPS):
        F = force(v, J, model)
        if float(xp.max(xp.abs(F))) <= tolerance:
            break
        spectrum, vectors = eigenmodes(hessian(v, J, model))
        # A flat mode asks for an endless step: the cap on the step makes up for it.
        tiny = xp.finfo(v.dtype).eps * xp.max(xp.abs(spectrum))
        along = (xp.matrix_transpose(vectors) @ F) / xp.maximum(xp.abs(spectrum), tiny)
        uphill = xp.arange(v.shape[0], device=array_api_compat.device(v)) == 0
        step = vectors @ xp.where(uphill, -along, along)
        v = v + step * min(1.0, longest / float(xp.max(xp.abs(step))))
    return v
