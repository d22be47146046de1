"""Samples of a finished archive searched further: with more starts, or with more sweeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from ..config import SimulationConfig
from ..minima.union import union
from ..records.sizes import SizeData, select
from ..samplers.base import Draw, Sampler
from ..samplers.drive import Goal, begun, search
from ..samplers.search_state import Keeper
from ..samplers.taken_up import checkpoint_of


class Search(Protocol):
    """What a task does in place of a search from the beginning."""

    def run(
        self, config: SimulationConfig, samples: Sequence[int], draw: Draw, keeper: Keeper
    ) -> SizeData:
        """The samples as the configuration wants them."""

    def only(self, samples: Sequence[int]) -> Search:
        """The same of some of its samples."""


def _rows(old: SizeData, samples: Sequence[int]) -> SizeData:
    return select(old, np.searchsorted(old.sample, samples))


@dataclass(frozen=True, eq=False)
class MoreStarts:
    """One more search, with starts and random numbers of its own, whose states join the old."""

    old: SizeData
    """The samples as they were."""
    starts: int
    """Of the search."""
    attempt: int
    """The searches that may have been made of a sample before."""

    def only(self, samples: Sequence[int]) -> Search:
        """The same of some of its samples."""
        return replace(self, old=_rows(self.old, samples))

    def run(
        self, config: SimulationConfig, samples: Sequence[int], draw: Draw, keeper: Keeper
    ) -> SizeData:
        """Search with so many starts, and keep the lowest states of all."""
        sampler = _with_starts(config.sampler, self.starts)
        goal = Goal(min(config.kept, self.starts), attempt=self.attempt)
        found = search(sampler, samples, draw, goal, keeper)
        return union(self.old, found, draw(samples).sites, config.kept)


@dataclass(frozen=True, eq=False)
class MoreSweeps:
    """A tempering that goes on from its last state; or one that begins beside such, like them."""

    old: SizeData | None
    """The samples as they were, if they are there."""
    sweeps: int
    """After the burn-in, in the end."""
    columns: int
    """Displacements that are noted and minimised, in the end."""

    def only(self, samples: Sequence[int]) -> Search:
        """The same of some of its samples."""
        return self if self.old is None else replace(self, old=_rows(self.old, samples))

    def run(
        self, config: SimulationConfig, samples: Sequence[int], draw: Draw, keeper: Keeper
    ) -> SizeData:
        """Sweep on."""
        sampler, taken_up = _with_starts(config.sampler, self.columns), keeper
        if self.old is not None and self.old.tempering is not None:
            run = checkpoint_of(self.old.tempering, self.sweeps, self.columns)
            first = begun(run, len(samples))
            taken_up = replace(keeper, load=lambda: keeper.load() or first)
        return search(sampler, samples, draw, config.goal, taken_up)


def _with_starts(sampler: Sampler, starts: int) -> Sampler:
    changed: Sampler = replace(sampler, starts=starts)  # type: ignore[type-var]  # a dataclass by contract
    return changed
