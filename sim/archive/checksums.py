"""Checksums of an archive's attributes; those of its datasets are HDF5's Fletcher32."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import h5py

from ..errors import ArchiveError
from .hdf5_objects import attribute
from .schema import (
    CHECKSUMS,
    LAST_ATTRIBUTES,
    ROOT_ATTRIBUTES,
    TEMPERING_ATTRIBUTES,
    Kind,
    provenance_attributes,
)

VERSION = "version_"
"""How the attributes begin that name versions of packages."""


def seal(file: h5py.File) -> None:
    """Note the checksums of all attributes, once they are written; "complete" must be true."""
    file.attrs[CHECKSUMS] = json.dumps(dict(_digests(file)))


def verify(file: h5py.File) -> None:
    """Compare the attributes with their checksums.

    Raises
    ------
    ArchiveError
        Naming the first that differs, is missing or has come later.
    """
    for path in damaged(file):
        raise ArchiveError(f"the attribute {path} is damaged (its checksum is wrong)")


def damaged(file: h5py.File) -> list[str]:
    """The attributes that differ from their checksums, are missing or have come later.

    Raises
    ------
    ArchiveError
        If the checksums themselves cannot be read, or an attribute not at all.
    """
    noted = _noted(attribute(file, CHECKSUMS, Kind.TEXT))
    found = dict(_digests(file))
    return [path for path in sorted({*noted, *found}) if noted.get(path) != found.get(path)]


def _noted(text: str) -> dict[str, object]:
    try:
        noted = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArchiveError(f"the attribute {CHECKSUMS} is not JSON") from error
    if not isinstance(noted, dict):
        raise ArchiveError(f"the attribute {CHECKSUMS} is not a JSON object")
    return noted


def versions(group: h5py.Group) -> list[str]:
    """The names of the attributes with versions of packages."""
    return sorted(name for name in group.attrs if name.startswith(VERSION))


def _digests(file: h5py.File) -> Iterator[tuple[str, str]]:
    for name, kind in ROOT_ATTRIBUTES.items():
        if name != "complete":
            yield _digest(file, name, kind)
    group = file["provenance"]
    version = attribute(file, "format_version", ROOT_ATTRIBUTES["format_version"])
    kinds = {**provenance_attributes(version), **dict.fromkeys(versions(group), Kind.TEXT)}
    for name, kind in kinds.items():
        yield _digest(group, name, kind)
    for size in file:
        if size.startswith("N=") and "tempering" in file[size]:
            run = file[size]["tempering"]
            last = LAST_ATTRIBUTES if "burn_in" in run.attrs else {}
            for name, kind in {**TEMPERING_ATTRIBUTES, **last}.items():
                yield _digest(run, name, kind)


def _digest(group: h5py.Group, name: str, kind: Kind) -> tuple[str, str]:
    value = attribute(group, name, kind)
    path = f"{group.name}/{name}".strip("/").replace("//", "/")
    content = json.dumps(value).encode()
    return path, hashlib.sha256(content).hexdigest()
