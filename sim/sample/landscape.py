"""The energy landscape of one sample: energy, force, Hessian."""

from __future__ import annotations

import array_api_compat

from .._typing import Array
from ..errors import ShapeError
from .sites import AnyModel, along_sites


def site_axis(v: Array, J: Array) -> int:
    """The axis of v that runs over sites: v is (N,), (N, R) or (S, N, R).

    Raises
    ------
    ShapeError
        If v and J do not belong together.
    """
    axis = -1 if v.ndim == 1 else -2
    expected = 3 if v.ndim == 3 else 2
    fits = v.ndim in (1, 2, 3) and J.ndim == expected and J.shape[-1] == J.shape[-2]
    if not fits or J.shape[-1] != v.shape[axis] or (v.ndim == 3 and J.shape[0] != v.shape[0]):
        raise ShapeError(
            "displacements (N,) or (N, R) need couplings (N, N), and (S, N, R) needs (S, N, N): "
            f"got {tuple(v.shape)} with {tuple(J.shape)}"
        )
    return axis


def interaction_energy(v: Array, J: Array) -> Array:
    """-½ Σ_{i≠j} J_ij v_i v_j = N e_J: shape of v without its site axis."""
    axis = site_axis(v, J)
    xp = array_api_compat.array_namespace(v, J)
    return -0.5 * xp.sum(v * (J @ v), axis=axis)


def energy(v: Array, J: Array, model: AnyModel) -> Array:
    """U(v) = -½ Σ_{i≠j} J_ij v_i v_j + (1/γ) Σ_i G(v_i) - H Σ_i v_i (physics.md §1).

    Total, not per site.

    Parameters
    ----------
    v
        Displacements (N,), (N, R) or (S, N, R).
    J
        Couplings (N, N); (S, N, N) for the last.
    model
        All sites alike, or the LocalModel of one sample.

    Returns
    -------
    The shape of v without its site axis: (), (R,) or (S, R).

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.sim import couplings, landscape
    >>> from glasswell.theory import Model
    >>> model = Model(gamma=10.0)
    >>> J, v = couplings.sample(model, 8, seed=1), np.linspace(-1, 1, 8)
    >>> float(landscape.energy(np.zeros(8), J, model))  # of all sites together
    0.0
    """
    axis = site_axis(v, J)
    xp = array_api_compat.array_namespace(v, J)
    model = along_sites(model, v)
    onsite = model.G.value(v) / model.gamma - model.field * v
    return xp.sum(onsite - 0.5 * v * (J @ v), axis=axis)


def force(v: Array, J: Array, model: AnyModel) -> Array:
    """F_i = -∂U/∂v_i = Σ_j J_ij v_j - G'(v_i)/γ + H, with the shape of v.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.sim import couplings, landscape
    >>> from glasswell.theory import Model
    >>> model = Model(gamma=10.0)
    >>> J, v = couplings.sample(model, 8, seed=1), np.linspace(-1, 1, 8)
    >>> step = 1e-6 * np.eye(8)
    >>> rise = [landscape.energy(v + d, J, model) - landscape.energy(v - d, J, model) for d in step]
    >>> np.allclose(landscape.force(v, J, model), -np.array(rise) / 2e-6)
    True
    """
    site_axis(v, J)
    model = along_sites(model, v)
    forces = J @ v
    forces -= model.G.slope(v) / model.gamma
    if model.field != 0.0:
        forces += model.field
    return forces


def stiffness(v: Array, model: AnyModel) -> Array:
    """G''(v_i)/γ, the diagonal of the Hessian, with the shape of v: (N,), (N, R) or (S, N, R)."""
    model = along_sites(model, v)
    return model.G.curvature(v) / model.gamma


def hessian(v: Array, J: Array, model: AnyModel) -> Array:
    """∂²U/∂v_i∂v_j = -J_ij + δ_ij G''(v_i)/γ.

    Returns
    -------
    (N, N) for v of shape (N,); (R, N, N) for (N, R); (S, R, N, N) for (S, N, R).

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.sim import couplings, landscape
    >>> from glasswell.theory import Model
    >>> model = Model(gamma=10.0)
    >>> J, v = couplings.sample(model, 8, seed=1), np.linspace(-1, 1, 8)
    >>> H = landscape.hessian(v, J, model)
    >>> np.allclose(H, np.diag(model.G.curvature(v) / model.gamma) - J)
    True
    """
    site_axis(v, J)
    xp = array_api_compat.array_namespace(v, J)
    diagonal = stiffness(v, model)
    if v.ndim > 1:
        diagonal = xp.matrix_transpose(diagonal)
        J = xp.expand_dims(J, axis=-3)
    identity = xp.eye(J.shape[-1], dtype=v.dtype, device=array_api_compat.device(v))
    return xp.expand_dims(diagonal, axis=-1) * identity - J


def virial(v: Array, J: Array, model: AnyModel) -> Array:
    """2 e_J + (1/N) Σ_i v_i (G'(v_i)/γ - H): T in equilibrium, 0 at every stationary point.

    Returns
    -------
    The shape of v without its site axis.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.sim import couplings, landscape
    >>> from glasswell.theory import Model
    >>> model = Model(gamma=10.0)
    >>> J, v = couplings.sample(model, 8, seed=1), np.linspace(-1, 1, 8)
    >>> np.allclose(landscape.virial(v, J, model), -landscape.force(v, J, model) @ v / 8)
    True
    """
    axis = site_axis(v, J)
    xp = array_api_compat.array_namespace(v, J)
    model = along_sites(model, v)
    onsite = xp.mean(v * (model.G.slope(v) / model.gamma - model.field), axis=axis)
    return 2.0 * interaction_energy(v, J) / v.shape[axis] + onsite
