"""Where the search of some samples stands, in memory and in checkpoints, and how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .._typing import HostArray, Integers
from ..backend.devices import to_host
from ..minima.minimiser import Minima, Minimisation, joined
from ..records.packed import pack, pack_series, part, prefixed, unpack, unpack_series
from ..records.sizes import SizeData, concatenate
from ..records.time_series import Tempered
from .base import Arrays, Batch, Found, Run

SAVE_EVERY = 30.0
"""Seconds between checkpoints."""

STAGE = 1 / 6
"""Of these seconds must have passed for one that is saved because a stage is over: the dynamics,
the minimisation after them."""

SAVING = 20.0
"""Checkpoints take one part in so many of the time at most, however slow the disk is."""


def _unseen(_done: Callable[[], float]) -> None:
    """Nobody looks how far it is."""


@dataclass(frozen=True)
class Keeper:
    """Where a checkpoint is kept between one interruption and the next, and who looks on."""

    load: Callable[[], Arrays | None] = lambda: None
    save: Callable[[Arrays], None] | None = None
    """None where nothing is kept."""
    every: float = SAVE_EVERY
    """Seconds between two checkpoints; 0 saves one after every sweep."""
    sign: Callable[[Callable[[], float]], None] = _unseen
    """Called often, with what tells how many samples are done, fractions included."""


class Saver:
    """Saves at its keeper's when it is time, and tells who looks on."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._saved = time.monotonic()
        self._pause = keeper.every

    def tell(self, done: Callable[[], float]) -> None:
        """Say how far it is."""
        self._keeper.sign(done)

    def save_if_due(
        self, arrays: Callable[[], Arrays], *, now: bool = False, stage: bool = False
    ) -> None:
        """Save them if the last time is long ago; less long where a ``stage`` is over."""
        since, pause = time.monotonic() - self._saved, self._pause * (STAGE if stage else 1.0)
        if self._keeper.save is None or not (now or since >= pause):
            return
        began = time.monotonic()
        self._keeper.save(arrays())
        self._saved = time.monotonic()
        if self._keeper.every > 0.0:
            self._pause = max(self._keeper.every, SAVING * (self._saved - began))


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


class SearchState:
    """What is done already, in memory and at the keeper's."""

    def __init__(self, keeper: Keeper, samples: int) -> None:
        self._saver = Saver(keeper)
        kept = keeper.load() or {}
        done = part("done", kept)
        self.finished: list[SizeData] = [unpack(done)] if done else []
        """Of the groups before the present one."""
        self.group = int(kept.get("group", np.asarray(0)))
        """Samples of the present group; 0 before it is known."""
        self.attempt = int(kept.get("attempt", np.asarray(0)))
        """Attempts at the present group that are over."""
        self.may_repeat = False
        """Whether there may be another attempt."""
        self._all, self._seen = samples, 0.0
        self._states = part("states", kept)
        self._series = unpack_series(part("series", kept))
        self._run, self._found = part("run", kept), part("found", kept)
        self._minimised = part("minimised", kept)

    @property
    def samples(self) -> int:
        """How many are done."""
        return sum(len(data.sample) for data in self.finished)

    def restore(self, run: Run) -> None:
        """Let a run go on from where it was interrupted, if it was."""
        if self._run:
            run.restore(self._run)
            self._run = {}

    def restore_minimisation(self, minimisation: Minimisation) -> None:
        """The same for the minimisation of what it has found."""
        if self._minimised:
            minimisation.restore(self._minimised)
            self._minimised = {}

    def found(self, batch: Batch) -> Found | None:
        """What a run had found when its minimisation was interrupted."""
        if not self._found:
            return None
        columns = batch.on_device(self._found["columns"])
        return Found(columns, self._found.get("origin"), self._series)

    def run_is_over(self, found: Found) -> None:
        """Keep what it has found in place of the run."""
        self._found = {"columns": np.array(to_host(found.columns))}
        if found.origin is not None:
            self._found["origin"] = np.asarray(found.origin)
        self._series = found.series
        self.save_if_due(stage=True)

    def states(self, batch: Batch) -> tuple[list[SampleMinima], Tempered | None]:
        """The columns of earlier attempts at the present group, of every sample; or none."""
        if not self._states:
            return [], None
        each = (part(str(s), self._states) for s in range(len(batch.numbers)))
        return [SampleMinima.of_arrays(arrays, batch) for arrays in each], self._series

    def attempt_is_over(self, states: Sequence[SampleMinima], series: Tempered | None) -> None:
        """One more attempt at the present group, with all columns so far."""
        self.attempt += 1
        self._states, self._found, self._series = {}, {}, series
        for s, one in enumerate(states):
            self._states |= prefixed(str(s), one.arrays())
        self.save_if_due(stage=True)

    def group_is_over(self, parts: list[SizeData]) -> None:
        """The present group is done."""
        self.finished = [concatenate([*self.finished, *parts])]
        self.group, self.attempt, self._states, self._series = 0, 0, {}, None
        self.tell(lambda: 0.0)
        self.save_if_due()

    def tell(self, share: Callable[[], float]) -> None:
        """Say how much of the present attempt is done."""
        self._saver.tell(lambda: self._done(share()))

    def _done(self, share: float) -> float:
        """Samples; never fewer than before.

        Where attempts may follow, each is taken to be half of what is left to do.
        """
        if self.may_repeat:
            share = 1.0 - 0.5**self.attempt * (1.0 - 0.5 * share)
        self._seen = max(self._seen, self.samples + self.group * min(share, 1.0))
        return min(self._seen, self._all)

    def save_if_due(
        self,
        now_at: Callable[[], Arrays] = dict,
        *,
        now: bool = False,
        stage: bool = False,
    ) -> None:
        """Save all of it, with where the present stage is, if the last time is long ago."""
        self._saver.save_if_due(lambda: {**self._kept(), **now_at()}, now=now, stage=stage)

    def _kept(self) -> dict[str, HostArray]:
        return {
            **prefixed("done", pack(self.finished[0]) if self.finished else {}),
            **prefixed("states", self._states),
            **prefixed("series", pack_series(self._series)),
            **prefixed("found", self._found),
            "group": np.asarray(self.group),
            "attempt": np.asarray(self.attempt),
        }
