"""On a GPU a step of the descent is a product and five launches, for all columns at once.

Counted with a stand-in for CuPy that runs the kernels on the host.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import host_cuda
import numpy as np
import pretended_cupy
import pytest
from descents import descend
from glasswell.sim.minima import descent
from glasswell.sim.minima.descent_steps import OnDevice
from glasswell.sim.minima.front import LOOK_EVERY, REFRESH_EVERY
from glasswell.sim.sample import couplings, landscape, scales
from glasswell.sim.sample.sites import AnyModel, LocalModel
from glasswell.theory import Model
from glasswell.theory.model import EvenPolynomial

pytestmark = pytest.mark.skipif(host_cuda.COMPILER is None, reason="no C++ compiler")

N = 70
MODELS: list[AnyModel] = [
    Model(gamma=10.0),
    Model(gamma=5.0, field=0.7),
    Model(gamma=1.0, k=-1.0, a=6.0),
    Model(gamma=4.0, coefficients=(0.5, -0.1, 0.01)),
    Model(gamma=0.3, J=0.0, k=0.0),
    LocalModel(np.linspace(1.0, 9.0, N), EvenPolynomial.quartic(1.0, np.linspace(0.5, 2.0, N))),
]
NAMES = ["glass", "in a field", "double wells", "sextic", "decoupled", "unlike sites"]


@pytest.fixture
def cupy() -> Iterator[Any]:
    with pretended_cupy.pretended() as namespace:
        yield namespace


def _starts(model: AnyModel, R: int) -> tuple[np.ndarray, np.ndarray]:
    v = scales.amplitude(model) * np.random.default_rng(3).uniform(-1.0, 1.0, (N, R))
    return v, couplings.sample(Model(gamma=1.0, J=model.J), N, seed=2)


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_the_same_path(cupy: Any, model: AnyModel) -> None:
    """Three steps to rounding, which later ones amplify; and to the bottom."""
    v, J = _starts(model, 5)
    w, K = cupy.asarray(v), cupy.asarray(J)
    ends = [
        descend(start, couplings_there, model, [1e-9] * 5, [4] * 5, name)
        for start, couplings_there, name in ((v, J, "reference"), (w, K, "cupy"))
    ]
    assert ends[0][1] == ends[1][1]
    assert not np.array_equal(ends[0][0], v)
    np.testing.assert_allclose(ends[1][0].get(), ends[0][0], rtol=1e-9, atol=1e-9)
    bottom, used = descend(w, K, model, [1e-9] * 5, [2000] * 5)
    assert np.max(np.abs(landscape.force(bottom.get(), J, model))) <= 1.01e-9
    assert max(used) < 600


@pytest.mark.parametrize("R", [1, 40])
def test_a_step_is_a_product_and_five_launches(cupy: Any, R: int) -> None:
    v, J = _starts(MODELS[0], R)
    state = OnDevice(cupy, cupy.asarray(v[None]), cupy.asarray(J[None]), MODELS[0])
    pretended_cupy.counts.clear()
    state.step()
    kernels = ["line", "line_minimum", "advance", "share", "turn"]
    assert pretended_cupy.counts.launches == ["matmul", *kernels]
    assert pretended_cupy.counts.transfers == []


def test_samples_cost_no_launches_of_their_own(cupy: Any) -> None:
    """Four samples of eight columns: the launches of one, and each descends as it would alone."""
    start, J = zip(*(_starts(MODELS[0], 8) for _ in range(4)), strict=True)
    v = np.stack(start) * np.asarray([1.0, 0.9, 0.8, 0.7])[:, None, None]
    counted = []
    for S in (1, 4):
        w, K = cupy.asarray(v[:S]), cupy.asarray(np.stack(J[:S]))
        pretended_cupy.counts.clear()
        ends, _ = descent.descend(w, K, MODELS[0], np.zeros((S, 8)), np.full((S, 8), 20))
        counted.append(len(pretended_cupy.counts.launches))
    assert counted[0] == counted[1]
    targets, budgets = np.full((4, 8), 1e-6), np.full((4, 8), 2000)
    ends, used = descent.descend(cupy.asarray(v), K, MODELS[0], targets, budgets)
    for s in range(4):
        alone, own = descend(v[s], J[s], MODELS[0], targets[s].tolist(), [2000] * 8)
        assert np.max(np.abs(landscape.force(ends.get()[s], J[s], MODELS[0]))) <= 1.01e-6
        np.testing.assert_allclose(used[s], own, atol=15)
        one, other = (landscape.energy(x, J[s], MODELS[0]) for x in (ends.get()[s], alone))
        # Rounding may send a column to another minimum now and then.
        assert np.count_nonzero(np.abs(one - other) < 1e-6) >= 7


def test_looks_are_all_that_comes_back(cupy: Any) -> None:
    """One transfer a look, none per column; launches between looks do not know of columns."""
    launches = []
    for R in (4, 40):
        v, J = _starts(MODELS[0], R)
        w, K, steps = cupy.asarray(v), cupy.asarray(J), REFRESH_EVERY + LOOK_EVERY
        # No column reaches its target: all of them end at one look, with their budget.
        pretended_cupy.counts.clear()
        _, used = descend(w, K, MODELS[0], [0.0] * R, [steps] * R)
        looks = max(used) // LOOK_EVERY + 1
        transfers = pretended_cupy.counts.transfers
        assert transfers.count("get") == looks
        # Targets; what the kernels know of sites; who leaves, who stays, and their order.
        assert set(transfers) == {"get", "asarray"}
        assert transfers.count("asarray") <= 8
        launches.append(len(pretended_cupy.counts.launches))
        assert launches[-1] < 6 * max(used) + 6 * looks + 60
    assert launches[0] == launches[1]


def test_nan_ends_its_column_alone(cupy: Any) -> None:
    v, J = _starts(MODELS[0], 5)
    v[3, 1] = np.nan
    end, used = descend(cupy.asarray(v), cupy.asarray(J), MODELS[0], [1e-6] * 5, [2000] * 5)
    assert used[1] == 1
    others = end.get()[:, [0, 2, 3, 4]]
    assert np.max(np.abs(landscape.force(others, J, MODELS[0]))) <= 1.01e-6


def test_columns_do_not_know_of_each_other(cupy: Any) -> None:
    """Sums are in an order of their own: bit for bit, as far as the product is."""
    v, J = _starts(MODELS[0], 5)
    there = cupy.asarray(J)
    together, _ = descend(cupy.asarray(v), there, MODELS[0], [1e-3] * 5, [30] * 5)
    for r in range(5):
        alone, _ = descend(cupy.asarray(v[:, r : r + 1]), there, MODELS[0], [1e-3], [30])
        np.testing.assert_allclose(together.get()[:, r], alone.get()[:, 0], rtol=1e-8, atol=1e-8)
