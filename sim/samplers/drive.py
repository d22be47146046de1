"""One way to run every sampler: sweeps, checkpoints, interrupts, minimisation, what is kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .._typing import HostArray, Integers
from ..backend.devices import to_host
from ..backend.interrupts import deferred
from ..minima.collect import collect, lowest_hits
from ..minima.minimiser import Minima, joined, minimise
from ..records.packed import pack, part, prefixed, unpack
from ..records.sizes import SizeData, concatenate
from ..records.time_series import Tempered, rows
from ..sample.sites import beside
from . import contract
from .base import Arrays, Batch, Draw, Found, Run, Sampler

SAVE_EVERY = 60.0
"""Seconds between checkpoints."""


@dataclass(frozen=True)
class Goal:
    """What is asked of the search of a sample."""

    kept: int
    """SampleMinima, lowest first."""
    least_hits: int = 1
    """Starts that must have ended in the lowest state, or the sample is searched again."""
    rounds: int = 1
    """Searches at most."""
    attempt: int = 0
    """Searches that were made before: random numbers are those of the next."""


@dataclass(frozen=True)
class Keeper:
    """Where a checkpoint is kept between one interruption and the next."""

    load: Callable[[], Arrays | None] = lambda: None
    save: Callable[[Arrays], None] | None = None
    """None where nothing is kept."""


@dataclass(frozen=True)
class SampleMinima:
    """The columns of one sample: their minima, and what they come from."""

    minima: Minima
    """Of columns (N, R)."""
    origin: Integers
    """(R,), as ``Found.origin``."""

    def and_of(self, other: SampleMinima) -> SampleMinima:
        """The columns of both, which are independent of each other."""
        later = other.origin + self.origin.max() + 1
        return SampleMinima(joined(self.minima, other.minima), np.concatenate([self.origin, later]))

    def arrays(self) -> dict[str, HostArray]:
        """On the host."""
        return {n: to_host(x) for n, x in vars(self.minima).items()} | {"origin": self.origin}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, HostArray], batch: Batch) -> SampleMinima:
        """What ``arrays`` has returned, on the device of the batch."""
        found = dict(arrays)
        origin = found.pop("origin")
        return cls(Minima(**{n: batch.on_device(x) for n, x in found.items()}), origin)


def search(
    sampler: Sampler,
    numbers: Sequence[int],
    draw: Draw,
    goal: Goal,
    keeper: Keeper | None = None,
) -> SizeData:
    """Search samples of one size, and keep their lowest states.

    An interrupt waits for the end of a sweep and saves a checkpoint before it takes effect; a
    second Ctrl-C does not wait. What was interrupted gives, bit for bit, what it would have given.

    Parameters
    ----------
    numbers
        Of the samples.
    draw
        Makes batches of them, with what ``sampler.prepare`` has returned.

    Raises
    ------
    SimulationError
        If the sampler does not do what it should: naming it.
    """
    progress = _Progress(keeper or Keeper())
    left = list(numbers[progress.samples :])
    size = len(left) if sampler.together else progress.group
    while left:
        batch = draw(left[: size or 1])
        if not size:
            # The first sample says how many are best searched with it.
            size = max(1, sampler.side_by_side(batch.model, batch.N, batch.xp))
            batch = batch if size == 1 else draw(left[:size])
        progress.group = len(batch.numbers)
        _search_group(sampler, batch, goal, progress)
        left = left[len(batch.numbers) :]
    return concatenate(progress.finished)


def begun(run: Arrays, samples: int) -> Arrays:
    """What a keeper has of so many samples whose first search stands there, by its checkpoint."""
    return {**prefixed("run", run), "group": np.asarray(samples), "attempt": np.asarray(0)}


def minima_of(sampler: Sampler, batch: Batch) -> list[Minima]:
    """The minima that the columns of each sample end in, (N, R) each; nothing is kept on the way.

    >>> from glasswell.sim import Quench, Sample
    >>> from glasswell.theory import Model
    >>> batch = Batch.of([Sample(Model(gamma=10.0), 8, seed=1)], seed=1)
    >>> [minima.energy.shape for minima in minima_of(Quench(starts=3), batch)]
    [(3,)]
    """
    states, _ = _one_search(sampler, batch, _Progress(Keeper()))
    return [one.minima for one in states]


class _Progress:
    """What is done already, in memory and at the keeper's."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._saved = time.monotonic()
        kept = keeper.load() or {}
        done = part("done", kept)
        self.finished: list[SizeData] = [unpack(done)] if done else []
        """Of the groups before the present one."""
        self.group = int(kept.get("group", np.asarray(0)))
        """Samples of the present group; 0 before it is known."""
        self.attempt = int(kept.get("attempt", np.asarray(0)))
        """Of the present group."""
        self._states = part("states", kept)
        self._run = part("run", kept)

    @property
    def samples(self) -> int:
        """How many are done."""
        return sum(len(data.sample) for data in self.finished)

    def restore(self, run: Run) -> None:
        """Let a run go on from where it was interrupted, if it was."""
        if self._run:
            run.restore(self._run)
            self._run = {}

    def states(self, batch: Batch) -> list[SampleMinima]:
        """The columns of earlier attempts at the present group, of every sample; or none."""
        if not self._states:
            return []
        each = (part(str(s), self._states) for s in range(len(batch.numbers)))
        return [SampleMinima.of_arrays(arrays, batch) for arrays in each]

    def next_attempt(self, states: Sequence[SampleMinima]) -> None:
        """One more attempt at the present group, with all columns so far."""
        self.attempt += 1
        self._states = {}
        for s, one in enumerate(states):
            self._states |= prefixed(str(s), one.arrays())
        self.save_if_due(dict)

    def next_group(self, parts: list[SizeData]) -> None:
        """The present group is done."""
        self.finished = [concatenate([*self.finished, *parts])]
        self.group, self.attempt, self._states = 0, 0, {}
        self.save_if_due(dict)

    def save_if_due(self, run: Callable[[], Arrays], *, now: bool = False) -> None:
        """Save all of it, with the arrays of a run, if the last time is long ago."""
        if self._keeper.save is None or not (now or time.monotonic() - self._saved > SAVE_EVERY):
            return
        done = pack(self.finished[0]) if self.finished else {}
        self._keeper.save(
            {
                **prefixed("done", done),
                **prefixed("states", self._states),
                **prefixed("run", run()),
                "group": np.asarray(self.group),
                "attempt": np.asarray(self.attempt),
            }
        )
        self._saved = time.monotonic()


def _search_group(sampler: Sampler, batch: Batch, goal: Goal, progress: _Progress) -> None:
    if sampler.together:
        states, series = _one_search(sampler, replace(batch, attempt=goal.attempt), progress)
    else:
        states, series = _repeated(sampler, batch, goal, progress), None
    parts = [_kept(s, states[s], batch, goal, series) for s in range(len(states))]
    progress.next_group(parts)


def _repeated(
    sampler: Sampler, batch: Batch, goal: Goal, progress: _Progress
) -> list[SampleMinima]:
    """Searches of each sample, until its lowest state was hit often enough."""
    states = progress.states(batch)
    lacking = _lacking(states, batch, goal) if states else list(range(len(batch.numbers)))
    while True:
        again = replace(batch.only(lacking), attempt=goal.attempt + progress.attempt)
        found, _ = _one_search(sampler, again, progress)
        if not states:
            states = found
        else:
            for s, more in zip(lacking, found, strict=True):
                states[s] = states[s].and_of(more)
        lacking = _lacking(states, batch, goal)
        if not lacking or progress.attempt + 1 >= goal.rounds:
            return states
        progress.next_attempt(states)


def _lacking(states: Sequence[SampleMinima], batch: Batch, goal: Goal) -> list[int]:
    """The samples whose lowest state was not hit often enough, by where they stand."""
    return [
        s
        for s, (one, own) in enumerate(zip(states, batch.sites, strict=True))
        if lowest_hits(one.minima, own, one.origin) < goal.least_hits
    ]


def _one_search(
    sampler: Sampler, batch: Batch, progress: _Progress
) -> tuple[list[SampleMinima], Tempered | None]:
    run = contract.require_run(sampler, sampler.init(batch))
    progress.restore(run)
    # Once more for a caller whose signal handler does not end the run.
    while not contract.done(sampler, run):
        with deferred() as interrupt:
            while not contract.done(sampler, run) and not interrupt.requested:
                run.sweep()
                progress.save_if_due(
                    lambda: contract.require_arrays(sampler, run.checkpoint()),
                    now=interrupt.requested,
                )
    found = contract.require_found(sampler, batch, run.result())
    return _minimised(found, batch), found.series


def _minimised(found: Found, batch: Batch) -> list[SampleMinima]:
    v = batch.on_device(found.columns)
    minima = minimise(v, batch.J, beside(batch.all_sites, v), eigenvalues=False)
    origin = np.arange(v.shape[2]) if found.origin is None else np.asarray(found.origin)
    return [
        SampleMinima(Minima(**{n: x[s, ...] for n, x in vars(minima).items()}), origin)
        for s in range(len(batch.numbers))
    ]


def _kept(
    s: int, states: SampleMinima, batch: Batch, goal: Goal, series: Tempered | None
) -> SizeData:
    own, J = batch.sites[s], batch.J[s, ...]
    data = collect(batch.numbers[s], states.minima, J, own, goal.kept, states.origin)
    if batch.parameters:
        given = {name: np.asarray(x)[None] for name, x in batch.parameters[s].items()}
        data = replace(data, parameters=given)
    if series is not None:
        own_rows = rows([series], lambda arrays: arrays[0][s : s + 1])
        data = replace(data, tempering=own_rows)
    return data
