"""Broyden's iteration from residuals that are nearly what the unknowns lack."""

from __future__ import annotations

import numpy as np
from glasswell.theory.numerics.broyden import fixed_point
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def lacking(x: Floats) -> Floats:
    """x' - x for x'_i = cos(x_i) + a slow mode along (1, 1, 1)."""
    return np.asarray(np.cos(x) + 0.3 * x.mean() - x)


def test_a_fixed_point_without_difference_quotients() -> None:
    found = fixed_point(lacking, np.array([0.1, 0.9, 2.0]), tol=1e-12, most=60)
    assert found.residual < 1e-12
    assert np.abs(lacking(found.x)).max() == found.residual
    assert found.evaluations < 30
    again = fixed_point(lacking, found.x + 0.01, tol=1e-12, most=60, inverse=found.inverse)
    assert again.evaluations < found.evaluations


def test_it_ends_where_rounding_is_all_there_is() -> None:
    """Noise of 1e-8 in the residual: no more steps than it takes to see that."""
    rng = np.random.default_rng(1)

    def noisy(x: Floats) -> Floats:
        return np.asarray(lacking(x) + 1e-8 * rng.normal(size=len(x)))

    found = fixed_point(noisy, np.zeros(3), tol=1e-12, most=200)
    assert found.residual < 1e-7
    assert found.evaluations < 60


def test_where_nothing_is_finite_it_says_so() -> None:
    found = fixed_point(lambda x: np.full_like(x, np.nan), np.ones(2), tol=1e-9, most=50)
    assert found.residual == np.inf
    assert found.evaluations < 20
