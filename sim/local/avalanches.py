"""Avalanches of a driven landscape: where a minimum vanished, who moved, what energy was lost."""

from __future__ import annotations

from dataclasses import dataclass

import array_api_compat
import numpy as np
from glasswell.theory.model import Model

from .._typing import Array, Bools, Floats, HostArray, Indices
from ..backend.devices import to_host
from ..sample.landscape import energy
from ..sample.scales import gradient_tolerance, precision, resolution
from .constrained import ConstrainedMinima, relax
from .driven import Drive

HALVINGS = 7
"""Of the step in which an avalanche lies: its place is then known to a hundredth of it."""


@dataclass(frozen=True)
class Avalanches:
    """One entry per avalanche, in the order of the steps; arrays (E,)."""

    column: Indices
    step: Indices
    """The avalanche lies between displacements ``step`` and ``step + 1`` of the drive."""
    displacement: Floats
    """Of the driven site."""
    energy_before: Floats
    """U_i^ad just before."""
    energy_loss: Floats
    """Of U, > 0."""
    participation: Floats
    """How many of the others moved, (Σ u_j²)²/Σ u_j⁴ of their displacements u."""

    def total(self, columns: int) -> Floats:
        """Energy lost per column, (R,)."""
        return np.asarray(np.bincount(self.column, self.energy_loss, columns), dtype=np.float64)


def participation(u: Array) -> Array:
    """(Σ_j u_j²)²/Σ_j u_j⁴, (N, E) -> (E,): N for a shift of all sites, 1 for that of one."""
    xp = array_api_compat.array_namespace(u)
    return xp.sum(u**2, axis=0) ** 2 / xp.sum(u**4, axis=0)


def find_avalanches(
    drive: Drive, parted: Bools, J: Array, model: Model, floor: Array
) -> Avalanches:
    """The avalanches of a drive: the steps that, taken back, do not lead back.

    A hysteresis that opens and closes within one step is not resolved, and what jumps several
    times within one step counts as one avalanche.

    Parameters
    ----------
    parted
        (L, R) where the ways there and back differ: only there can an avalanche be.
    floor
        (N,) G''/γ of any minimum of U.
    """
    relaxer = _Relaxer(drive, J, model, floor)
    step, column = np.nonzero(parted[:-1] | parted[1:])
    if len(step):
        states = _columns(drive.v, step, column), _columns(drive.v, step + 1, column)
        jumped = relaxer.differ(*states, column, drive.displacement[step, column])
        step, column = step[jumped], column[jumped]
    if not len(step):
        return Avalanches(column, step, *(np.zeros(0) for _ in range(4)))
    before, displacement = _last_before(relaxer, step, column)
    after, end = _columns(drive.v, step + 1, column), drive.displacement[step + 1, column]
    landed = relaxer.at(after, column, displacement)
    # What the drive still did after the avalanche is not lost.
    work = (to_host(landed.slope) + drive.slope[step + 1, column]) / 2 * (end - displacement)
    energy_before = to_host(energy(before, J, model))
    energy_loss = energy_before + work - drive.energy[step + 1, column]
    others = relaxer.others(before, column)
    moved = to_host(participation(others * (after - before)))
    return Avalanches(column, step, displacement, energy_before, energy_loss, moved)


def _last_before(relaxer: _Relaxer, step: Indices, column: Indices) -> tuple[Array, Floats]:
    """State and driven displacement up to which the drive can be taken back, by halving steps."""
    drive = relaxer.drive
    xp = array_api_compat.array_namespace(drive.v)
    before = _columns(drive.v, step, column)
    low, high = drive.displacement[step, column], drive.displacement[step + 1, column]
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        state = relaxer.at(before, column, middle).v
        gone = relaxer.differ(before, state, column, low)
        before = xp.where(_like(before, gone), before, state)
        low, high = np.where(gone, low, middle), np.where(gone, middle, high)
    return before, low


@dataclass(frozen=True)
class _Relaxer:
    """Relaxation of the columns of one drive at other displacements of their driven sites."""

    drive: Drive
    J: Array
    model: Model
    floor: Array

    def at(self, v: Array, column: Indices, displacement: Floats) -> ConstrainedMinima:
        """The columns v at rest with their driven sites at ``displacement``."""
        start = v + (1.0 - self.others(v, column)) * (_like(v, displacement) - v)
        return relax(
            start,
            self.J,
            self.model,
            self._sites(column),
            floor=self.floor,
            tolerance=gradient_tolerance(self.model, precision(v, self.J)),
        )

    def differ(self, before: Array, after: Array, column: Indices, low: Floats) -> Bools:
        """Whether ``after``, with its driven site taken back to ``low``, is not ``before``."""
        xp = array_api_compat.array_namespace(before)
        apart = to_host(xp.max(xp.abs(self.at(after, column, low).v - before), axis=0))
        return np.asarray(apart > resolution(self.model))

    def others(self, v: Array, column: Indices) -> Array:
        """1 for the sites that are not driven, 0 for those that are; the shape of v."""
        xp = array_api_compat.array_namespace(v)
        numbers = xp.arange(v.shape[0], device=array_api_compat.device(v))
        return xp.astype(numbers[:, None] != self._sites(column)[None, :], v.dtype)

    def _sites(self, column: Indices) -> Array:
        xp = array_api_compat.array_namespace(self.drive.sites)
        return xp.take(self.drive.sites, _like(self.drive.sites, column))


def _columns(v: Array, row: Indices, column: Indices) -> Array:
    """v[row, :, column] as columns, (L, N, R) -> (N, E)."""
    xp = array_api_compat.array_namespace(v)
    L, N, R = v.shape
    flat = xp.reshape(xp.permute_dims(v, (1, 0, 2)), (N, L * R))
    return xp.take(flat, _like(v, row * R + column), axis=1)


def _like(v: Array, host: HostArray) -> Array:
    """The host's array on the device of v."""
    xp = array_api_compat.array_namespace(v)
    return xp.asarray(host, device=array_api_compat.device(v))
