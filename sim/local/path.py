"""Minimum-energy paths between minima: strings of images as columns, and their exact saddles."""

from __future__ import annotations

from dataclasses import dataclass

import array_api_compat
from glasswell.theory.model import Model

from .._typing import Array
from ..backend.checks import require_at_least, require_shape
from ..backend.linalg import cholesky
from ..errors import NotAMinimumError, SimulationError
from ..minima.hessian_bound import bound, stiffness
from ..minima.minimiser import minimise
from ..minima.saddle import Saddles, refine
from ..sample.landscape import energy, force, hessian
from ..sample.scales import amplitude, resolution, spectral_edge

IMAGES = 25

FEWEST_IMAGES = 3
"""The two ends, and one that moves."""

TOLERANCE = 1e-3
"""Largest force perpendicular to a path, in units of stiffness times amplitude. The saddle does not
depend on it, length and action do by its square."""

LOOK_EVERY = 20
"""Steps between two looks at whether the string oscillates or has come to rest."""

MAX_ITERATIONS = 1000

NUDGE = 1e-3
"""Step off a saddle, in units of the amplitude, before descending to the minima it joins."""


@dataclass(frozen=True)
class Paths:
    """P paths of K images, minima at both ends and the highest image on the saddle."""

    v: Array
    """(N, K, P)."""
    saddle: Saddles
    """Columns (N, P): the highest pass of each path."""
    perpendicular_force: Array
    """(P,) largest force on a site of any image, perpendicular to the path."""
    converged: Array
    """(P,) True where that is small enough and the saddle is certified."""
    direct: Array
    """(P,) True where the saddle's two sides descend to the path's two ends: nothing between."""


def connect(
    start: Array,
    end: Array,
    J: Array,
    model: Model,
    *,
    images: int = IMAGES,
    max_iterations: int = MAX_ITERATIONS,
) -> Paths:
    """Paths along which the force has no perpendicular part, from straight lines between minima.

    The inner images move, with M of ``hessian_bound`` in place of a time step, by

        δv = α Π M⁻¹ Π F + ½ (l_+ - l_-) t,      Π = 1 - t tᵀ,

    t the tangent towards the higher neighbour and l_± the distances to the neighbours (the nudged
    elastic band of G. Henkelman and H. Jónsson, J. Chem. Phys. 113, 9978 (2000)); α ≤ 1 shrinks
    where the string oscillates. The highest image then climbs to the saddle of index one.

    Takes N K P numbers of memory a few times over.

    Parameters
    ----------
    start, end
        (N, P) minima, pairwise different.
    images
        K ≥ FEWEST_IMAGES, ends included.

    Raises
    ------
    ShapeError
        If ``start`` and ``end`` are not both (N, P) with J (N, N).
    SimulationError
        If there are too few images, max_iterations is no positive integer, or a path would end in
        the minimum where it starts.
    NotAMinimumError
        If a force acts on an end of a path, or the Hessian there is not positive definite.

    Examples
    --------
    From both of two weakly coupled double wells up to one up and one down:

    >>> import numpy as np
    >>> from glasswell.sim import minimise
    >>> from glasswell.theory.model import Model
    >>> model = Model(gamma=1.0, k=-1.0, a=6.0)
    >>> J = np.array([[0.0, 0.1], [0.1, 0.0]])
    >>> v = minimise(np.ones(2), J, model).v
    >>> other = minimise(np.array([-1.0, 1.0]), J, model).v
    >>> path = connect(v[:, None], other[:, None], J, model, images=9)
    >>> path.direct, np.round(path.saddle.energy, 4)
    (array([ True]), array([-0.245]))
    """
    require_shape(J, 2, start=start, end=end)
    require_at_least(FEWEST_IMAGES, images=images)
    require_at_least(1, max_iterations=max_iterations)
    _check_ends(start, end, J, model)
    v, perpendicular = _string(start, end, J, model, images, max_iterations)
    xp = array_api_compat.array_namespace(v)
    U = _energies(v, J, model)
    highest = xp.argmax(U[1:-1, :], axis=0) + 1
    numbers = xp.arange(images, device=array_api_compat.device(v))
    top = xp.astype(numbers[:, None] == highest[None, :], v.dtype)
    saddle = refine(xp.sum(v * top, axis=1), J, model)
    on_path = xp.where(saddle.converged, 1.0 + 0.0 * perpendicular, 0.0 * perpendicular)
    v = v + on_path * top * (saddle.v[:, None, :] - v)
    small = perpendicular <= _largest_force(model)
    return Paths(
        v=v,
        saddle=saddle,
        perpendicular_force=perpendicular,
        converged=small & saddle.converged,
        direct=saddle.converged & _joins(saddle, start, end, J, model),
    )


def _check_ends(start: Array, end: Array, J: Array, model: Model) -> None:
    xp = array_api_compat.array_namespace(start, end, J)
    for name, v in (("start", start), ("end", end)):
        at_rest = bool(xp.all(xp.abs(force(v, J, model)) <= _largest_force(model)))
        columns = (v[:, p] for p in range(v.shape[1]))
        if not at_rest or any(cholesky(hessian(column, J, model)) is None for column in columns):
            raise NotAMinimumError(f"a path's {name} is no minimum of U: minimise first")
    same = xp.max(xp.abs(start - end), axis=0) <= resolution(model)
    if bool(xp.any(same)):
        where = [p for p in range(start.shape[1]) if bool(same[p])]
        raise SimulationError(
            f"a path needs two different minima: start and end are one in column {where[0]}"
        )


def _string(
    start: Array, end: Array, J: Array, model: Model, images: int, max_iterations: int
) -> tuple[Array, Array]:
    xp = array_api_compat.array_namespace(start, end, J)
    N = start.shape[0]
    device = array_api_compat.device(start)
    s = xp.linspace(0.0, 1.0, images, dtype=start.dtype, device=device)[None, :, None]
    v = (1.0 - s) * start[:, None, :] + s * end[:, None, :]
    floor = stiffness(start, model)
    M = bound(xp.reshape(v, (N, -1)), J, model, floor)
    pace = xp.ones_like(start[0, :])
    worst = xp.full_like(pace, float("inf"))
    for iteration in range(max_iterations + 1):
        F = xp.reshape(force(xp.reshape(v, (N, -1)), J, model), v.shape)[:, 1:-1, :]
        t, spread = _tangents(v, _energies(v, J, model))
        perpendicular = F - t * xp.sum(t * F, axis=0)
        if iteration % LOOK_EVERY == 0:
            last, worst = worst, xp.max(xp.abs(perpendicular), axis=(0, 1))
            if bool(xp.all(worst <= _largest_force(model))):
                break
            pace = xp.where(worst > last, 0.5 * pace, pace)
        step = xp.reshape(M.inverse @ xp.reshape(perpendicular, (N, -1)), perpendicular.shape)
        step = pace * (step - t * xp.sum(t * step, axis=0)) + 0.5 * spread * t
        v = xp.concat([v[:, :1, :], v[:, 1:-1, :] + step, v[:, -1:, :]], axis=1)
        if not M.covers(xp.reshape(v, (N, -1)), model):
            M = bound(xp.reshape(v, (N, -1)), J, model, floor)
    return v, worst


def _largest_force(model: Model) -> float:
    scale = spectral_edge(model) + abs(float(model.G.curvature(0.0) / model.gamma))
    return TOLERANCE * scale * amplitude(model)


def _energies(v: Array, J: Array, model: Model) -> Array:
    """(N, K, P) -> (K, P)."""
    xp = array_api_compat.array_namespace(v, J)
    return xp.reshape(energy(xp.reshape(v, (v.shape[0], -1)), J, model), v.shape[1:])


def _tangents(v: Array, U: Array) -> tuple[Array, Array]:
    """Unit tangents of the inner images, and by how far the next is farther than the last.

    Towards the higher neighbour; at a turning point a mean of both that changes continuously. The
    differences are then upwind for what the force along a string carries down it.
    """
    xp = array_api_compat.array_namespace(v)
    leap = v[:, 1:, :] - v[:, :-1, :]
    length = xp.sqrt(xp.sum(leap**2, axis=0))
    rise, drop = U[2:, :] - U[1:-1, :], U[:-2, :] - U[1:-1, :]
    larger = xp.maximum(xp.abs(rise), xp.abs(drop))
    smaller = xp.minimum(xp.abs(rise), xp.abs(drop))
    # Even a flat stretch needs a tangent: there, and on a slope, the higher neighbour's alone.
    turning = rise * drop > 0.0
    high = xp.where(turning, larger, xp.ones_like(rise))
    low = xp.where(turning, smaller, xp.zeros_like(rise))
    onward, back = (xp.where(up, high, low) for up in (rise >= drop, rise < drop))
    t = onward * leap[:, 1:, :] + back * leap[:, :-1, :]
    return t / xp.sqrt(xp.sum(t**2, axis=0)), length[1:, :] - length[:-1, :]


def _joins(saddle: Saddles, start: Array, end: Array, J: Array, model: Model) -> Array:
    """Whether one side of the saddle descends to ``start`` and the other to ``end``."""
    xp = array_api_compat.array_namespace(start, J)
    nudge = NUDGE * amplitude(model) / xp.max(xp.abs(saddle.mode), axis=0)
    one, two = (minimise(saddle.v + s * nudge * saddle.mode, J, model).v for s in (1.0, -1.0))

    def same(a: Array, b: Array) -> Array:
        return xp.max(xp.abs(a - b), axis=0) <= resolution(model)

    return (same(one, start) & same(two, end)) | (same(one, end) & same(two, start))
