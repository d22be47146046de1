"""The objects of an HDF5 file that a stranger may have made, opened without leaving the file.

HDF5 follows links to other files and devices, and takes whatever memory a header declares. So every
link is looked at before it is followed, and every size before anything is read.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import h5py
import numpy as np

from ..backend.printable import printable
from ..errors import ArchiveError
from .schema import Kind, Variable

LARGEST_DEFLATION = 1032
"""How far zlib can compress."""

LARGEST_ATTRIBUTE = 2**16
"""Bytes within an object's header; long texts have only their address there."""

_FILTERS = (h5py.h5z.FILTER_FLETCHER32, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_DEFLATE)

_TYPES = {
    "f8": (h5py.h5t.IEEE_F64LE, h5py.h5t.IEEE_F64BE),
    "i8": (h5py.h5t.STD_I64LE, h5py.h5t.STD_I64BE),
}
_TYPE_NAMES = {"f8": "64-bit floating-point", "i8": "64-bit integers"}


class Objects:
    """The groups and datasets of an open file, each of which may be reached by one link only."""

    def __init__(self, file: h5py.File, size: int) -> None:
        self.file = file
        self.size = size
        """Of the file, in bytes."""
        self.declared = 0
        """Bytes of all datasets opened so far."""
        self._groups = {"": file.id}
        self._seen: set[int] = set()
        self._new(file.id, "the root group")

    def group(self, path: str) -> h5py.Group:
        """A group, of which no link leads elsewhere.

        Raises
        ------
        ArchiveError
            If it is missing or no group, or one of its links is not to an object of its own.
        """
        opened = self._open(path)
        if not isinstance(opened, h5py.h5g.GroupID):
            raise ArchiveError(f"{path} is not a group")
        self._groups[path] = opened
        group = h5py.Group(opened)
        check_links(group)
        return group

    def dataset(
        self, path: str, variable: Variable, lengths: Mapping[str, int | None]
    ) -> h5py.h5d.DatasetID:
        """A dataset, opened but not read, that fits its variable.

        Parameters
        ----------
        lengths
            Of every dimension; None where any length is right.

        Raises
        ------
        ArchiveError
            If it is missing, or of another type, rank, shape or size.
        """
        opened = self._open(path)
        if not isinstance(opened, h5py.h5d.DatasetID):
            raise ArchiveError(f"{path} is not a dataset")
        _check_storage(path, opened.get_create_plist())
        kind = opened.get_type()
        if not any(kind.equal(known) for known in _TYPES[variable.dtype]):
            raise ArchiveError(f"{path} does not hold {_TYPE_NAMES[variable.dtype]} numbers")
        _check_shape(path, opened, variable, lengths)
        self._check_size(path, opened)
        return opened

    def _open(self, path: str) -> Any:
        parent, _, name = path.rpartition("/")
        where = self._groups[parent]
        key = name.encode()
        if not where.links.exists(key):
            raise ArchiveError(f"{path} is missing")
        try:
            opened = h5py.h5o.open(where, key)
            self._new(opened, path)
        except (KeyError, RuntimeError, ValueError) as error:
            raise ArchiveError(f"{path} is damaged ({first_line(error)})") from error
        return opened

    def _new(self, opened: Any, path: str) -> None:
        address = h5py.h5o.get_info(opened).addr
        if address in self._seen:
            raise ArchiveError(f"{path} is linked to an object that is something else already")
        self._seen.add(address)

    def _check_size(self, path: str, dataset: h5py.h5d.DatasetID) -> None:
        nbytes = 8 * math.prod(dataset.shape)
        stored = dataset.get_storage_size() if nbytes else 0
        properties = dataset.get_create_plist()
        most = stored * (LARGEST_DEFLATION if _has(properties, h5py.h5z.FILTER_DEFLATE) else 1)
        self.declared += stored
        if nbytes > most or self.declared > self.size:
            raise ArchiveError(
                f"{path} declares {nbytes} bytes, but only {min(stored, self.size)} are in the file"
            )
        if properties.get_layout() == h5py.h5d.CHUNKED:
            chunk = 8 * math.prod(properties.get_chunk())
            if chunk > max(most, 8):
                raise ArchiveError(f"{path} is stored in chunks of {chunk} bytes, more than it has")


def check_links(group: h5py.Group) -> None:
    """Refuse soft and external links, and any of a user's own kind.

    Raises
    ------
    ArchiveError
        Naming the first.
    """
    links = group.id.links
    for key in group.id:
        if links.get_info(key).type != h5py.h5l.TYPE_HARD:
            name = printable(key.decode("utf-8", "surrogateescape"))
            where = group.name.strip("/")
            path = f"{where}/{name}" if where else name
            raise ArchiveError(f"{path} is a link to elsewhere, which an archive never has")


def _has(properties: Any, code: int) -> bool:
    return any(properties.get_filter(n)[0] == code for n in range(properties.get_nfilters()))


def has_checksum(dataset: h5py.h5d.DatasetID) -> bool:
    """Whether HDF5 verifies the dataset when it reads it; what is empty needs none."""
    empty = not math.prod(dataset.shape)
    return empty or _has(dataset.get_create_plist(), h5py.h5z.FILTER_FLETCHER32)


def _check_storage(path: str, properties: Any) -> None:
    layout = properties.get_layout()
    if layout == h5py.h5d.VIRTUAL or properties.get_external_count():
        raise ArchiveError(f"{path} takes its numbers from another file, which is never read")
    for n in range(properties.get_nfilters()):
        if properties.get_filter(n)[0] not in _FILTERS:
            raise ArchiveError(f"{path} is stored with a filter that is not read here")


def _check_shape(
    path: str,
    dataset: h5py.h5d.DatasetID,
    variable: Variable,
    lengths: Mapping[str, int | None],
) -> None:
    shape = dataset.shape
    wanted = [lengths[dim] for dim in variable.dims]
    fits = len(shape) == len(wanted) and all(
        want is None or have == want for have, want in zip(shape, wanted, strict=True)
    )
    if not fits or dataset.get_space().get_simple_extent_type() != h5py.h5s.SIMPLE:
        dims = ", ".join(
            dim if want is None else f"{dim} = {want}"
            for dim, want in zip(variable.dims, wanted, strict=True)
        )
        raise ArchiveError(f"{path} has the shape {shape} instead of ({dims})")


class DamageError(ArchiveError):
    """Numbers of a dataset that cannot be read."""

    def __init__(self, path: str, why: str, rows: Sequence[tuple[int, int]]) -> None:
        super().__init__(f"{path} is damaged ({why})")
        self.why = why
        self.rows = tuple(rows)
        """Positions on the first axis, from the first to before the last of each stretch."""


def values(
    path: str,
    dataset: h5py.h5d.DatasetID,
    variable: Variable,
    rows: tuple[int, int] | None = None,
) -> Any:
    """All numbers of a dataset, or those from one position on the first axis to before another.

    Raises
    ------
    DamageError
        If they cannot be read: their checksum is wrong, or a part is missing.
    """
    first, last = rows or (0, dataset.shape[0])
    array = np.empty((last - first, *dataset.shape[1:]), dtype=variable.dtype)
    if not array.size:
        return array
    try:
        _read_into(array, dataset, first)
    except _UNREADABLE as error:
        wrong = "Fletcher32" in str(error) or "filter returned failure" in str(error)
        why = "its checksum is wrong" if wrong else first_line(error)
        raise DamageError(path, why, _damaged_rows(dataset, variable, first, last)) from error
    return array


_UNREADABLE = (OSError, RuntimeError, ValueError)


def _read_into(array: Any, dataset: h5py.h5d.DatasetID, first: int) -> None:
    if array.shape == dataset.shape:
        dataset.read(h5py.h5s.ALL, h5py.h5s.ALL, array)
        return
    place = dataset.get_space()
    place.select_hyperslab((first, *(0 for _ in array.shape[1:])), array.shape)
    dataset.read(h5py.h5s.create_simple(array.shape), place, array)


def _damaged_rows(
    dataset: h5py.h5d.DatasetID, variable: Variable, first: int, last: int
) -> list[tuple[int, int]]:
    """Stretches of rows that share a chunk which cannot be read."""
    properties = dataset.get_create_plist()
    chunked = properties.get_layout() == h5py.h5d.CHUNKED
    length = properties.get_chunk()[0] if chunked else dataset.shape[0]
    found: list[tuple[int, int]] = []
    for start in range(first - first % length, last, length):
        low, high = max(start, first), min(start + length, last)
        array = np.empty((high - low, *dataset.shape[1:]), dtype=variable.dtype)
        try:
            _read_into(array, dataset, low)
        except _UNREADABLE:
            before = found.pop() if found and found[-1][1] == low else (low, low)
            found.append((before[0], high))
    return found


def attribute(group: h5py.Group, name: str, kind: Kind) -> Any:
    """An attribute of a group as str, int or bool.

    Raises
    ------
    ArchiveError
        If it is missing or of another kind.
    """
    path = f"{group.name.strip('/')}/{name}".strip("/")
    key = name.encode("utf-8", "surrogateescape")
    if not h5py.h5a.exists(group.id, key):
        raise ArchiveError(f"the attribute {path} is missing")
    opened = h5py.h5a.open(group.id, key)
    scalar = opened.get_space().get_simple_extent_type() == h5py.h5s.SCALAR
    classes = _CLASSES[kind]
    if not scalar or opened.get_type().get_class() not in classes:
        raise ArchiveError(f"the attribute {path} is not {kind.value}")
    if opened.get_storage_size() > LARGEST_ATTRIBUTE:
        raise ArchiveError(f"the attribute {path} is too large for one")
    try:
        value = group.attrs[name]
    except (OSError, RuntimeError, ValueError) as error:
        raise ArchiveError(f"the attribute {path} is damaged ({first_line(error)})") from error
    if kind is Kind.TEXT:
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return bool(value) if kind is Kind.FLAG else int(value)


_CLASSES = {
    Kind.TEXT: (h5py.h5t.STRING,),
    Kind.NUMBER: (h5py.h5t.INTEGER,),
    Kind.FLAG: (h5py.h5t.ENUM, h5py.h5t.INTEGER),
}


def first_line(error: BaseException) -> str:
    """What an error says, in one line."""
    return printable(str(error).splitlines()[0]) if str(error) else type(error).__name__
