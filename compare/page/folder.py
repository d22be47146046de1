"""The folder of a report: proved to be writable, and its files replaced all together."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from glasswell.sim.backend.interrupts import deferred

from ..errors import CompareError

RECORD, PAGE = "report.json", "report.html"


def check(folder: Path) -> None:
    """Make the folder and prove that it can be written, before any work is done.

    Raises
    ------
    CompareError
        If it cannot.
    """
    with _one_line(folder):
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()


@contextmanager
def replaced(folder: Path, figures: Sequence[str]) -> Iterator[Path]:
    """A folder to write a report into, whose files replace those of the last one on leaving.

    What else is in ``folder`` stays, such as the samples. Whatever stops the writing leaves the old
    report as it was; signals wait while files are renamed, and a power cut then leaves no page
    rather than an old one beside new pictures.

    Parameters
    ----------
    figures
        Names of files that a report may have: those that the new one lacks are removed.

    Raises
    ------
    CompareError
        If something cannot be written.
    """
    with _one_line(folder), TemporaryDirectory(prefix=".report-", dir=folder) as name:
        stage = Path(name)
        yield stage
        with deferred():
            _swap(stage, folder, figures)


def publish_first(stage: Path, folder: Path) -> None:
    """Put the numbers into a folder that has no report yet: whatever happens then, they are there.

    Beside an old page they have to wait for the new one.
    """
    if not any((folder / name).exists() for name in (RECORD, PAGE)):
        os.replace(stage / RECORD, folder / RECORD)


def _swap(stage: Path, folder: Path, figures: Sequence[str]) -> None:
    new = sorted(path.name for path in stage.iterdir())
    # The page goes first and comes last: it says what stands beside it.
    (folder / PAGE).unlink(missing_ok=True)
    for name in set(figures).difference(new):
        (folder / name).unlink(missing_ok=True)
    for name in sorted(new, key=PAGE.__eq__):
        os.replace(stage / name, folder / name)


@contextmanager
def _one_line(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CompareError(
            f"cannot write into {folder} ({error.strerror}): choose another folder with -o"
        ) from error
