"""The samples of one size as an xarray Dataset, equal to what xarray reads of the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .._typing import HostArray
from ..errors import ArchiveError
from ..records.blocks import Size
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
from .stored_group import Group
from .stored_size import StoredSize
from .tables import counted, ladder, scales

if TYPE_CHECKING:
    import xarray


def states(size: Size) -> xarray.Dataset:
    """Its states and, where sites differ, their parameters.

    Of an open archive the numbers are read, and checked, when they are used.

    Raises
    ------
    ArchiveError
        If xarray is not installed.
    """
    if isinstance(size, StoredSize):
        return _stored(size, size.states, COORDINATES)
    arrays = {name: getattr(size, name) for name in VARIABLES} | dict(size.parameters)
    known = {**COORDINATES, **VARIABLES, **LOCAL_PARAMETERS}
    return _dataset(scales(size.sample, size.displacement), arrays, known)


def tempering(size: Size) -> xarray.Dataset:
    """The series of its tempering.

    Raises
    ------
    ArchiveError
        If it was not tempered, or xarray is not installed.
    """
    if isinstance(size, StoredSize) and size.run is not None:
        beside = LAST_COORDINATES if size.goes_on else {}
        found = _stored(size, size.run, {**TEMPERING_COORDINATES, **beside})
        return found.assign_attrs(measure_every=size.measure_every, **size.swept)
    run = size.tempering
    if run is None:
        raise ArchiveError(f"N={size.N} was not tempered: ask for its states, without tempering")
    arrays = {name: getattr(run, name) for name in TEMPERING}
    coordinates, swept, last = ladder(size.sample, run), dict[str, int](), run.last
    if last is not None:
        arrays |= {name: getattr(last, name) for name in LAST_STATE}
        coordinates |= counted(last)
        swept = {name: getattr(last, name) for name in LAST_ATTRIBUTES}
    known = {**TEMPERING_COORDINATES, **TEMPERING, **LAST_COORDINATES, **LAST_STATE}
    found = _dataset(coordinates, arrays, known)
    return found.assign_attrs(measure_every=run.measure_every, **swept)


def _stored(size: StoredSize, group: Group, coordinates: Mapping[str, Variable]) -> xarray.Dataset:
    read = {name: size.column(group, name) for name in coordinates}
    kept = {name: _lazy(size, group, name) for name in group.names if name not in coordinates}
    return _dataset(read, kept, {name: group.variable(name) for name in group.names})


def _dataset(
    coordinates: Mapping[str, Any], arrays: Mapping[str, Any], known: Mapping[str, Variable]
) -> xarray.Dataset:
    xr = _xarray()
    variables = {
        name: (known[name].dims, array, {"units": UNITS, "long_name": known[name].long_name})
        for name, array in {**coordinates, **arrays}.items()
    }
    found: xarray.Dataset = xr.Dataset(
        {name: variables[name] for name in arrays}, {name: variables[name] for name in coordinates}
    )
    return found


def _lazy(size: StoredSize, group: Group, name: str) -> Any:
    """An array of xarray's that reads those samples from the file that it is asked for."""
    xr = _xarray()
    shape, dtype = group.shape(name), np.dtype(group.variable(name).dtype)

    def read(key: tuple[int | slice, ...]) -> HostArray:
        samples, *rest = key
        places = np.arange(shape[0])[samples]
        if not places.size:
            return np.empty((0, *shape[1:]), dtype)[(slice(None), *rest)]
        low = int(places.min())
        rows = size.column(group, name, (low, int(places.max()) + 1))[places - low]
        return np.asarray(rows[(*(slice(None) for _ in places.shape), *rest)])

    class Stored(xr.backends.BackendArray):  # type: ignore[misc, name-defined]  # xarray is optional
        def __init__(self) -> None:
            self.shape, self.dtype = shape, dtype

        def __getitem__(self, key: Any) -> Any:
            indexing = xr.core.indexing
            basic = indexing.IndexingSupport.BASIC
            return indexing.explicit_indexing_adapter(key, shape, basic, read)

    return xr.core.indexing.LazilyIndexedArray(Stored())


def _xarray() -> Any:
    try:
        import xarray
    except ImportError as error:
        raise ArchiveError(
            "xarray is not installed: install it with `pip install xarray`, or use the arrays of "
            "archive.sizes"
        ) from error
    return xarray
