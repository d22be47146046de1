"""The run of an anneal: ways down, and between them the lower of two minima."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._typing import Array
from ..backend.devices import to_host
from ..errors import SimulationError
from ..minima.descent import Descent
from ..records.packed import part, prefixed
from ..sample.landscape import energy
from ..sample.rng import Purpose
from ..sample.scales import anharmonic_length, fastest_frequency, force_rounding
from ..sample.sites import AnyModel, beside
from . import mirror_moves
from .anneal_noise import keys, set_state, state_of
from .base import Arrays, Batch, Found, Run
from .langevin import Langevin
from .quench import random_starts, towards_field

TIME_STEP = 1.0
"""In units of 1/ω of the fastest mode; BAOAB is unstable above 2, and a mode stiffens where a
site makes an excursion."""

NOISE_EVERY = 4
"""Steps between two encounters with the heat bath: as good a search as 1 at 0.9 of the cost, 0.8 in
single precision, and two thirds where nothing is compiled (32 starts, N = 256)."""

SWEEP = 16
"""Time steps between two looks at the clock, or fewer:"""

WORK = 2**31
"""S N² R of the time steps between two looks: half a second of one core."""

LOWERING = 100
"""Time steps that the minimisation at the end of a way down takes as long as, about."""

COARSE = 1e-3
"""Gradient, in units of the anharmonic length at J = 1, to which columns are minimised between two
ways down: energies are then known to 1e-4 of the differences between minima."""

BUDGET = 1000
"""Products that such a minimisation may take: a column that needs more is taken as it is."""


class Annealed(Run):
    """The columns (S, N, R) of a batch, on one way down after the other.

    Parameters
    ----------
    starts
        R.
    legs
        T of every step of every way down.
    friction
        In units of the fastest frequency.
    dtype
        Of the dynamics.
    """

    def __init__(
        self,
        batch: Batch,
        starts: int,
        legs: Sequence[Sequence[float]],
        *,
        friction: float,
        dtype: Any,
    ) -> None:
        xp, S = batch.xp, len(batch.numbers)
        self._batch, self._legs, self._friction = batch, legs, friction
        v = batch.on_device(np.stack([random_starts(batch, starts, s) for s in range(S)]))
        self._v = xp.astype(v, dtype)
        """The lowest minima so far; before there are any, where columns start."""
        self._J = xp.astype(batch.J, dtype)
        self._model = beside(batch.all_sites, self._v)
        self._mirrors: list[np.random.Generator] = []
        self._shake = None
        if any(mirror_moves.needed(own) for own in batch.sites):
            self._mirrors = [np.random.Generator(batch.stream(Purpose.MIRROR, s)) for s in range(S)]
            self._shake = mirror_moves.moves(
                self._J, batch.sites, self._mirrors, count=mirror_moves.PER_BATH
            )
        self._leg = 0
        self._at_once = steps_at_once(S, batch.N, starts)
        self._dynamics = self._begin()
        self._descent: Descent | None = None

    def _begin(self) -> Langevin:
        """The way down that is next, from rest."""
        T = self._legs[self._leg]
        frequency = _frequency(self._batch.sites, T[0])
        return Langevin(
            self._v,
            self._J,
            self._model,
            T,
            time_step=TIME_STEP / frequency,
            friction=self._friction * frequency,
            keys=keys(self._batch, self._leg),
            noise_every=NOISE_EVERY,
            shake=self._shake,
        )

    @property
    def done(self) -> bool:
        return self._leg == len(self._legs)

    @property
    def progress(self) -> float:
        """By time steps."""
        lowering = LOWERING if len(self._legs) > 1 else 0
        each = [len(leg) + lowering for leg in self._legs]
        now = 0.0 if self.done else float(self._dynamics.step)
        if self._descent is not None:
            now += lowering * self._descent.progress
        return (sum(each[: self._leg]) + now) / sum(each)

    def sweep(self) -> None:
        """Some time steps, or some products of the minimisation at the end of a way down."""
        if not self._dynamics.done:
            self._dynamics.advance(self._at_once)
            return
        # A single way down is left for the minimisation that follows every search.
        if len(self._legs) == 1:
            self._v = self._dynamics.v
        elif self._descent is None:
            self._descent = self._lowering()
            return
        elif not self._descent.done:
            self._descent.advance()
            return
        else:
            self._v, self._descent = self._lower(self._descent.result()[0]), None
        self._leg += 1
        if not self.done:
            self._dynamics = self._begin()

    def _lowering(self) -> Descent:
        """The minimisation from where a way down has ended."""
        v = self._dynamics.v
        shape, eps = (v.shape[0], v.shape[2]), float(self._batch.xp.finfo(v.dtype).eps)
        coarse = [
            max(COARSE * anharmonic_length(own), 2.0 * force_rounding(own, eps))
            for own in self._batch.sites
        ]
        targets = np.broadcast_to(np.asarray(coarse)[:, None], shape)
        return Descent(v, self._J, self._model, targets, np.full(shape, BUDGET))

    def _lower(self, found: Array) -> Array:
        """The lower of the minima that were found and those so far, column by column."""
        found = self._towards_field(found)
        if self._leg == 0:
            return found
        new, old = (energy(x, self._J, self._model) for x in (found, self._v))
        return self._batch.xp.where((new < old)[:, None, :], found, self._v)

    def result(self) -> Found:
        v = self._batch.xp.astype(self._v, self._batch.J.dtype)
        return Found(self._towards_field(v))

    def _towards_field(self, v: Array) -> Array:
        """The better of v and -v in every column."""
        parts = [towards_field(v[s, ...], own) for s, own in enumerate(self._batch.sites)]
        return self._batch.xp.stack(parts)

    def checkpoint(self) -> Arrays:
        dynamics = self._dynamics
        kept = {
            "lowest": to_host(self._v).copy(),
            "leg": np.asarray(self._leg),
            "v": to_host(dynamics.v).copy(),
            "p": to_host(dynamics.p).copy(),
            "step": np.asarray(dynamics.step),
        }
        for s, generator in enumerate(self._mirrors):
            kept[f"mirror{s}"] = state_of(generator)
        if self._descent is not None:
            kept |= prefixed("descent", self._descent.checkpoint())
        return kept

    def restore(self, arrays: Arrays) -> None:
        dtype, leg = self._v.dtype, int(arrays["leg"])
        lowest, v, p = (
            self._batch.on_device(arrays[name], dtype=dtype) for name in ("lowest", "v", "p")
        )
        self._v, self._leg = lowest, leg
        if not self.done:
            self._dynamics = self._begin()
            self._dynamics.restore(v, p, int(arrays["step"]))
        for s, generator in enumerate(self._mirrors):
            set_state(generator, arrays[f"mirror{s}"])
        descent = part("descent", arrays)
        if descent:
            self._descent = self._lowering()
            self._descent.restore(descent)


def steps_at_once(S: int, N: int, R: int) -> int:
    """Time steps of a sweep.

    >>> steps_at_once(1, 256, 32), steps_at_once(1, 4096, 32), steps_at_once(1, 8192, 512)
    (16, 4, 1)
    """
    return max(1, min(SWEEP, WORK // (S * N**2 * R)))


def _frequency(sites: Sequence[AnyModel], T: float) -> float:
    """The fastest of all samples: they move in step.

    Raises
    ------
    SimulationError
        If they differ, so that the time step of one would depend on the others.
    """
    fastest = {float(fastest_frequency(own, T)) for own in sites}
    if len(fastest) > 1:
        raise SimulationError(
            "samples whose sites differ have time steps of their own: anneal them one by one"
        )
    return fastest.pop()
