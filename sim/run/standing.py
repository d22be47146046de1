"""What stands where an archive is to be: taken as it is, replaced, or refused."""

from __future__ import annotations

from pathlib import Path

from glasswell.theory.model import Model

from ..archive import writing
from ..archive.layout import Archive
from ..backend import durable
from ..config.part import Part
from ..errors import ArchiveError, LockError
from . import shards


def with_potential(found: Archive, model: Model) -> Archive:
    """An archive of this model, with its potential, of which the file holds a description."""
    if model.potential is None or found.model.potential is None:
        return found
    return found.with_potential(model.potential)


def existing(path: str | Path, part: Part, resume: bool) -> Archive:
    """The archive that stands where a run is to write, and is to be kept.

    Shards that it holds are deleted, if a kill has left them.

    Raises
    ------
    ArchiveError
        If it is not to be resumed, is another part of a run, or cannot be read.
    """
    if not resume or not Path(path).is_file():
        durable.refuse_what_stands(Path(path), overwrite=False)
    existing = writing.read(path)
    if existing.provenance.part != part:
        raise ArchiveError(
            f"{path} is {existing.provenance.part} of a run, not {part}: merge all parts, or "
            "choose another name"
        )
    if shards.folder(path).is_dir() and shards.superseded(path, existing):
        shards.remove(path)
    return existing


def forget(path: str | Path, resume: bool) -> None:
    """Delete the shards of the archive that is about to be replaced, if a kill has left them.

    Raises
    ------
    ArchiveError
        If what stands there is no archive.
    LockError
        If it cannot be looked into.
    """
    writing.check_overwritable(path)
    if resume or not shards.folder(path).is_dir():
        return
    try:
        old = writing.read(path)
    except LockError:
        raise
    except ArchiveError:
        # Damaged, so what it held is not known.
        return
    if shards.superseded(path, old):
        shards.remove(path)
