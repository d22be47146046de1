"""Samples of one size from several places, as one sequence in the order of their numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .._typing import HostArray
from ..errors import ArchiveError
from .blocks import Samples
from .sizes import SizeData, concatenate


class Joined:
    """The samples 0, 1, …, wanted - 1 of all parts, each of which is read when its turn has come.

    Raises
    ------
    ArchiveError
        If a sample is in no part, or in two.
    """

    def __init__(self, parts: Sequence[Samples], wanted: int) -> None:
        self._parts = [part for part in parts if len(part.sample)]
        numbers = np.concatenate([np.empty(0, np.int64), *(part.sample for part in self._parts)])
        order = np.argsort(numbers, kind="stable")
        order = order[numbers[order] < wanted]
        self.sample: HostArray = numbers[order]
        """(S,) their numbers."""
        if np.any(self.sample[1:] == self.sample[:-1]):
            raise ArchiveError(
                "two shards hold the same sample: delete the .shards folder and rerun"
            )
        if len(self.sample) != wanted:
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
            pieces.append(self._parts[number].rows(int(of_part.min()), int(of_part.max()) + 1))
        return concatenate(pieces)
