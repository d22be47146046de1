"""Finished shards become one archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from glasswell.theory.model import Model

from ..archive import writing
from ..archive.layout import Provenance
from ..config import SimulationConfig
from ..errors import ArchiveError
from ..records.sizes import SizeData, concatenate, select
from ..sample.couplings_source import AtHand
from ..sample.ensembles import ENSEMBLES
from . import shards
from .provenance import joined

KEPT = 2**21
"""Couplings from outside that an archive keeps whole, 16 MiB; of more it keeps the checksum."""


def merge(
    config: SimulationConfig, path: str | Path, provenance: Provenance, overwrite: bool
) -> None:
    """Join the shards beside an archive and put it in its place.

    Raises
    ------
    ArchiveError
        If a sample is missing or occurs twice, or something stands there that is kept.
    StorageError
        If the disk is full or fails; the shards are kept.
    """
    done = shards.finished(path, provenance.config_hash)
    provenance = replace(provenance, versions=joined(done.versions))
    join(done.sizes, config, path, provenance, overwrite=overwrite)


def join(
    parts: Mapping[int, Sequence[SizeData]],
    config: SimulationConfig,
    path: str | Path,
    provenance: Provenance,
    *,
    overwrite: bool,
) -> None:
    """Write the archive of a configuration out of parts of every size.

    Raises
    ------
    ArchiveError
        If a sample is missing or occurs twice, or something stands there that is kept.
    StorageError
        If the disk is full or fails.
    """
    data = {N: _whole(parts.get(N, []), config.samples_of(N)) for N in config.sizes}
    couplings = _from_outside(provenance.model, config)
    if overwrite:
        writing.check_overwritable(path)
    writing.write(path, data, provenance, overwrite=overwrite, couplings=couplings)


def _whole(parts: Sequence[SizeData], samples: int) -> SizeData:
    """The samples 0 … samples-1 out of all parts."""
    joined_parts = concatenate(list(parts))
    wanted = joined_parts.sample < samples
    if int(wanted.sum()) != samples:
        raise ArchiveError("a shard has gone missing while the simulation ran: resume it")
    return select(joined_parts, wanted)


def _from_outside(model: Model, config: SimulationConfig) -> AtHand | None:
    """Couplings that glasswell cannot make again by itself, if they are few enough to keep."""
    source = config.couplings
    if source in ENSEMBLES or sum(config.samples_of(N) * N**2 for N in config.sizes) > KEPT:
        return None
    return AtHand(
        {
            (N, n): source.couplings(model, N, seed=config.seed, number=n)
            for N in config.sizes
            for n in range(config.samples_of(N))
        }
    )
