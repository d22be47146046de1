"""The fused tails do what the plain array operations do, and those what the landscape says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from backends import host
from glasswell.sim import DeviceError
from glasswell.sim.backend import kernels as fused
from glasswell.sim.sample import couplings, landscape
from glasswell.theory import Model

MODELS = [
    Model(gamma=10.0, field=0.3),
    Model(gamma=0.7, k=-1.0, a=6.0),
    Model(gamma=4.0, coefficients=(0.5, -0.1, 0.01)),
    Model(gamma=4.0, coefficients=(0.0, 0.1, 0.0, 0.002)),
]
S, N, R = 2, 9, 5
KICKED = ("v", "p", "Jv", "kick", "drift")


def _arrays(seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    names = ("v", "p", "Jv")
    arrays = {name: 3.0 * rng.standard_normal((S, N, R)) for name in names}
    return arrays | {name: rng.uniform(0.01, 0.2, (S, R)) for name in ("kick", "drift")}


@pytest.mark.parametrize("model", MODELS, ids=str)
@pytest.mark.parametrize("name", ["numba"])
def test_fused_is_the_reference(model: Model, name: str) -> None:
    pytest.importorskip("numba")
    plain, fast = _arrays(), _arrays()
    fused.reference(model).kick_drift(*(plain[name] for name in KICKED))
    kernels = fused.choose(model, fast["v"], name)
    kernels.kick_drift(*(fast[name] for name in KICKED))
    for key in ("v", "p"):
        assert not np.array_equal(fast[key], _arrays()[key])
        np.testing.assert_allclose(fast[key], plain[key], rtol=1e-14, atol=1e-14)
    state = (plain["v"], plain["p"], plain["Jv"])
    for got, expected in zip(
        kernels.energies(*state), fused.reference(model).energies(*state), strict=True
    ):
        np.testing.assert_allclose(got, expected, rtol=1e-13)


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_the_reference_is_force_and_energy(model: Model, xp: Any) -> None:
    J = couplings.batch(model, N, seed=2, samples=[0, 1])
    here = _arrays()
    here["Jv"] = J @ here["v"]
    device = {name: xp.asarray(array, copy=True) for name, array in here.items()}
    kernels = fused.reference(model)
    U, K = kernels.energies(device["v"], device["p"], device["Jv"])
    np.testing.assert_allclose(host(U), landscape.energy(here["v"], J, model), rtol=1e-12)
    np.testing.assert_allclose(host(K), 0.5 * np.sum(here["p"] ** 2, axis=1), rtol=1e-12)
    kernels.kick_drift(*(device[name] for name in KICKED))
    p = here["p"] + here["kick"][:, None, :] * landscape.force(here["v"], J, model)
    np.testing.assert_allclose(host(device["p"]), p, rtol=1e-12, atol=1e-12)
    v = here["v"] + here["drift"][:, None, :] * p
    np.testing.assert_allclose(host(device["v"]), v, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["reference", None])
def test_the_product_lands_where_it_is_told(xp: Any, name: str | None) -> None:
    J = couplings.batch(MODELS[0], N, seed=2, samples=[0, 1])
    v = _arrays()["v"]
    out = xp.zeros((S, N, R), dtype=xp.float64)
    fused.choose(MODELS[0], out, name).multiply(xp.asarray(J), xp.asarray(v), out)
    np.testing.assert_allclose(host(out), J @ v, rtol=1e-12, atol=1e-12)


def test_nan_stays_nan() -> None:
    pytest.importorskip("numba")
    arrays = _arrays()
    arrays["v"][0, 3, 2] = np.nan
    kernels = fused.choose(MODELS[0], arrays["v"], "numba")
    U, _ = kernels.energies(arrays["v"], arrays["p"], arrays["Jv"])
    kernels.kick_drift(*(arrays[name] for name in KICKED))
    assert np.argwhere(np.isnan(arrays["p"])).tolist() == [[0, 3, 2]]
    assert np.argwhere(np.isnan(U)).tolist() == [[0, 2]]


def test_choice() -> None:
    v = np.zeros((1, 2, 3))
    assert fused.choose(MODELS[0], v, "reference").name == "reference"
    with pytest.raises(DeviceError, match="choose reference"):
        fused.choose(MODELS[0], v, "cupy")
    with pytest.raises(DeviceError, match="choose reference"):
        fused.choose(MODELS[0], v, "abacus")


def test_without_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fused, "_numba", lambda: None)
    v = np.zeros((1, 2, 3))
    assert fused.choose(MODELS[0], v).name == "reference"
    with pytest.raises(DeviceError, match=r"install glasswell\[fast\]"):
        fused.choose(MODELS[0], v, "numba")
