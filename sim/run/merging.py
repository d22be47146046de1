"""Finished shards become one archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ..archive import writing
from ..archive.layout import Provenance
from ..config import SimulationConfig
from ..errors import ArchiveError
from ..records.sizes import SizeData, concatenate, select
from ..sample.couplings_source import AtHand, Source
from ..sample.ensembles import ENSEMBLES
from . import shards
from .growth import Growth
from .provenance import made_with

KEPT = 2**21
"""Couplings from outside that an archive keeps whole, 16 MiB; of more it keeps the checksum."""


def merge(
    config: SimulationConfig,
    path: str | Path,
    provenance: Provenance,
    overwrite: bool,
    growth: Growth | None = None,
) -> None:
    """Join the shards beside an archive, and what is kept of it, and put it in its place.

    Raises
    ------
    ArchiveError
        If a sample is missing or occurs twice, or something stands there that is kept.
    StorageError
        If the disk is full or fails; the shards are kept.
    """
    done = shards.finished(path, provenance.config_hash)
    if growth is not None:
        done = growth.with_kept(done)
    provenance = made_with(provenance, done.versions)
    join(done.sizes, config, path, provenance, overwrite=overwrite)


def join(
    parts: Mapping[int, Sequence[SizeData]],
    config: SimulationConfig,
    path: str | Path,
    provenance: Provenance,
    *,
    overwrite: bool,
    source: Source | None = None,
) -> None:
    """Write the archive of a configuration out of parts of every size.

    Parameters
    ----------
    source
        Of couplings from outside; the configuration's by default.

    Raises
    ------
    ArchiveError
        If a sample is missing or occurs twice, or something stands there that is kept.
    StorageError
        If the disk is full or fails.
    """
    due = {N: numbers for N in config.sizes if (numbers := provenance.samples_of(N))}
    data = {N: _whole(parts.get(N, []), numbers) for N, numbers in due.items()}
    couplings = _from_outside(source or config.couplings, provenance)
    if overwrite:
        writing.check_overwritable(path)
    writing.write(path, data, provenance, overwrite=overwrite, couplings=couplings)


def _whole(parts: Sequence[SizeData], numbers: Sequence[int]) -> SizeData:
    """The samples with these numbers out of all parts."""
    joined_parts = concatenate(list(parts))
    wanted = np.isin(joined_parts.sample, numbers)
    if int(wanted.sum()) != len(numbers):
        raise ArchiveError("a shard has gone missing while the simulation ran: resume it")
    return select(joined_parts, wanted)


def _from_outside(source: Source, provenance: Provenance) -> AtHand | None:
    """Couplings that glasswell cannot make again by itself, if they are few enough to keep."""
    model, config = provenance.model, provenance.config
    many = sum(config.samples_of(N) * N**2 for N in config.sizes) > KEPT
    if config.couplings in ENSEMBLES or many:
        return None
    return AtHand(
        {
            (N, n): source.couplings(model, N, seed=config.seed, number=n)
            for N in config.sizes
            for n in provenance.samples_of(N)
        }
    )
