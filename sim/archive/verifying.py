"""An archive verified: all that is kept, and some samples held against their couplings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from glasswell.theory.model import Described

from .._typing import Floats
from ..errors import ArchiveError, CouplingError, LockError
from ..minima.status import Status
from ..records.sizes import SizeData
from ..sample.sample import Sample
from .faults import Fault, of_samples, open_faulty, whole_rows
from .layout import Archive
from .stored_size import StoredSize

AGAIN = 8
"""Samples of every size whose energies are computed again."""

ROUNDING = 1e-9
"""Of an energy or a force on any machine, relative to the terms that it is the sum of."""


@dataclass(frozen=True)
class Verified:
    """What was found: faults, how many samples were read, and how many made again."""

    faults: tuple[Fault, ...]
    samples: int
    again: int
    notes: tuple[str, ...] = ()
    """Why samples could not be made again, where they could not."""


def verify(path: str | Path, *, again: int | None = AGAIN) -> Verified:
    """Read all of an archive, and hold energies and forces of some samples against J and v.

    Every number is compared with its checksum and its schema, and every attribute with its
    checksum. Of some samples couplings and parameters are made again, and

        |U(v)/N - e| and |max_i |∂U/∂v_i| - g|

    must be rounding, relative to the terms that they are sums of.

    Parameters
    ----------
    again
        Samples of every size that are made again, evenly spread; None for all.

    Raises
    ------
    ArchiveError
        If there is no such file.
    LockError
        If the file system has no locks.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from glasswell.sim import SimulationConfig, simulate, verify
    >>> from glasswell.theory import Model
    >>> config = SimulationConfig(sizes=(8,), samples=4, starts=4, method="quench", states=1)
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "samples.h5"
    ...     _ = simulate(Model(gamma=2.0), config, path)
    ...     found = verify(path)
    >>> found.faults, found.samples, found.again
    ((), 4, 4)
    """
    if not Path(path).is_file():
        raise ArchiveError(f"there is no archive {path}: make it with `glasswell simulate`")
    try:
        with open_faulty(path) as (archive, faults):
            return _verified(archive, faults, again)
    except LockError:
        raise
    except ArchiveError as error:
        return Verified((Fault(str(error).removeprefix(f"{path}: ")),), 0, 0)


def _verified(archive: Archive, faults: list[Fault], again: int | None) -> Verified:
    samples, made, notes = 0, 0, []
    for size in archive.sizes.values():
        if not isinstance(size, StoredSize):
            continue
        faults += of_samples(size)
        samples += len(size.sample)
        if isinstance(archive.model.potential, Described):
            notes.append(f"samples of N={size.N} were not made again: the potential is not at hand")
            continue
        try:
            rows = _spread(whole_rows(size, faults), again)
            for row in rows:
                sample = archive.sample(size.N, int(size.sample[row]))
                faults += _differences(size, row, sample)
            made += len(rows)
        except CouplingError as error:
            notes.append(f"samples of N={size.N} were not made again: {error}")
    return Verified(tuple(faults), samples, made, tuple(notes))


def _spread(stretches: Sequence[tuple[int, int]], wanted: int | None) -> list[int]:
    """Some of the positions, evenly spread over all that are whole."""
    rows = [row for low, high in stretches for row in range(low, high)]
    if wanted is None or wanted >= len(rows):
        return rows
    return [rows[n * len(rows) // wanted] for n in range(wanted)]


def _differences(size: StoredSize, row: int, sample: Sample) -> Iterator[Fault]:
    """Where what is kept of a sample is not what its couplings give."""
    kept = size.checked(row, row + 1)
    place = f"in sample {sample.number}"
    for name, values in kept.parameters.items():
        if not np.allclose(values[0], sample.parameters[name], rtol=ROUNDING, atol=0.0):
            text = f"N={size.N}/{name} is not that of its seed {place}"
            yield Fault(text, size.N, (row, row + 1))
    for name, (found, due, terms) in _again(kept, sample).items():
        apart = np.abs(found - due)
        if np.any(apart > ROUNDING * terms):
            state = int(np.argmax(apart / terms))
            text = (
                f"N={size.N}/{name} is {found[state]:.9g} where J and v give {due[state]:.9g} "
                f"{place}, state {state}"
            )
            yield Fault(text, size.N, (row, row + 1))


def _again(kept: SizeData, sample: Sample) -> dict[str, tuple[Floats, Floats, Floats]]:
    """Kept, made again, and the size of the terms; of the states that are not lost."""
    here = kept.status[0] != int(Status.NOT_FINITE)
    v = kept.displacement[0, here].T
    force, field = sample.force(v), np.abs(sample.J) @ np.abs(v) + abs(sample.model.field)
    energy = sample.energy(v) / sample.N
    terms = np.abs(energy) + np.mean(np.abs(v) * field, axis=0)
    largest = np.max(field, axis=0) + np.max(np.abs(force), axis=0)
    tiny = np.finfo(np.float64).tiny
    return {
        "energy": (kept.energy[0, here], energy, terms + tiny),
        "gradient_norm": (
            kept.gradient_norm[0, here], np.max(np.abs(force), axis=0), largest + tiny,
        ),
    }  # fmt: skip
