"""The damped Newton iteration under the saddle point."""

from __future__ import annotations

import numpy as np
import pytest
from glasswell.theory.numerics.newton import find_root
from numpy.typing import NDArray
from scipy import optimize

Floats = NDArray[np.float64]


def test_a_stiff_system() -> None:
    """Two equations whose scales differ by 1e6 reach the root that scipy finds."""

    def residual(x: Floats) -> Floats:
        return np.array([1e6 * (np.exp(x[0]) - 2 - x[1]), x[1] ** 3 + x[0] - 1])

    expected = optimize.root(residual, [0.5, 0.5], tol=1e-14).x
    found = find_root(residual, np.array([2.0, -1.0]), tol=1e-8, max_evaluations=200)
    assert found.residual < 1e-8
    # The second row is of order one: a residual of 1e-8 is an error of about as much.
    np.testing.assert_allclose(found.x, expected, atol=1e-7)


def test_steps_into_what_is_not_admissible_are_shortened() -> None:
    """ln x has no value for x < 0; a full Newton step from x = 20 would land there."""

    def residual(x: Floats) -> Floats:
        return np.log(x) if x[0] > 0 else np.full_like(x, np.inf)

    found = find_root(residual, np.array([4.0]), tol=1e-12, max_evaluations=100, max_step=50.0)
    assert found.x[0] == pytest.approx(1.0, abs=1e-11)


def test_nowhere_admissible_is_no_root() -> None:
    """A residual that is infinite from the start ends at once, unconverged, without a warning."""
    found = find_root(
        lambda x: np.full_like(x, np.inf), np.array([1.0, 2.0]), tol=1e-10, max_evaluations=50
    )
    assert not found.residual < 1e-10
    assert found.evaluations <= 50


def test_evaluations_are_bounded() -> None:
    """x² + 1 has no root: the iteration stops where it was told to, and says how far it is."""
    found = find_root(lambda x: x**2 + 1, np.array([3.0]), tol=1e-10, max_evaluations=60)
    assert found.residual >= 1.0
    assert found.evaluations <= 60 + 2
