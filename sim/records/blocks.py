"""Samples of one size in blocks, so that what is done with them takes no memory for all at once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Protocol

from .._typing import HostArray
from .sizes import SizeData
from .time_series import Tempered

BLOCK_BYTES = 2**24
"""Of a block. What is made of it on the way, such as wells of all its sites, is ten times as large.
"""


class Samples(Protocol):
    """Samples of one size in ascending order, in memory, in a file or in several."""

    @property
    def N(self) -> int:
        """Sites per sample."""

    @property
    def sample(self) -> HostArray:
        """(S,) their numbers."""

    @property
    def sample_bytes(self) -> int:
        """What one of them takes in memory."""

    @property
    def goes_on(self) -> bool:
        """Whether their tempering, if there is one, has a last state."""

    def rows(self, first: int, last: int) -> SizeData:
        """Those at positions first, first + 1, …, last - 1."""


class Size(Samples, Protocol):
    """Samples of one size with the attributes of ``SizeData``, each read whole when it is asked."""

    @property
    def energy(self) -> HostArray:
        """(S, K)."""

    @property
    def displacement(self) -> HostArray:
        """(S, K, N)."""

    @property
    def cavity_field(self) -> HostArray:
        """(S, K, N)."""

    @property
    def cavity_susceptibility(self) -> HostArray:
        """(S, K, N)."""

    @property
    def gradient_norm(self) -> HostArray:
        """(S, K)."""

    @property
    def smallest_eigenvalue(self) -> HostArray:
        """(S, K)."""

    @property
    def status(self) -> HostArray:
        """(S, K)."""

    @property
    def hits(self) -> HostArray:
        """(S,)."""

    @property
    def tempering(self) -> Tempered | None:
        """The time series of a tempering."""

    @property
    def parameters(self) -> Mapping[str, HostArray]:
        """(S, N) each."""


def block_length(sample_bytes: int) -> int:
    """Samples per block: a power of two, one at least.

    >>> block_length(3000), block_length(2**25)
    (4096, 1)
    """
    most = max(BLOCK_BYTES // max(sample_bytes, 1), 1)
    return int(2 ** math.floor(math.log2(most)))


def blocks(samples: Samples) -> Iterator[SizeData]:
    """All samples, one block after the other.

    Raises
    ------
    ArchiveError
        If a block cannot be read, or has values that make no sense: naming dataset and samples.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.sim import SimulationConfig, blocks, open_archive, simulate
    >>> from glasswell.theory import Model
    >>> config = SimulationConfig(sizes=(8,), samples=8, starts=4, method="quench", states=1)
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "samples.h5"
    ...     _ = simulate(Model(gamma=2.0), config, path)
    ...     with open_archive(path) as archive:
    ...         lowest = [block.energy.min() for block in blocks(archive.sizes[8])]
    >>> len(lowest)  # eight small samples are one block
    1
    """
    length = block_length(samples.sample_bytes)
    for first in range(0, len(samples.sample), length):
        yield samples.rows(first, min(first + length, len(samples.sample)))
