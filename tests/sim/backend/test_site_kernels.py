"""Kernels of sites that differ: compiled, in array operations, and what the landscape says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from glasswell.sim import DeviceError
from glasswell.sim.backend import kernels
from glasswell.sim.sample import couplings, landscape, sites
from glasswell.sim.sample.sites import LocalModel
from glasswell.theory import EvenPolynomial, Model
from scipy import stats

S, N, R = 2, 9, 5
KICKED = ("v", "p", "Jv", "kick", "drift")
QUARTIC = Model(gamma=stats.uniform(8.0, 4.0), k=stats.norm(0.0, 1.0), a=2.0, field=0.3)
SEXTIC = Model(gamma=stats.uniform(8.0, 4.0), coefficients=(0.5, -0.1, 0.01))


def _arrays() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    arrays = {name: 3.0 * rng.standard_normal((S, N, R)) for name in ("v", "p", "Jv")}
    return arrays | {name: rng.uniform(0.01, 0.2, (S, R)) for name in ("kick", "drift")}


def _own(model: Model) -> list[sites.AnyModel]:
    return [sites.local_model(model, N, seed=1, sample=s) for s in range(S)]


@pytest.mark.parametrize("model", [QUARTIC, SEXTIC], ids=["quartic", "sextic"])
@pytest.mark.parametrize("name", ["reference", "numba"])
def test_force_and_energy_are_those_of_every_sample(model: Model, name: str) -> None:
    if name == "numba":
        pytest.importorskip("numba")
    own, J = _own(model), couplings.batch(model, N, seed=2, samples=range(S))
    found = _arrays()
    host = {name: array.copy() for name, array in found.items()}
    host["Jv"] = J @ host["v"]
    chosen = kernels.choose(sites.stacked(own, found["v"]), found["v"], name)
    assert chosen.name == name
    chosen.multiply(J, found["v"], found["Jv"])
    np.testing.assert_allclose(found["Jv"], host["Jv"], rtol=1e-13)
    U, K = chosen.energies(found["v"], found["p"], found["Jv"])
    chosen.kick_drift(*(found[key] for key in KICKED))
    np.testing.assert_allclose(K, 0.5 * np.sum(host["p"] ** 2, axis=1), rtol=1e-13)
    for s in range(S):
        np.testing.assert_allclose(U[s], landscape.energy(host["v"][s], J[s], own[s]), rtol=1e-12)
        force = landscape.force(host["v"][s], J[s], own[s])
        p = host["p"][s] + host["kick"][s] * force
        np.testing.assert_allclose(found["p"][s], p, rtol=1e-12, atol=1e-12)
        v = host["v"][s] + host["drift"][s] * p
        np.testing.assert_allclose(found["v"][s], v, rtol=1e-12, atol=1e-12)
    accepted = np.asarray([[True, False, True, False, False]] * S)
    new, old = np.ones((S, N, R)), np.zeros((S, N, R))
    chosen.restore(accepted, new, old)
    np.testing.assert_array_equal(new[0, 0], accepted[0])


def test_compiled_of_equal_sites_is_that_of_one_model_bit_for_bit() -> None:
    pytest.importorskip("numba")
    model = Model(gamma=4.0, k=-0.5, a=2.0, field=0.1)
    G = EvenPolynomial(tuple(np.full(N, c) for c in (-0.25, 2.0 / 24)))
    own = [LocalModel(np.full(N, 4.0), G, 0.1)] * S
    one, other = _arrays(), _arrays()
    kernels.with_numba(model).kick_drift(*(one[key] for key in KICKED))
    kernels.choose(sites.stacked(own, other["v"]), other["v"]).kick_drift(
        *(other[key] for key in KICKED)
    )
    for key in ("v", "p"):
        np.testing.assert_array_equal(other[key], one[key])


def test_the_choice(xp: Any) -> None:
    v = xp.asarray(_arrays()["v"])
    stack = sites.stacked(_own(QUARTIC), v)
    assert kernels.choose(stack, v).name == kernels.best(v)
    assert kernels.choose(Model(gamma=2.0), v).name == kernels.best(v)
    with pytest.raises(DeviceError, match="no kernels 'abacus'"):
        kernels.choose(stack, v, "abacus")
