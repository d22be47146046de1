"""Products by rows: those of all rows at once, to rounding, on every backend."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from backends import host
from glasswell.sim.backend import products
from glasswell.sim.backend.products import LEAST_ROWS, SMALL, product, rows_at_a_time


def _arrays(S: int, N: int, R: int, dtype: Any = np.float64) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    return rng.standard_normal((S, N, N)).astype(dtype), rng.standard_normal((S, N, R)).astype(
        dtype
    )


@pytest.fixture
def by_rows(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Products by rows on every machine, of arrays that are small; and the rows that they took."""
    taken: list[int] = []

    def noted(J: Any, v: Any, rows: int, found: Any) -> None:
        taken.append(rows)
        original(J, v, rows, found)

    original = products._by_rows
    monkeypatch.setattr(products, "_small_in_place", lambda: True)
    monkeypatch.setattr(products, "_by_rows", noted)
    monkeypatch.setattr(products, "SMALL", 50 * 3 * 17)
    return taken


@pytest.mark.parametrize("N", [48, 50, 51])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_rows_that_do_and_do_not_divide_n(by_rows: list[int], N: int, dtype: Any) -> None:
    J, v = _arrays(2, N, 3, dtype)
    found = product(J, v)
    assert by_rows == [16, 16]
    assert found.dtype == dtype
    np.testing.assert_allclose(found, J @ v, rtol=0.0, atol=50 * float(np.finfo(dtype).eps))


def test_columns_that_lie_apart(by_rows: list[int]) -> None:
    J, v = _arrays(1, 50, 6)
    np.testing.assert_allclose(product(J, v[..., ::2]), J @ v[..., ::2], rtol=0.0, atol=1e-13)
    assert by_rows == [16]


def test_every_backend(by_rows: list[int], xp: Any) -> None:
    J, v = _arrays(2, 50, 3)
    found = host(product(xp.asarray(J), xp.asarray(v)))
    np.testing.assert_allclose(found, J @ v, rtol=0.0, atol=1e-13)
    assert set(by_rows) <= {16}


@pytest.mark.parametrize(("N", "R"), [(256, 8), (256, 32), (1024, 8), (1024, 32), (2048, 32)])
def test_products_of_some_rows_are_small(N: int, R: int) -> None:
    rows = rows_at_a_time(N, R)
    if N * N * R <= SMALL:
        assert rows == 0
    else:
        assert LEAST_ROWS <= rows < N
        assert rows * N * R <= SMALL


def test_many_columns_are_multiplied_at_once() -> None:
    assert rows_at_a_time(1024, 256) == 0
    assert rows_at_a_time(16, 4) == 0


def test_other_libraries_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where small products are copied as large ones are, rows would only cost."""
    J, v = _arrays(1, 256, 32)
    monkeypatch.setattr(products, "_small_in_place", lambda: False)
    monkeypatch.setattr(products, "_by_rows", None)
    np.testing.assert_array_equal(product(J, v), J @ v)
