"""The HDF5 archive: written whole or not at all, read with the errors named."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np
from glasswell.theory.model import model_table

from ..backend import durable, lock
from ..backend.interrupts import deferred
from ..errors import ArchiveError, StorageError
from ..records.blocks import Samples
from ..records.sizes import SizeData
from ..sample.couplings_source import AtHand
from .checksums import seal
from .layout import Archive, Provenance
from .reading import open_archive, open_shard, read, read_shard
from .schema import COUPLINGS, COUPLINGS_COORDINATES, FORMAT, FORMAT_VERSION
from .stored_provenance import stages_as_text
from .tables import write_coordinates, write_size, write_variable

LIBVER = "v110"
"""The oldest HDF5 that reads it: the first whose headers and indices all have checksums."""

__all__ = [
    "Archive",
    "Provenance",
    "SizeData",
    "check_writable",
    "open_archive",
    "open_shard",
    "read",
    "read_shard",
    "write",
]

_FAILING = {errno.ENOSPC, errno.EDQUOT, errno.EIO}


def check_writable(path: str | Path) -> None:
    """Find out before hours of work, not after, that an archive cannot be written.

    Raises
    ------
    ArchiveError
        If the folder does not exist or cannot be written to, path is a folder or device, or its
        name is too long.
    StorageError
        If the disk is full or fails.
    """
    path = Path(path)
    kind = durable.kind_of(path)
    if kind not in (None, "a file", "a symbolic link"):
        raise ArchiveError(f"{path} is {kind}: name the archive file itself")
    if not path.parent.is_dir():
        raise ArchiveError(f"there is no folder {path.parent}: create it first")
    # As long a name as any that will stand beside the archive.
    probe = durable.part_name(path)
    try:
        os.close(os.open(probe, durable.NEW))
        probe.unlink()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise ArchiveError(f"the name {path} is too long: choose a shorter one") from error
        failed = StorageError if error.errno in _FAILING else ArchiveError
        raise failed(f"cannot write to {path.parent}: {error.strerror}") from error


def check_overwritable(path: str | Path) -> None:
    """Refuse to replace anything but a regular file that is an archive of ours.

    Raises
    ------
    ArchiveError
        If something else stands there: a configuration, a device, a symbolic link.
    LockError
        If it cannot be looked into, because its file system has no locks.
    """
    path = Path(path)
    durable.refuse_what_stands(path, overwrite=True)
    if durable.kind_of(path) is not None and not _is_ours(path):
        raise ArchiveError(f"{path} is no glasswell archive and is not overwritten: move it away")


def _is_ours(path: Path) -> bool:
    try:
        with h5py.File(path, "r") as file:
            return bool(file.attrs.get("format") == FORMAT)
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        lock.refuse_hdf5(path, error)
        return False


def write(
    path: str | Path,
    data: Mapping[int, Samples],
    provenance: Provenance,
    *,
    overwrite: bool = True,
    couplings: AtHand | None = None,
) -> None:
    """Write an archive beside its place, flush it to the disk, and rename it into place.

    Signals wait until it stands there.

    Parameters
    ----------
    data
        Samples by size: in memory, or in files that are read in blocks.
    overwrite
        Replace a regular file that stands there.
    couplings
        Of all samples, where they could not be made again without what made them.

    Raises
    ------
    ArchiveError
        If something stands at ``path`` that is not to be replaced, or the folder is not there.
    StorageError
        If the disk is full or fails; whatever stood at ``path`` is then untouched.
    """
    check_writable(path)
    # HDF5 closes first, then the part takes the archive's place, then a signal is heard.
    with (
        deferred(),
        durable.written(path, overwrite=overwrite) as part,
        h5py.File(part, "w", libver=LIBVER) as file,
    ):
        file.attrs["format"] = FORMAT
        file.attrs["format_version"] = FORMAT_VERSION
        _write_provenance(file.create_group("provenance"), provenance)
        for N in sorted(data):
            write_size(file.create_group(f"N={N}"), data[N], part.check)
        if couplings is not None:
            _write_couplings(file.create_group("couplings"), couplings)
        seal(file)
        # Last: a file without it was never finished.
        file.attrs["complete"] = True


def _write_provenance(group: h5py.Group, provenance: Provenance) -> None:
    group.attrs["config"] = provenance.config_text
    group.attrs["config_hash"] = provenance.config_hash
    group.attrs["model"] = json.dumps(model_table(provenance.model))
    group.attrs["simulation"] = json.dumps(provenance.config.table())
    group.attrs["settings"] = json.dumps(dict(provenance.settings))
    group.attrs["device"] = provenance.device
    group.attrs["seed"] = provenance.config.seed
    group.attrs["stages"] = stages_as_text(provenance.stages)
    group.attrs["part"] = provenance.part.short
    for name, version in provenance.versions.items():
        group.attrs[f"version_{name}"] = version


def _write_couplings(group: h5py.Group, couplings: AtHand) -> None:
    for N in sorted({N for N, _ in couplings.arrays}):
        numbers = sorted(number for n, number in couplings.arrays if n == N)
        here, sites = group.create_group(f"N={N}"), np.arange(N)
        coordinates = {"sample": np.array(numbers), "site": sites, "partner": sites}
        write_coordinates(here, coordinates, COUPLINGS_COORDINATES)
        J = np.stack([couplings.arrays[N, number] for number in numbers])
        write_variable(here, "J", COUPLINGS["J"], J)
