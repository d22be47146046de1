"""A tempering taken up where an archive says that it has stopped."""

from __future__ import annotations

import numpy as np

from .._typing import HostArray
from ..errors import SimulationError
from ..records.last_state import LastState
from ..records.packed import prefixed
from ..records.time_series import Tempered
from .base import Arrays
from .exchange import Walk
from .measurements import PER_PAIR, PER_REPLICA


def checkpoint_of(run: Tempered, sweeps: int, columns: int) -> Arrays:
    """The checkpoint that a tempering of more sweeps would have made where this one has stopped.

    Parameters
    ----------
    sweeps
        After the burn-in, of the longer run.
    columns
        That the longer run notes, those of this one first.

    Raises
    ------
    SimulationError
        If the run was kept without its last state.
    """
    last = run.last
    if last is None:
        raise SimulationError("a tempering without its last state cannot go on")
    M, step_size = sweeps // run.measure_every, run.step_size
    adaptation = {
        "start": step_size,
        "shortfall": np.zeros_like(step_size),
        "log_mean": last.log_step_size,
        "count": last.burn_in,
    }
    return {
        **prefixed("state", _state(run, last)),
        **prefixed("adaptation", adaptation),
        **prefixed("series", {n: _longer(getattr(run, n), M) for n in (*PER_REPLICA, *PER_PAIR)}),
        **prefixed("walk", Walk.taken_up(run, last).checkpoint()),
        "accepted": last.acceptance_sum,
        "divergences": run.divergences,
        "temperatures": run.temperatures,
        "swept": np.asarray(last.burn_in + last.sweeps),
        "notes": _longer(last.notes.transpose(0, 2, 1), columns),
    }


def _state(run: Tempered, last: LastState) -> dict[str, HostArray]:
    return {
        "v": _by_chain(run.displacement, last.place),
        "Jv": _by_chain(last.product, last.place),
        "potential": _by_chain(last.potential[..., None], last.place)[:, 0],
    }


def _by_chain(ordered: HostArray, place: HostArray) -> HostArray:
    """(S, T, 2, n), coldest first, -> (S, n, 2T) of columns."""
    S, T, replicas, n = ordered.shape
    chains = np.take_along_axis(np.swapaxes(ordered, 1, 2), place[..., None], axis=2)
    return np.ascontiguousarray(chains.reshape(S, replicas * T, n).transpose(0, 2, 1))


def _longer(values: HostArray, length: int) -> HostArray:
    """With zeros at the end of the last axis."""
    longer = np.zeros((*values.shape[:-1], length))
    longer[..., : values.shape[-1]] = values
    return longer
