"""An archive read: checked whole, in one place, before anything is made of its numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np

from .._typing import Array
from ..errors import ArchiveError, CouplingError
from ..sample.couplings import check as check_couplings
from ..sample.couplings_source import AtHand
from . import checksums
from .check import check_count, check_sizes
from .hdf5_objects import Objects, attribute, check_links
from .layout import Archive
from .opening import AGAIN, REMADE, check_regular, named
from .schema import (
    CHECKED_SINCE,
    COUPLINGS,
    COUPLINGS_COORDINATES,
    FORMAT,
    FORMAT_VERSION,
    ROOT_ATTRIBUTES,
    Kind,
)
from .stored_group import Group
from .stored_provenance import read_provenance
from .stored_size import StoredSize

_SIZE = re.compile(r"N=([1-9]\d{0,8})")

Attempt = Callable[[int | None], AbstractContextManager[None]]
"""A context for looking at one size, or at what belongs to all."""


def _no_more(_N: int | None) -> AbstractContextManager[None]:
    """What cannot be read ends the reading."""
    return nullcontext()


def read(path: str | Path) -> Archive:
    """Read an archive and check all of it against its schema.

    Raises
    ------
    ArchiveError
        If there is no such file, or it is damaged, foreign, unfinished, or of a newer format; the
        message names the dataset or attribute.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.sim import SimulationConfig, read, simulate
    >>> from glasswell.theory import Model
    >>> config = SimulationConfig(sizes=(8, 16), samples=8, starts=4, method="quench", states=1)
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "samples.h5"
    ...     made = simulate(Model(gamma=2.0), config, path)
    ...     archive = read(path)
    >>> bool((archive.sizes[8].energy == made.sizes[8].energy).all())
    True
    """
    return _read(path, whole=True)


def read_shard(path: str | Path) -> Archive:
    """Read a shard, some samples of one size, and check it as an archive is checked.

    Raises
    ------
    ArchiveError
        As ``read``.
    """
    return _read(path, whole=False)


@contextmanager
def open_archive(path: str | Path) -> Iterator[Archive]:
    """Open an archive whose samples stay in the file until they are asked for.

    Its header, attributes and coordinates are read and checked now, and every array of a size, a
    ``StoredSize``, when it is read: whole as an attribute, or in blocks of samples by ``rows`` and
    ``glasswell.sim.blocks``, which take little memory however many samples there are.

    Raises
    ------
    ArchiveError
        As ``read``; what is wrong with samples is said when they are read.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.sim import SimulationConfig, open_archive, simulate
    >>> from glasswell.theory import Model
    >>> config = SimulationConfig(sizes=(8, 16), samples=8, starts=4, method="quench", states=1)
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "samples.h5"
    ...     _ = simulate(Model(gamma=2.0), config, path)
    ...     with open_archive(path) as archive:
    ...         first = archive.sizes[16].rows(0, 4)
    >>> first.energy.shape
    (4, 1)
    """
    with _opened(path, whole=True) as archive:
        yield archive


@contextmanager
def open_damaged(path: str | Path, attempt: Attempt) -> Iterator[Archive]:
    """Open an archive in the same way without what cannot be read of it.

    Parameters
    ----------
    attempt
        Given a size, or None for what belongs to all, a context in which that is looked at. It may
        swallow what is raised there, and the archive is without that size.

    Raises
    ------
    ArchiveError
        If nothing can be read, not even what was simulated.
    """
    with _opened(path, whole=True, attempt=attempt) as archive:
        yield archive


@contextmanager
def open_shard(path: str | Path) -> Iterator[Archive]:
    """Open some samples of one size in the same way.

    Raises
    ------
    ArchiveError
        As ``open_archive``.
    """
    with _opened(path, whole=False) as archive:
        yield archive


def _read(path: str | Path, *, whole: bool) -> Archive:
    with _opened(path, whole=whole) as archive:
        sizes = {N: size.rows(0, len(size.sample)) for N, size in archive.sizes.items()}
    return replace(archive, sizes=sizes)


@contextmanager
def _opened(path: str | Path, *, whole: bool, attempt: Attempt = _no_more) -> Iterator[Archive]:
    advice = AGAIN if whole else REMADE
    check_regular(path)
    with ExitStack() as stack:
        # Not around what is done with the archive: errors from there are none of the file.
        with named(path, advice):
            file = stack.enter_context(h5py.File(path, "r"))
            archive = _looked_at(file, (str(path), advice), attempt, whole=whole)
        yield archive


def _looked_at(
    file: h5py.File, names: tuple[str, str], attempt: Attempt, *, whole: bool
) -> Archive:
    path, _ = names
    objects = Objects(file, Path(path).stat().st_size)
    version = _check_format(file)
    with attempt(None):
        check_links(file)
    provenance = read_provenance(objects.group("provenance"), version)
    groups = {int(found[1]): name for name in file if (found := _SIZE.fullmatch(name))}
    with attempt(None):
        check_sizes(sorted(groups), provenance, whole=whole)
    sizes: dict[int, StoredSize] = {}
    for N in sorted(groups):
        with attempt(N):
            sizes[N] = StoredSize(objects, N, provenance, version, names, whole=whole)
    with attempt(None):
        if version >= CHECKED_SINCE:
            checksums.verify(file)
    for N, size in list(sizes.items()):
        del sizes[N]
        with attempt(N):
            size.settle()
            sizes[N] = size
    couplings = None
    with attempt(None):
        couplings = _couplings(objects, sizes, version) if "couplings" in file else None
    return Archive(sizes, provenance, version, couplings)


def _check_format(file: h5py.File) -> int:
    if "format" not in file.attrs or attribute(file, "format", Kind.TEXT) != FORMAT:
        raise ArchiveError("it is an HDF5 file but not a glasswell archive, check the name")
    version: int = attribute(file, "format_version", ROOT_ATTRIBUTES["format_version"])
    if version > FORMAT_VERSION:
        raise ArchiveError(
            f"it has format version {version}, this glasswell reads up to {FORMAT_VERSION}, update "
            "glasswell"
        )
    if version < 1:
        raise ArchiveError(f"it has format version {version}, which there never was")
    if "complete" not in file.attrs or not attribute(file, "complete", Kind.FLAG):
        raise ArchiveError("it was never finished")
    return version


def _couplings(objects: Objects, sizes: Mapping[int, StoredSize], version: int) -> AtHand:
    """Couplings from outside, those of every sample."""
    objects.group("couplings")
    arrays: dict[tuple[int, int], Array] = {}
    for N, data in sizes.items():
        path = f"couplings/N={N}"
        objects.group(path)
        group = Group(objects, path, version)
        given = {"sample": len(data.sample), "site": N, "partner": N}
        group.declare(COUPLINGS, group.declare(COUPLINGS_COORDINATES, given))
        found = group.read(group.names)
        if not np.array_equal(found["sample"], data.sample):
            raise ArchiveError(f"{path}/sample is not that of N={N}")
        for name in ("site", "partner"):
            check_count(f"{path}/{name}", found[name])
        try:
            check_couplings(found["J"])
        except CouplingError as error:
            raise ArchiveError(f"{path}/J: {error}") from error
        arrays |= {(N, int(n)): J for n, J in zip(data.sample, found["J"], strict=True)}
    return AtHand(arrays)
