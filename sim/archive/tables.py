"""Arrays as datasets with dimension scales, units and checksums, written in blocks of samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain

import h5py
import numpy as np

from .._typing import Array, HostArray
from ..errors import ArchiveError
from ..records.blocks import Samples, blocks
from ..records.last_state import LastState
from ..records.sizes import SizeData
from ..records.time_series import Tempered
from .schema import (
    COORDINATES,
    LAST_ATTRIBUTES,
    LAST_COORDINATES,
    LAST_STATE,
    LOCAL_PARAMETERS,
    TEMPERING,
    TEMPERING_COORDINATES,
    UNITS,
    VARIABLES,
    Variable,
)

CHUNK_BYTES = 2**18
"""What is read and verified at once: it stays in a processor's cache meanwhile."""

Table = tuple[h5py.Group, Mapping[str, Variable]]
"""Datasets of one group that have a row per sample."""


def write_size(group: h5py.Group, data: Samples, check: Callable[[], None]) -> None:
    """All samples of one size, one block after the other.

    The length of blocks depends on the shapes of a sample alone, and so the bytes of the file are
    the same wherever the samples come from.

    Parameters
    ----------
    check
        Called after every block, and may raise.

    Raises
    ------
    ArchiveError
        If an array has another shape than its variable, or samples do not fit each other.
    """
    each = blocks(data)
    first = next(each, None) or data.rows(0, 0)
    tables = _declared(group, data.sample, first)
    start = 0
    for block in chain([first], each):
        _check_alike(first, block)
        for (where, variables), arrays in zip(tables, _arrays(block), strict=True):
            for name, variable in variables.items():
                _write_rows(where, name, variable, start, arrays[name])
        start += len(block.sample)
        check()


def _declared(group: h5py.Group, sample: Array, first: SizeData) -> list[Table]:
    """Coordinates, written, and datasets of all samples, empty as yet."""
    write_coordinates(group, scales(sample, first.displacement), COORDINATES)
    parameters = {name: LOCAL_PARAMETERS[name] for name in first.parameters}
    tables: list[Table] = [(group, VARIABLES), (group, parameters)]
    if first.tempering is not None:
        here = _declared_run(group, sample, first.tempering)
        tables.append((here, TEMPERING))
        if first.tempering.last is not None:
            tables.append((here, LAST_STATE))
    for where, variables in tables:
        for name, variable in variables.items():
            _create_variable(where, name, variable)
    return tables


def _declared_run(group: h5py.Group, sample: Array, run: Tempered) -> h5py.Group:
    here = group.create_group("tempering")
    write_coordinates(here, ladder(sample, run), TEMPERING_COORDINATES)
    here.attrs["measure_every"] = run.measure_every
    if run.last is not None:
        write_coordinates(here, counted(run.last), LAST_COORDINATES)
        for name in LAST_ATTRIBUTES:
            here.attrs[name] = getattr(run.last, name)
    return here


def scales(sample: HostArray, displacement: HostArray) -> dict[str, HostArray]:
    """The coordinates of states, by name."""
    _, K, N = displacement.shape
    return {"sample": sample, "state": np.arange(K), "site": np.arange(N)}


def ladder(sample: HostArray, run: Tempered) -> dict[str, HostArray]:
    """The coordinates of a tempering, by name."""
    T, replicas, M = run.energy.shape[1:]
    return {
        "sample": sample,
        "temperature": run.temperatures,
        "rung": np.arange(T - 1),
        "replica": np.arange(replicas),
        "measurement": run.measure_every * np.arange(1, M + 1),
        "site": np.arange(run.displacement.shape[-1]),
    }


def counted(last: LastState) -> dict[str, HostArray]:
    """The coordinates of a last state, by name."""
    return {"chain": np.arange(last.place.shape[-1]), "note": np.arange(last.notes.shape[1])}


def _arrays(block: SizeData) -> list[Mapping[str, Array]]:
    """Of states, of sites and, if there is one, of the tempering and its last state."""
    run = block.tempering
    found = [vars(block), block.parameters]
    found += [] if run is None else [vars(run)]
    return found if run is None or run.last is None else [*found, vars(run.last)]


def _check_alike(first: SizeData, block: SizeData) -> None:
    """Refuse samples that cannot stand in one table."""
    if block.parameters.keys() != first.parameters.keys():
        raise ArchiveError("samples of one size have different parameters: make them in one run")
    one, other = first.tempering, block.tempering
    same = one is other or (
        one is not None
        and other is not None
        and one.measure_every == other.measure_every
        and np.array_equal(one.temperatures, other.temperatures)
        and _swept(one) == _swept(other)
    )
    if not same:
        raise ArchiveError(
            "samples of one size have different temperatures or sweeps: make them in one run"
        )


def _swept(run: Tempered) -> tuple[int, int] | None:
    return None if run.last is None else (run.last.burn_in, run.last.sweeps)


def write_coordinates(
    group: h5py.Group, coordinates: Mapping[str, Array], variables: Mapping[str, Variable]
) -> None:
    """The dimension scales of a group."""
    for name, values in coordinates.items():
        scale = np.asarray(values, variables[name].dtype)
        _create_dataset(group, name, variables[name], scale.shape)[...] = scale
        group[name].make_scale(name)


def write_variable(group: h5py.Group, name: str, variable: Variable, values: Array) -> None:
    """A dataset over dimension scales that are there, whole.

    Raises
    ------
    ArchiveError
        If it has another shape.
    """
    _create_variable(group, name, variable)
    _write_rows(group, name, variable, 0, values)


def _create_variable(group: h5py.Group, name: str, variable: Variable) -> None:
    shape = tuple(len(group[dim]) for dim in variable.dims)
    dataset = _create_dataset(group, name, variable, shape)
    for axis, dim in enumerate(variable.dims):
        dataset.dims[axis].attach_scale(group[dim])


def _create_dataset(
    group: h5py.Group, name: str, variable: Variable, shape: tuple[int, ...]
) -> h5py.Dataset:
    # HDF5 has checksums of chunks only, and no chunks of what is empty.
    checked = {"chunks": chunk_of(shape), "fletcher32": True} if np.prod(shape) else {}
    dataset = group.create_dataset(name, shape=shape, dtype=variable.dtype, **checked)
    dataset.attrs["units"] = UNITS
    dataset.attrs["long_name"] = variable.long_name
    return dataset


def _write_rows(
    group: h5py.Group, name: str, variable: Variable, start: int, values: Array
) -> None:
    dataset, rows = group[name], np.asarray(values, dtype=variable.dtype)
    stop = start + len(rows)
    if rows.shape[1:] != dataset.shape[1:] or stop > len(dataset):
        raise ArchiveError(f"{name} in {group.name} has shape {rows.shape}: {variable.dims}")
    if rows.size:
        dataset[start:stop] = rows


def chunk_of(shape: tuple[int, ...]) -> tuple[int, ...]:
    """As many samples as fit into a chunk, whole ones if one does."""
    left, lengths = CHUNK_BYTES // 8, []
    for length in reversed(shape):
        lengths.append(max(min(length, left), 1))
        left //= lengths[-1]
    return tuple(reversed(lengths))
