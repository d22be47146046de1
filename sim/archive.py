"""The HDF5 archive: written whole or not at all, read with the errors named."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from . import durable, lock
from .archive_layout import (
    COORDINATES,
    FORMAT,
    FORMAT_VERSION,
    LOCAL_PARAMETERS,
    TEMPERING,
    TEMPERING_COORDINATES,
    UNITS,
    VARIABLES,
    Archive,
    Array,
    Provenance,
    SizeData,
    Variable,
)
from .config import model_table, parse, parse_model
from .errors import ArchiveError, ConfigError, StorageError
from .interrupts import deferred
from .tempered import Tempered

__all__ = ["Archive", "Provenance", "SizeData", "check_writable", "read", "write"]

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
) -> None:
    """Write an archive beside its place, flush it to the disk, and rename it into place.

    Signals wait until it stands there.

    Parameters
    ----------
    overwrite
        Replace a regular file that stands there.

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
        h5py.File(part, "w") as file,
    ):
        file.attrs["format"] = FORMAT
        file.attrs["format_version"] = FORMAT_VERSION
        _write_provenance(file.create_group("provenance"), provenance)
        for N in sorted(data):
            _write_size(file.create_group(f"N={N}"), data[N])
            part.check()
        # Last: a file without it was never finished.
        file.attrs["complete"] = True


def _write_provenance(group: h5py.Group, provenance: Provenance) -> None:
    group.attrs["config"] = provenance.config_text
    group.attrs["config_hash"] = provenance.config_hash
    group.attrs["model"] = json.dumps(model_table(provenance.model))
    group.attrs["simulation"] = json.dumps(asdict(provenance.config))
    group.attrs["settings"] = json.dumps(dict(provenance.settings))
    group.attrs["device"] = provenance.device
    group.attrs["seed"] = provenance.config.seed
    for name, version in provenance.versions.items():
        group.attrs[f"version_{name}"] = version


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


def _write_coordinates(
    group: h5py.Group, coordinates: Mapping[str, Array], long_names: Mapping[str, str]
) -> None:
    for name, values in coordinates.items():
        dtype = "f8" if np.issubdtype(values.dtype, np.floating) else "i8"
        scale = group.create_dataset(name, data=np.asarray(values, dtype=dtype))
        scale.make_scale(name)
        scale.attrs["units"] = UNITS
        scale.attrs["long_name"] = long_names[name]


def _write_variables(
    group: h5py.Group, arrays: Mapping[str, Array], variables: Mapping[str, Variable]
) -> None:
    for name, array in arrays.items():
        variable = variables[name]
        values = np.asarray(array, dtype=variable.dtype)
        if values.shape != tuple(len(group[dim]) for dim in variable.dims):
            raise ArchiveError(f"{name} in {group.name} has shape {values.shape}: {variable.dims}")
        dataset = group.create_dataset(name, data=values)
        for axis, dim in enumerate(variable.dims):
            dataset.dims[axis].attach_scale(group[dim])
        dataset.attrs["units"] = UNITS
        dataset.attrs["long_name"] = variable.long_name


def read(path: str | Path) -> Archive:
    """Read an archive.

    Raises
    ------
    ArchiveError
        If there is no such file, or it is truncated, foreign, or of a newer format.
    """
    if not Path(path).is_file():
        raise ArchiveError(f"there is no archive {path}: make it with `glasswell simulate`")
    try:
        with h5py.File(path, "r") as file:
            version = _check_format(path, file)
            sizes = {_size_of(name): _read_size(file[name]) for name in file if "=" in name}
            provenance = _read_provenance(file["provenance"])
    except ArchiveError:
        raise
    except (OSError, KeyError, RuntimeError) as error:
        lock.refuse_hdf5(path, error)
        raise ArchiveError(
            f"{path} is not a whole HDF5 file ({_first_line(error)}): copy or make it again"
        ) from error
    except (ValueError, TypeError, ConfigError) as error:
        raise ArchiveError(
            f"{path} holds values that make no sense ({_first_line(error)}): make it again"
        ) from error
    return Archive(sizes=dict(sorted(sizes.items())), provenance=provenance, format_version=version)


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _check_format(path: str | Path, file: h5py.File) -> int:
    if file.attrs.get("format") != FORMAT:
        raise ArchiveError(f"{path} is an HDF5 file but not a glasswell archive: check the name")
    version = int(file.attrs.get("format_version", 0))
    if version > FORMAT_VERSION:
        raise ArchiveError(
            f"{path} has format version {version}, this glasswell reads up to {FORMAT_VERSION}: "
            "update glasswell"
        )
    if not file.attrs.get("complete", False):
        raise ArchiveError(f"{path} was never finished: make it again")
    return version


def _size_of(name: str) -> int:
    return int(name.removeprefix("N="))


def _read_size(group: h5py.Group) -> SizeData:
    arrays = {name: group[name][()] for name in ("sample", *VARIABLES)}
    run = _read_tempering(group["tempering"]) if "tempering" in group else None
    parameters = {name: group[name][()] for name in LOCAL_PARAMETERS if name in group}
    return SizeData(**arrays, tempering=run, parameters=parameters)


def _read_tempering(group: h5py.Group) -> Tempered:
    return Tempered(
        temperatures=group["temperature"][()],
        **{name: group[name][()] for name in TEMPERING},
        measure_every=int(group.attrs["measure_every"]),
    )


def _read_provenance(group: h5py.Group) -> Provenance:
    attributes: dict[str, Any] = dict(group.attrs)
    versions = {
        name.removeprefix("version_"): str(value)
        for name, value in sorted(attributes.items())
        if name.startswith("version_")
    }
    return Provenance(
        model=parse_model(_without_none(json.loads(attributes["model"]))),
        config=parse(json.loads(attributes["simulation"])),
        config_text=str(attributes["config"]),
        device=str(attributes["device"]),
        versions=versions,
        settings=json.loads(attributes["settings"]),
        config_hash=str(attributes["config_hash"]),
    )


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
