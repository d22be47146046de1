"""Cavity fields and local responses: the measured ensemble of local potentials."""

from __future__ import annotations

from dataclasses import dataclass

import array_api_compat

from .._typing import Array
from ..backend.checks import require_columns
from ..backend.linalg import inverse_diagonal
from ..errors import NotAMinimumError
from .landscape import hessian, site_axis
from .sites import AnyModel, along_sites


@dataclass(frozen=True)
class CavityFields:
    """U_i(v) = -h_i v - C_i v²/2 + G(v)/γ, one potential per site; arrays of the shape of v."""

    h: Array
    """Cavity field: the local field without the site's own reaction, a uniform field included."""
    C: Array
    """Coefficient of -v²/2: the second-order response of the N-1 others."""
    chi: Array
    """χ_ii, the diagonal of the inverse Hessian: the local susceptibility."""


def fields(v: Array, J: Array, model: AnyModel) -> CavityFields:
    """The cavity potential of every site at a minimum of U (physics.md §5).

        χ = (∂²U)⁻¹,   C_i = G''(v_i)/γ - 1/χ_ii,   h_i = Σ_j J_ij v_j + H - C_i v_i

    so that U_i'(v_i) = 0. C_i is exactly Σ_jk J_ij χ'_jk J_ki with χ' the response of the others
    once site i is removed (Schur complement). For N → ∞ it is the theory's J² C, with
    C = β(q̂ - q_k): a replica C is to be compared with C_i/J².

    Parameters
    ----------
    v
        Minima: displacements (N,), (N, R) or (S, N, R).
    J
        Couplings (N, N); (S, N, N) for the last.

    Raises
    ------
    ShapeError
        If v and J do not belong together, or v is empty.
    NotAMinimumError
        If the Hessian at a column is not positive definite.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.sim import cavity, couplings, minimise
    >>> from glasswell.theory import Model
    >>> model = Model(gamma=10.0)
    >>> J = couplings.sample(model, 16, seed=1)
    >>> starts = np.random.default_rng(1).normal(0, 10, (16, 8))
    >>> minima = minimise(starts, J, model)
    >>> v = minima.v[:, np.argmin(minima.energy)]
    >>> local = cavity.fields(v, J, model)
    >>> slope = -local.h - local.C * v + model.G.slope(v) / model.gamma
    >>> bool(np.max(np.abs(slope)) < 1e-8)  # every site is at rest in its own potential
    True
    """
    site_axis(v, J)
    require_columns(v)
    chi = _susceptibility(v, J, model)
    model = along_sites(model, v)
    C = model.G.curvature(v) / model.gamma - 1.0 / chi
    h = J @ v + model.field - C * v
    return CavityFields(h=h, C=C, chi=chi)


def _susceptibility(v: Array, J: Array, model: AnyModel) -> Array:
    xp = array_api_compat.array_namespace(v, J)
    if v.ndim == 1:
        chi = inverse_diagonal(hessian(v, J, model))
        if chi is None:
            raise NotAMinimumError(
                "the Hessian is not positive definite: cavity fields exist at minima only, "
                "so minimise first"
            )
        return chi
    # One Hessian at a time: a stack of R of them would take R times the memory for nothing.
    if v.ndim == 2:
        return xp.stack([_susceptibility(v[:, r], J, model) for r in range(v.shape[1])], axis=1)
    return xp.stack([_susceptibility(v[s, ...], J[s, ...], model) for s in range(v.shape[0])])
