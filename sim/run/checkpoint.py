"""Checkpoints on disk: whole or not there, and only ever resumed by the run they belong to."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .._typing import HostArray
from ..backend import durable
from ..errors import ArchiveError

_IDENTITY = "identity"


def save(path: str | Path, arrays: Mapping[str, HostArray], identity: str) -> None:
    """Write arrays beside their place, flush them to the disk, and rename them into place.

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


def load(path: str | Path, identity: str) -> dict[str, HostArray] | None:
    """The arrays of a checkpoint; None where there is none.

    Raises
    ------
    ArchiveError
        If the file is damaged, or is another run's.
    """
    try:
        # Opened here: NumPy leaves a damaged file open.
        with Path(path).open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ArchiveError(f"{path} is damaged: delete it, its samples are then redone") from error
    if str(arrays.pop(_IDENTITY, "")) != identity:
        raise ArchiveError(
            f"{path} is a checkpoint of another configuration, device or version: delete it"
        )
    return arrays
