"""Hybrid Monte Carlo: a reversible integrator, an exact test, and so the exact distribution."""

from __future__ import annotations

from typing import Any

import array_api_compat
import numpy as np
import pytest
from backends import host
from glasswell.sim import SimulationError
from glasswell.sim.backend import kernels as fused
from glasswell.sim.sample import couplings
from glasswell.sim.samplers import hmc
from glasswell.sim.samplers.sweep_noise import Noise
from glasswell.theory import Model

GLASS = Model(gamma=10.0)
QUARTIC = Model(gamma=1.0, J=0.0)
KERNELS = fused.reference(GLASS)


def _glass(N: int = 32, R: int = 6, scale: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
    v = scale * np.random.default_rng(8).standard_normal((1, N, R))
    return v, couplings.batch(GLASS, N, seed=3, samples=[0])


def _trajectory(step_size: float, steps: int) -> tuple[np.ndarray, ...]:
    """Start and end of a trajectory of a glass, and the energies there."""
    v, J = _glass()
    p = np.random.default_rng(9).standard_normal(v.shape)
    w, q, Jw = v.copy(), p.copy(), J @ v
    before = np.add(*KERNELS.energies(w, q, Jw))
    hmc.leapfrog(w, q, Jw, J, np.full((1, v.shape[2]), step_size), steps, KERNELS)
    return v, p, w, q, Jw, np.add(*KERNELS.energies(w, q, Jw)) - before


def test_reversible() -> None:
    v, p, w, q, Jw, _ = _trajectory(0.05, 40)
    assert np.max(np.abs(w - v)) > 0.5
    _, J = _glass()
    back = -q
    hmc.leapfrog(w, back, Jw, J, np.full((1, v.shape[2]), 0.05), 40, KERNELS)
    np.testing.assert_allclose(w, v, atol=1e-11)
    np.testing.assert_allclose(back, -p, atol=1e-11)
    np.testing.assert_allclose(Jw, J @ v, atol=1e-11)


def test_volume_is_preserved() -> None:
    """The Jacobian of the map (v, p) -> (v, p) of two sites has determinant one."""
    J = np.asarray([[[0.0, 0.8], [0.8, 0.0]]])
    base, s = np.asarray([0.4, -1.1, 0.3, 0.9]), 1e-5
    tries = np.concatenate([base + s * np.eye(4), base - s * np.eye(4)]).T[None]
    v, p = np.ascontiguousarray(tries[:, :2]), np.ascontiguousarray(tries[:, 2:])
    Jv = J @ v
    hmc.leapfrog(v, p, Jv, J, np.full((1, 8), 0.3), 7, KERNELS)
    ends = np.concatenate([v, p], axis=1)[0]
    jacobian = (ends[:, :4] - ends[:, 4:]) / (2 * s)
    assert np.linalg.det(jacobian) == pytest.approx(1.0, abs=1e-7)


def test_the_energy_error_is_of_second_order() -> None:
    """At fixed length halving ε divides |ΔH| by four."""
    errors = [np.abs(_trajectory(0.2 / 2**n, 10 * 2**n)[-1]) for n in range(4)]
    sizes = np.linalg.norm(errors, axis=-1)[:, 0]
    ratios = sizes[:-1] / sizes[1:]
    np.testing.assert_allclose(ratios[1:], 4.0, rtol=0.05)


def _collected(
    model: Model,
    J: np.ndarray,
    T: Any,
    R: int,
    sweeps: int,
    every: int = 1,
    **how: Any,
) -> tuple[hmc.Chains, np.ndarray]:
    """The chains and their displacements, (measurement, N, R), after a burn-in."""
    N = J.shape[0]
    seen: list[np.ndarray] = []
    sweep = iter(range(10**9))

    def observe(state: hmc.State) -> None:
        if next(sweep) % every == 0:
            seen.append(state.v[0].copy())

    chains = hmc.sample(
        np.zeros((N, R)),
        J,
        model,
        T,
        noise=Noise(5, N, (0,)),
        burn_in=100,
        sweeps=sweeps,
        observe=observe,
        **how,
    )
    return chains, np.asarray(seen)


def _mean_and_error(values: np.ndarray) -> tuple[float, float]:
    """Over columns, which are independent; (measurement, R) -> mean and its standard error."""
    means = values.mean(axis=0)
    return float(means.mean()), float(means.std(ddof=1) / np.sqrt(len(means)))


def _single_site(T: float, power: int) -> float:
    v = np.linspace(-15.0, 15.0, 20001)
    weight = np.exp(-QUARTIC.G.value(v) / QUARTIC.gamma / T)
    return float(np.sum(v**power * weight) / np.sum(weight))


@pytest.mark.parametrize("power", [2, 4])
def test_single_sites_at_each_column_s_temperature(power: int) -> None:
    temperatures = np.repeat([0.2, 1.0, 5.0], 40)
    chains, v = _collected(QUARTIC, np.zeros((12, 12)), temperatures, 120, 300)
    assert np.all((chains.acceptance > 0.6) & (chains.acceptance < 0.97))
    for T in (0.2, 1.0, 5.0):
        mine = (v[:, :, temperatures == T] ** power).mean(axis=1)
        mean, error = _mean_and_error(mine)
        assert abs(mean - _single_site(T, power)) < 4.0 * error
        # Negative control: ten per cent in temperature would be seen.
        assert abs(mean - _single_site(1.1 * T, power)) > 4.0 * error


def _coupled(model: Model, J: np.ndarray, T: float) -> np.ndarray:
    """⟨v_i v_j⟩ of two sites by quadrature, (2, 2)."""
    x = np.linspace(-12.0, 12.0, 801)
    one, two = np.meshgrid(x, x, indexing="ij")
    U = -J[0, 1] * one * two - model.field * (one + two)
    U = U + (model.G.value(one) + model.G.value(two)) / model.gamma
    weight = np.exp(-(U - U.min()) / T)
    weight /= weight.sum()
    return np.asarray(
        [
            [np.sum(weight * one * one), np.sum(weight * one * two)],
            [np.sum(weight * one * two), np.sum(weight * two * two)],
        ]
    )


@pytest.mark.parametrize(
    "model", [Model(gamma=2.0, field=0.4), Model(gamma=1.5, coefficients=(0.2, -0.05, 0.02))]
)
def test_two_coupled_sites(model: Model) -> None:
    J = np.asarray([[0.0, 0.6], [0.6, 0.0]])
    _, v = _collected(model, J, 1.2, 200, 250)
    exact = _coupled(model, J, 1.2)
    for i, j in ((0, 0), (0, 1), (1, 1)):
        mean, error = _mean_and_error(v[:, i] * v[:, j])
        assert abs(mean - exact[i, j]) < 4.0 * error
    mean, error = _mean_and_error(v[:, 0] * v[:, 1])
    assert abs(mean + exact[0, 1]) > 4.0 * error


def test_the_energy_error_averages_to_one() -> None:
    """⟨exp(-ΔH/T)⟩ = 1 in equilibrium: volume is preserved and the test is reversible."""
    T, N, R, step_size = 1.0, 8, 400, 0.6
    J = np.zeros((1, N, N))
    kernels, noise = fused.reference(QUARTIC), Noise(6, N, (0,))
    ones = np.ones((1, R))
    state = hmc.start(np.zeros((1, N, R)), J, kernels)
    weights = []
    for sweep in range(140):
        draws = noise.draw(sweep, R)
        moved = hmc.move(
            state, J, T * ones, step_size * ones, 5, draws.momenta, draws.decisions, kernels
        )
        if sweep >= 40:
            weights.append(np.exp(-moved.energy_error[0] / T))
        state = moved.state
    mean, error = _mean_and_error(np.asarray(weights))
    assert error < 0.05
    assert abs(mean - 1.0) < 4.0 * error
    # Negative control: it is the average that is one, not the typical value.
    assert abs(np.exp(np.mean(np.log(weights))) - 1.0) > 10.0 * error


def test_without_the_test_of_metropolis_the_bias_shows() -> None:
    T, N, R = 1.0, 8, 200
    J = np.zeros((1, N, N))
    kernels, noise = fused.reference(QUARTIC), Noise(7, N, (0,))
    ones = np.ones((1, R))

    def mean_square(reject: bool) -> tuple[float, float]:
        state = hmc.start(np.zeros((1, N, R)), J, kernels)
        seen = []
        for sweep in range(200):
            draws = noise.draw(sweep, R)
            uniforms = draws.decisions if reject else 0.0 * ones
            steps = hmc.jittered(5, noise.length(sweep))
            state = hmc.move(
                state, J, T * ones, 0.55 * ones, steps, draws.momenta, uniforms, kernels
            ).state
            if sweep >= 30:
                seen.append((state.v[0] ** 2).mean(axis=0))
        return _mean_and_error(np.asarray(seen))

    mean, error = mean_square(reject=True)
    assert abs(mean - _single_site(T, 2)) < 4.0 * error
    mean, error = mean_square(reject=False)
    assert abs(mean - _single_site(T, 2)) > 8.0 * error


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ["reference", "numba"])
def test_a_diverging_column_is_rejected_and_flagged(name: str) -> None:
    if name == "numba":
        pytest.importorskip("numba")
    v, J = _glass(R=3)
    kernels = fused.choose(GLASS, v, name)
    state = hmc.start(v, J, kernels)
    step_size = np.asarray([[0.01, 50.0, 0.01]])
    p = np.random.default_rng(1).standard_normal(v.shape)
    moved = hmc.move(state, J, np.ones((1, 3)), step_size, 30, p, np.zeros((1, 3)), kernels)
    assert moved.diverged.tolist() == [[False, True, False]]
    assert moved.acceptance[0, 1] == 0.0
    assert np.all(np.isfinite(moved.state.v))
    assert np.all(np.any(moved.state.v != v, axis=1) == [[True, False, True]])
    np.testing.assert_array_equal(moved.state.v[..., 1], v[..., 1])
    np.testing.assert_allclose(moved.state.Jv, J @ moved.state.v, atol=1e-12)


def test_step_sizes_reach_the_target_and_then_stand_still() -> None:
    J = couplings.sample(GLASS, 24, seed=1)
    T = np.asarray([1.0, 1.0, 10.0, 100.0])
    sizes = []

    def once(burn_in: int, sweeps: int) -> hmc.Chains:
        return hmc.sample(
            np.ones((24, 4)), J, GLASS, T, noise=Noise(1, 24, (0,)), burn_in=burn_in, sweeps=sweeps
        )

    sizes = [once(300, sweeps) for sweeps in (0, 200)]
    np.testing.assert_array_equal(sizes[0].step_size, sizes[1].step_size)
    assert sizes[1].step_size[0, 0] == sizes[1].step_size[0, 1] > sizes[1].step_size[0, 3]
    np.testing.assert_allclose(sizes[1].acceptance, 0.8, atol=0.12)
    assert np.all(sizes[1].divergences == 0)
    np.testing.assert_array_equal(sizes[0].acceptance, 0.0)
    # Negative control: the first guess is not what the target wants.
    assert np.any(np.abs(once(0, 200).acceptance - 0.8) > 0.12)


def test_every_backend_walks_the_same_path(xp: Any) -> None:
    if array_api_compat.is_cupy_namespace(xp):
        pytest.skip("momenta are drawn on the device, from a stream of its own")
    J = couplings.batch(GLASS, 8, seed=1, samples=[0, 1])
    v = np.random.default_rng(0).standard_normal((2, 8, 3))

    def walk(namespace: Any) -> np.ndarray:
        chains = hmc.sample(
            namespace.asarray(v),
            namespace.asarray(J),
            GLASS,
            [1.0, 2.0, 3.0],
            noise=Noise(1, 8, (0, 1), namespace),
            burn_in=3,
            sweeps=2,
            kernels=KERNELS,
        )
        return host(chains.v)

    np.testing.assert_allclose(walk(xp), walk(np), atol=1e-10)


def test_a_sample_walks_alone_as_in_company() -> None:
    J = couplings.batch(GLASS, 8, seed=1, samples=[4, 7])

    def walk(J: np.ndarray, samples: tuple[int, ...]) -> np.ndarray:
        return hmc.sample(
            np.ones((len(samples), 8, 3)),
            J,
            GLASS,
            2.0,
            noise=Noise(1, 8, samples),
            burn_in=0,
            sweeps=5,
        ).v

    together = walk(J, (4, 7))
    assert not np.allclose(together[0], together[1])
    for s, number in enumerate((4, 7)):
        np.testing.assert_array_equal(walk(J[s : s + 1], (number,))[0], together[s])


def test_lengths_are_jittered_about_their_mean() -> None:
    lengths = [hmc.jittered(10, u) for u in (np.arange(1100) + 0.5) / 1100]
    assert (min(lengths), max(lengths)) == (5, 15)
    assert np.mean(lengths) == pytest.approx(10.0, abs=1e-12)
    assert hmc.jittered(1, 0.999) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"T": 0.0}, "positive and finite"),
        ({"T": float("nan")}, "positive and finite"),
        ({"T": [1.0, 2.0]}, "one per column"),
        ({"sweeps": -1}, "sweeps must be at least 0"),
        ({"leapfrog_steps": 0}, "leapfrog_steps must be at least 1"),
        ({"noise": Noise(1, 9, (0,))}, "noise is for"),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any], message: str) -> None:
    how: dict[str, Any] = {
        "T": 1.0,
        "noise": Noise(1, 8, (0,)),
        "burn_in": 1,
        "sweeps": 1,
    } | changes
    with pytest.raises(SimulationError, match=message):
        hmc.sample(np.zeros((8, 3)), couplings.sample(GLASS, 8, seed=1), GLASS, **how)
