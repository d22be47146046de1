"""Normals by counter: the published words, a normal distribution, and nothing but the place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from backends import host
from glasswell.sim.backend import philox
from scipy import stats

KEYS = np.asarray([[123456, 987654321], [2, 3]])

# kat_vectors of the Random123 library 1.14 (D. E. Shaw Research): counter, key, words of
# Philox4x32-10. The last are digits of π.
PUBLISHED = [
    ([0] * 4, [0] * 2, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([2**32 - 1] * 4, [2**32 - 1] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    (
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
        [0xA4093822, 0x299F31D0],
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    ),
]


def _zeros(xp: Any, S: int, N: int, R: int) -> Any:
    return xp.zeros((S, N, R), dtype=xp.float64)


@pytest.mark.parametrize(("counter", "key", "words"), PUBLISHED)
def test_the_published_words(xp: Any, counter: list[int], key: list[int], words: list[int]) -> None:
    arrays = [xp.asarray([[[c]]], dtype=xp.uint64) for c in counter]
    found = philox.philox(arrays, [key])
    assert [int(w[0, 0, 0]) for w in found] == words


def test_every_library_draws_the_same(xp: Any) -> None:
    z = host(philox.normals(KEYS, 5, _zeros(xp, 2, 7, 3)))
    assert z.dtype == np.float32
    np.testing.assert_allclose(z, philox.normals(KEYS, 5, np.zeros((2, 7, 3))), atol=1e-5)


def test_a_normal_depends_on_its_place_alone() -> None:
    """Fewer samples, sites and columns are a part of more; all else differs."""
    z = philox.normals(KEYS, 3, np.zeros((2, 10, 6)))
    np.testing.assert_array_equal(z[1:, :5, :4], philox.normals(KEYS[1:], 3, np.zeros((1, 5, 4))))
    assert len(np.unique(z)) == z.size
    assert not np.intersect1d(z, philox.normals(KEYS, 4, z)).size
    assert not np.intersect1d(z, philox.normals(KEYS + 1, 3, z)).size


def test_they_are_normal_and_independent() -> None:
    """Kolmogorov and Smirnov; and no correlation between neighbours of any kind.

    Negative controls: three hundredths more width, and a share of a neighbour's normal, are seen.
    """
    z = np.stack([philox.normals(KEYS, n, np.zeros((2, 64, 256)))[0] for n in range(8)])
    assert stats.kstest(z.ravel(), "norm").pvalue > 1e-3
    assert stats.kstest(1.03 * z.ravel(), "norm").pvalue < 1e-3
    sigma = 1.0 / np.sqrt(z.size)
    for axis in range(3):
        for power in (1, 2):
            x = z**power - (power == 2)
            neighbour = np.roll(x, 1, axis=axis)
            assert abs(np.mean(x * neighbour)) < 4.0 * power * sigma
            assert abs(np.mean(x * (neighbour + 0.05 * x))) > 4.0 * power * sigma
