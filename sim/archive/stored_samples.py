"""Samples of one size in a file of their own, which is opened whenever they are read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .._typing import HostArray
from ..errors import ArchiveError
from ..records.blocks import Size
from ..records.sizes import SizeData
from .reading import open_archive, open_shard


@dataclass(frozen=True)
class StoredSamples:
    """Some samples of one size in a shard or, if ``whole``, in an archive."""

    path: Path
    N: int
    sample: HostArray
    """(S,) their numbers, in ascending order."""
    sample_bytes: int
    """What one of them takes in memory."""
    goes_on: bool
    """Whether their tempering, if there is one, has a last state."""
    whole: bool = False

    @classmethod
    def of(cls, path: Path, size: Size, *, whole: bool = False) -> StoredSamples:
        """The samples of an open file."""
        return cls(path, size.N, size.sample, size.sample_bytes, size.goes_on, whole)

    def rows(self, first: int, last: int) -> SizeData:
        """The samples at positions first, first + 1, …, last - 1, read and checked.

        Raises
        ------
        ArchiveError
            If they are damaged, or the file holds others by now.
        """
        with (open_archive if self.whole else open_shard)(self.path) as content:
            size = content.sizes.get(self.N)
            if size is None or not np.array_equal(size.sample, self.sample):
                raise ArchiveError(f"{self.path} has been replaced meanwhile: start again")
            return size.rows(first, last)
