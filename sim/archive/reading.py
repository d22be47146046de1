"""An archive read: checked whole, in one place, before anything is made of its numbers."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from glasswell.theory.model import Model

from .._typing import Array
from ..backend import lock
from ..backend.printable import printable
from ..errors import ArchiveError, CouplingError
from ..records.last_state import LastState
from ..records.sizes import SizeData
from ..records.time_series import Tempered
from ..sample.couplings import check as check_couplings
from ..sample.couplings_source import AtHand
from ..samplers.registry import is_built_in
from ..samplers.temper import Temper
from ..samplers.tempering import REPLICAS
from . import checksums
from .check import (
    check_count,
    check_ladder,
    check_last_state,
    check_samples,
    check_sizes,
    check_states,
    check_values,
)
from .hdf5_objects import Objects, attribute, check_links, first_line, has_checksum, values
from .layout import Archive, Provenance
from .schema import (
    CHECKED_SINCE,
    COORDINATES,
    COUPLINGS,
    COUPLINGS_COORDINATES,
    FORMAT,
    FORMAT_VERSION,
    LAST_ATTRIBUTES,
    LAST_COORDINATES,
    LAST_STATE,
    LOCAL_PARAMETERS,
    ROOT_ATTRIBUTES,
    TEMPERING,
    TEMPERING_COORDINATES,
    VARIABLES,
    Kind,
    Variable,
)
from .stored_provenance import read_provenance

AGAIN = "copy or make it again"
REMADE = "its samples are made again"

_SIZE = re.compile(r"N=([1-9]\d{0,8})")


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


def _read(path: str | Path, *, whole: bool) -> Archive:
    with _opened(path, AGAIN if whole else REMADE) as file:
        objects = Objects(file, Path(path).stat().st_size)
        version = _check_format(file)
        check_links(file)
        provenance = read_provenance(objects.group("provenance"), version)
        groups = {int(found[1]): name for name in file if (found := _SIZE.fullmatch(name))}
        check_sizes(sorted(groups), provenance, whole=whole)
        readers = {N: _Size(objects, N, provenance, version, whole) for N in sorted(groups)}
        if version >= CHECKED_SINCE:
            checksums.verify(file)
        sizes = {N: reader.read() for N, reader in readers.items()}
        couplings = _couplings(objects, sizes, version) if "couplings" in file else None
    return Archive(sizes, provenance, version, couplings)


@contextmanager
def _opened(path: str | Path, advice: str) -> Iterator[h5py.File]:
    """The file; whatever is wrong with it becomes one line that begins with its name."""
    _check_regular(path)
    try:
        with h5py.File(path, "r") as file:
            yield file
    except ArchiveError as error:
        raise ArchiveError(f"{path}: {error}: {advice}") from error
    except (OSError, KeyError, RuntimeError) as error:
        lock.refuse_hdf5(path, error)
        raise ArchiveError(
            f"{path} is not a whole HDF5 file ({first_line(error)}): {advice}"
        ) from error
    except (ValueError, TypeError, MemoryError) as error:
        raise ArchiveError(
            f"{path} holds values that make no sense ({first_line(error)}): {advice}"
        ) from error


def _check_regular(path: str | Path) -> None:
    """A pipe would keep its reader waiting, a device has no end."""
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise ArchiveError(
            f"there is no archive {printable(path)} ({why}): make it with `glasswell simulate`"
        ) from error
    if not stat.S_ISREG(mode):
        raise ArchiveError(f"there is no archive {path}: it is not a regular file")


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


class _Group:
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

    def read(self) -> dict[str, Array]:
        """All of them, each value in its range."""
        arrays = {
            name: values(f"{self.path}/{name}", dataset, variable)
            for name, (dataset, variable) in self._found.items()
        }
        check_values(self.path, arrays, {name: v for name, (_, v) in self._found.items()})
        return arrays


class _Size:
    """One size, declared and then read."""

    def __init__(
        self, objects: Objects, N: int, provenance: Provenance, version: int, whole: bool
    ) -> None:
        config, model = provenance.config, provenance.model
        self._provenance, self._config, self._whole, self._N = provenance, config, whole, N
        self._path = f"N={N}"
        group = objects.group(self._path)
        self._states = _Group(objects, self._path, version)
        given = {"sample": None, "state": config.kept, "site": N}
        lengths = self._states.declare(COORDINATES, given)
        self._states.declare(VARIABLES, lengths)
        self._parameters = _drawn(model, group, self._path, version)
        self._states.declare(self._parameters, lengths)
        self._run: _Group | None = None
        found = "tempering" in group
        if isinstance(config.sampler, Temper) or (found and not is_built_in(config.sampler)):
            self._declare_run(objects, version, lengths)
        elif found:
            raise ArchiveError(f"{self._path}/tempering does not fit the method {config.method!r}")

    def _declare_run(self, objects: Objects, version: int, lengths: dict[str, int]) -> None:
        path = f"{self._path}/tempering"
        group = objects.group(path)
        self._every = attribute(group, "measure_every", Kind.NUMBER)
        sampler = self._config.sampler
        if isinstance(sampler, Temper) and self._every != sampler.measure_every:
            raise ArchiveError(
                f"the attribute {path}/measure_every is {self._every}, in its configuration "
                f"{sampler.measure_every}"
            )
        self._run = _Group(objects, path, version)
        given = {**dict.fromkeys(TEMPERING_COORDINATES), "replica": REPLICAS}
        given |= {"sample": lengths["sample"], "site": self._N}
        found = self._run.declare(TEMPERING_COORDINATES, given)
        if found["rung"] != found["temperature"] - 1:
            raise ArchiveError(f"{path}/rung has {found['rung']} values, one per gap is due")
        self._run.declare(TEMPERING, found)
        self._swept: dict[str, int] = {}
        # A part of it is as good as none: whatever is missing is named.
        if any(name in group for name in LAST_STATE) or "burn_in" in group.attrs:
            counted = self._run.declare(
                LAST_COORDINATES, {"chain": found["temperature"], "note": None}
            )
            self._run.declare(LAST_STATE, {**found, **counted})
            for name, kind in LAST_ATTRIBUTES.items():
                self._swept[name] = attribute(group, name, kind)

    def read(self) -> SizeData:
        """Its numbers, once the whole file has been looked at."""
        arrays, path = self._states.read(), self._path
        check_samples(path, arrays["sample"], self._N, self._provenance, whole=self._whole)
        for name in ("state", "site"):
            check_count(f"{path}/{name}", arrays[name])
        check_states(path, arrays, self._config)
        return SizeData(
            **{name: arrays[name] for name in ("sample", *VARIABLES)},
            tempering=None if self._run is None else self._read_run(self._run, arrays["sample"]),
            parameters={name: arrays[name] for name in self._parameters},
        )

    def _read_run(self, run: _Group, sample: Array) -> Tempered:
        arrays = run.read()
        if not np.array_equal(arrays["sample"], sample):
            raise ArchiveError(f"{run.path}/sample is not that of {self._path}")
        for name in ("rung", "replica", "site"):
            check_count(f"{run.path}/{name}", arrays[name])
        check_count(
            f"{run.path}/measurement", arrays["measurement"], step=self._every, first=self._every
        )
        check_ladder(run.path, arrays["temperature"], self._config)
        last = None
        if self._swept:
            check_last_state(run.path, arrays, self._swept)
            kept: dict[str, Any] = {name: arrays[name] for name in LAST_STATE}
            last = LastState(**{**kept, **self._swept})
        return Tempered(
            temperatures=arrays["temperature"],
            **{name: arrays[name] for name in TEMPERING},
            measure_every=self._every,
            last=last,
        )


def _couplings(objects: Objects, sizes: Mapping[int, SizeData], version: int) -> AtHand:
    """Couplings from outside, those of every sample."""
    objects.group("couplings")
    arrays: dict[tuple[int, int], Array] = {}
    for N, data in sizes.items():
        path = f"couplings/N={N}"
        objects.group(path)
        group = _Group(objects, path, version)
        given = {"sample": len(data.sample), "site": N, "partner": N}
        group.declare(COUPLINGS, group.declare(COUPLINGS_COORDINATES, given))
        found = group.read()
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


def _drawn(model: Model, group: h5py.Group, path: str, version: int) -> dict[str, Variable]:
    """The random parameters that the group must hold; the first version did not always."""
    for name in LOCAL_PARAMETERS:
        if name in group and name not in model.random:
            raise ArchiveError(f"{path}/{name} is there, but the model does not draw it")
    return {
        name: variable
        for name, variable in LOCAL_PARAMETERS.items()
        if name in model.random and (version >= CHECKED_SINCE or name in group)
    }
