"""Samples of one size from several places, as one sequence in the order of their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .._typing import HostArray, Integers
from ..errors import ArchiveError
from .blocks import Samples
from .sizes import SizeData, concatenate, select


class Joined:
    """Samples with some numbers out of all parts, each of which is read when its turn has come.

    Parameters
    ----------
    wanted
        The numbers, ascending.
    repeated
        Whether a sample may be in two parts: then the first of them counts.

    Raises
    ------
    ArchiveError
        If a sample is in no part, or in two.
    """

    def __init__(
        self, parts: Sequence[Samples], wanted: Sequence[int] | Integers, *, repeated: bool = False
    ) -> None:
        self._parts = [part for part in parts if len(part.sample)]
        numbers = np.concatenate([np.empty(0, np.int64), *(part.sample for part in self._parts)])
        unique, order = np.unique(numbers, return_index=True)
        if len(unique) < len(numbers) and not repeated:
            raise ArchiveError(
                "two shards hold the same sample: delete the .shards folder and rerun"
            )
        order = order[np.isin(unique, wanted)]
        self.sample: HostArray = numbers[order]
        """(S,) their numbers."""
        if len(self.sample) != len(wanted):
            raise ArchiveError("a shard has gone missing while the simulation ran: resume it")
        lengths = [len(part.sample) for part in self._parts]
        self._owner = np.repeat(np.arange(len(lengths)), lengths)[order]
        first = np.cumsum([0, *lengths])
        self._row = order - first[self._owner]

    @property
    def N(self) -> int:
        """Sites per sample."""
        return self._parts[0].N

    @property
    def sample_bytes(self) -> int:
        """What one sample takes in memory."""
        return self._parts[0].sample_bytes

    @property
    def goes_on(self) -> bool:
        """Whether a tempering of theirs can go on from its last state."""
        return all(part.goes_on for part in self._parts)

    def rows(self, first: int, last: int) -> SizeData:
        """The samples at positions first, first + 1, …, last - 1.

        Raises
        ------
        ArchiveError
            If a part cannot be read, or does not fit the others.
        """
        owner, row = self._owner[first:last], self._row[first:last]
        pieces = []
        for number in np.unique(owner):
            # A part ascends, so that its samples between two numbers stand side by side.
            of_part = row[owner == number]
            low = int(of_part.min())
            piece = self._parts[number].rows(low, int(of_part.max()) + 1)
            # Without those that another part has before it.
            pieces.append(select(piece, np.sort(of_part) - low))
        return self._alike(concatenate(pieces))

    def _alike(self, data: SizeData) -> SizeData:
        """Without a last state where other samples have none."""
        if data.tempering is None or self.goes_on:
            return data
        return replace(data, tempering=replace(data.tempering, last=None))
