"""The single-site problem at T > 0, against scipy's quadrature."""

from __future__ import annotations

import numpy as np
import pytest
from glasswell.theory import Model, SolveError
from glasswell.theory.site.thermal import ThermalSite
from scipy import integrate

Ingredients = tuple[Model, float]

SITES: dict[str, Ingredients] = {
    "double well": (Model(gamma=10.0), 0.66),
    "single well": (Model(gamma=1.0), 0.5),
    "onset": (Model(gamma=1.0), 1.0),
    "sextic with jumps at h ≠ 0": (Model(gamma=2.0, coefficients=(0.5, -0.3, 0.03)), 0.3),
    "on-site double well": (Model(gamma=2.0, coefficients=(-0.5, 0.3)), 0.3),
}


@pytest.fixture(params=list(SITES))
def ingredients(request: pytest.FixtureRequest) -> Ingredients:
    return SITES[request.param]


def by_quadrature(site: ThermalSite, h: float) -> tuple[float, float, float, float]:
    """g, ⟨v⟩, g'' and ⟨W⟩ from a fine Simpson rule over all of v."""
    v = np.linspace(-40.0, 40.0, 800_001)
    U = site.W.value(v) - h * v
    weight = np.exp(-(U - U.min()) / site.temperature)
    Z = integrate.simpson(weight, x=v)
    mean = integrate.simpson(weight * v, x=v) / Z
    variance = integrate.simpson(weight * (v - mean) ** 2, x=v) / Z
    W = integrate.simpson(weight * site.W.value(v), x=v) / Z
    return site.temperature * np.log(Z) - U.min(), mean, variance / site.temperature, W


@pytest.mark.parametrize("T", [30.0, 1.0, 0.1, 0.01])
@pytest.mark.parametrize("h", [0.0, 1e-3, 0.5, -3.0])
def test_moments_are_those_of_the_boltzmann_weight(
    ingredients: Ingredients, T: float, h: float
) -> None:
    model, C = ingredients
    site = ThermalSite.of(model, C, T)
    at = np.array([h])
    ours = [site.g(at)[0], site.slope(at)[0], site.response(at)[0], site.potential(at)[0]]
    assert ours == pytest.approx(by_quadrature(site, h), rel=1e-11, abs=1e-12)


@pytest.mark.parametrize("T", [10.0, 0.1, 1e-3, 1e-5])
def test_field_grid_is_resolved(ingredients: Ingredients, T: float) -> None:
    model, C = ingredients
    site = ThermalSite.of(model, C, T)

    def averages(resolution: float) -> np.ndarray:
        grid = site.grid(60.0, 4.0, folded=True, resolution=resolution)
        mass = np.exp(-((grid.h / 4.0) ** 2) / 2) * grid.weight
        return np.array([mass @ x for x in (grid.g, grid.slope**2, grid.curvature**2)])

    assert averages(1.0) == pytest.approx(averages(2.0), rel=1e-10)


@pytest.mark.parametrize("T", [10.0, 0.1, 1e-3])
def test_grid_potential_is_relative_to_its_value_at_zero_field(
    ingredients: Ingredients, T: float
) -> None:
    model, C = ingredients
    site = ThermalSite.of(model, C, T)
    grid = site.grid(20.0, 2.0, folded=True, resolution=1.0)
    assert grid.g == pytest.approx(site.g(grid.h) - site.g(np.zeros(1)), rel=1e-10, abs=1e-11)


def test_low_temperature_joins_the_ground_state(ingredients: Ingredients) -> None:
    model, C = ingredients
    site = ThermalSite.of(model, C, 1e-7)
    h = np.array([0.3, 1.7, 5.0])
    assert site.slope(h) == pytest.approx(site.ground.slope(h), rel=1e-5)
    assert site.response(h) == pytest.approx(site.ground.response(h), rel=1e-5)
    assert site.jumps == ()


def test_hopeless_temperature_is_refused() -> None:
    site = ThermalSite.of(Model(gamma=10.0), 0.66, 1e-12)
    with pytest.raises(SolveError, match="temperature = 0"):
        site.g(np.zeros(1))
