"""Quench: a minimisation from random displacements."""

from __future__ import annotations

from dataclasses import dataclass, field

import array_api_compat
import numpy as np

from .._typing import Array, Floats
from ..sample.rng import Purpose, uniforms
from ..sample.scales import amplitudes
from ..sample.sites import AnyModel
from . import options
from .base import Batch, Found, Run, Sampler


@dataclass(frozen=True)
class Quench(Sampler):
    """Minimise from random displacements, uniform within each site's amplitude.

    Parameters
    ----------
    starts
        Independent starts per sample, the columns R.

    Raises
    ------
    SimulationError
        If starts is no positive integer.

    >>> Quench(starts=8).label(256)
    '8 quenches'
    """

    starts: int = field(default=32, metadata=options.COUNT)

    def init(self, batch: Batch) -> Run:
        """A run that is done at once."""
        return _Quenched(self, batch)

    def label(self, N: int) -> str:  # noqa: ARG002
        """ "32 quenches"."""
        return f"{self.starts} quenches"


class _Quenched(Run):
    def __init__(self, sampler: Quench, batch: Batch) -> None:
        self._sampler, self._batch = sampler, batch

    @property
    def done(self) -> bool:
        return True

    def sweep(self) -> None:
        """Nothing moves: the minimisation is not the sampler's."""

    def result(self) -> Found:
        batch = self._batch
        columns = [
            towards_field(batch.on_device(random_starts(batch, self._sampler.starts, s)), own)
            for s, own in enumerate(batch.sites)
        ]
        return Found(batch.xp.stack(columns))


def random_starts(batch: Batch, R: int, s: int = 0) -> Floats:
    """Random displacements of sample s, (N, R), uniform within each site's amplitude.

    Bounded, because a Gaussian's tail would begin on walls too stiff for the time step.
    """
    N, bits = batch.N, batch.stream(Purpose.DISPLACEMENTS, s)
    lengths = amplitudes(batch.sites[s])[:, None]
    return np.asarray(lengths * (2.0 * uniforms(bits, N * R).reshape(N, R) - 1.0))


def towards_field(v: Array, model: AnyModel) -> Array:
    """The better of v and -v in every column: they differ by 2H Σ_i v_i, and by nothing else."""
    if model.symmetric:
        return v
    xp = array_api_compat.array_namespace(v)
    along = model.field * xp.sum(v, axis=0)
    return v * xp.where(along < 0.0, -xp.ones_like(along), xp.ones_like(along))
