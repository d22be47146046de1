"""Exchanges of temperature between chains: even and odd pairs in turn, round trips counted."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .._typing import Floats, HostArray, Integers
from ..records.last_state import LastState
from ..records.time_series import Tempered

UNDECIDED, COLD_BOUND, HOT_BOUND = 0, 1, 2


def chain_at(place: Integers) -> Integers:
    """The chain at each temperature, from the temperature of each chain; and the other way."""
    return np.argsort(place, axis=-1)


def exchange(
    place: Integers, potential: Floats, beta: Floats, uniforms: Floats, pairs: slice
) -> tuple[Integers, Floats]:
    """Try to exchange the temperatures k and k + 1 for every k in ``pairs``: all even, or all odd.

        accepted with probability min(1, exp((β_k - β_{k+1}) (U_k - U_{k+1})))

    With even and odd alternating from sweep to sweep the walk through the temperatures is not
    reversible, and its round trips take O(T) instead of O(T²) sweeps: S. Syed et al.,
    J. R. Stat. Soc. B 84, 321 (2022).

    Parameters
    ----------
    place
        (…, T) index of the temperature of each chain.
    potential
        (…, T) U of each chain.
    beta
        (T,) inverse temperatures.
    uniforms
        (…, P) in [0, 1), P the number of pairs.
    pairs
        The colder temperatures k, no two of them neighbours.

    Returns
    -------
    The new places (…, T), and the probabilities (…, P) with which they were to change.
    """
    chains = chain_at(place)
    U = np.take_along_axis(potential, chains, axis=-1)
    low = np.arange(len(beta) - 1)[pairs]
    gain = (beta[low] - beta[low + 1]) * (U[..., low] - U[..., low + 1])
    probability = np.exp(np.minimum(gain, 0.0))
    exchanged = uniforms < probability
    colder, hotter = chains[..., low], chains[..., low + 1]
    chains[..., low] = np.where(exchanged, hotter, colder)
    chains[..., low + 1] = np.where(exchanged, colder, hotter)
    return chain_at(chains), probability


def count_round_trips(place: Integers, heading: Integers, trips: Integers) -> None:
    """A round trip is from the hottest temperature to the coldest and back; updated in place.

    Parameters
    ----------
    place, heading, trips
        (…, T) of each chain: index of its temperature, end that it heads for, trips made.
    """
    hottest = place.shape[-1] - 1
    if hottest == 0:
        return
    at_top, at_bottom = place == hottest, place == 0
    trips += at_top & (heading == HOT_BOUND)
    heading[at_bottom & (heading == COLD_BOUND)] = HOT_BOUND
    heading[at_top] = COLD_BOUND


class Walk:
    """Which temperature every chain of S samples is at, on its way up and down T of them."""

    def __init__(self, S: int, replicas: int, T: int) -> None:
        self._place = np.broadcast_to(np.arange(T), (S, replicas, T)).copy()
        self._heading = np.zeros_like(self._place)
        self._trips = np.zeros_like(self._place)
        self._swapped = np.zeros((S, max(T - 1, 0)))
        self._tried = np.zeros(max(T - 1, 0), dtype=np.int64)

    @property
    def place(self) -> Integers:
        """(S, replicas, T) index of the temperature of each chain."""
        return self._place

    @property
    def chains(self) -> Integers:
        """(S, replicas, T) the chain at each temperature."""
        return chain_at(self._place)

    @property
    def round_trips(self) -> Integers:
        """(S, replicas) that were counted."""
        return np.asarray(self._trips.sum(axis=-1))

    @property
    def acceptance(self) -> Floats:
        """(S, T - 1) mean probability of the exchanges that were counted; nan without any."""
        return np.asarray(self._swapped / np.where(self._tried > 0, self._tried, np.nan))

    def exchange(
        self, potential: Floats, beta: Floats, uniforms: Floats, pairs: slice, *, counted: bool
    ) -> None:
        """One round, as ``exchange``; counted or not."""
        self._place, probability = exchange(self._place, potential, beta, uniforms, pairs)
        if counted:
            self._swapped[:, pairs] += probability.mean(axis=1)
            self._tried[pairs] += 1
            count_round_trips(self._place, self._heading, self._trips)

    def last(self) -> dict[str, HostArray]:
        """What ``LastState`` keeps of it."""
        found = {"place": self._place, "heading": self._heading, "swap_sum": self._swapped}
        return {name: array.copy() for name, array in found.items()}

    @classmethod
    def taken_up(cls, run: Tempered, last: LastState) -> Walk:
        """The walk of a run that has stopped: which pairs were tried is known by their number."""
        S, replicas, T = last.place.shape
        walk = cls(S, replicas, T)
        walk._place, walk._heading = np.array(last.place), np.array(last.heading)
        # Of round trips only the sum over chains is told.
        walk._trips[..., 0] = run.round_trips
        walk._swapped = np.array(last.swap_sum)
        for sweep in (0, 1):
            # Sweeps burn_in, …, burn_in + sweeps - 1 that are even, or odd, as their pairs are.
            until = [
                (swept + 1 - sweep) // 2 for swept in (last.burn_in + last.sweeps, last.burn_in)
            ]
            walk._tried[sweep::2] = until[0] - until[1]
        return walk

    def checkpoint(self) -> dict[str, HostArray]:
        """All that changes."""
        return {name: array.copy() for name, array in vars(self).items()}

    def restore(self, arrays: Mapping[str, HostArray]) -> None:
        """What ``checkpoint`` has returned."""
        for name in vars(self):
            setattr(self, name, np.array(arrays[name]))
