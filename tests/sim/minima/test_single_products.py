"""Products in single precision along lines: the states are as exact, and as low, and proven."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from descents import descend
from glasswell.sim import SimulationError, Status, minimise
from glasswell.sim.minima import descent, descent_steps, search
from glasswell.sim.minima.front import LOOK_EVERY
from glasswell.sim.minima.passes import SINGLE_FROM
from glasswell.sim.sample import couplings, landscape, scales
from glasswell.theory import Model
from scipy import stats

GLASS = Model(gamma=10.0)
MODELS = [
    GLASS,
    Model(gamma=5.0, field=0.7),
    Model(gamma=1.0, k=-1.0, a=6.0),
    Model(gamma=4.0, coefficients=(0.5, -0.1, 0.01)),
]
N = SINGLE_FROM


def _starts(model: Model, N: int = N, R: int = 6, seed: int = 1) -> tuple[Any, Any]:
    v = scales.amplitude(model) * np.random.default_rng(seed).uniform(-1.0, 1.0, (N, R))
    return v, couplings.sample(model, N, seed=seed)


@pytest.fixture
def products(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The precision of every product of a descent."""
    noted: list[str] = []

    def counted(J: Any, v: Any) -> Any:
        noted.append(str(J.dtype))
        return J @ v

    monkeypatch.setattr(descent_steps, "fastest", lambda: counted)
    return noted


@pytest.mark.parametrize("model", MODELS, ids=str)
@pytest.mark.parametrize("kernels", ["numba", "reference"])
def test_the_bottom_is_reached(model: Model, kernels: str, products: list[str]) -> None:
    """By the exact force, in few products of double precision, without Newton's help."""
    if kernels == "numba":
        pytest.importorskip("numba")
    v, J = _starts(model)
    end, used = descend(v, J, model, [1e-9] * 6, [4000] * 6, kernels)
    assert np.max(np.abs(landscape.force(end, J, model))) <= 1.1e-9
    assert products.count("float64") < 8
    assert products.count("float32") > 0.9 * max(used) - 10
    assert np.all(landscape.energy(end, J, model) < landscape.energy(v, J, model))


def test_a_few_steps_are_the_same_to_single_precision() -> None:
    v, J = _starts(GLASS)
    ends = [
        descent.descend(
            v[None], J[None], GLASS, np.full((1, 6), 1e-9), np.full((1, 6), 6), None, precision
        )[0]
        for precision in ("single", "double")
    ]
    assert not np.array_equal(ends[0], ends[1])
    np.testing.assert_allclose(ends[0], ends[1], rtol=0.0, atol=1e-4 * scales.amplitude(GLASS))


def test_states_are_those_of_double_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most columns end in the same state, and there they agree to the tolerance's worth."""
    monkeypatch.setattr(search, "newton", None)
    v, J = _starts(GLASS, R=32)
    single, double = (
        minimise(v, J, GLASS, precision=name, eigenvalues=False) for name in ("single", "double")
    )
    assert np.all(single.status == Status.CONVERGED)
    assert np.max(single.gradient_norm) <= scales.gradient_tolerance(GLASS)
    same = np.abs(single.energy - double.energy) < 1e-6
    assert np.count_nonzero(same) >= 29
    np.testing.assert_allclose(single.v[:, same], double.v[:, same], rtol=0.0, atol=1e-7)
    assert np.max(np.abs(single.iterations - double.iterations)[same]) < 40
    again = minimise(v, J, GLASS, eigenvalues=False)
    for name, array in vars(single).items():
        np.testing.assert_array_equal(getattr(again, name), array)


@pytest.mark.slow
def test_states_are_as_low() -> None:
    """Mean energies of many starts: no difference, where one of a thousandth would be seen."""
    found = []
    for seed in range(40):
        v, J = _starts(GLASS, R=32, seed=seed)
        own = (minimise(v, J, GLASS, precision=p, eigenvalues=False) for p in ("single", "double"))
        single, double = own
        found.append(float(np.mean(single.energy - double.energy)) / N)
    assert np.count_nonzero(found) > 5
    assert float(stats.ttest_1samp(found, 0.0).pvalue) > 1e-3
    energy = float(np.mean(double.energy)) / N
    assert float(stats.ttest_1samp(found, 1e-3 * energy).pvalue) < 1e-6


def test_small_samples_and_single_arrays_are_as_they_were(products: list[str]) -> None:
    v, J = _starts(GLASS, N=N - 1)
    descend(v, J, GLASS, [1e-3] * 6, [20] * 6)
    assert set(products) == {"float64"}
    products.clear()
    v, J = _starts(GLASS)
    descend(v.astype(np.float32), J.astype(np.float32), GLASS, [1e-2] * 6, [20] * 6)
    assert set(products) == {"float32"}
    products.clear()
    ends = descent.descend(
        v[None], J[None], GLASS, np.full((1, 6), 1e-3), np.full((1, 6), 20), None, "double"
    )
    assert set(products) == {"float64"}
    assert ends[0].shape == (1, N, 6)


def test_far_starts_stay_in_double(products: list[str]) -> None:
    """No overflow, and a minimum."""
    v, J = _starts(GLASS, R=2)
    far = minimise(v * np.asarray([1.0, 1e30]), J, GLASS, eigenvalues=False)
    assert set(products) == {"float64"}
    assert np.all(far.converged)


@pytest.mark.parametrize("scale", [2.0**126, 2.0**-126])
def test_the_largest_and_smallest_units(scale: float, products: list[str]) -> None:
    """The same path as in units of order one, which a power of two does not round; and proven."""
    v, J = _starts(GLASS, R=2)
    one = minimise(v, J, GLASS)
    products.clear()
    other = minimise(v / np.sqrt(scale), J, GLASS.rescaled(scale))
    assert "float32" in products
    assert np.all(other.converged)
    np.testing.assert_allclose(other.energy * scale, one.energy, rtol=1e-9)


@pytest.mark.parametrize("unit", [2.0**100, 2.0**-100])
def test_couplings_beyond_single_precision_stay_in_double(unit: float, products: list[str]) -> None:
    """Energies in units that are far from one: the same path."""
    v, J = _starts(GLASS, R=2)
    one = minimise(v, J, GLASS, precision="double")
    products.clear()
    model = Model(gamma=GLASS.gamma / unit, J=unit)
    other = minimise(v, J * unit, model, tolerance=1e-9 * unit, eigenvalues=False)
    assert set(products) == {"float64"}
    np.testing.assert_array_equal(other.v, one.v)


def test_a_column_that_is_not_finite_ends_alone() -> None:
    v, J = _starts(GLASS)
    v[3, 1] = np.nan
    minima = minimise(v, J, GLASS, eigenvalues=False)
    assert minima.status[1] == Status.NOT_FINITE
    assert np.count_nonzero(minima.converged) == 5


def test_budgets_hold() -> None:
    """Of both parts together, however they fall."""
    v, J = _starts(GLASS)
    end, needed = descend(v, J, GLASS, [1e-9] * 6, [4000] * 6)
    for budget in (1, 7, max(needed) - 20):
        _, used = descend(v, J, GLASS, [1e-9] * 6, [budget] * 6)
        assert max(used) < budget + 2 * LOOK_EVERY
        assert max(used) >= budget
    assert np.isfinite(end).all()


def test_samples_beside_each_other_do_not_know_of_each_other() -> None:
    v, J = zip(*(_starts(GLASS, seed=seed) for seed in (1, 2)), strict=True)
    together = minimise(np.stack(v), np.stack(J), GLASS, eigenvalues=False)
    for s in range(2):
        alone = minimise(v[s], J[s], GLASS, eigenvalues=False)
        np.testing.assert_array_equal(together.v[s], alone.v)


def test_gradients_are_those_of_the_places() -> None:
    """Also where a column was sent off a saddle as its budget ended."""
    J = couplings.sample(GLASS, 16, seed=2)
    cut = minimise(np.zeros((16, 2)), J, GLASS, max_iterations=2)
    assert np.all(cut.status == Status.ITERATION_LIMIT)
    exact = np.max(np.abs(landscape.force(cut.v, J, GLASS)), axis=0)
    np.testing.assert_allclose(cut.gradient_norm, exact, rtol=1e-12)
    assert np.all(exact > 0.0)


def test_no_third_precision() -> None:
    v, J = _starts(GLASS, N=8, R=1)
    with pytest.raises(SimulationError, match="choose single or double"):
        minimise(v, J, GLASS, precision="half")
