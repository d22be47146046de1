"""Mirror moves: exact energies, the right balance, and hard spins against all 2^N of them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from backends import host
from glasswell.sim import SimulationConfig
from glasswell.sim.run.tasks import run_sample
from glasswell.sim.sample import couplings, landscape
from glasswell.sim.samplers import mirror_moves
from glasswell.theory import Model

SPINS = Model(gamma=0.01, k=-1.0, a=6.0)


def test_only_bare_double_wells_need_them() -> None:
    assert mirror_moves.needed(SPINS)
    assert not mirror_moves.needed(Model(gamma=10.0))


@pytest.mark.parametrize("field", [0.0, 0.4])
def test_balance(field: float) -> None:
    """Two spins of fixed length: visits go as exp(-U/T); at another temperature they do not."""
    model = Model(gamma=1.0, field=field)
    J = np.asarray([[0.0, 0.6], [0.6, 0.0]])
    R, T = 20000, 0.8
    rng = np.random.default_rng(2)
    v = np.ones((2, R))
    for _ in range(15):
        mirror_moves.sweep(
            v, np.ones_like(v), J, model, T, rng.integers(0, 2, (2, R)), rng.random((2, R))
        )
    states = np.asarray(list(itertools.product([1.0, -1.0], repeat=2))).T
    U = landscape.energy(states, J, model)
    counts = np.asarray([np.all(v == states[:, s : s + 1], axis=0).sum() for s in range(4)])

    def sigmas(temperature: float) -> float:
        weight = np.exp(-U / temperature)
        expected = weight / weight.sum()
        return float(np.max(np.abs(counts / R - expected) / np.sqrt(expected / R)))

    assert sigmas(T) < 4.0
    assert sigmas(1.2 * T) > 4.0


def test_at_zero_temperature_the_energy_falls_and_momenta_turn_with_the_sites(xp: Any) -> None:
    J = couplings.sample(SPINS, 8, seed=1)
    rng = np.random.default_rng(0)
    start = rng.standard_normal((8, 5))
    v, p = xp.asarray(start, copy=True), xp.asarray(2.0 * start, copy=True)
    mirror_moves.sweep(
        v, p, xp.asarray(J), SPINS, 1e-12, rng.integers(0, 8, (30, 5)), rng.random((30, 5))
    )
    after = host(v)
    assert np.all(landscape.energy(after, J, SPINS) < landscape.energy(start, J, SPINS))
    np.testing.assert_array_equal(np.abs(after), np.abs(start))
    np.testing.assert_array_equal(host(p), 2.0 * after)


@pytest.mark.parametrize("sample", range(3))
def test_hard_spins_reach_their_exact_ground_state(sample: int) -> None:
    """γ → 0 with k = -1, a = 6: v_i = ±1, and U + N/(4γ) → the Sherrington–Kirkpatrick energy."""
    N = 12
    J = couplings.sample(SPINS, N, seed=1, sample=sample)
    spins = np.asarray(list(itertools.product([1.0, -1.0], repeat=N))).T
    energies = landscape.interaction_energy(spins, J) / N
    best = spins[:, np.argmin(energies)]
    data = run_sample(SPINS, SimulationConfig(sizes=(N,), starts=16, steps=400), N, sample)
    found = np.sign(data.displacement[0, 0])
    assert abs(found @ best) == N
    # The spins' lengths give way to the field: a small, known correction of second order.
    local = J @ best
    correction = -np.mean(local**2) * SPINS.gamma / 4.0
    assert data.energy[0, 0] + 0.25 / SPINS.gamma == pytest.approx(
        energies.min() + correction, abs=0.2 * abs(correction)
    )
    assert data.hits[0] >= 2
