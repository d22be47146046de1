"""Finished shards become one archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..archive import writing
from ..archive.layout import Provenance
from ..config import SimulationConfig
from ..records.blocks import Samples
from ..records.joined import Joined
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
        If a sample is missing, or something stands there that is kept.
    StorageError
        If the disk is full or fails; the shards are kept.
    """
    # What is damaged is found when it is copied.
    done = shards.finished(path, provenance.config_hash, verify=False)
    if growth is not None:
        done = growth.with_kept(done)
    provenance = made_with(provenance, done.versions)
    # A task that was lost and done again in other pieces may have been finished all the same.
    join(done.sizes, config, path, provenance, overwrite=overwrite, repeated=True)


def join(
    parts: Mapping[int, Sequence[Samples]],
    config: SimulationConfig,
    path: str | Path,
    provenance: Provenance,
    *,
    overwrite: bool,
    repeated: bool = False,
    source: Source | None = None,
) -> None:
    """Write the archive of a configuration out of parts of every size, block by block.

    Its bytes are the same however the samples are cut into parts.

    Parameters
    ----------
    parts
        By size: in memory (``SizeData``) or in files (``StoredSamples``), in any order. Samples
        beyond those of the configuration are left out.
    overwrite
        Replace an archive of ours that stands there.
    repeated
        Whether a sample may be in two parts: then the first of them counts.
    source
        Of couplings from outside; the configuration's by default.

    Raises
    ------
    ArchiveError
        If a sample is missing, damaged or occurs twice, or something stands there that is kept.
    StorageError
        If the disk is full or fails.
    """
    due = {N: numbers for N in config.sizes if (numbers := provenance.samples_of(N))}
    data = {N: Joined(parts.get(N, []), numbers, repeated=repeated) for N, numbers in due.items()}
    couplings = _from_outside(source or config.couplings, provenance)
    if overwrite:
        writing.check_overwritable(path)
    writing.write(path, data, provenance, overwrite=overwrite, couplings=couplings)


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
