"""Linear response and its defect: C with level crossings, against C_reg from the Hessian.

In a random field δσ_i, σ_i = ±1, the energy gains -δ Σ_i σ_i v_i. With v(δ) the lowest state in
that field, and σ averaged over,

    C(δ) = [σ·(v(δ) - v(-δ))]/(2δN),      C_reg = (1/N) Tr χ,   χ = (∂²U)⁻¹

C(δ) contains what C_reg does not: other states that the field makes the lowest. Their difference
is the finite-N trace of the theory's jump part. A random sign is a gauge: U(v; J, δσ) =
U(σv; σJσ, δ) for even G, so that the uniform field of the model is all that is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import array_api_compat
import numpy as np
from glasswell.theory.model import Model

from .._typing import Array, Floats
from ..backend.checks import require_shape
from ..backend.devices import to_host
from ..backend.linalg import cholesky, inverse
from ..errors import NotAMinimumError, ShapeError, SimulationError
from ..minima import status
from ..minima.minimiser import minimise
from ..sample.landscape import hessian
from ..sample.scales import resolution


@dataclass(frozen=True)
class Response:
    """One sample's local susceptibility; arrays (F,) over field sizes, averaged over σ."""

    field: Floats
    """δ."""
    regular: float
    """C_reg at zero field."""
    same_state: Floats
    """C(δ) of the state itself, minimised again: no crossing, but what became unstable is gone."""
    lowest_state: Floats
    """C(δ) of the lowest of all states."""
    crossings: Floats
    """Fraction of fields in which another state was the lowest."""
    failed: Floats
    """Fraction of fields that were left out: a minimisation did not converge."""


def measure(
    v: Array,
    candidates: Array,
    J: Array,
    model: Model,
    *,
    fields: Sequence[float],
    signs: Floats,
) -> Response:
    """Response of the lowest state to random fields of several sizes.

    All candidates are minimised again in every field. At H = 0 states come in pairs ±v, and a
    field of any size would choose between them; of each pair only the member on the side of v,
    Σ_i c_i v_i ≥ 0, takes part. The fluctuation of σ·χσ/N about C_reg is taken off: it is known.

    Parameters
    ----------
    v
        (N,) the lowest state.
    candidates
        (N, R) other low minima, or none: the search for the lowest state in a field is as good
        as they are.
    J
        (N, N) couplings.
    fields
        δ > 0.
    signs
        (N, M) random signs ±1, one field each.

    Raises
    ------
    ShapeError
        If v, candidates and signs are not of the sites of J.
    SimulationError
        If the model has a field already, or ``fields`` or ``signs`` are not as above.
    NotAMinimumError
        If v is not a minimum.

    Examples
    --------
    Two states far apart in energy: no field as small as this makes the other one the lowest.

    >>> from glasswell.sim import minimise
    >>> from glasswell.theory.model import Model
    >>> model = Model(gamma=1.0, k=-1.0, a=6.0)
    >>> J = np.array([[0.0, 0.1], [0.1, 0.0]])
    >>> v = minimise(np.ones(2), J, model).v
    >>> other = minimise(np.array([-1.0, 1.0]), J, model).v
    >>> found = measure(v, other[:, None], J, model, fields=[0.01], signs=np.ones((2, 1)))
    >>> round(found.regular, 3), np.round(found.lowest_state, 3), found.crossings
    (0.436, array([0.436]), array([0.]))
    """
    _check(model, fields, signs)
    require_shape(J, 1, v=v)
    for name, columns in (("candidates", candidates), ("signs", signs)):
        if columns.ndim != 2 or columns.shape[0] != v.shape[0]:
            raise ShapeError(f"{name} must have a row per site of v, got {tuple(columns.shape)}")
    xp = array_api_compat.array_namespace(v, J)
    matrix = hessian(v, J, model)
    if cholesky(matrix) is None:
        raise NotAMinimumError("the response exists at minima only: minimise first")
    chi = inverse(matrix)
    overlap = xp.sum(candidates * v[:, None], axis=0)
    images = candidates * xp.where(overlap < 0.0, -xp.ones_like(overlap), xp.ones_like(overlap))
    starts = xp.concat([v[:, None], images], axis=1)
    regular = float(xp.linalg.trace(chi)) / v.shape[0]
    rows = []
    for delta in fields:
        gains = [
            _gain(starts, chi, J, model, float(delta), _column(v, signs, m))
            for m in range(signs.shape[1])
        ]
        rows.append(np.asarray([gain for gain in gains if gain is not None]).reshape(-1, 3))
    means = np.stack([_mean(row) for row in rows])
    return Response(
        field=np.asarray(fields, dtype=np.float64),
        regular=regular,
        same_state=regular + means[:, 0],
        lowest_state=regular + means[:, 1],
        crossings=means[:, 2],
        failed=np.asarray([1.0 - len(row) / signs.shape[1] for row in rows]),
    )


def _check(model: Model, fields: Sequence[float], signs: Floats) -> None:
    if not model.symmetric:
        raise SimulationError("the response to random signs needs a model without a field")
    if not len(fields) or not all(0.0 < delta < float("inf") for delta in fields):
        raise SimulationError(f"fields must be positive numbers, got {list(fields)}")
    if signs.ndim != 2 or not signs.shape[1] or not np.all(np.abs(signs) == 1.0):
        raise SimulationError("signs must be an (N, M) array of ±1 with M ≥ 1")


def _column(v: Array, signs: Floats, m: int) -> Array:
    xp = array_api_compat.array_namespace(v)
    return xp.asarray(signs[:, m], dtype=v.dtype, device=array_api_compat.device(v))


def _mean(row: Floats) -> Floats:
    return row.mean(axis=0) if len(row) else np.full(3, np.nan)


def _gain(
    starts: Array, chi: Array, J: Array, model: Model, delta: float, sigma: Array
) -> tuple[float, float, float] | None:
    """Response beyond the linear one of the same and the lowest state, and how often they differ.

    None if a state did not converge.
    """
    xp = array_api_compat.array_namespace(starts)
    gauged = sigma[:, None] * J * sigma[None, :]
    ends = []
    for sign in (1.0, -1.0):
        minima = minimise(sigma[:, None] * starts, gauged, replace(model, field=sign * delta))
        stationary = status.stationary(to_host(minima.status))
        if not stationary[0]:
            return None
        lowest = int(np.argmin(np.where(stationary, to_host(minima.energy), np.inf)))
        magnetisation = to_host(xp.sum(minima.v, axis=0))
        apart = float(xp.max(xp.abs(minima.v[:, lowest] - minima.v[:, 0])))
        crossed = apart > resolution(model)
        ends.append((magnetisation[0], magnetisation[lowest], float(crossed)))
    N = starts.shape[0]
    linear = float(xp.sum(sigma * (chi @ sigma))) / N
    up, down = ends
    same_state, lowest_state = ((up[n] - down[n]) / (2.0 * delta * N) - linear for n in (0, 1))
    return float(same_state), float(lowest_state), (up[2] + down[2]) / 2
