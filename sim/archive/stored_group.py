"""The datasets of one group of an open archive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import h5py

from .._typing import HostArray
from ..errors import ArchiveError
from .check import check_values
from .hdf5_objects import Objects, has_checksum, values
from .schema import CHECKED_SINCE, Variable


class Group:
    """The datasets of one group, declared first and read when all of the file is."""

    def __init__(self, objects: Objects, path: str, version: int) -> None:
        self.path = path
        self._objects = objects
        self._version = version
        self._found: dict[str, tuple[h5py.h5d.DatasetID, Variable]] = {}

    def declare(
        self, variables: Mapping[str, Variable], lengths: Mapping[str, int | None]
    ) -> dict[str, int]:
        """Open datasets; returns the length of each by its name."""
        for name, variable in variables.items():
            path = f"{self.path}/{name}"
            dataset = self._objects.dataset(path, variable, lengths)
            if self._version >= CHECKED_SINCE and not has_checksum(dataset):
                raise ArchiveError(f"{path} has lost its checksum")
            self._found[name] = dataset, variable
        return {name: self._found[name][0].shape[0] for name in variables}

    @property
    def names(self) -> list[str]:
        """Of its datasets."""
        return list(self._found)

    def variable(self, name: str) -> Variable:
        """What a dataset is."""
        return self._found[name][1]

    def shape(self, name: str) -> tuple[int, ...]:
        """Of a dataset."""
        shape: tuple[int, ...] = self._found[name][0].shape
        return shape

    def read(
        self, names: Iterable[str], rows: tuple[int, int] | None = None
    ) -> dict[str, HostArray]:
        """Some of them, or some rows of each, every value in its range."""
        arrays = {name: self.raw(name, rows) for name in names}
        check_values(self.path, arrays, {name: self.variable(name) for name in arrays})
        return arrays

    def raw(self, name: str, rows: tuple[int, int] | None = None) -> HostArray:
        """One of them, as it is."""
        dataset, variable = self._found[name]
        if not dataset.valid:
            raise ArchiveError("it has been closed, so read it while it is open")
        array: HostArray = values(f"{self.path}/{name}", dataset, variable, rows)
        return array
