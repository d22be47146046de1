"""A fused Langevin step is the one in array operations, in any batch, and is cheap."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from backends import host
from glasswell.sim import DeviceError
from glasswell.sim.backend import kernels as fused
from glasswell.sim.backend import langevin_step
from glasswell.sim.backend.langevin_step import Bath
from glasswell.sim.sample import couplings, landscape
from glasswell.sim.sample.sites import AnyModel, LocalModel, along_sites
from glasswell.sim.samplers.langevin import langevin
from glasswell.theory import Model
from glasswell.theory.model import EvenPolynomial
from potentials import Cosh

S, N, R = 2, 10, 5
KEYS = np.asarray([[1, 2], [3, 4]])
BATH = Bath(first=0.02, drag=0.8, strength=0.7, second=0.03, number=6)
MODELS: list[AnyModel] = [
    Model(gamma=10.0, field=0.3),
    Model(gamma=0.7, k=-1.0, a=6.0),
    Model(gamma=4.0, coefficients=(0.5, -0.1, 0.01)),
    LocalModel(np.linspace(1.0, 3.0, N), EvenPolynomial.quartic(1.0, np.linspace(0.5, 2.0, N))),
    LocalModel(np.linspace(1.0, 3.0, N), Model(gamma=1.0, potential=Cosh()).G, field=0.2),
]
NAMES = ["in a field", "double wells", "sextic", "unlike sites", "no polynomial"]


def _arrays(dtype: Any = np.float64, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [(3.0 * rng.standard_normal((S, N, R))).astype(dtype) for _ in range(3)]


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
@pytest.mark.parametrize(("dtype", "rounding"), [(np.float64, 1e-14), (np.float32, 2e-6)])
def test_compiled_is_the_reference(model: AnyModel, dtype: Any, rounding: float) -> None:
    """The noise is of single precision: 1e-5 of it is what two ways to a sine may differ by."""
    pytest.importorskip("numba")
    ends = []
    for name in ("reference", "numba"):
        v, p, Jv = _arrays(dtype)
        kernels = langevin_step.choose(along_sites(model, v), v, KEYS, 0.05, name)
        kernels.kick_drift(v, p, Jv.copy())
        first = v.copy(), p.copy()
        kernels.heat_bath(v, p, Jv.copy(), BATH)
        assert v.dtype == p.dtype == dtype
        ends.append((first, (v, p)))
    for got, expected, original in zip(ends[1][0], ends[0][0], _arrays(dtype), strict=False):
        assert not np.array_equal(got, original)
        np.testing.assert_allclose(got, expected, rtol=10 * rounding, atol=10 * rounding)
    for got, expected in zip(ends[1][1], ends[0][1], strict=True):
        np.testing.assert_allclose(got, expected, rtol=10 * rounding, atol=1e-5)


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_the_step_is_force_and_drift(model: AnyModel, xp: Any) -> None:
    """Noise of strength zero: BAOAB by hand."""
    J = couplings.batch(Model(gamma=1.0), N, seed=2, samples=[0, 1])
    v, p, _ = _arrays()
    F = landscape.force(v, J, model)
    w, q, Jw = (xp.asarray(x, copy=True) for x in (v, p, J @ v))
    kernels = langevin_step.choose(along_sites(model, w), w, KEYS, 0.05)
    kernels.heat_bath(w, q, Jw, replace(BATH, strength=0.0))
    kicked = p + 0.05 * F
    np.testing.assert_allclose(host(q), 0.8 * kicked, rtol=1e-12, atol=1e-12)
    end = v + 0.02 * kicked + 0.03 * 0.8 * kicked
    np.testing.assert_allclose(host(w), end, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["reference", "numba"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_sample_walks_alone_as_in_a_batch(name: str, dtype: Any) -> None:
    """Bit for bit; and a start, among fewer starts, until its products round differently."""
    if name == "numba":
        pytest.importorskip("numba")
    model = Model(gamma=10.0)
    J = couplings.batch(model, N, seed=1, samples=[0, 1]).astype(dtype)
    start = _arrays(dtype)[0]
    how: dict[str, Any] = {"time_step": 0.1, "friction": 0.5, "kernels": name, "noise_every": 2}
    together = langevin(start, J, model, [3.0] * 9, keys=KEYS, **how)
    for s in range(S):
        alone = langevin(start[s], J[s], model, [3.0] * 9, keys=KEYS[s], **how)
        np.testing.assert_array_equal(alone, together[s])
    fewer = langevin(start[0, :, :2], J[0], model, [3.0] * 9, keys=KEYS[0], **how)
    np.testing.assert_allclose(
        fewer, together[0, :, :2], rtol=1e-3 if dtype == np.float32 else 1e-9
    )
    assert not np.allclose(
        together[1], langevin(start[1], J[1], model, [3.0] * 9, keys=KEYS[0], **how)
    )


def test_columns_of_any_layout(xp: Any) -> None:
    """Starts that are stored by columns, a single start, and a single precision of both."""
    model = Model(gamma=10.0)
    J = couplings.sample(model, N, seed=1)
    start = _arrays()[0][0]
    how: dict[str, Any] = {"time_step": 0.1, "friction": 0.5, "keys": KEYS[0]}
    end = langevin(xp.asarray(start), xp.asarray(J), model, [3.0] * 4, **how)
    turned = langevin(np.asfortranarray(start), J, model, [3.0] * 4, **how)
    np.testing.assert_allclose(host(end), turned, atol=1e-4)
    one = langevin(xp.asarray(start[:, 0]), xp.asarray(J), model, [3.0] * 4, **how)
    np.testing.assert_allclose(host(one), turned[:, 0], atol=1e-4)


def test_nan_stays_nan() -> None:
    pytest.importorskip("numba")
    v, p, Jv = _arrays()
    v[0, 3, 2] = np.nan
    kernels = langevin_step.choose(MODELS[0], v, KEYS, 0.05, "numba")
    kernels.kick_drift(v, p, Jv)
    kernels.heat_bath(v, p, Jv, BATH)
    assert np.argwhere(np.isnan(p)).tolist() == [[0, 3, 2]]
    assert np.argwhere(np.isnan(v)).tolist() == [[0, 3, 2]]


def test_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    v = np.zeros((1, 2, 3))
    for name in ("cupy", "abacus"):
        with pytest.raises(DeviceError, match="choose reference"):
            langevin_step.choose(MODELS[0], v, KEYS[:1], 0.1, name)
    monkeypatch.setattr(fused, "_numba", lambda: None)
    assert langevin_step.choose(MODELS[0], v, KEYS[:1], 0.1).name == "reference"
    with pytest.raises(DeviceError, match=r"install glasswell\[fast\]"):
        langevin_step.choose(MODELS[0], v, KEYS[:1], 0.1, "numba")
