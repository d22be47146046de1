"""What survives an interruption: one whole file per finished task, beside the archive."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from . import archive
from .archive_layout import SizeData, concatenate, select
from .errors import ArchiveError

Finished = dict[int, list[SizeData]]

Notice = Callable[[str], None]
"""Called with what a user should know while a simulation goes on, in one line."""


def folder(path: str | Path) -> Path:
    """The folder of an archive's shards."""
    return Path(f"{path}.shards")


def name(N: int, first_sample: int) -> str:
    """The file name of the shard that begins with a sample."""
    return f"N={N}.{first_sample:06d}.h5"


def finished(path: str | Path, config_hash: str, notice: Notice | None = None) -> Finished:
    """The whole shards of this configuration, by size.

    A shard is checked as an archive is. One that is damaged counts as not done, and ``notice`` is
    told of it.

    Raises
    ------
    ArchiveError
        If a shard belongs to another configuration.
    """
    found: Finished = {}
    for file in sorted(folder(path).glob("N=*.h5")):
        try:
            shard = archive.read_shard(file)
        except ArchiveError as error:
            if notice is not None:
                notice(str(error))
            continue
        if shard.provenance.config_hash != config_hash:
            raise ArchiveError(
                f"{folder(path)} holds samples of another configuration, device or version: "
                "delete it, or write to another archive"
            )
        for N, data in shard.sizes.items():
            found.setdefault(N, []).append(data)
    return found


def merge(parts: list[SizeData], samples: int) -> SizeData:
    """The samples 0 … samples-1 out of all parts.

    Raises
    ------
    ArchiveError
        If one is missing or occurs twice.
    """
    joined = concatenate(parts)
    wanted = joined.sample < samples
    if int(wanted.sum()) != samples:
        raise ArchiveError("a shard has gone missing while the simulation ran: resume it")
    return select(joined, wanted)


def remove(path: str | Path) -> None:
    """Delete the shards once the archive stands."""
    shutil.rmtree(folder(path), ignore_errors=True)
