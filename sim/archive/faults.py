"""Everything that is wrong in an archive, not only what is met first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import ArchiveError, LockError
from ..records.blocks import block_length
from .hdf5_objects import DamageError, first_line
from .layout import Archive
from .reading import open_damaged
from .stored_size import StoredSize

Rows = tuple[int, int]
"""From one position to before another."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, in a line that names datasets and samples.

    ``N`` is None where it belongs to no size, and ``rows`` where all samples of the size are lost.
    """

    text: str
    N: int | None = None
    rows: Rows | None = None


@contextmanager
def open_faulty(path: str | Path) -> Iterator[tuple[Archive, list[Fault]]]:
    """Open what can be read of an archive; beside it what cannot, as far as headers tell.

    Raises
    ------
    ArchiveError
        If nothing can be read, not even what was simulated.
    LockError
        If the file system has no locks.
    """
    found: list[Fault] = []

    @contextmanager
    def attempt(N: int | None) -> Iterator[None]:
        try:
            yield
        except LockError:
            raise
        except (ArchiveError, OSError, KeyError, RuntimeError, ValueError, TypeError) as error:
            where = "" if isinstance(error, ArchiveError) or N is None else f"N={N}: "
            found.append(Fault(f"{where}{first_line(error)}", N))

    with open_damaged(path, attempt) as archive:
        yield archive, found


def of_samples(size: StoredSize) -> Iterator[Fault]:
    """What is wrong with the numbers of a size, block by block.

    What cannot be read is told by chunks, and values that make no sense by samples.
    """
    length, S = block_length(size.sample_bytes), len(size.sample)
    damage: list[tuple[str, str, Rows]] = []
    values: list[Fault] = []
    for first in range(0, S, length):
        last = min(first + length, S)
        try:
            size.checked(first, last)
        except ArchiveError:
            found = list(_damage(size, first, last))
            damage += found
            for whole in _without([rows for *_, rows in found], first, last):
                values += _senseless(size, *whole)
    for path, why, rows in _put_together(damage):
        yield Fault(f"{path} is damaged ({why}) in {size.said(*rows)}", size.N, rows)
    yield from values


def _damage(size: StoredSize, first: int, last: int) -> Iterator[tuple[str, str, Rows]]:
    """Datasets that cannot be read in a block, why, and where."""
    for group, name in size.tables:
        try:
            group.raw(name, (first, last))
        except DamageError as error:
            for rows in error.rows:
                yield f"{group.path}/{name}", error.why, rows


def _put_together(damage: Sequence[tuple[str, str, Rows]]) -> list[tuple[str, str, Rows]]:
    """Neighbouring stretches of one dataset as one, datasets in the order of their faults."""
    found: dict[tuple[str, str], list[Rows]] = {}
    for path, why, (low, high) in damage:
        known = found.setdefault((path, why), [])
        if known and known[-1][1] == low:
            low, _ = known.pop()
        known.append((low, high))
    return [(path, why, rows) for (path, why), known in found.items() for rows in known]


def _senseless(size: StoredSize, first: int, last: int) -> Iterator[Fault]:
    """Samples whose numbers can be read, and make no sense: by halves."""
    try:
        size.checked(first, last)
    except ArchiveError as error:
        if last - first == 1:
            yield Fault(str(error), size.N, (first, last))
            return
        middle = (first + last) // 2
        yield from _senseless(size, first, middle)
        yield from _senseless(size, middle, last)


def whole_rows(size: StoredSize, faults: Sequence[Fault]) -> list[Rows]:
    """Where the samples of a size have no fault."""
    mine = [fault.rows or (0, len(size.sample)) for fault in faults if fault.N == size.N]
    return _without(mine, 0, len(size.sample))


def _without(spoilt: Sequence[Rows], first: int, last: int) -> list[Rows]:
    """What is left of a stretch."""
    found, start = [], first
    for low, high in sorted(spoilt):
        if low > start:
            found.append((start, low))
        start = max(start, high)
    return [*found, (start, last)] if start < last else found
