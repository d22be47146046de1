"""The vibrations about a minimum: eigenvalues of the Hessian and how many sites take part."""

from __future__ import annotations

from dataclasses import dataclass

import array_api_compat

from .._typing import Array, Floats
from ..backend.checks import require_at_least, require_columns
from ..backend.devices import to_host
from ..backend.linalg import eigenmodes, lowest_modes
from ..errors import NotAMinimumError, SimulationError
from .landscape import hessian, site_axis
from .sites import AnyModel


@dataclass(frozen=True)
class Modes:
    """Normal modes, softest first; arrays (..., M) with the mode last.

    Of v with shape (N,) or (N, R) or (S, N, R) they are (M,), (R, M) or (S, R, M).
    """

    eigenvalue: Array
    """λ of the Hessian; ω = √λ is the frequency for mass 1."""
    participation: Array
    """(Σψ_i²)²/(N Σψ_i⁴), between 1/N for one site and 1 for all alike; Gaussian ψ_i have 1/3."""

    @property
    def chi_SG(self) -> Array:
        """Tr (∂²U)⁻²/N, the spin-glass susceptibility of one minimum; needs all N modes."""
        xp = array_api_compat.array_namespace(self.eigenvalue)
        return xp.mean(self.eigenvalue**-2, axis=-1)


def modes(v: Array, J: Array, model: AnyModel) -> Modes:
    """All modes, ∂²U ψ = λ ψ with ∂²U = -J_ij + δ_ij G''(v_i)/γ.

    One Hessian at a time: memory for three (N, N) matrices beside v and J.

    Parameters
    ----------
    v
        Displacements (N,), (N, R) or (S, N, R), at minima or not.
    J
        Couplings (N, N); (S, N, N) for the last.

    Raises
    ------
    ShapeError
        If v and J do not belong together, or v is empty.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.sim import couplings, minimise, spectrum
    >>> from glasswell.theory import Model
    >>> model = Model(gamma=10.0)
    >>> J = couplings.sample(model, 16, seed=1)
    >>> starts = np.random.default_rng(1).normal(0, 10, (16, 8))
    >>> minima = minimise(starts, J, model)
    >>> v = minima.v[:, np.argmin(minima.energy)]
    >>> modes = spectrum.modes(v, J, model)
    >>> bool(modes.eigenvalue.min() > 0), bool(np.all(modes.participation > 1 / 17))
    (True, True)
    """
    site_axis(v, J)
    require_columns(v)
    xp = array_api_compat.array_namespace(v, J)
    if v.ndim == 1:
        values, vectors = eigenmodes(hessian(v, J, model))
        return Modes(values, _participation(vectors))
    if v.ndim == 2:
        parts = [modes(v[:, r], J, model) for r in range(v.shape[1])]
    else:
        parts = [modes(v[s, ...], J[s, ...], model) for s in range(v.shape[0])]
    return Modes(
        xp.stack([part.eigenvalue for part in parts]),
        xp.stack([part.participation for part in parts]),
    )


def lowest(v: Array, J: Array, model: AnyModel, count: int = 10) -> tuple[Modes, Floats]:
    """The ``count`` softest modes at one minimum, and their vectors (N, count), on the host.

    Lanczos on the inverse of the Hessian, whose largest eigenvalues are far apart: a few dozen
    solutions with one Cholesky factor, a fifth of the time of ``modes`` for N in the thousands.
    SciPy's Lanczos is the host's: v and J are copied there from wherever they live.

    Parameters
    ----------
    v, J
        A minimum (N,) and its couplings (N, N).

    Raises
    ------
    NotAMinimumError
        If the Hessian is not positive definite.
    SimulationError
        If count is not between 1 and N - 1, or v is not a single minimum.
    """
    site_axis(v, J)
    if v.ndim != 1 or not 1 <= count < v.shape[0]:
        raise SimulationError(
            f"the lowest modes are those of one minimum (N,), with 1 ≤ count < N: got count "
            f"{count} for {tuple(v.shape)}"
        )
    require_at_least(1, count=count)
    found = lowest_modes(to_host(hessian(v, J, model)), count)
    if found is None:
        raise NotAMinimumError("the Hessian is not positive definite: minimise first")
    values, vectors = found
    return Modes(values, _participation(vectors)), vectors


def _participation(vectors: Array) -> Array:
    """Of normalised columns, (N, M) -> (M,)."""
    xp = array_api_compat.array_namespace(vectors)
    return 1 / (vectors.shape[0] * xp.sum(vectors**4, axis=0))
