"""Mirror moves: exact energies, the right balance, and hard spins against all 2^N of them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from backends import host
from glasswell.sim import SimulationConfig
from glasswell.sim.backend import mirror_kernels
from glasswell.sim.run.tasks import run_sample
from glasswell.sim.sample import couplings, landscape
from glasswell.sim.samplers import mirror_moves
from glasswell.sim.samplers.mirror_moves import Mirrors
from glasswell.sim.samplers.sweep_noise import Trials
from glasswell.theory import EvenPolynomial, Model

SPINS = Model(gamma=0.01, k=-1.0, a=6.0)


TRIPLE = Model(gamma=1.0, coefficients=(0.5, -1.0, 0.5))
"""G'(v) = v - 4v³ + 3v⁵ = v (1 - v²)(1 - 3v²): wells at 0 and ±1."""


def _trials(rng: np.random.Generator, N: int, R: int) -> Trials:
    return Trials(rng.permutation(N), rng.random(N), rng.random((1, N, R)))


def test_only_wells_of_its_own_need_them() -> None:
    assert mirror_moves.needed(SPINS)
    assert mirror_moves.needed(TRIPLE)
    assert not mirror_moves.needed(Model(gamma=10.0))
    assert not mirror_moves.needed(Model(gamma=10.0, k=0.0))
    assert Mirrors.of((Model(gamma=10.0),), np.zeros((1, 4, 4))) is None


def test_where_sites_are_mirrored() -> None:
    """Half way between any two wells; a G that bends but does not turn has one well only."""
    assert mirror_moves.centres(SPINS.G) == (0.0,)
    np.testing.assert_allclose(mirror_moves.centres(TRIPLE.G), (-1.0, 0.0, 1.0), atol=1e-12)
    # G' = v (1.1 - 2v² + v⁴) has no other root; v (v² - 1)(v² - 4)(v² - 9) has wells at ±1 and ±3.
    assert mirror_moves.centres(EvenPolynomial((0.55, -0.5, 1.0 / 6.0))) == ()
    four = EvenPolynomial((-36.0 / 2, 49.0 / 4, -14.0 / 6, 1.0 / 8))
    np.testing.assert_allclose(
        mirror_moves.centres(four), (-4.0, -2.0, 0.0, 2.0, 4.0), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("field", [0.0, 0.4])
def test_balance(field: float) -> None:
    """Two spins of fixed length: visits go as exp(-U/T); at another temperature they do not."""
    model = Model(gamma=1.0, k=-1.0, a=6.0, field=field)
    J = np.asarray([[0.0, 0.6], [0.6, 0.0]])
    R, T = 20000, 0.8
    rng = np.random.default_rng(2)
    v = np.ones((1, 2, R))
    mirrors = Mirrors.of((model,), J[None])
    assert mirrors is not None
    for _ in range(15):
        mirror_moves.sweep(v, J[None], mirrors, T, _trials(rng, 2, R))
    states = np.asarray(list(itertools.product([1.0, -1.0], repeat=2))).T
    U = landscape.energy(states, J, model)
    counts = np.asarray([np.all(v[0] == states[:, s : s + 1], axis=0).sum() for s in range(4)])

    def sigmas(temperature: float) -> float:
        weight = np.exp(-U / temperature)
        expected = weight / weight.sum()
        return float(np.max(np.abs(counts / R - expected) / np.sqrt(expected / R)))

    assert sigmas(T) < 4.0
    assert sigmas(1.2 * T) > 4.0


@pytest.mark.parametrize("model", [SPINS, TRIPLE], ids=["two wells", "three"])
def test_at_zero_temperature_the_energy_falls_and_momenta_turn_with_the_sites(
    xp: Any, model: Model
) -> None:
    J = couplings.sample(model, 40, seed=1)[None]
    rng = np.random.default_rng(0)
    start = rng.standard_normal((1, 40, 5))
    v, p = xp.asarray(start, copy=True), xp.asarray(2.0 * start, copy=True)
    mirrors = Mirrors.of((model,), xp.asarray(J))
    assert mirrors is not None
    drawn = _trials(rng, 40, 5)
    trials = Trials(drawn.sites, drawn.choices, xp.asarray(drawn.decisions))
    moved = mirror_moves.sweep(v, xp.asarray(J), mirrors, 1e-12, trials, p)
    after, turned = host(v), host(p) == -2.0 * start
    assert np.all(landscape.energy(after, J, model) < landscape.energy(start, J, model))
    np.testing.assert_array_equal(host(moved), turned.sum(axis=1))
    np.testing.assert_array_equal(after != start, turned)
    sums = (after + start)[turned]
    distances = np.abs(sums[:, None] - np.asarray(mirror_moves.centres(model.G)))
    np.testing.assert_allclose(distances.min(axis=1), 0.0, atol=1e-14)


def test_compiled_decisions_are_those_of_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 40 sites, more than a block: sites of one follow what moved before in the same block."""
    pytest.importorskip("numba")
    rng = np.random.default_rng(4)
    J = couplings.batch(TRIPLE, 40, seed=1, samples=range(2))
    start = rng.standard_normal((2, 40, 7))
    trials = Trials(rng.permutation(40), rng.random(40), rng.random((2, 40, 7)))
    mirrors = Mirrors.of((TRIPLE, TRIPLE), J)
    assert mirrors is not None
    found = []
    for name in ("numba", "reference"):
        monkeypatch.setattr(mirror_kernels, "best", lambda _, name=name: name)
        v = start.copy()
        moved = mirror_moves.sweep(v, J, mirrors, np.full((2, 7), 0.5), trials)
        found.append((v, moved))
    (fast, counts), (plain, expected) = found
    np.testing.assert_allclose(fast, plain, rtol=1e-13)
    np.testing.assert_array_equal(counts, expected)
    assert 0 < counts.min()
    assert counts.max() < 40


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
