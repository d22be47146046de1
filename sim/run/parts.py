"""Parts that were made anywhere become the archive of the run in one piece."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from .._typing import Floats
from ..archive import writing
from ..archive.layout import Archive, Provenance
from ..archive.stored_samples import StoredSamples
from ..backend import durable, lock
from ..config.part import WHOLE
from ..errors import ArchiveError, SimulationError
from ..sample.couplings_source import AtHand
from . import merging, shards
from .differences import differences
from .provenance import difference, made_with

NAMED = 10
"""Missing parts that are named one by one."""


def merge(
    path: str | Path,
    parts: Sequence[str | Path],
    *,
    overwrite: bool = False,
    notice: shards.Notice | None = None,
) -> Archive:
    """Join all parts of a run, ``simulate(..., shard=(I, N))``, into one archive.

    Parts that were made with the same versions make, byte for byte, the archive of one run.

    Parameters
    ----------
    path
        The archive to be.
    parts
        All of them, in any order.
    overwrite
        Replace an archive that exists.
    notice
        Called with a line where parts were made with other versions or texts than the first.

    Raises
    ------
    ArchiveError
        If something stands there that is not to be replaced; if a part is missing, given twice,
        damaged, or of another run: naming it, and what differs.
    SimulationError
        If no parts are given.
    LockError
        If another run writes this archive.
    StorageError
        If the disk is full or fails; whatever stood there is then untouched.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.sim import SimulationConfig, merge, simulate
    >>> from glasswell.theory import Model
    >>> config = SimulationConfig(sizes=(8, 16), samples=4, starts=4, method="quench", states=1)
    >>> with TemporaryDirectory() as folder:
    ...     parts = [Path(folder) / f"part-{number}.h5" for number in (1, 2)]
    ...     for number, part in enumerate(parts, start=1):
    ...         _ = simulate(Model(gamma=2.0), config, part, shard=(number, 2))
    ...     archive = merge(Path(folder) / "samples.h5", parts)
    >>> archive.sizes[16].sample
    array([0, 1, 2, 3])
    """
    write_merged(path, parts, overwrite=overwrite, notice=notice)
    return writing.read(path)


def write_merged(
    path: str | Path,
    parts: Sequence[str | Path],
    *,
    overwrite: bool = False,
    notice: shards.Notice | None = None,
) -> None:
    """What ``merge`` does, block by block, without reading it all in the end.

    Raises
    ------
    ArchiveError, SimulationError, LockError, StorageError
        As ``merge``.
    """
    if not parts:
        raise SimulationError("there is nothing to merge: name the parts")
    writing.check_writable(path)
    with lock.held(path):
        durable.remove_parts(Path(path))
        if not overwrite:
            durable.refuse_what_stands(Path(path), overwrite=False)
        found = _in_order(path, parts)
        _check_together(found, notice)
        _write(path, found, overwrite)


@dataclass(frozen=True)
class Opened:
    """A part as far as it has been looked at: its samples stay in the file."""

    provenance: Provenance
    samples: Mapping[int, StoredSamples]
    ladders: Mapping[int, Floats]
    """Temperatures by N, of a tempering."""
    couplings: AtHand | None

    @classmethod
    def of(cls, name: str | Path) -> Opened:
        """Open a part, look at it, and close it."""
        with writing.open_archive(name) as archive:
            sizes = archive.sizes.items()
            samples = {N: StoredSamples.of(Path(name), size, whole=True) for N, size in sizes}
            runs = {N: size.rows(0, min(1, len(size.sample))).tempering for N, size in sizes}
            ladders = {N: run.temperatures for N, run in runs.items() if run is not None}
            return cls(archive.provenance, samples, ladders, archive.couplings)


def _in_order(path: str | Path, parts: Sequence[str | Path]) -> dict[str, Opened]:
    """The parts by their names, part 1 first: all of them, once each."""
    found: dict[int, tuple[str, Opened]] = {}
    of = None
    for name in parts:
        if Path(name).absolute() == Path(path).absolute():
            raise ArchiveError(f"{path} cannot be a part and the archive: choose another name")
        opened = Opened.of(name)
        part = opened.provenance.part
        of = of or part.of
        if part.of != of:
            other, _ = next(iter(found.values()))
            raise ArchiveError(f"{name} is {part} and {other} one of {of}: they are of two runs")
        if part.number in found:
            raise ArchiveError(f"{part} is there twice, as {found[part.number][0]} and {name}")
        found[part.number] = str(name), opened
    _refuse_missing([n for n in range(1, (of or 0) + 1) if n not in found], of or 0)
    return dict(found[number] for number in sorted(found))


def _refuse_missing(missing: Sequence[int], of: int) -> None:
    if missing:
        named = ", ".join(map(str, missing[:NAMED])) + (", …" if len(missing) > NAMED else "")
        which = f"part {named} of {of} is" if len(missing) == 1 else f"parts {named} of {of} are"
        raise ArchiveError(f"{which} missing: make what is not there, and name all {of}")


def _check_together(found: Mapping[str, Opened], notice: shards.Notice | None) -> None:
    (first, one), *others = found.items()
    for name, other in others:
        for key, here, there in differences(one.provenance, other.provenance):
            raise ArchiveError(
                f"{name} and {first} are of two runs: {key} is {there} in the one and {here} in "
                "the other"
            )
        _check_ladders(first, one, name, other)
        said = difference(other.provenance.versions, one.provenance.versions)
        if said and notice is not None:
            notice(f"{name} was made elsewhere than {first} ({said})")
        if other.provenance.config_text != one.provenance.config_text and notice is not None:
            notice(f"the text of the configuration of {name} is not that of {first}, which is kept")


def _check_ladders(first: str, one: Opened, name: str, other: Opened) -> None:
    """Ladders are tuned by each part for itself, and rounding decides on their last digits."""
    for N in one.ladders.keys() & other.ladders.keys():
        if not np.array_equal(one.ladders[N], other.ladders[N]):
            raise ArchiveError(
                f"the temperatures at N = {N} of {name} are not those of {first}: they were tuned "
                "on machines that differ, so give temperatures in the configuration"
            )


def _write(path: str | Path, found: Mapping[str, Opened], overwrite: bool) -> None:
    parts = list(found.values())
    sizes: dict[int, list[StoredSamples]] = {}
    for part in parts:
        for N, samples in part.samples.items():
            sizes.setdefault(N, []).append(samples)
    one = replace(parts[0].provenance, part=WHOLE)
    provenance = made_with(one, [part.provenance.stages[-1].versions for part in parts])
    kept = [part.couplings for part in parts if part.couplings is not None]
    source = AtHand({key: J for each in kept for key, J in each.arrays.items()}) if kept else None
    merging.join(sizes, one.config, path, provenance, overwrite=overwrite, source=source)
