"""Descent: exact on lines, the same compiled or not, and few products to the bottom."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from backends import host
from descents import descend
from glasswell.sim import DeviceError
from glasswell.sim.backend import kernels
from glasswell.sim.minima.line_search import line_minimum
from glasswell.sim.sample import couplings, landscape, scales
from glasswell.theory import Model

MODELS = [
    Model(gamma=10.0),
    Model(gamma=5.0, field=0.7),
    Model(gamma=1.0, k=-1.0, a=6.0),
    Model(gamma=4.0, coefficients=(0.5, -0.1, 0.01)),
    Model(gamma=0.3, J=0.0, k=0.0),
]


def _starts(model: Model, N: int = 24, R: int = 5) -> tuple[np.ndarray, np.ndarray]:
    v = scales.amplitude(model) * np.random.default_rng(3).uniform(-1.0, 1.0, (N, R))
    return v, couplings.sample(model, N, seed=2)


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_the_bottom_is_reached_from_below_the_start(model: Model, xp: Any) -> None:
    v, J = _starts(model)
    end, used = descend(xp.asarray(v), xp.asarray(J), model, [1e-9] * 5, [2000] * 5, "reference")
    bottom = host(end)
    assert np.max(np.abs(landscape.force(bottom, J, model))) <= 1.01e-9
    assert np.all(landscape.energy(bottom, J, model) < landscape.energy(v, J, model))
    assert max(used) < 400


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_compiled_it_takes_the_same_path(model: Model) -> None:
    pytest.importorskip("numba")
    v, J = _starts(model)
    ends = [descend(v, J, model, [1e-6] * 5, [40] * 5, name) for name in ("reference", "numba")]
    assert ends[0][1] == ends[1][1]
    np.testing.assert_allclose(ends[1][0], ends[0][0], rtol=1e-7, atol=1e-9)
    # One step is the same to rounding; later ones amplify it.
    ends = [descend(v, J, model, [1e-6] * 5, [2] * 5, name) for name in ("reference", "numba")]
    assert not np.array_equal(ends[0][0], v)
    np.testing.assert_allclose(ends[1][0], ends[0][0], rtol=1e-11, atol=1e-11)


def test_columns_do_not_know_of_each_other() -> None:
    v, J = _starts(MODELS[0])
    together, _ = descend(v, J, MODELS[0], [1e-3] * 5, [30] * 5)
    for r in range(5):
        alone, _ = descend(v[:, r : r + 1], J, MODELS[0], [1e-3], [30])
        np.testing.assert_allclose(together[:, r], alone[:, 0], rtol=1e-8, atol=1e-8)


def test_fewer_products_than_steepest_descent() -> None:
    """What the memory of conjugate gradients is for: exact lines without it, near a minimum."""
    model = MODELS[0]
    v, J = _starts(model, N=64, R=1)
    bottom, _ = descend(v, J, model, [1e-9], [2000])
    w, products = bottom + 1e-2, 0
    _, used = descend(w, J, model, [1e-6], [2000])
    while np.max(np.abs(landscape.force(w, J, model))) > 1e-6 and products < 2000:
        F = landscape.force(w, J, model)
        H = landscape.hessian(w[:, 0], J, model)
        w = w + F * np.sum(F * F) / (F[:, 0] @ H @ F[:, 0])
        products += 1
    assert used[0] < products / 2


def test_lines() -> None:
    """Slopes of degree three and five with known roots; the first minimum or a lower one."""
    roots = [(2.0, -1.0, -3.0), (0.5, 4.0, 5.0), (1e-6, -1.0, -1.0), (3.0, 3.1, 9.0)]
    line = np.stack([np.poly(r)[::-1] for r in roots], axis=1)
    s = line_minimum(np, list(line))
    for r, column in zip(s, line.T, strict=True):
        assert r > 0.0
        slope = np.polynomial.polynomial.polyval(r, column)
        assert abs(slope) <= 0.1 * abs(column[0])
        rise = np.polynomial.polynomial.polyval(r, np.polynomial.polynomial.polyint(column))
        assert rise < 0.0
    assert s[2] == pytest.approx(1e-6, rel=0.11)


def test_nan_ends_its_column_alone() -> None:
    v, J = _starts(MODELS[0])
    v[3, 1] = np.nan
    end, used = descend(v, J, MODELS[0], [1e-6] * 5, [2000] * 5)
    assert used[1] == 1
    others = end[:, [0, 2, 3, 4]]
    assert np.max(np.abs(landscape.force(others, J, MODELS[0]))) <= 1.01e-6


def test_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    v, J = _starts(MODELS[0])
    with pytest.raises(DeviceError, match="choose reference"):
        descend(v, J, MODELS[0], [1e-3] * 5, [10] * 5, "abacus")
    monkeypatch.setattr(kernels, "_numba", lambda: None)
    with pytest.raises(DeviceError, match=r"install glasswell\[fast\]"):
        descend(v, J, MODELS[0], [1e-3] * 5, [10] * 5, "numba")
    descend(v, J, MODELS[0], [1e-3] * 5, [10] * 5)
