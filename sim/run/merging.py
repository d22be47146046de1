"""Finished shards become one archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from glasswell.theory.model import Model

from ..archive import writing
from ..archive.layout import Provenance
from ..config import SimulationConfig
from ..records.blocks import Samples
from ..records.joined import Joined
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
    # What is damaged is found when it is copied.
    done = shards.finished(path, provenance.config_hash, verify=False)
    provenance = replace(provenance, versions=joined(done.versions))
    join(done.sizes, config, path, provenance, overwrite=overwrite)


def join(
    parts: Mapping[int, Sequence[Samples]],
    config: SimulationConfig,
    path: str | Path,
    provenance: Provenance,
    *,
    overwrite: bool,
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

    Raises
    ------
    ArchiveError
        If a sample is missing, damaged or occurs twice, or something stands there that is kept.
    StorageError
        If the disk is full or fails.
    """
    data = {N: Joined(parts.get(N, []), config.samples_of(N)) for N in config.sizes}
    couplings = _from_outside(provenance.model, config)
    if overwrite:
        writing.check_overwritable(path)
    writing.write(path, data, provenance, overwrite=overwrite, couplings=couplings)


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
