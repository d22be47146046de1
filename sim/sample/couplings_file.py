"""Couplings from a file: a stack of samples for each size, told apart by a checksum."""

from __future__ import annotations

import hashlib
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from glasswell.theory.model import Model

from .._typing import Floats
from ..errors import CouplingError
from . import couplings

SUFFIXES = (".npy", ".npz", ".h5")


@dataclass(frozen=True)
class Given:
    """Couplings J that were made elsewhere, in a .npy, .npz or .h5 file.

    An array is (N, N), one sample, or (S, N, N); .npz and .h5 may hold several, one per size.
    J0 and J of the model do not enter; they are what theory is told about these matrices.

    Parameters
    ----------
    file
        Where they are.
    checksum
        SHA-256 of their values, which are verified against it whenever they are read.
    shapes
        (N, S) of every size, ascending.
    """

    file: str
    checksum: str
    shapes: tuple[tuple[int, int], ...]
    gaussian = False

    @classmethod
    def read(cls, file: str | Path) -> Given:
        """What a file holds.

        Raises
        ------
        CouplingError
            If it cannot be read or its arrays are not couplings.
        """
        arrays = _read(Path(file))
        shapes = tuple((N, len(J)) for N, J in sorted(arrays.items()))
        return cls(str(file), _checksum(arrays), shapes)

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Given:
        """From {file = …}, or with the checksum and shapes that were stored with a run.

        Raises
        ------
        CouplingError
            If a key is missing or unknown, or as ``read``.
        """
        if set(table) == {"file"} and isinstance(table["file"], str):
            return cls.read(table["file"])
        if set(table) != {"file", "checksum", "shapes"}:
            raise CouplingError(
                'couplings from a file are given as {file = "J.npy"}, got the keys '
                f"{', '.join(map(str, table)) or 'none'}"
            )
        try:
            shapes = tuple((int(N), int(S)) for N, S in table["shapes"])
        except (TypeError, ValueError) as error:
            raise CouplingError(f"the shapes of couplings must be pairs N, S: {error}") from error
        return cls(str(table["file"]), str(table["checksum"]), shapes)

    def samples_of(self, N: int) -> int:
        """How many samples of size N there are.

        Raises
        ------
        CouplingError
            If there is none.
        """
        sizes = dict(self.shapes)
        if N not in sizes:
            raise CouplingError(
                f"{self.file} has couplings of N = {', '.join(map(str, sizes))}, not of N = {N}: "
                "leave out sizes"
            )
        return sizes[N]

    def couplings(self, _model: Model, N: int, *, seed: int, number: int) -> Floats:
        """J of one sample, (N, N); seed and model do not enter.

        Raises
        ------
        CouplingError
            If the file has changed or is gone, or has no such sample.
        """
        del seed
        if number >= self.samples_of(N):
            raise CouplingError(f"{self.file} has {self.samples_of(N)} samples of N = {N}")
        J: Floats = _verified(self.file, self.checksum, _stamp(self.file))[N][number]
        return J

    def only(self, _N: int, _number: int) -> Given:
        """What one sample needs of it: the file."""
        return self


def _stamp(file: str) -> tuple[int, int]:
    """What changes when the file does."""
    try:
        found = Path(file).stat()
    except OSError as error:
        raise CouplingError(f"cannot read couplings from {file}: {error.strerror}") from error
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=1)
def _verified(file: str, checksum: str, _stamp: tuple[int, int]) -> dict[int, Floats]:
    arrays = _read(Path(file))
    if _checksum(arrays) != checksum:
        raise CouplingError(f"{file} does not hold the couplings of this run any more: restore it")
    return arrays


def _checksum(arrays: Mapping[int, Floats]) -> str:
    digest = hashlib.sha256()
    for N, J in sorted(arrays.items()):
        digest.update(f"{N} {len(J)} ".encode())
        digest.update(np.ascontiguousarray(J, dtype="<f8").tobytes())
    return digest.hexdigest()


def _read(path: Path) -> dict[int, Floats]:
    """(S, N, N) by N."""
    if path.suffix not in SUFFIXES:
        raise CouplingError(
            f"cannot read couplings from {path}: its name must end in {', '.join(SUFFIXES)}"
        )
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise CouplingError(f"cannot read couplings from {path}: it is no regular file")
        arrays = _hdf5(path) if path.suffix == ".h5" else _numpy(path)
    except (OSError, ValueError, EOFError, KeyError, RuntimeError, zipfile.BadZipFile) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise CouplingError(f"cannot read couplings from {path}: {why}") from error
    found: dict[int, Floats] = {}
    for name, array in arrays.items():
        J = _stack(path, name, array)
        if J.shape[-1] in found:
            raise CouplingError(f"{path} has two arrays of N = {J.shape[-1]}: stack their samples")
        found[J.shape[-1]] = J
    if not found:
        raise CouplingError(f"{path} holds no array: save couplings (S, N, N)")
    return found


def _numpy(path: Path) -> dict[str, Any]:
    # Opened here: NumPy leaves a damaged file open.
    with path.open("rb") as stream:
        loaded = np.load(stream, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return {path.name: loaded}
        return {name: loaded[name] for name in loaded.files}


def _hdf5(path: Path) -> dict[str, Any]:
    with h5py.File(path, "r") as file:
        arrays = {}
        for name in file:
            if not isinstance(file.get(name, getlink=True), h5py.HardLink):
                raise CouplingError(
                    f"{path} has a link to elsewhere, {name}: copy what it leads to"
                )
            dataset = file[name]
            if isinstance(dataset, h5py.Dataset):
                if dataset.is_virtual or dataset.external:
                    raise CouplingError(f"{path} has its dataset {name} in another file: copy it")
                arrays[name] = dataset[()]
    return arrays


def _stack(path: Path, name: str, array: Any) -> Floats:
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
        raise CouplingError(f"{path}: {name} does not hold real numbers")
    J = np.asarray(array, dtype=np.float64)
    try:
        couplings.check(J)
    except CouplingError as error:
        raise CouplingError(f"{path}: {name}: {error}") from error
    if not J.size:
        raise CouplingError(f"{path}: {name} is empty")
    return J if J.ndim == 3 else J[None]
