"""Couplings: pinned for ever, Gaussian with the moments they should have, checked when given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from glasswell.sim import CouplingError, SimulationError
from glasswell.sim.sample import couplings
from glasswell.sim.sample.rng import Purpose, bit_stream, normals
from glasswell.theory import Model

MODEL = Model(gamma=10.0)
N, S = 64, 200


def test_the_numbers_never_change() -> None:
    J = couplings.sample(MODEL, 4, seed=1, sample=0)
    pinned = [1.02231786, -1.09815325, 0.37119893, -0.30268472, 0.60174518, 0.63018949]
    np.testing.assert_allclose(J[np.triu_indices(4, 1)], pinned, atol=1e-8)
    assert couplings.sample(MODEL, 256, seed=7, sample=3)[0, 1] == pytest.approx(
        PINNED_256, abs=1e-12
    )


PINNED_256 = 0.08589625703356277


def test_the_words_behind_them_never_change() -> None:
    words = bit_stream(Purpose.COUPLINGS, seed=1, N=4, sample=0).random_raw(2)
    assert [int(word) for word in words] == PINNED_WORDS


PINNED_WORDS = [18069593142211544444, 258900172639824903]


def _standardised(J0: float, strength: float) -> np.ndarray:
    """The off-diagonal normals of many samples, with the asked-for mean and variance undone."""
    J = couplings.batch(Model(gamma=1.0, J0=J0, J=strength), N, seed=5, samples=range(S))
    upper = J[:, *np.triu_indices(N, 1)]
    return np.asarray((upper - J0 / N) / (strength / np.sqrt(N)))


def _moments_in_sigmas(z: np.ndarray) -> list[float]:
    n = z.size
    return [
        float(abs(z.mean()) * np.sqrt(n)),
        float(abs((z**2).mean() - 1) * np.sqrt(n / 2)),
        float(abs((z**3).mean()) * np.sqrt(n / 15)),
        float(abs((z**4).mean() - 3) * np.sqrt(n / 96)),
    ]


def test_moments() -> None:
    z = _standardised(J0=0.7, strength=1.3)
    assert max(_moments_in_sigmas(z)) < 4.0
    # Negative control: the same test must see a variance of J²/(N-1) instead of J²/N.
    assert max(_moments_in_sigmas(z * np.sqrt(N / (N - 1)))) > 4.0


def test_samples_are_uncorrelated() -> None:
    z = _standardised(J0=0.0, strength=1.0)
    neighbours = (z[1:] * z[:-1]).mean() * np.sqrt(z[1:].size)
    assert abs(neighbours) < 4.0


def test_structure_and_batch() -> None:
    J = couplings.batch(MODEL, 8, seed=3, samples=[4, 1])
    assert J.shape == (2, 8, 8)
    couplings.check(J)
    np.testing.assert_array_equal(J[1], couplings.sample(MODEL, 8, seed=3, sample=1))
    assert couplings.batch(MODEL, 8, seed=3, samples=[]).shape == (0, 8, 8)


def test_strength_and_bias_only_scale_and_shift() -> None:
    plain = couplings.sample(MODEL, 8, seed=3)
    other = couplings.sample(Model(gamma=1.0, J0=0.5, J=2.0), 8, seed=3)
    off = ~np.eye(8, dtype=bool)
    np.testing.assert_allclose(other[off], 2.0 * plain[off] + 0.5 / 8, rtol=0, atol=1e-15)


@pytest.mark.parametrize("key", [{"seed": 2}, {"sample": 1}])
def test_keys_matter(key: dict[str, Any]) -> None:
    changed = couplings.sample(MODEL, 8, **{"seed": 1, "sample": 0, **key})
    assert not np.any(changed == couplings.sample(MODEL, 8, seed=1) + np.eye(8))


def test_purposes_are_different_streams() -> None:
    draws = [normals(bit_stream(p, seed=1, N=8, sample=0), 4)[0] for p in Purpose]
    assert len(set(draws)) == len(Purpose)


@pytest.mark.parametrize(
    ("N", "key"),
    [(1, {"seed": 1}), (8, {"seed": -1}), (8, {"seed": 1.5}), (8, {"seed": 1, "sample": -1})],
)
def test_bad_keys_are_refused(N: int, key: dict[str, Any]) -> None:
    with pytest.raises(SimulationError, match="integer of at least"):
        couplings.sample(MODEL, N, **key)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda J: J[:, :3], "must be"),
        (lambda J: J[0], "must be"),
        (lambda J: J + np.triu(J), "symmetric"),
        (lambda J: J + np.eye(4), "zero diagonal"),
        (lambda J: J * np.inf, "finite"),
        (lambda J: J.astype(int), "floating"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_bad_couplings_are_refused(spoil: object, message: str) -> None:
    assert callable(spoil)
    with pytest.raises(CouplingError, match=message):
        couplings.check(spoil(couplings.sample(MODEL, 4, seed=1)))


def test_check_on_every_backend(xp: Any) -> None:
    couplings.check(xp.asarray(couplings.sample(MODEL, 4, seed=1)))
