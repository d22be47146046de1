"""What survives an interruption: one whole file per finished task, beside the archive."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..archive import writing
from ..archive.layout import Archive, Provenance
from ..archive.stored_samples import StoredSamples
from ..backend import durable
from ..config.part import Part
from ..errors import ArchiveError, LockError, StorageError
from ..records.blocks import Samples, blocks
from . import checkpoint, status
from .provenance import difference


@dataclass(frozen=True)
class Finished:
    """What the whole shards hold."""

    sizes: Mapping[int, Sequence[Samples]]
    """By N."""
    versions: Sequence[Mapping[str, str]]
    """What they were made with, each once."""


Notice = Callable[[str], None]
"""Called with what a user should know while a simulation goes on, in one line."""


def folder(path: str | Path) -> Path:
    """The folder of an archive's shards."""
    return Path(f"{path}.shards")


def name(N: int, first_sample: int) -> str:
    """The file name of the shard that begins with a sample."""
    return f"N={N}.{first_sample:06d}.h5"


def open_folder(path: str | Path, *, resume: bool) -> None:
    """Make the folder, or go on with that of an interrupted run, freed of what was half written.

    Raises
    ------
    ArchiveError
        If something else has its name, or it holds a run that is not to be resumed.
    StorageError
        If it cannot be made.
    """
    here = folder(path)
    kind = durable.kind_of(here)
    if kind not in (None, "a folder"):
        raise ArchiveError(f"{here} is {kind}, but finished samples are kept there: move it away")
    try:
        here.mkdir(exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot make the folder {here}: {error.strerror}") from error
    durable.remove_all_parts(here)
    status.clear(here / status.FOLDER)
    if not resume and any(here.iterdir()):
        raise ArchiveError(f"{here} holds an interrupted run: resume it, or delete the folder")


def finished(
    path: str | Path,
    config_hash: str,
    notice: Notice | None = None,
    part: Part | None = None,
    *,
    verify: bool = True,
) -> Finished:
    """The whole shards of this configuration, and of this part of the run if one is given.

    They are told by where they are, and not kept in memory.

    A shard is checked as an archive is. One that is damaged counts as not done, and ``notice`` is
    told of it.

    Parameters
    ----------
    verify
        Read all of their samples too, one shard after the other.

    Raises
    ------
    ArchiveError
        If a shard belongs to another configuration or part.
    LockError
        If none can be read, because their file system has no locks.
    """
    found: dict[int, list[StoredSamples]] = {}
    made_with: list[Mapping[str, str]] = []
    for file in sorted(folder(path).glob("N=*.h5")):
        try:
            provenance, found_here = _look(file, verify=verify)
        except LockError:
            raise
        except ArchiveError as error:
            if notice is not None:
                notice(str(error))
            continue
        if provenance.config_hash != config_hash:
            raise ArchiveError(
                f"{folder(path)} holds samples of another configuration, device or version: "
                "delete it, or write to another archive"
            )
        if part is not None and provenance.part != part:
            raise ArchiveError(
                f"{folder(path)} holds samples of {provenance.part}, not of {part}: make "
                "that part first, or write to another archive"
            )
        for samples in found_here:
            found.setdefault(samples.N, []).append(samples)
        if provenance.versions not in made_with:
            made_with.append(provenance.versions)
    return Finished(found, made_with)


def _look(file: Path, *, verify: bool) -> tuple[Provenance, list[StoredSamples]]:
    with writing.open_shard(file) as shard:
        for size in shard.sizes.values() if verify else ():
            for _ in blocks(size):
                pass
        return shard.provenance, [StoredSamples.of(file, size) for size in shard.sizes.values()]


def say_what_differs(
    made_with: Sequence[Mapping[str, str]], versions: Mapping[str, str], notice: Notice | None
) -> None:
    """Tell of samples that were made with other versions than those at hand."""
    for others in made_with:
        differs = difference(others, versions)
        if differs and notice is not None:
            notice(
                f"some samples were made elsewhere ({differs}): states of the others may differ "
                "from those of a run in one place, averages do not beyond their errors"
            )


def superseded(path: str | Path, content: Archive) -> bool:
    """Whether an archive holds all that its shards do, as after a kill before they were deleted.

    Shards and checkpoints of another configuration are never superseded.

    Raises
    ------
    LockError
        As ``finished``.
    """
    identity = content.provenance.config_hash
    try:
        found = finished(path, identity)
        for file in folder(path).glob(checkpoint.PATTERN):
            checkpoint.read(file, identity)
    except LockError:
        raise
    except ArchiveError:
        return False
    samples = {N: set(data.sample.tolist()) for N, data in content.sizes.items()}
    return all(
        samples.get(N, set()).issuperset(part.sample.tolist())
        for N, parts in found.sizes.items()
        for part in parts
    )


def remove(path: str | Path) -> None:
    """Delete the shards once the archive stands."""
    shutil.rmtree(folder(path), ignore_errors=True)
