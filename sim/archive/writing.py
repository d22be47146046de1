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

from .._typing import Array
from ..backend import durable, lock
from ..backend.interrupts import deferred
from ..errors import ArchiveError, StorageError
from ..records.sizes import SizeData
from ..records.time_series import Tempered
from ..sample.couplings_source import AtHand
from .checksums import seal
from .layout import Archive, Provenance
from .reading import read, read_shard
from .schema import (
    COORDINATES,
    COUPLINGS,
    COUPLINGS_COORDINATES,
    FORMAT,
    FORMAT_VERSION,
    LAST_ATTRIBUTES,
    LAST_COORDINATES,
    LAST_STATE,
    LOCAL_PARAMETERS,
    TEMPERING,
    TEMPERING_COORDINATES,
    UNITS,
    VARIABLES,
    Variable,
)
from .stored_provenance import stages_as_text

LIBVER = "v110"
"""The oldest HDF5 that reads it: the first whose headers and indices all have checksums."""

CHUNK_BYTES = 2**18
"""What is read and verified at once: it stays in a processor's cache meanwhile."""

__all__ = ["Archive", "Provenance", "SizeData", "check_writable", "read", "read_shard", "write"]

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
    data: Mapping[int, SizeData],
    provenance: Provenance,
    *,
    overwrite: bool = True,
    couplings: AtHand | None = None,
) -> None:
    """Write an archive beside its place, flush it to the disk, and rename it into place.

    Signals wait until it stands there.

    Parameters
    ----------
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
            _write_size(file.create_group(f"N={N}"), data[N])
            part.check()
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
        _write_coordinates(here, coordinates, COUPLINGS_COORDINATES)
        J = np.stack([couplings.arrays[N, number] for number in numbers])
        _write_variables(here, {"J": J}, COUPLINGS)


def _write_size(group: h5py.Group, data: SizeData) -> None:
    _, K, N = data.displacement.shape
    coordinates = {"sample": data.sample, "state": np.arange(K), "site": np.arange(N)}
    _write_coordinates(group, coordinates, COORDINATES)
    _write_variables(group, {name: getattr(data, name) for name in VARIABLES}, VARIABLES)
    _write_variables(group, data.parameters, LOCAL_PARAMETERS)
    if data.tempering is not None:
        _write_tempering(group.create_group("tempering"), data.sample, data.tempering)


def _write_tempering(group: h5py.Group, sample: Array, run: Tempered) -> None:
    T, replicas, M = run.energy.shape[1:]
    coordinates = {
        "sample": sample,
        "temperature": run.temperatures,
        "rung": np.arange(T - 1),
        "replica": np.arange(replicas),
        "measurement": run.measure_every * np.arange(1, M + 1),
        "site": np.arange(run.displacement.shape[-1]),
    }
    _write_coordinates(group, coordinates, TEMPERING_COORDINATES)
    _write_variables(group, {name: getattr(run, name) for name in TEMPERING}, TEMPERING)
    group.attrs["measure_every"] = run.measure_every
    if run.last is not None:
        counted = {"chain": np.arange(T), "note": np.arange(run.last.notes.shape[1])}
        _write_coordinates(group, counted, LAST_COORDINATES)
        _write_variables(group, {name: getattr(run.last, name) for name in LAST_STATE}, LAST_STATE)
        for name in LAST_ATTRIBUTES:
            group.attrs[name] = getattr(run.last, name)


def _write_coordinates(
    group: h5py.Group, coordinates: Mapping[str, Array], variables: Mapping[str, Variable]
) -> None:
    for name, values in coordinates.items():
        _write_dataset(group, name, np.asarray(values, variables[name].dtype), variables[name])
        group[name].make_scale(name)


def _write_variables(
    group: h5py.Group, arrays: Mapping[str, Array], variables: Mapping[str, Variable]
) -> None:
    for name, array in arrays.items():
        variable = variables[name]
        values = np.asarray(array, dtype=variable.dtype)
        if values.shape != tuple(len(group[dim]) for dim in variable.dims):
            raise ArchiveError(f"{name} in {group.name} has shape {values.shape}: {variable.dims}")
        _write_dataset(group, name, values, variable)
        for axis, dim in enumerate(variable.dims):
            group[name].dims[axis].attach_scale(group[dim])


def _write_dataset(group: h5py.Group, name: str, values: Array, variable: Variable) -> None:
    # HDF5 has checksums of chunks only, and no chunks of what is empty.
    checked = {"chunks": chunk_of(values.shape), "fletcher32": True} if values.size else {}
    dataset = group.create_dataset(name, data=values, **checked)
    dataset.attrs["units"] = UNITS
    dataset.attrs["long_name"] = variable.long_name


def chunk_of(shape: tuple[int, ...]) -> tuple[int, ...]:
    """As many samples as fit into a chunk, whole ones if one does."""
    left, lengths = CHUNK_BYTES // 8, []
    for length in reversed(shape):
        lengths.append(max(min(length, left), 1))
        left //= lengths[-1]
    return tuple(reversed(lengths))
