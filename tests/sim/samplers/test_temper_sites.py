"""Tempering of wells that G has of its own, and of sites that differ, against sums over all states.

Of two or three sites every average is an integral over a grid, which knows nothing of the sampler.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import array_api_compat
import numpy as np
import pytest
from glasswell.sim import ShapeError, SimulationError
from glasswell.sim.backend import memory
from glasswell.sim.records.time_series import Tempered
from glasswell.sim.sample import couplings, landscape, scales, sites
from glasswell.sim.sample.sites import AnyModel, LocalModel
from glasswell.sim.samplers import hmc, mirror_moves
from glasswell.sim.samplers.ladder_tuning import tune
from glasswell.sim.samplers.mirror_moves import Mirrors
from glasswell.sim.samplers.sweep_noise import Noise
from glasswell.sim.samplers.tempering import Plan, Tempering
from glasswell.theory import EvenPolynomial, Model
from glasswell.theory.model.potential import array_namespace
from scipy import stats

LADDER = np.asarray([0.15, 0.4, 1.0])
TWO = np.asarray([[0.0, 0.6], [0.6, 0.0]])
THREE = np.asarray([[0.0, 0.7, -0.5], [0.7, 0.0, 0.4], [-0.5, 0.4, 0.0]])

SPINS = Model(gamma=0.05, k=-1.0, a=6.0)
"""Wells at ±1, 5 deep: thirty times the coldest temperature."""
TILTED = Model(gamma=0.05, k=-1.0, a=6.0, field=0.1)
TRIPLE = Model(gamma=0.05, coefficients=(0.5, -1.1, 0.5), field=0.05)
"""Wells at 0 and near ±1, at different depths."""
SOFT_AND_WELL = LocalModel(
    np.asarray([0.05, 2.0]), EvenPolynomial.quartic(np.asarray([-1.0, 1.0]), 6.0), 0.1
)
UNLIKE = LocalModel(
    np.asarray([0.7, 3.0]), EvenPolynomial.quartic(1.0, np.asarray([1.0, 2.0])), 0.1
)


@dataclass(frozen=True)
class Cosh:
    """cosh(v) - 1 - v²: a user's potential with wells near ±2.2."""

    def value(self, v: Any) -> Any:
        return array_namespace(v).cosh(v) - 1.0 - v * v

    def slope(self, v: Any) -> Any:
        return array_namespace(v).sinh(v) - 2.0 * v

    def curvature(self, v: Any) -> Any:
        return array_namespace(v).cosh(v) - 2.0


COSH = sites.with_parameters(
    Model(gamma=stats.uniform(0.1, 0.1), potential=Cosh()), {"gamma": np.asarray([0.1, 0.2])}
)

CASES: dict[str, tuple[np.ndarray, AnyModel, float, int]] = {
    "two spins": (TWO, SPINS, 2.2, 300),
    "three spins": (THREE, SPINS, 2.2, 90),
    "two spins in a field": (TWO, TILTED, 2.2, 300),
    "three wells": (TWO, TRIPLE, 2.2, 300),
    "a potential of one's own": (TWO, COSH, 5.0, 400),
    "one well and two": (TWO, SOFT_AND_WELL, 6.0, 500),
    "sites that differ": (TWO, UNLIKE, 12.0, 500),
}
"""Couplings and sites, and the grid of each displacement: its end and its points."""


def _run(J: np.ndarray, own: AnyModel, samples: int = 24) -> Tempered:
    """The same sites many times over, all of which start in one corner."""
    N = J.shape[0]
    stack = np.broadcast_to(J, (samples, N, N)).copy()
    starts = np.full((samples, N, 2 * len(LADDER)), 0.9)
    noise = Noise(1, N, tuple(range(samples)))
    run = Tempering(stack, own, LADDER, Plan(100, 400, 2), noise, starts=starts)
    while not run.done:
        run.sweep()
    return run.result()


def _exact(J: np.ndarray, own: AnyModel, T: float, end: float, points: int) -> dict[str, float]:
    """Averages over exp(-U/T); sums over a grid of so smooth a function are exact to rounding."""
    N = J.shape[0]
    x = np.linspace(-end, end, points)
    v = np.stack(np.meshgrid(*[x] * N, indexing="ij")).reshape(N, -1)
    U = landscape.energy(v, J, own)
    weight = np.exp(-(U - U.min()) / T)
    weight /= weight.sum()
    correlations = (v * weight) @ v.T
    return {
        "energy": float(weight @ U) / N,
        "virial": T,
        "polarisation": float(weight @ v.mean(axis=0)),
        "q_hat": float(weight @ (v**2).mean(axis=0)),
        "fourth_moment": float(weight @ (v**4).mean(axis=0)),
        # The mean of P(q), zero where both signs are as likely, and its width.
        "overlap": float(np.mean((v @ weight) ** 2)),
        "overlap²": float(np.mean(correlations**2)),
    }


def _sigmas(result: Tempered, case: str) -> float:
    """The largest |measured - exact|/error, errors over samples."""
    J, own, end, points = CASES[case]
    found = []
    for t, T in enumerate(result.temperatures):
        for name, exact in _exact(J, own, float(T), end, points).items():
            values = (
                result.overlap[:, t] ** 2 if name == "overlap²" else getattr(result, name)[:, t]
            )
            means = values.reshape(len(values), -1).mean(axis=1)
            error = means.std(ddof=1) / np.sqrt(len(means))
            found.append(abs(means.mean() - exact) / max(error, 1e-12))
    return float(max(found))


@pytest.mark.parametrize("case", CASES)
def test_the_law_is_that_of_boltzmann_at_every_temperature(case: str) -> None:
    J, own, *_ = CASES[case]
    result = _run(J, own)
    assert _sigmas(result, case) < 4.0
    assert np.all(result.acceptance > 0.7)


@pytest.mark.parametrize("case", ["two spins", "two spins in a field", "three wells"])
def test_without_mirrors_all_stay_where_they_began(
    monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    """Negative control: exchanges do not help, no temperature of the ladder is high enough."""
    monkeypatch.setattr(Mirrors, "of", lambda *_: None)
    J, own, *_ = CASES[case]
    assert _sigmas(_run(J, own), case) > 8.0


@pytest.mark.parametrize("case", ["two spins", "one well and two"])
def test_decisions_at_another_temperature_are_found_out(
    monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    """Negative control: a Metropolis test that is wrong."""
    sweep = mirror_moves.sweep

    def hotter(v: Any, J: Any, mirrors: Any, T: Any, trials: Any) -> Any:
        return sweep(v, J, mirrors, 2.0 * T, trials)

    monkeypatch.setattr(mirror_moves, "sweep", hotter)
    J, own, *_ = CASES[case]
    assert _sigmas(_run(J, own), case) > 6.0


def test_depths_of_wells_that_are_forgotten_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: G changes where a site is not mirrored at zero."""
    monkeypatch.setattr(Mirrors, "shifting", False)
    assert _sigmas(_run(TWO, TRIPLE), "three wells") > 6.0


def test_chains_without_a_ladder_cross_too() -> None:
    """``hmc.sample`` at one temperature, all chains from one corner: ⟨v_1 v_2⟩ and ⟨v⟩."""
    S, R, T = 8, 8, 0.4
    J = np.broadcast_to(TWO, (S, 2, 2)).copy()
    noise = Noise(2, 2, tuple(range(S)))
    means: list[np.ndarray] = []
    hmc.sample(
        np.full((S, 2, R), 0.9), J, TILTED, T, noise=noise, burn_in=50, sweeps=200,
        observe=lambda state: means.append(state.v.mean(axis=1)),
    )  # fmt: skip
    by_chain = np.mean(means, axis=0).ravel()
    exact = _exact(TWO, TILTED, T, 2.2, 300)["polarisation"]
    error = by_chain.std(ddof=1) / np.sqrt(len(by_chain))
    assert abs(by_chain.mean() - exact) < 4.0 * error
    assert error < 0.1 * (0.9 - exact)


def test_a_sample_does_not_depend_on_those_beside_it() -> None:
    """One has double wells and is mirrored, the other has none; together or alone, bit for bit."""
    J = np.stack([TWO, -TWO])
    models = [SOFT_AND_WELL, UNLIKE]

    def run(numbers: tuple[int, ...]) -> Tempered:
        noise = Noise(3, 2, numbers)
        own = [models[n] for n in numbers]
        run = Tempering(J[list(numbers)], own, LADDER, Plan(10, 20, 2), noise)
        while not run.done:
            run.sweep()
        return run.result()

    together = run((0, 1))
    for n in (0, 1):
        alone = run((n,))
        for name in ("energy", "virial", "q_hat", "overlap", "step_size", "displacement"):
            np.testing.assert_array_equal(
                getattr(alone, name)[0], getattr(together, name)[n], err_msg=name
            )


@pytest.mark.parametrize("own", [TRIPLE, [SOFT_AND_WELL, UNLIKE]], ids=["alike", "unlike"])
def test_any_array_library(xp: Any, own: Any) -> None:
    """The chains of NumPy, in operations that every library has."""
    if array_api_compat.is_cupy_namespace(xp):
        pytest.skip("noise is drawn on the device, from a stream of its own")
    found = []
    for J in (np.stack([TWO, -TWO]), xp.asarray(np.stack([TWO, -TWO]))):
        noise = Noise(1, 2, (0, 1), xp=array_api_compat.array_namespace(J))
        run = Tempering(J, own, [0.3, 0.6], Plan(3, 6, 2), noise)
        while not run.done:
            run.sweep()
        found.append(run.result())
    for name in ("energy", "virial", "square_overlap"):
        one, other = (getattr(result, name) for result in found)
        np.testing.assert_allclose(other, one, rtol=1e-9, err_msg=name)


def test_memory_counts_the_decisions() -> None:
    trials = Noise(1, 8, (0, 1)).trials(0, 6)
    plain, _ = memory.tempering(2, 8, 6, 3)
    assert memory.tempering(2, 8, 6, 3, mirrored=True)[0] == plain + trials.decisions.nbytes
    assert sorted(trials.sites.tolist()) == list(range(8))


def test_equal_sites_are_the_pure_model() -> None:
    """Arrays of one and the same γ, k and a: the same chains up to rounding, in kernels of their
    own, and the same step sizes to the last bit."""
    N, model = 6, Model(gamma=3.0, k=-0.5, a=2.0, field=0.1)
    own = LocalModel(np.full(N, 3.0), EvenPolynomial.quartic(np.full(N, -0.5), 2.0), model.field)
    J = couplings.batch(model, N, seed=1, samples=(0,))
    found = []
    for sites_of in (model, [own]):
        run = Tempering(J, sites_of, [1.0, 2.0], Plan(0, 6, 1), Noise(1, N, (0,)))
        first = run.adaptation.start
        while not run.done:
            run.sweep()
        found.append((first, run.result()))
    (pure_size, pure), (size, other) = found
    np.testing.assert_array_equal(size, pure_size)
    for name in ("energy", "virial", "q_hat", "square_overlap"):
        np.testing.assert_allclose(getattr(other, name), getattr(pure, name), rtol=1e-9)


def test_step_sizes_are_those_of_each_sample() -> None:
    """From its own stiffest site, not from the model's typical ones."""
    stiff = LocalModel(np.asarray([0.01, 2.0]), EvenPolynomial.quartic(1.0, 1.0))
    soft = LocalModel(np.asarray([2.0, 2.0]), EvenPolynomial.quartic(1.0, 1.0))
    sizes = hmc.first_step_sizes([stiff, soft], [0.5, 1.0], 16)
    for s, own in enumerate((stiff, soft)):
        for t, T in enumerate((0.5, 1.0)):
            assert sizes[s, t] == 1.0 / scales.fastest_frequency(own, T)
    assert np.all(sizes[0] < 0.3 * sizes[1])
    model = Model(gamma=stats.uniform(8.0, 4.0))
    drawn = [sites.local_model(model, 8, seed=1, sample=s) for s in range(2)]
    J = couplings.batch(model, 8, seed=1, samples=range(2))
    run = Tempering(J, drawn, [30.0, 60.0], Plan(0, 1), Noise(1, 8, (0, 1)))
    np.testing.assert_array_equal(
        run.adaptation.start, hmc.first_step_sizes(drawn, [30.0, 60.0], 8)
    )
    assert run.adaptation.start[0, 0] != run.adaptation.start[1, 0]


def test_a_ladder_of_sites_that_differ() -> None:
    model = Model(gamma=stats.uniform(8.0, 4.0))
    own = [sites.local_model(model, 8, seed=1, sample=s) for s in range(2)]
    J = couplings.batch(model, 8, seed=1, samples=range(2))
    unit = scales.temperature(model)
    found = tune(J, own, 0.5 * unit, 1.5 * unit, noise=Noise(1, 8, (0, 1)), count=3, rounds=1)
    assert found.temperatures[[0, -1]].tolist() == [0.5 * unit, 1.5 * unit]
    assert found.starts.shape == (2, 8, 6)


def test_sites_that_are_not_given_are_refused() -> None:
    J, plan, noise = (
        couplings.batch(SPINS, 2, seed=1, samples=(0, 1)),
        Plan(0, 1),
        Noise(1, 2, (0, 1)),
    )
    drawn = Model(gamma=stats.uniform(8.0, 4.0), k=stats.norm(1.0, 0.1))
    for refused in (
        lambda: Tempering(J, drawn, [1.0], plan, noise),
        lambda: tune(J, drawn, 1.0, 2.0, noise=noise),
        lambda: hmc.sample(J, J, drawn, 1.0, noise=noise, burn_in=0, sweeps=1),
    ):
        with pytest.raises(SimulationError, match="draws gamma and k site by site: give") as error:
            refused()
        assert "\n" not in str(error.value)
    with pytest.raises(ShapeError, match="sites of 2, got 1"):
        Tempering(J, [UNLIKE], [1.0], plan, noise)
    longer = LocalModel(np.ones(3), UNLIKE.G)
    with pytest.raises(ShapeError, match="of 3 sites, but couplings of 2"):
        Tempering(J, longer, [1.0], plan, noise)
