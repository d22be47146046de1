"""Minima from many columns at once: descent, Newton, proof, and again from saddles."""

from __future__ import annotations

from dataclasses import dataclass

import array_api_compat
import numpy as np

from .._typing import Array, Bools, Floats, Integers
from ..backend.devices import to_host
from ..backend.linalg import eigenmodes
from ..sample.landscape import energy, force, hessian, site_axis, stiffness
from ..sample.scales import amplitude
from ..sample.sites import AnyModel, of_sample
from .certify import Distinct, judge, rounding
from .descent import descend
from .newton import newton
from .status import Status


@dataclass(frozen=True)
class Ends:
    """Where S × R columns ended."""

    v: Array
    """(S, N, R)."""
    status: Integers
    """(S, R) a ``Status`` each, on the host."""
    gradient: Floats
    """(S, R) max_i |F_i|, on the host."""
    spent: Integers
    """(S, R) force evaluations."""
    hessians: tuple[Distinct, ...]
    """The distinct Hessians of the stationary points."""


def search(
    v: Array,
    J: Array,
    model: AnyModel,
    tolerance: Floats,
    max_iterations: int,
    kernels: str | None,
    precision: str,
) -> Ends:
    """Descend from every column until each has stopped for one reason or another.

    Parameters
    ----------
    v, J
        (S, N, R) starts and (S, N, N) couplings.
    tolerance
        (S,) on the gradient.
    max_iterations, kernels, precision
        As of ``minimise``.
    """
    shape = (int(v.shape[0]), int(v.shape[2]))
    status = np.full(shape, int(Status.ITERATION_LIMIT))
    spent = np.zeros(shape, dtype=np.int64)
    # Below the tolerance, because the descent's forces carry the rounding of their increments.
    tolerance = np.broadcast_to(tolerance[:, None], shape)
    target = 0.5 * tolerance
    active = np.ones(shape, dtype=bool)
    hessians: list[Distinct] = []
    while active.any():
        budgets = np.where(active, max_iterations - spent, 0)
        v, used = descend(v, J, model, target, budgets, kernels, precision)
        v, norm, evaluations = _finished(v, J, model, tolerance, active)
        spent += np.where(active, used + evaluations, 0)
        target = 0.1 * target
        lost = active & ~(norm < np.inf)
        status[lost] = int(Status.NOT_FINITE)
        stationary = active & (norm <= tolerance)
        v, judged = _judged(v, J, model, stationary, status, norm)
        hessians += judged
        for one in judged:
            active[one.sample, one.members] = False
        active &= ~lost & (spent < max_iterations)
    return Ends(v, status, norm, spent, tuple(hessians))


def _finished(
    v: Array, J: Array, model: AnyModel, tolerance: Floats, active: Bools
) -> tuple[Array, Floats, Integers]:
    """Newton's steps for the active columns that descent left short of the tolerance.

    Returns
    -------
    The columns; max_i |F_i| of each, and the forces it took, (S, R) on the host.
    """
    norm = np.array(to_host(_steepest(v, J, model)), dtype=np.float64)
    evaluations = np.ones(norm.shape, dtype=np.int64)
    short = active & (norm > tolerance) & (norm < np.inf)
    for s, r in np.argwhere(short).tolist():
        own = of_sample(model, s)
        found = newton(v[s, :, r], J[s, ...], own, float(tolerance[s, r]))
        v[s, :, r], norm[s, r], evaluations[s, r] = found
    return v, norm, evaluations


def _judged(
    v: Array, J: Array, model: AnyModel, stationary: Bools, status: Integers, norm: Floats
) -> tuple[Array, list[Distinct]]:
    """Note what is a minimum and what is marginal, and step down from saddles, to another norm.

    Returns
    -------
    The columns, and the Hessians of all but the saddles.
    """
    if not stationary.any():
        return v, []
    diagonals = np.asarray(to_host(stiffness(v, model)), dtype=np.float64)
    positive, doubtful = judge(diagonals, J, stationary)
    for one in positive:
        status[one.sample, one.members] = int(Status.CONVERGED)
    found = list(positive)
    eps = float(array_api_compat.array_namespace(v).finfo(v.dtype).eps)
    for one in doubtful:
        s, r = one.sample, one.column
        own, column = of_sample(model, s), v[s, :, r]
        spectrum, modes = eigenmodes(hessian(column, J[s, ...], own))
        smallest, zero = float(spectrum[0]), rounding(diagonals[s, :, r], eps)
        if smallest >= -zero:
            status[s, r] = int(Status.CONVERGED if smallest > zero else Status.MARGINAL)
            found.append(one)
        else:
            left = _leave_saddle(column, J[s, ...], own, modes[:, 0])
            v[s, :, r], norm[s, r] = left, _steepest(left, J[s, ...], own)
    return v, found


def _steepest(v: Array, J: Array, model: AnyModel) -> Array:
    """max_i |F_i|, with the shape of v without its site axis."""
    xp = array_api_compat.array_namespace(v, J)
    return xp.max(xp.abs(force(v, J, model)), axis=site_axis(v, J))


def _leave_saddle(v: Array, J: Array, model: AnyModel, mode: Array) -> Array:
    """A point lower in energy along the negative mode: ½λs² < 0 wins for small enough s."""
    start = float(energy(v, J, model))
    step = amplitude(model)
    for _ in range(40):
        ends = [v + step * mode, v - step * mode]
        levels = [float(energy(end, J, model)) for end in ends]
        if min(levels) < start:
            return ends[levels.index(min(levels))]
        step *= 0.5
    return v + step * mode
