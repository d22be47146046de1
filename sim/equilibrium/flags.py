"""What is wrong with a sample at a temperature, if anything.

A flag is a warning beside a number and never a filter: samples with the slowest dynamics have
the roughest landscapes, and leaving them out would bias every disorder average.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntFlag

import numpy as np
from numpy.typing import ArrayLike

from .._typing import Floats, Integers
from ..errors import ShapeError
from .autocorrelation import LEAST_N_EFF, estimate
from .jackknife import LIMIT
from .rhat import LARGEST_RHAT, ranked_rhat


class Flag(IntFlag):
    """What is wrong; the values are stored, so they never change."""

    NONE = 0
    NOT_FINITE = 1
    TOO_SHORT = 2
    CHAINS_DISAGREE = 4
    VIRIAL = 8
    NO_ROUND_TRIP = 16


MEANING = {
    Flag.NOT_FINITE: "a measurement is not finite: make the step smaller",
    Flag.TOO_SHORT: "too short for an error bar, or never moves: run longer",
    Flag.CHAINS_DISAGREE: "chains or their halves differ: run longer, or narrow the ladder's gaps",
    Flag.VIRIAL: "the virial is not T: make the step smaller",
    Flag.NO_ROUND_TRIP: "no replica went from the coldest temperature to the hottest and back",
}


def flags(
    watched: Mapping[str, Floats],
    virial: Floats,
    temperatures: ArrayLike,
    round_trips: ArrayLike | None = None,
) -> Integers:
    """The flags of every sample at every temperature, (S, T).

    Parameters
    ----------
    watched
        The series to be judged, (S, T, chain, time) each: energy, q_hat, and the overlap's square,
        which is the slowest.
    virial
        ``landscape.virial``, (S, T, chain, time).
    temperatures
        (T,).
    round_trips
        (S,), if the temperatures were exchanged.

    Raises
    ------
    ShapeError
        If the series do not share samples, temperatures and times.
    """
    everything = [*watched.values(), virial]
    S, T, _, times = virial.shape
    if any((x.shape[0], x.shape[1], x.shape[-1]) != (S, T, times) for x in everything):
        shapes = [x.shape for x in everything]
        raise ShapeError(f"all series must be (S, T, chain, time) of one run, got {shapes}")
    found = np.zeros((S, T), dtype=np.int64)
    temperature = np.broadcast_to(np.asarray(temperatures, dtype=np.float64), (T,))
    for s, t in np.ndindex(S, T):
        found[s, t] = _judge([x[s, t] for x in everything], float(temperature[t]))
    if round_trips is not None:
        found[np.asarray(round_trips) < 1] |= int(Flag.NO_ROUND_TRIP)
    return found


def describe(found: Integers) -> dict[str, int]:
    """How many (sample, temperature) pairs carry each flag; flags that do not occur left out."""
    counts = {MEANING[flag]: int(np.count_nonzero(found & int(flag))) for flag in MEANING}
    return {meaning: count for meaning, count in counts.items() if count}


def _judge(series: list[Floats], temperature: float) -> int:
    """The flags of one sample at one temperature; the virial comes last."""
    if not all(np.all(np.isfinite(x)) for x in series):
        return int(Flag.NOT_FINITE)
    flag = Flag.NONE
    estimates = [estimate(x) for x in series]
    if any(found.n_eff < LEAST_N_EFF for found in estimates):
        flag |= Flag.TOO_SHORT
    apart = any(not found.reliable and found.n_eff >= LEAST_N_EFF for found in estimates)
    if apart or any(ranked_rhat(x) > LARGEST_RHAT for x in series):
        flag |= Flag.CHAINS_DISAGREE
    virial = estimates[-1]
    if virial.reliable and abs(virial.mean - temperature) > LIMIT * virial.error:
        flag |= Flag.VIRIAL
    return int(flag)
