"""A finished archive that was damaged later: its whole samples become shards of a run to resume."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..archive import writing
from ..archive.faults import Fault, of_samples, open_faulty, whole_rows
from ..archive.layout import Archive, Provenance
from ..archive.stored_size import StoredSize
from ..backend import durable
from ..errors import ArchiveError
from ..records.blocks import block_length
from . import shards


def taken_apart(path: str | Path, provenance: Provenance, notice: shards.Notice | None) -> bool:
    """Keep the whole samples of a damaged archive as shards beside it; False if it is undamaged.

    The archive stays as it is until a run has made the others again and replaces it. The shards of
    one that was interrupted are kept too.

    Parameters
    ----------
    provenance
        Of the run that is to make the others again.
    notice
        Called with a line for every fault.

    Raises
    ------
    ArchiveError
        If nothing of it can be read, or it is of another configuration: it is left as it is.
    StorageError
        If the disk is full or fails.
    """
    if durable.kind_of(Path(path)) != "a file":
        return False
    with open_faulty(path) as (archive, faults):
        sizes = [size for size in archive.sizes.values() if isinstance(size, StoredSize)]
        for size in sizes:
            faults += of_samples(size)
        if not faults:
            return False
        _check_same(path, archive, provenance)
        shards.open_folder(path, resume=True)
        kept = sum(_keep(path, size, archive, provenance, faults) for size in sizes)
    if notice is not None:
        for fault in faults:
            notice(f"{path}: {fault.text}")
        wanted = sum(len(provenance.samples_of(N)) for N in provenance.config.sizes)
        notice(
            f"{path} is damaged: {kept} of {wanted} samples are whole, the others are made again"
        )
    return True


def _check_same(path: str | Path, archive: Archive, provenance: Provenance) -> None:
    same = archive.provenance.config_hash == provenance.config_hash
    if not same or archive.config.table() != provenance.config.table():
        raise ArchiveError(f"{path} is damaged, and of another configuration: choose another name")


def _keep(
    path: str | Path,
    size: StoredSize,
    archive: Archive,
    provenance: Provenance,
    faults: list[Fault],
) -> int:
    """Write the whole samples of a size; returns how many they are."""
    of_all = [fault for fault in faults if fault.N is None]
    # Damaged attributes are those of this run, with which the others are made.
    made = replace(
        provenance, versions=provenance.versions if of_all else archive.provenance.versions
    )
    length, kept = block_length(size.sample_bytes), 0
    for low, high in whole_rows(size, faults):
        for first in range(low, high, length):
            last = min(first + length, high)
            data = size.rows(first, last)
            shard = shards.folder(path) / shards.name(size.N, int(data.sample[0]))
            writing.write(shard, {size.N: data}, made)
            kept += last - first
    return kept
