"""Products by rows: those of all rows at once, to rounding, and only where they are faster."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from glasswell.sim.backend import products
from glasswell.sim.backend.products import LEAST_ROWS, by_rows, fastest, rows_at_a_time


def _arrays(S: int, N: int, R: int, dtype: Any = np.float64) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    J, v = rng.standard_normal((S, N, N)), rng.standard_normal((S, N, R))
    return J.astype(dtype), v.astype(dtype)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts as small is smaller: 17 rows of 50 sites and three columns."""
    monkeypatch.setattr(products, "SMALL", 50 * 3 * 17)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("N", [48, 50, 51])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_rows_that_do_and_do_not_divide_n(N: int, dtype: Any) -> None:
    assert rows_at_a_time(N, 3) == 16
    J, v = _arrays(2, N, 3, dtype)
    found, out = by_rows(J, v), np.empty_like(v)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, J @ v, rtol=0.0, atol=50 * float(np.finfo(dtype).eps))
    assert by_rows(J, v, out=out) is out
    np.testing.assert_array_equal(out, found)


@pytest.mark.usefixtures("small")
def test_arrays_of_any_order() -> None:
    """Columns that lie apart, couplings by columns, and room by columns: none is missed."""
    J, v = _arrays(2, 50, 6)
    some, turned = v[..., ::2], J.transpose(0, 2, 1)
    for K in (J, turned):
        np.testing.assert_allclose(by_rows(K, some), K @ some, rtol=0.0, atol=1e-13)
        out = np.full((2, 3, 50), np.nan).transpose(0, 2, 1)
        by_rows(K, some, out=out)
        np.testing.assert_allclose(out, K @ some, rtol=0.0, atol=1e-13)


@pytest.mark.usefixtures("small")
def test_a_sample_does_not_know_of_others() -> None:
    J, v = _arrays(3, 50, 3)
    together = by_rows(J, v)
    for s in range(3):
        np.testing.assert_array_equal(by_rows(J[s : s + 1], v[s : s + 1])[0], together[s])


@pytest.mark.parametrize("N", [256, 1024, 2048])
@pytest.mark.parametrize("R", [1, 8, 32])
def test_products_of_some_rows_are_small(N: int, R: int) -> None:
    rows = rows_at_a_time(N, R)
    if N * N * R <= products.SMALL:
        assert rows == 0
    else:
        assert LEAST_ROWS <= rows < N
        assert rows * N * R <= products.SMALL


def test_many_columns_are_multiplied_at_once() -> None:
    assert rows_at_a_time(1024, 256) == 0
    assert rows_at_a_time(16, 4) == 0


@pytest.mark.parametrize(
    ("kernels", "threads", "chosen"),
    [
        ("SkylakeX", 1, by_rows),
        ("SkylakeX", 2, np.matmul),
        ("Haswell", 1, np.matmul),
        (None, 1, np.matmul),
    ],
)
def test_only_where_it_is_faster(
    kernels: str | None, threads: int, chosen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By kernels that leave small products in place, and have one thread for large ones too."""
    library = SimpleNamespace(architecture=kernels, num_threads=threads)
    libraries = [] if kernels is None else [library]
    monkeypatch.setattr(products, "_libraries", lambda: libraries)
    assert fastest() is chosen
