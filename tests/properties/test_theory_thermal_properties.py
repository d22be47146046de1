"""What must hold for every model at every temperature."""

from __future__ import annotations

import numpy as np
import pytest
from glasswell.theory import Model, glass_temperature, solve
from hypothesis import given, settings
from hypothesis import strategies as st

gammas = st.floats(0.6, 30.0)
ratios = st.floats(0.05, 1.5)


@settings(max_examples=15)
@given(gamma=gammas, ratio=ratios, a=st.floats(0.1, 10.0), rsb=st.integers(0, 1))
def test_anharmonicity_only_scales(gamma: float, ratio: float, a: float, rsb: int) -> None:
    model = Model(gamma=gamma)
    T = ratio * glass_temperature(model)
    one = solve(model, rsb=rsb, temperature=T)
    other = solve(model.rescaled(a), rsb=rsb, temperature=T / a)
    assert one.converged
    assert other.converged
    assert other.C == pytest.approx(one.C, rel=1e-6)
    assert other.energy * a == pytest.approx(one.energy, rel=1e-6, abs=1e-6 * T)
    # ∫dv → ∫du/√a adds (T/2) ln a to the free energy.
    f = other.free_energy * a - T * np.log(a) / 2
    assert f == pytest.approx(one.free_energy, rel=1e-9, abs=1e-9 * T)


@settings(max_examples=20)
@given(gamma=gammas, ratio=ratios, J0=st.floats(-1.0, 2.5))
def test_replica_symmetry_is_consistent(gamma: float, ratio: float, J0: float) -> None:
    model = Model(gamma=gamma, J0=J0)
    T = ratio * glass_temperature(model)
    solution = solve(model, temperature=T)
    assert solution.converged
    assert solution.residual < 1e-9
    assert solution.overlaps[0] >= solution.p**2 * (1 - 1e-9)
    assert solution.q_hat == pytest.approx(solution.overlaps[0] + T * solution.C)
    assert np.isfinite(solution.entropy)


@settings(max_examples=10)
@given(gamma=st.floats(1.0, 30.0), ratio=st.floats(0.05, 0.9))
def test_breaking_raises_the_free_energy(gamma: float, ratio: float) -> None:
    model = Model(gamma=gamma)
    T = ratio * glass_temperature(model)
    states = [solve(model, rsb=k, temperature=T) for k in (0, 1)]
    assert all(state.converged for state in states)
    assert states[1].free_energy > states[0].free_energy
    assert 0 < states[1].breakpoints[0] < 1
    assert states[1].replicon > states[0].replicon


@settings(max_examples=10)
@given(gamma=gammas, ratio=ratios, field=st.floats(0.01, 5.0))
def test_a_field_reversed_reverses_the_polarisation(
    gamma: float, ratio: float, field: float
) -> None:
    T = ratio * glass_temperature(Model(gamma=gamma))
    up, down = (solve(Model(gamma=gamma, field=H), temperature=T) for H in (field, -field))
    assert up.converged
    assert up.p == pytest.approx(-down.p, rel=1e-7)
    assert up.free_energy == pytest.approx(down.free_energy, rel=1e-10)
    assert up.p > 0
