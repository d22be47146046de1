"""Ladders: refused where they make no sense, spaced to equal shares of a known barrier."""

from __future__ import annotations

import math

import numpy as np
import pytest
from glasswell.sim import SimulationError
from glasswell.sim.sample import couplings, scales
from glasswell.sim.samplers import ladder, ladder_tuning
from glasswell.sim.samplers.sweep_noise import Noise
from glasswell.sim.samplers.tempering import Plan, Tempering
from glasswell.theory import Model


@pytest.mark.parametrize(
    ("temperatures", "message"),
    [
        ([], "at least one"),
        ([[1.0]], "at least one"),
        ([0.0, 1.0], "positive and finite"),
        ([1.0, float("inf")], "positive and finite"),
        ([2.0, 1.0], "must increase"),
        ([1.0, 1.0], "must increase"),
    ],
)
def test_refused(temperatures: list[float], message: str) -> None:
    with pytest.raises(SimulationError, match=message):
        ladder.check(temperatures)


def test_geometric() -> None:
    np.testing.assert_allclose(ladder.geometric(1.0, 8.0, 4), [1.0, 2.0, 4.0, 8.0])
    with pytest.raises(SimulationError, match="at least 2"):
        ladder.geometric(1.0, 8.0, 1)
    with pytest.raises(SimulationError, match="must increase"):
        ladder.geometric(8.0, 1.0, 3)


def test_equal_shares() -> None:
    """With Λ(T) = ln T known, an uneven ladder is made geometric, whatever the count."""
    uneven = np.asarray([1.0, 1.5, 2.0, 6.0, 10.0, 16.0])
    # LEAST_REJECTION is added to every r_k: take it off, so that the sum is Λ.
    rejection = np.diff(np.log(uneven)) - ladder.LEAST_REJECTION
    for count in (3, 5, 9):
        tuned = ladder.equalised(uneven, rejection, count)
        np.testing.assert_allclose(tuned, np.geomspace(1.0, 16.0, count), rtol=1e-12)
    np.testing.assert_array_equal(ladder.equalised(np.ones(1), np.zeros(0), 1), [1.0])


def test_a_barrier_in_one_place_draws_the_temperatures_there() -> None:
    tuned = ladder.equalised(np.asarray([1.0, 2.0, 4.0, 8.0]), np.asarray([0.0, 0.9, 0.0]), 9)
    assert np.count_nonzero((tuned >= 2.0) & (tuned <= 4.0)) >= 6


def test_harmonic_oscillators_need_a_known_number_of_temperatures() -> None:
    """N free harmonic sites: U/T is Gamma(N/2), and Λ = ∫ dT/T² ½⟨|U - U'|⟩ is a known integral.

    With x = U/T the barrier between T and 4T is g ln 4, where g = ½⟨|x - x'|⟩ comes by quadrature
    over both. A small quartic term keeps G legal and does not matter at these temperatures.
    """
    N, n = 16, 8.0
    x = np.linspace(0.0, 60.0, 1501)
    p = x ** (n - 1.0) * np.exp(-x) / math.gamma(n) * (x[1] - x[0])
    g = 0.5 * float(p @ np.abs(x[:, None] - x[None, :]) @ p)
    model = Model(gamma=1.0, J=0.0, a=1e-4)
    found = ladder_tuning.tune(
        np.zeros((2, N, N)), model, 1.0, 4.0, noise=Noise(3, N, (0, 1)), count=6, rounds=4
    )
    # Twice 128 measured sweeps in the last round: the rejections are known to a few per cent.
    assert found.barrier == pytest.approx(g * math.log(4.0), rel=0.1)
    np.testing.assert_allclose(found.temperatures, np.geomspace(1.0, 4.0, 6), rtol=0.07)


def test_tuned_ladders_of_a_glass_exchange_evenly() -> None:
    model = Model(gamma=10.0)
    T = scales.temperature(model)
    J = couplings.batch(model, 16, seed=1, samples=[0, 1])
    found = ladder_tuning.tune(J, model, 0.2 * T, 1.5 * T, noise=Noise(1, 16, (0, 1)), rounds=4)
    assert found.temperatures[[0, -1]] == pytest.approx([0.2 * T, 1.5 * T])
    assert len(found.temperatures) == math.ceil(2.0 * found.barrier) + 1
    assert found.starts.shape == (2, 16, 2 * len(found.temperatures))

    def rates(temperatures: np.ndarray) -> np.ndarray:
        run = Tempering(J, model, temperatures, Plan(100, 400), Noise(1, 16, (0, 1)))
        while not run.done:
            run.sweep()
        return run.result().swap_acceptance.mean(axis=0)

    tuned = rates(found.temperatures)
    assert np.ptp(tuned) < 0.2
    # Negative control: equal steps in T are far from even.
    assert np.ptp(rates(np.linspace(0.2 * T, 1.5 * T, len(tuned) + 1))) > 0.4


def test_tuning_refuses() -> None:
    J, model, noise = np.zeros((8, 8)), Model(gamma=10.0), Noise(1, 8, (0,))
    with pytest.raises(SimulationError, match="rounds"):
        ladder_tuning.tune(J, model, 1.0, 2.0, noise=noise, rounds=0)
    with pytest.raises(SimulationError, match="must increase"):
        ladder_tuning.tune(J, model, 2.0, 1.0, noise=noise)
