"""Records as flat tables of arrays, as checkpoints keep them, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .._typing import HostArray
from .last_state import LAST, LastState
from .sizes import STATES, SizeData
from .time_series import SERIES, Tempered

Arrays = dict[str, HostArray]


def prefixed(prefix: str, arrays: Mapping[str, Any]) -> Arrays:
    """The arrays under names that begin with a word and a dot.

    >>> prefixed("run", {"step": 3})
    {'run.step': array(3)}
    """
    return {f"{prefix}.{name}": np.asarray(array) for name, array in arrays.items()}


def part(prefix: str, arrays: Mapping[str, HostArray]) -> Arrays:
    """The arrays that ``prefixed`` has named.

    >>> part("run", {"run.step": np.asarray(3), "walk.step": np.asarray(4)})
    {'step': array(3)}
    """
    start = f"{prefix}."
    return {n.removeprefix(start): a for n, a in arrays.items() if n.startswith(start)}


def pack(data: SizeData) -> Arrays:
    """All arrays of a size."""
    packed = {name: np.asarray(getattr(data, name)) for name in ("sample", *STATES)}
    packed |= prefixed("parameters", data.parameters)
    return packed | prefixed("tempering", pack_series(data.tempering))


def unpack(arrays: Mapping[str, HostArray]) -> SizeData:
    """What ``pack`` was given."""
    return SizeData(
        **{name: arrays[name] for name in ("sample", *STATES)},
        tempering=unpack_series(part("tempering", arrays)),
        parameters=part("parameters", arrays),
    )


def pack_series(series: Tempered | None) -> Arrays:
    """All arrays of time series; none where there are none."""
    if series is None:
        return {}
    names = ("temperatures", "measure_every", *SERIES)
    packed = {name: np.asarray(getattr(series, name)) for name in names}
    return packed if series.last is None else packed | prefixed("last", vars(series.last))


def unpack_series(arrays: Mapping[str, HostArray]) -> Tempered | None:
    """What ``pack_series`` was given."""
    if not arrays:
        return None
    found = {name: array for name, array in arrays.items() if not name.startswith("last.")}
    every = int(found.pop("measure_every"))
    return Tempered(**found, measure_every=every, last=_last(part("last", arrays)))


def _last(arrays: Mapping[str, HostArray]) -> LastState | None:
    if not arrays:
        return None
    kept: dict[str, Any] = {name: arrays[name] for name in LAST}
    return LastState(**kept, burn_in=int(arrays["burn_in"]), sweeps=int(arrays["sweeps"]))
