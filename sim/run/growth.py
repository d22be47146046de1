"""A finished archive that becomes larger: what may be added, and what that leaves to be done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from ..archive.layout import Archive, Provenance, Stage
from ..config import SimulationConfig
from ..errors import ArchiveError
from ..records.blocks import Samples
from ..records.sizes import SizeData, select
from ..samplers import prolonged
from ..samplers.base import Arrays, Sampler
from ..samplers.temper import Temper
from .differences import differences, simulation_values
from .provenance import samplers_of
from .shards import Finished
from .taking_up import MoreStarts, MoreSweeps, Search
from .tasks import Task

Describe = Callable[[SimulationConfig, Sequence[Stage]], Provenance]
"""The provenance of a run with a configuration, after some stages."""


@dataclass(frozen=True)
class Growth:
    """An archive, and what it is to become."""

    found: Archive
    provenance: Provenance
    """Of the archive to come."""

    def with_kept(self, done: Finished) -> Finished:
        """The shards, and of the archive all samples that are searched no further."""
        sizes: dict[int, list[Samples]] = {N: list(parts) for N, parts in done.sizes.items()}
        for N, data in self.found.sizes.items():
            if not self._longer(N):
                # First, so that they count where a shard has them too.
                sizes[N] = [data, *sizes.get(N, [])]
        return Finished(sizes, done.versions)

    def shared(self, N: int) -> Arrays | None:
        """What samples of a size share, if those that are there must share it with others."""
        data = self.found.sizes.get(N)
        if data is None or not isinstance(self._now, Temper) or data.tempering is None:
            return None
        return {"temperatures": data.tempering.temperatures, **self._schedule(N)}

    def split(self, job: Task) -> list[Task]:
        """The same task, that of samples that are there apart: they go on from what is there."""
        data, schedule = self.found.sizes.get(job.N), self._schedule(job.N)
        samples = np.asarray(job.samples)
        there = np.zeros(len(samples), dtype=bool)
        if data is not None and self._longer(job.N):
            there = np.isin(samples, data.sample)
        old, new = samples[there].tolist(), samples[~there].tolist()
        parts = []
        if old and data is not None:
            places = np.searchsorted(data.sample, old)
            low = int(places[0])
            rows = select(data.rows(low, int(places[-1]) + 1), places - low)
            parts.append(job.only(old, self._search(job.N, rows)))
        if new:
            alike = self._prolonged(job.N, None) if schedule else None
            parts.append(job.only(new, alike))
        return parts

    def _search(self, N: int, rows: SizeData) -> Search:
        if isinstance(self._now, Temper):
            return self._prolonged(N, rows)
        seen = [one.starts for one in samplers_of(self.found.provenance.stages, N)]
        searches = self.found.config.rounds + sum(b > a for a, b in pairwise(seen))
        return MoreStarts(rows, self._now.starts - self._before.starts, searches)

    def _prolonged(self, N: int, rows: SizeData | None) -> MoreSweeps:
        columns = 2 * len(self._schedule(N)["dates"])
        return MoreSweeps(rows, _sweeps(self._now, N), columns)

    @property
    def _before(self) -> Sampler:
        return self.found.config.sampler

    @property
    def _now(self) -> Sampler:
        return self.provenance.config.sampler

    def _schedule(self, N: int) -> Arrays:
        return prolonged.schedule(samplers_of(self.provenance.stages, N), N)

    def _longer(self, N: int) -> bool:
        if isinstance(self._now, Temper):
            return _sweeps(self._now, N) > _sweeps(self._before, N)
        return self._now.starts > self._before.starts


def _sweeps(sampler: Sampler, N: int) -> int:
    return sampler.plan_of(N).sweeps if isinstance(sampler, Temper) else 0


def begin(
    path: str | Path, found: Archive, asked: SimulationConfig, made: Describe
) -> Growth | None:
    """What makes an archive what is asked for; None where it is that already.

    Raises
    ------
    ArchiveError
        If it is another configuration's, or a part, or something is asked for that cannot be added:
        naming what differs.
    """
    stages = found.provenance.stages
    now, again = made(asked, stages), made(found.config, stages[:-1])
    why = _other_key(found.provenance, now)
    if why is None and again.config_hash != found.provenance.config_hash:
        why = "its samples were made by another recipe, or under another device or version"
    if why is None and _same(found.config, asked):
        return None
    why = why or next(_not_to_be_added(found, asked), None)
    if why is not None:
        raise ArchiveError(f"{path} holds another configuration ({why}): choose another name")
    if not found.provenance.part.whole:
        raise ArchiveError(
            f"{path} is {found.provenance.part} of a run and does not grow: merge all parts first"
        )
    return Growth(found, now)


def _same(one: SimulationConfig, other: SimulationConfig) -> bool:
    return simulation_values(one.table()) == simulation_values(other.table())


def _other_key(old: Provenance, new: Provenance) -> str | None:
    """The first difference that no growth explains."""
    may = {"config_hash", "earlier stages", *(f"[simulation] {key}" for key in _may_grow(new))}
    for key, there, here in differences(old, new):
        if key not in may:
            return f"{key} is {there} there and {here} here"
    return None


def _may_grow(new: Provenance) -> tuple[str, ...]:
    longer = ("sweeps", "burn_in") if isinstance(new.config.sampler, Temper) else ()
    return ("sizes", "samples", "starts", *longer)


def _not_to_be_added(found: Archive, asked: SimulationConfig) -> Iterator[str]:
    """What is asked for and would need what is there to become less, or what was not kept."""
    there, here = found.config, asked
    for N in there.sizes:
        if N not in here.sizes:
            yield f"N = {N} is not among the sizes: an archive only grows"
            return
        if here.samples_of(N) < there.samples_of(N):
            yield (
                f"samples of N = {N} are {there.samples_of(N)} there and {here.samples_of(N)} "
                "here: an archive only grows"
            )
    if here.starts < there.starts:
        yield f"starts is {there.starts} there and {here.starts} here: an archive only grows"
    if isinstance(here.sampler, Temper):
        yield from _not_to_be_swept(found, here.sampler)
    elif here.starts > there.starts and any(x.tempering for x in found.sizes.values()):
        yield "starts of a sampler with time series cannot be added"


def _not_to_be_swept(found: Archive, here: Temper) -> Iterator[str]:
    for N, data in found.sizes.items():
        seen = [x for x in samplers_of(found.provenance.stages, N) if isinstance(x, Temper)]
        begun, there = seen[0].plan_of(N), seen[-1].plan_of(N)
        now = here.plan_of(N)
        if now.sweeps < there.sweeps:
            yield (
                f"sweeps at N = {N} are {there.sweeps} there and {now.sweeps} here: an archive "
                "only grows"
            )
        if now.burn_in != begun.burn_in and (here.burn_in, seen[0].burn_in) != (None, None):
            yield f"burn_in at N = {N} is {begun.burn_in} there and {now.burn_in} here"
        if now.sweeps == there.sweeps and here.starts > seen[-1].starts:
            yield "starts of a tempering are added with sweeps only"
        if now.sweeps > there.sweeps and (data.tempering is None or data.tempering.last is None):
            yield "an older version kept no last state that sweeps could go on from"
