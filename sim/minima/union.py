"""The states of two searches of the same samples, as one search would have kept them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .._typing import HostArray
from ..records.sizes import STATES, SizeData
from ..sample.sites import AnyModel
from .collect import hits
from .status import stationary

PER_STATE = tuple(name for name in STATES if name != "hits")


def union(one: SizeData, other: SizeData, sites: Sequence[AnyModel], kept: int) -> SizeData:
    """The ``kept`` lowest states of both searches, and how many starts of both hit the lowest.

    Parameters
    ----------
    one, other
        The same S samples, searched with random numbers of their own.
    sites
        Of every sample.
    """
    arrays = {
        name: np.concatenate([getattr(one, name), getattr(other, name)], axis=1)
        for name in PER_STATE
    }
    energy = arrays["energy"]
    # The stable sort leaves equal states in the order of their searches.
    ranked = np.lexsort((energy, ~stationary(arrays["status"])), axis=1)[:, :kept]
    taken: dict[str, Any] = {name: _taken(array, ranked) for name, array in arrays.items()}
    counted = [_hits(_lowest(one, s), _lowest(other, s), own) for s, own in enumerate(sites)]
    return replace(one, **taken, hits=np.asarray(counted, dtype=np.int64))


def _taken(array: HostArray, ranked: HostArray) -> HostArray:
    at = ranked.reshape(*ranked.shape, *(1,) * (array.ndim - 2))
    return np.take_along_axis(array, at, axis=1)


def _lowest(data: SizeData, s: int) -> Mapping[str, HostArray]:
    return {name: getattr(data, name)[s, 0] for name in PER_STATE} | {"hits": data.hits[s]}


def _hits(one: Mapping[str, HostArray], other: Mapping[str, HostArray], model: AnyModel) -> int:
    """Of the lower of two states; of both together if they are the same one."""
    at_rest = [state for state in (one, other) if stationary(state["status"])]
    at_rest.sort(key=lambda state: float(state["energy"]))
    if len(at_rest) == 2:
        energy = np.asarray([state["energy"] for state in at_rest])
        v = np.stack([state["displacement"] for state in at_rest], axis=-1)
        if hits(energy, v, model) == 1:
            del at_rest[1]
    return int(sum(state["hits"] for state in at_rest))
