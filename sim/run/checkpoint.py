"""Checkpoints on disk: whole or not there, the one before kept, resumed by their own run only."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .._typing import HostArray
from ..backend import durable
from ..errors import ArchiveError

_IDENTITY = "identity"

PATTERN = "*.checkpoint*"
"""Names of checkpoints in a folder, those before the newest too."""


def previous(path: str | Path) -> Path:
    """Where the checkpoint before the newest one is kept."""
    return Path(f"{path}.previous")


def save(path: str | Path, arrays: Mapping[str, HostArray], identity: str) -> None:
    """Write arrays beside their place, flush them to the disk, and rename them into place.

    The checkpoint that stood there is kept as ``previous(path)``.

    Parameters
    ----------
    identity
        Hash of all that the run depends on; ``load`` asks for it again.

    Raises
    ------
    StorageError
        If the file cannot be written; an older checkpoint is then untouched.
    """
    content: dict[str, Any] = {**arrays, _IDENTITY: np.asarray(identity)}
    with durable.written(path, overwrite=True) as part:
        np.savez(part, **content)
        part.to_disk()
        if Path(path).exists():
            _keep_as_previous(Path(path))


def _keep_as_previous(path: Path) -> None:
    """Give it a second name, so that it stands until the new one has taken its place."""
    previous(path).unlink(missing_ok=True)
    try:
        os.link(path, previous(path))
    except OSError as error:
        if error.errno not in durable.NO_HARD_LINKS:
            raise
        os.replace(path, previous(path))


def load(
    path: str | Path, identity: str, notice: Callable[[str], None] | None = None
) -> dict[str, HostArray] | None:
    """The arrays of the newest whole checkpoint; None where there is none.

    Where the newest one is damaged, ``notice`` is told so and the one before it is gone on with:
    what is computed again gives the same numbers. Where both are, the search begins anew.

    Raises
    ------
    ArchiveError
        If the checkpoint is another run's.
    """
    damaged = None
    for place in (Path(path), previous(path)):
        try:
            arrays = read(place, identity)
        except DamagedError as error:
            damaged = damaged or error
            continue
        if arrays is not None:
            if damaged is not None and notice is not None:
                notice(f"{damaged}: its samples go on from the checkpoint before it")
            return arrays
    if damaged is not None and notice is not None:
        notice(f"{damaged}: its samples are begun anew")
    return None


class DamagedError(ArchiveError):
    """A checkpoint that is not whole."""


def read(path: str | Path, identity: str) -> dict[str, HostArray] | None:
    """The arrays of one checkpoint file; None where there is none.

    Raises
    ------
    DamagedError
        If the file is damaged.
    ArchiveError
        If it is another run's.
    """
    try:
        # Opened here: NumPy leaves a damaged file open.
        with Path(path).open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DamagedError(f"{path} is damaged") from error
    if _IDENTITY not in arrays:
        raise DamagedError(f"{path} is damaged")
    if str(arrays.pop(_IDENTITY)) != identity:
        raise ArchiveError(
            f"{path} is a checkpoint of another configuration, device or version: delete it"
        )
    return arrays


def remove(path: str | Path) -> None:
    """Delete a checkpoint and the one before it."""
    for place in (Path(path), previous(path)):
        place.unlink(missing_ok=True)
