"""Couplings from (seed, N, sample): the same numbers on every machine and worker."""

from __future__ import annotations

from collections.abc import Sequence

import array_api_compat
import numpy as np
from glasswell.theory.model import Model

from .._typing import Array, Floats
from ..errors import CouplingError
from .ensembles import Ensemble, draw, gaussian
from .rng import Purpose, bit_stream


def sample(
    model: Model, N: int, *, seed: int, sample: int = 0, ensemble: Ensemble = gaussian
) -> Floats:
    """One disorder sample J_ij = J_ji = J0/N + J z_ij/√N, J_ii = 0 (physics.md §1).

    z is standard normal unless another ensemble is given. It depends on (seed, N, sample) only: two
    models that differ in J and J0 have couplings that differ by a scale and a shift.

    Returns
    -------
    (N, N) float64 array.

    Raises
    ------
    SimulationError
        If N < 2, or seed or sample is not a non-negative integer.
    CouplingError
        If the ensemble does not return what it should.

    >>> J = sample(Model(gamma=10.0), 64, seed=1, sample=0)
    >>> J.shape, bool((J == J.T).all())
    ((64, 64), True)
    """
    z = draw(ensemble, N, bit_stream(Purpose.COUPLINGS, seed=seed, N=N, sample=sample))
    couplings: Floats = model.J0 / N + model.J / np.sqrt(N) * z
    np.fill_diagonal(couplings, 0.0)
    return couplings


def batch(
    model: Model, N: int, *, seed: int, samples: Sequence[int], ensemble: Ensemble = gaussian
) -> Floats:
    """The couplings of several samples, (S, N, N) in the order of ``samples``.

    Examples
    --------
    >>> from glasswell.sim import couplings
    >>> from glasswell.theory import Model
    >>> model = Model(gamma=10.0)
    >>> stack = couplings.batch(model, 8, seed=1, samples=[0, 3])
    >>> stack.shape, bool((stack[1] == couplings.sample(model, 8, seed=1, sample=3)).all())
    ((2, 8, 8), True)
    """
    if not len(samples):
        return np.zeros((0, N, N))
    return np.stack([sample(model, N, seed=seed, sample=s, ensemble=ensemble) for s in samples])


def check(J: Array) -> None:
    """Refuse what is not a coupling matrix, (N, N), or a stack of them, (S, N, N).

    Raises
    ------
    CouplingError
        If J is not square with N ≥ 2, not finite, not symmetric, or has a diagonal.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.sim import couplings
    >>> couplings.check(np.eye(3))
    Traceback (most recent call last):
        ...
    glasswell.sim.errors.CouplingError: couplings must have a zero diagonal: put J_ii v_i²/2 ...
    """
    if not array_api_compat.is_array_api_obj(J):
        raise CouplingError(
            f"couplings must be a dense array, got {type(J).__name__}: "
            "pass J.toarray() of a sparse matrix, numpy.asarray(J) of a list"
        )
    xp = array_api_compat.array_namespace(J)
    if J.ndim not in (2, 3) or J.shape[-1] != J.shape[-2] or J.shape[-1] < 2:
        raise CouplingError(f"couplings must be (N, N) or (S, N, N) with N ≥ 2, got {J.shape}")
    if not xp.isdtype(J.dtype, "real floating"):
        raise CouplingError(f"couplings must be real floating-point numbers, got {J.dtype}")
    if not bool(xp.all(xp.isfinite(J))):
        raise CouplingError("couplings must be finite: found nan or inf")
    if not bool(xp.all(xp.matrix_transpose(J) == J)):
        raise CouplingError(
            "couplings must be symmetric: pass (J + J.T)/2 if that is what is meant"
        )
    if bool(xp.any(xp.linalg.diagonal(J) != 0.0)):
        raise CouplingError("couplings must have a zero diagonal: put J_ii v_i²/2 ...nstead")
