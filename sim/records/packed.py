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
    if data.tempering is not None:
        names = ("temperatures", "measure_every", *SERIES)
        packed |= prefixed("tempering", {name: getattr(data.tempering, name) for name in names})
        if data.tempering.last is not None:
            packed |= prefixed("last", vars(data.tempering.last))
    return packed


def unpack(arrays: Mapping[str, HostArray]) -> SizeData:
    """What ``pack`` was given."""
    series = part("tempering", arrays)
    run = None
    if series:
        every = int(series.pop("measure_every"))
        run = Tempered(**series, measure_every=every, last=_last(part("last", arrays)))
    return SizeData(
        **{name: arrays[name] for name in ("sample", *STATES)},
        tempering=run,
        parameters=part("parameters", arrays),
    )


def _last(arrays: Mapping[str, HostArray]) -> LastState | None:
    if not arrays:
        return None
    kept: dict[str, Any] = {name: arrays[name] for name in LAST}
    return LastState(**kept, burn_in=int(arrays["burn_in"]), sweeps=int(arrays["sweeps"]))
