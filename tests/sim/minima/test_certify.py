"""Proofs of minima: none that is false, one for all columns of a state, on every backend."""

from __future__ import annotations

from typing import Any

import array_api_compat
import numpy as np
import pytest
from backends import host
from glasswell.sim import Status, minimise
from glasswell.sim.backend.definite import definite
from glasswell.sim.backend.linalg import inverse_diagonal, softest_mode
from glasswell.sim.minima import certify
from glasswell.sim.minima.certify import Answers, Judged, judging, rounding
from glasswell.sim.sample import couplings, landscape
from glasswell.sim.sample.sites import local_model, of_samples
from glasswell.theory import Model
from scipy import stats

GLASS = Model(gamma=10.0)
DOUBLE, SINGLE = (float(np.finfo(dtype).eps) for dtype in (np.float64, np.float32))


def judge(stiffness: Any, J: Any, stationary: Any) -> Judged:
    """The judgement, without a pause."""
    course = judging(stiffness, J, stationary, Answers())
    while True:
        try:
            next(course)
        except StopIteration as end:
            found: Judged = end.value
            return found


def shifted(N: int, seed: int, smallest: float) -> tuple[np.ndarray, np.ndarray]:
    """A diagonal and couplings whose Hessian has this smallest eigenvalue, up to rounding."""
    J = couplings.sample(GLASS, N, seed=seed)
    d = np.random.default_rng(seed).uniform(0.5, 3.0, N)
    d += smallest - np.linalg.eigvalsh(np.diag(d) - J)[0]
    return d, J


@pytest.mark.parametrize("N", [3, 32, 200])
@pytest.mark.parametrize("size", [1e-15, 1e-12, 1e-8, 1e-5, 1e-3, 0.1])
def test_no_negative_hessian_is_proven(N: int, size: float) -> None:
    """Nor one that is negative by less than single precision can tell."""
    for seed in range(5):
        d, J = shifted(N, seed, -size)
        positive, doubtful = judge(d[None, :, None], J[None], np.ones((1, 1), dtype=bool))
        assert positive == []
        assert len(doubtful) == 1


@pytest.mark.parametrize("N", [3, 32, 200])
def test_what_is_positive_beyond_rounding_is_proven(N: int) -> None:
    """In single precision, or in double where the softest mode is softer than that."""
    for seed in range(5):
        for eps in (SINGLE, DOUBLE):
            d, J = shifted(N, seed, 0.0)
            d += 2.0 * rounding(d, eps)
            positive, _ = judge(d[None, :, None], J[None], np.ones((1, 1), dtype=bool))
            assert len(positive) == 1


def test_one_proof_for_a_state_and_its_mirror_image(monkeypatch: pytest.MonkeyPatch) -> None:
    J = couplings.sample(GLASS, 24, seed=3)
    states = minimise(np.random.default_rng(1).normal(0, 10, (24, 30)), J, GLASS).v
    v = np.concatenate([states, -states, states + 1e-11], axis=1)
    tried: list[int] = []

    def counted(J: Any, which: Any, diagonals: Any, dtype: Any) -> list[bool]:
        tried.append(len(which))
        return definite(J, which, diagonals, dtype)

    monkeypatch.setattr(certify, "definite", counted)
    g = landscape.stiffness(v, GLASS)[None]
    positive, doubtful = judge(g, J[None], np.ones((1, 90), dtype=bool))
    assert doubtful == []
    energies = np.sort(landscape.energy(states, J, GLASS))
    distinct = 1 + np.count_nonzero(np.diff(energies) > 1e-6)
    assert tried[0] == len(positive) == distinct < 30
    assert sorted(int(r) for one in positive for r in one.members) == list(range(90))
    assert all(len(one.members) % 3 == 0 for one in positive)


def test_a_proof_covers_no_member_that_differs_more_than_it_allows() -> None:
    """Two diagonals that count as one, the second not positive: it is found by itself."""
    d, J = shifted(40, 7, 4.0 * rounding(np.full(40, 3.0), DOUBLE))
    _, mode = softest_mode(np.diag(d) - J)
    worse = d - 0.9 * certify.SAME_STIFFNESS * np.max(d) * (mode**2 / np.max(mode**2))
    assert np.linalg.eigvalsh(np.diag(worse) - J)[0] < 0
    g = np.stack([d, worse], axis=1)[None]
    positive, doubtful = judge(g, J[None], np.ones((1, 2), dtype=bool))
    assert [one.column for one in positive] == [0]
    assert [one.column for one in doubtful] == [1]


def test_columns_that_are_not_stationary_are_not_judged() -> None:
    d, J = shifted(8, 1, 1.0)
    g = np.stack([d, d + 1.0, d - 9.0], axis=1)[None]
    positive, doubtful = judge(g, J[None], np.array([[True, False, False]]))
    assert [list(one.members) for one in positive] == [[0]]
    assert doubtful == []


def test_backends_agree(xp: Any) -> None:
    """Stacks on a device, halved where one matrix of them has no factor."""
    pairs = [shifted(12, seed, 0.1 if seed % 3 else -0.1) for seed in range(7)]
    J = np.stack([J for _, J in pairs])
    g = np.stack([d for d, _ in pairs])[:, :, None]
    positive, doubtful = judge(g, xp.asarray(J), np.ones((7, 1), dtype=bool))
    assert sorted(one.sample for one in positive) == [1, 2, 4, 5]
    assert sorted(one.sample for one in doubtful) == [0, 3, 6]


@pytest.mark.parametrize("N", [5, 100, 350])
def test_softest_mode_and_inverse_against_numpy(N: int) -> None:
    """Lanczos for the largest; single precision too."""
    d, J = shifted(N, 2, 0.01)
    H = np.diag(d) - J
    values, vectors = np.linalg.eigh(H)
    smallest, mode = softest_mode(H)
    assert smallest == pytest.approx(values[0], rel=1e-10)
    assert abs(mode @ vectors[:, 0]) == pytest.approx(1.0, abs=1e-9)
    exact = np.diag(np.linalg.inv(H))
    double = inverse_diagonal(H)
    assert double is not None
    np.testing.assert_allclose(double, exact, rtol=1e-9)
    single = inverse_diagonal(H.astype(np.float32))
    assert single is not None
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, exact, rtol=1e-2)
    assert inverse_diagonal(-H) is None


def test_without_eigenvalues_the_rest_is_the_same() -> None:
    J = couplings.sample(GLASS, 32, seed=5)
    starts = np.random.default_rng(1).normal(0, 10, (32, 8))
    with_them, without = (minimise(starts, J, GLASS, eigenvalues=yes) for yes in (True, False))
    assert np.isnan(without.smallest_eigenvalue).all()
    assert (without.status == Status.CONVERGED).all()
    for name in ("v", "energy", "gradient_norm", "status", "iterations"):
        np.testing.assert_array_equal(getattr(without, name), getattr(with_them, name))


def test_samples_side_by_side_whose_sites_differ(xp: Any) -> None:
    """The same states as one by one, bit for bit, whatever else is in the batch."""
    random = Model(gamma=stats.uniform(8, 4), a=stats.uniform(0.2, 3))
    N, numbers = 12, (0, 1, 2)
    models = [local_model(random, N, seed=1, sample=n) for n in numbers]
    J = couplings.batch(random, N, seed=1, samples=numbers)
    starts = np.random.default_rng(2).normal(0, 10, (3, N, 4))
    together = minimise(xp.asarray(starts), xp.asarray(J), of_samples(models))
    assert np.all(host(together.status) == Status.CONVERGED)
    for s, model in enumerate(models):
        alone = minimise(xp.asarray(starts[s]), xp.asarray(J[s]), model)
        for name, array in vars(alone).items():
            # Elsewhere than on NumPy all samples have columns of one width, which products feel.
            exact = array_api_compat.is_numpy_array(together.v)
            same = np.testing.assert_array_equal if exact else _close
            same(host(getattr(together, name))[s], host(array), err_msg=name)


def _close(one: Any, other: Any, err_msg: str) -> None:
    if err_msg != "iterations":
        np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-7, err_msg=err_msg)
