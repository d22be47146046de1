"""Exchanges of temperature leave the joint distribution alone, and round trips are counted."""

from __future__ import annotations

import numpy as np
import pytest
from glasswell.sim.samplers.exchange import chain_at, count_round_trips, exchange

BETA = 1.0 / np.asarray([1.0, 2.0, 3.0, 5.0])


def test_the_rule() -> None:
    """Two chains by hand: the colder has the higher energy, so they exchange for certain."""
    place = np.asarray([[0, 1]])
    new, probability = exchange(
        place,
        np.asarray([[3.0, 1.0]]),
        np.asarray([1.0, 0.5]),
        np.asarray([[0.99]]),
        slice(0, None, 2),
    )
    assert new.tolist() == [[1, 0]]
    assert probability.tolist() == [[1.0]]
    # And back with exp(-(1 - 0.5) (3 - 1)): chain 1, now cold, has the energy 1.
    for uniform, expected in ((np.exp(-1.0) - 1e-9, [[0, 1]]), (np.exp(-1.0) + 1e-9, [[1, 0]])):
        back, probability = exchange(
            new,
            np.asarray([[3.0, 1.0]]),
            np.asarray([1.0, 0.5]),
            np.asarray([[uniform]]),
            slice(0, None, 2),
        )
        assert back.tolist() == expected
        assert probability[0, 0] == pytest.approx(np.exp(-1.0))


@pytest.mark.parametrize("parity", [0, 1])
def test_only_the_pairs_of_one_parity_move(parity: int) -> None:
    pairs = slice(parity, 3, 2)
    rng = np.random.default_rng(0)
    place = np.stack([rng.permutation(4) for _ in range(50)]).reshape(5, 10, 4)
    energy = rng.standard_normal((5, 10, 4))
    count = len(range(3)[pairs])
    new, probability = exchange(place, energy, BETA, np.zeros((5, 10, count)), pairs)
    assert probability.shape == (5, 10, count)
    expected = np.arange(4)
    for low in range(parity, 3, 2):
        expected[[low, low + 1]] = expected[[low + 1, low]]
    np.testing.assert_array_equal(chain_at(new), chain_at(place)[..., expected])
    np.testing.assert_array_equal(np.sort(new, axis=-1), np.sort(place, axis=-1))
    still, _ = exchange(place, energy, BETA, np.ones((5, 10, count)), pairs)
    np.testing.assert_array_equal(still, place)


def _energies_seen(beta: np.ndarray, rule: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean energy at each temperature, and its error, where a chain's energy is redrawn from the
    two levels 0 and 1 in three of four sweeps only, so that exchanges matter."""
    rng = np.random.default_rng(4)
    walkers, T = 4000, len(beta)
    place = np.broadcast_to(np.arange(T), (walkers, T)).copy()
    energy = np.ones((walkers, T))
    total = np.zeros((walkers, T))
    for sweep in range(300):
        excited = rng.random((walkers, T)) < 1.0 / (1.0 + np.exp(beta[place]))
        energy = np.where(rng.random((walkers, T)) < 0.25, excited, energy)
        pairs = slice(sweep % 2, T - 1, 2)
        uniforms = rng.random((walkers, len(range(T - 1)[pairs])))
        place, _ = exchange(place, energy, rule, uniforms, pairs)
        if sweep >= 50:
            total += np.take_along_axis(energy, chain_at(place), axis=-1) / 250
    return total.mean(axis=0), total.std(axis=0) / np.sqrt(walkers)


def test_two_level_systems_keep_their_populations() -> None:
    mean, error = _energies_seen(BETA, BETA)
    exact = 1.0 / (1.0 + np.exp(BETA))
    assert np.all(np.abs(mean - exact) < 4.0 * error)
    # Negative control: exchanges at the wrong temperatures spoil them.
    mean, error = _energies_seen(BETA, 1.2 * BETA)
    assert np.any(np.abs(mean - exact) > 6.0 * error)


def test_round_trips() -> None:
    """One chain is up, down, up, up, down, up; one comes up once; one stays in the middle."""
    paths = np.asarray(
        [[2, 1, 0, 0, 1, 2, 1, 2, 1, 0, 2], [0, 1, 1, 2, 1, 1, 1, 0, 0, 1, 1], [1] * 11]
    )
    heading, trips = np.zeros(3, dtype=np.int64), np.zeros(3, dtype=np.int64)
    counts = []
    for place in paths.T:
        count_round_trips(place, heading, trips)
        counts.append(trips.tolist())
    assert [one for one, _, _ in counts] == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2]
    assert all(others == [0, 0] for _, *others in counts)


def test_one_temperature_makes_no_round_trips() -> None:
    zero = np.zeros((2, 1), dtype=np.int64)
    trips = zero.copy()
    count_round_trips(zero, zero.copy(), trips)
    assert not trips.any()
