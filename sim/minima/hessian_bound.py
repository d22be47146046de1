"""One positive matrix that bounds the Hessians of many columns: Newton's steps as one product.

Columns that leave a minimum differ from it in few sites, so that one matrix

    M = diag(D) - J,   D_j ≥ G''(v_j)/γ in every column,      M ⪰ ∂²U at every column,

serves them all. v ← v + M⁻¹F then lowers U of every column (M⁻¹∂²U has eigenvalues of at most 1)
and converges at nearly Newton's pace, at the cost of one product per step.
"""

from __future__ import annotations

from dataclasses import dataclass

import array_api_compat
from glasswell.theory.model import Model

from .._typing import Array
from ..backend.linalg import cholesky, inverse
from ..errors import NotAMinimumError


@dataclass(frozen=True)
class Bound:
    """M = diag(D) - J and its inverse."""

    D: Array
    """(N,)."""
    inverse: Array
    """M⁻¹, (N, N)."""
    slack: float
    """A lower bound of M's smallest eigenvalue, 1/max_i Σ_j |M⁻¹_ij|."""

    def covers(self, v: Array, model: Model) -> bool:
        """Whether steps from the columns v, (N, R), still descend: ∂²U ⪯ 2M.

        That allows G''(v_j)/γ to exceed D_j by M's smallest eigenvalue.
        """
        xp = array_api_compat.array_namespace(v)
        return bool(xp.max(stiffness(v, model) - self.D) < self.slack)


def stiffness(v: Array, model: Model) -> Array:
    """max_r G''(v_jr)/γ, (N, R) -> (N,): the least D of the columns v."""
    xp = array_api_compat.array_namespace(v)
    return xp.max(model.G.curvature(v), axis=1) / model.gamma


def bound(v: Array, J: Array, model: Model, floor: Array) -> Bound:
    """The bound of the columns v, (N, R).

    Parameters
    ----------
    floor
        (N,) G''/γ of any minimum: keeps M positive definite.

    Raises
    ------
    NotAMinimumError
        If it does not: then ``floor`` is not that of a minimum.
    """
    xp = array_api_compat.array_namespace(v, J)
    D = xp.maximum(floor, stiffness(v, model))
    identity = xp.eye(J.shape[0], dtype=J.dtype, device=array_api_compat.device(J))
    matrix = D[:, None] * identity - J
    if cholesky(matrix) is None:
        raise NotAMinimumError(
            "the start is no minimum of U: its Hessian is not positive definite, so minimise first"
        )
    inverted = inverse(matrix)
    row_sums = xp.sum(xp.abs(inverted), axis=1)
    return Bound(D, inverted, 1.0 / float(xp.max(row_sums)))
