"""What holds for every model and every configuration."""

from __future__ import annotations

import numpy as np
from glasswell.sim.sample import couplings, landscape
from glasswell.theory import Model
from hypothesis import given, settings
from hypothesis import strategies as st

N = 6


def _scale(low: float, high: float) -> st.SearchStrategy[float]:
    """Zero or of order one: smaller scales by many orders are refused by the model."""
    return st.floats(low, high).filter(lambda x: x == 0.0 or abs(x) > 1e-6)


models = st.builds(
    Model,
    gamma=st.floats(0.1, 20.0),
    J0=_scale(-2.0, 3.0),
    J=_scale(0.0, 2.0),
    k=_scale(-2.0, 2.0),
    a=st.floats(0.1, 10.0),
    field=_scale(-1.0, 1.0),
)
configurations = st.lists(st.floats(-5.0, 5.0), min_size=N, max_size=N).map(np.asarray)
seeds = st.integers(0, 50)


def _slope(function: object, v: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Fourth-order central difference along a direction."""
    assert callable(function)
    s = 1e-3
    near = function(v + s * direction) - function(v - s * direction)
    far = function(v + 2 * s * direction) - function(v - 2 * s * direction)
    return np.asarray((8 * near - far) / (12 * s))


@settings(max_examples=50)
@given(models, configurations, seeds)
def test_force_is_minus_the_slope_of_the_energy(model: Model, v: np.ndarray, seed: int) -> None:
    J = couplings.sample(model, N, seed=seed)
    numerical = [-_slope(lambda x: landscape.energy(x, J, model), v, e) for e in np.eye(N)]
    scale = 1.0 + np.abs(landscape.energy(v, J, model)) + np.max(np.abs(v)) ** 2
    np.testing.assert_allclose(
        landscape.force(v, J, model), numerical, rtol=1e-7, atol=1e-9 * scale
    )


@settings(max_examples=50)
@given(models, configurations, seeds)
def test_hessian_is_minus_the_slope_of_the_force(model: Model, v: np.ndarray, seed: int) -> None:
    J = couplings.sample(model, N, seed=seed)
    H = landscape.hessian(v, J, model)
    np.testing.assert_array_equal(H, H.T)
    numerical = [-_slope(lambda x: landscape.force(x, J, model), v, e) for e in np.eye(N)]
    scale = 1.0 + np.max(np.abs(landscape.force(v, J, model)))
    np.testing.assert_allclose(H, numerical, rtol=1e-7, atol=1e-9 * scale)


@settings(max_examples=50)
@given(models, configurations, seeds, st.floats(0.01, 100.0))
def test_scaling_with_the_anharmonicity(
    model: Model, v: np.ndarray, seed: int, ratio: float
) -> None:
    other = model.rescaled(model.a * ratio)
    u = v / np.sqrt(ratio)
    J = couplings.sample(model, N, seed=seed)
    E, F = landscape.energy(v, J, model), landscape.force(v, J, model)
    size = np.sum(v**2) * 10 + 1e-12
    np.testing.assert_allclose(
        landscape.energy(u, J, other) * ratio, E, rtol=1e-9, atol=1e-9 * size
    )
    np.testing.assert_allclose(
        landscape.force(u, J, other) * np.sqrt(ratio), F, rtol=1e-9, atol=1e-9 * (1 + size)
    )
    np.testing.assert_allclose(
        landscape.hessian(u, J, other), landscape.hessian(v, J, model), rtol=1e-9, atol=1e-9
    )


@settings(max_examples=50)
@given(models, configurations, seeds)
def test_sign_symmetry_up_to_the_field(model: Model, v: np.ndarray, seed: int) -> None:
    J = couplings.sample(model, N, seed=seed)
    odd = landscape.energy(v, J, model) - landscape.energy(-v, J, model)
    scale = 1.0 + np.abs(landscape.energy(v, J, model)) + np.sum(v**2)
    np.testing.assert_allclose(odd, -2.0 * model.field * np.sum(v), atol=1e-11 * scale)
