"""Coefficients of the soft-potential model: Taylor coefficients of local potentials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest
from glasswell.theory import EvenPolynomial, Model, SoftPotentials, Solution, soft_potential, solve
from glasswell.theory.recursion.recursion import Recursion
from scipy import stats

QUARTIC = Model(gamma=10.0, k=0.6, a=1.7)
SEXTIC = Model(gamma=2.0, coefficients=(-0.2, -0.3, 0.05))


@pytest.mark.parametrize("about", ["minimum", "inflection"])
@pytest.mark.parametrize("model", [QUARTIC, SEXTIC])
def test_the_expansion_is_the_potential(
    model: Model, about: Literal["minimum", "inflection"]
) -> None:
    """Σ D_n x^n = U(v_0 + x) for all x, with the term that the point takes away exactly zero."""
    h, C = np.array([[-1.3], [0.0], [0.2], [2.0]]), np.array([0.3, 0.9])
    v_0, D = soft_potential(h, C, model, about)
    assert isinstance(model.G, EvenPolynomial)
    assert v_0.shape == (4, 2)
    assert D.shape == (4, 2, model.G.degree + 1)
    x = np.linspace(-2, 2, 9)[:, None, None]
    v = v_0 + x
    U = model.G.value(v) / model.gamma - C * v**2 / 2 - h * v
    np.testing.assert_allclose(
        np.sum(D * x[..., None] ** np.arange(D.shape[-1]), axis=-1), U, atol=1e-11
    )
    np.testing.assert_array_equal(D[..., 1 if about == "minimum" else 2], 0.0)
    if about == "minimum":
        trial = np.linspace(-8, 8, 4001)[:, None, None]
        lowest = (model.G.value(trial) / model.gamma - C * trial**2 / 2 - h * trial).min(axis=0)
        assert np.all(D[..., 0] <= lowest + 1e-12)
        np.testing.assert_allclose(D[..., 0], lowest, atol=1e-4)


def test_inflections_of_the_quartic() -> None:
    """v_0 = ±√(2γB/a) on the side of the minimum; NaN where γC ≤ k."""
    v_0, _ = soft_potential([0.5, -0.5, 0.5], [0.9, 0.9, 0.05], QUARTIC, "inflection")
    inflection = np.sqrt(2 * 10 * (0.9 - 0.06) / 1.7)
    np.testing.assert_allclose(v_0, [inflection, -inflection, np.nan], rtol=1e-12)
    with pytest.raises(ValueError, match="minimum"):
        soft_potential(0.0, 0.9, QUARTIC, "maximum")  # type: ignore[arg-type]  # what is refused


def test_moments_over_the_ensemble(solved: Callable[..., Solution]) -> None:
    """E D_0 = -∫P g, E[1/(2 D_2)] = C_reg; D_4 = a/(24 γ) for all; odd ones average out."""
    for rsb in (0, 1):
        solution = solved(Model(gamma=10.0), rsb)
        ensemble = SoftPotentials.of(solution.levels)
        assert ensemble.fraction == pytest.approx(1.0, rel=1e-10)
        assert isinstance(solution.levels, Recursion)
        own = solution.levels.mean_g[-1] + float(solution.levels.site.g(np.zeros(1))[0])
        assert ensemble.mean[0] == pytest.approx(-own, rel=1e-9)
        response = ensemble.mass @ (0.5 / ensemble.coefficients[:, 2])
        assert response == pytest.approx(solution.C_reg, rel=1e-9)
        assert ensemble.mean[4] == pytest.approx(1 / 240, rel=1e-12)
        assert ensemble.mean[3] == pytest.approx(0.0, abs=1e-12)
        correlation = ensemble.correlation
        assert np.isnan(correlation[4, 4])
        assert correlation[2, 2] == pytest.approx(1.0)
        # Stiffness and depth of the minimum are functions of |h|, D_3 is odd in it.
        assert correlation[0, 2] < -0.9
        assert correlation[2, 3] == pytest.approx(0.0, abs=1e-12)


def test_correlations_against_sums_over_fields(solved: Callable[..., Solution]) -> None:
    """Covariances about the inflection in a field, where every site of a quartic has one."""
    solution = solved(Model(gamma=6.0, J=0.7, field=1.0, a=0.4), 1)
    ensemble = SoftPotentials.of(solution.levels, "inflection")
    h = 4e-3 * np.linspace(-14_999.5, 14_999.5, 30_000)
    mass = solution.field_density(h) * 4e-3
    _, D = soft_potential(h, 0.49 * solution.C, solution.model, "inflection")
    np.testing.assert_allclose(ensemble.mean, mass @ D, atol=1e-5 * np.abs(D).max())
    expected = np.cov(D.T, aweights=mass, ddof=0)
    np.testing.assert_allclose(ensemble.covariance, expected, atol=1e-5 * np.abs(expected).max())


def test_sites_that_differ() -> None:
    """With γ random the quartic coefficient varies too; its mean is that of a/(24 γ)."""
    solution = solve(Model(gamma=stats.uniform(8, 4)))
    ensemble = SoftPotentials.of(solution.levels)
    assert ensemble.mean[4] == pytest.approx(np.log(1.5) / 4 / 24, rel=1e-10)
    assert 0 < ensemble.covariance[4, 4]
    assert abs(ensemble.correlation[2, 4]) < 0.9
