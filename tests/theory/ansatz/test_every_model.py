"""Every ordinary model ends CONVERGED, or COLLAPSED where replica symmetry is stable."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from glasswell.theory import Model, Status, glass_temperature, solve
from hypothesis import given, settings
from hypothesis import strategies as st

logs = st.floats(0.0, 1.0)


@st.composite
def points(draw: st.DrawFn) -> tuple[Model, float]:
    """γ ∈ [0.3, 1000], |H| ∈ [1e-3, 2], J0 ∈ [0, 2], k = 1, 0, -1, T/T_g ∈ [0.1, 1.2] or 0."""
    gamma = 0.3 * (1000 / 0.3) ** draw(logs)
    field = draw(st.sampled_from([0.0, 1.0, -1.0])) * 1e-3 * 2000 ** draw(logs)
    J0 = draw(st.sampled_from([0.0, 1.0])) * draw(st.floats(0.0, 2.0))
    model = Model(gamma=gamma, J0=J0, field=field, k=draw(st.sampled_from([1.0, 0.0, -1.0])))
    reduced = draw(st.sampled_from([0.0, 1.0])) * draw(st.floats(0.1, 1.2))
    return model, reduced * glass_temperature(replace(model, J0=0.0, field=0.0))


@settings(max_examples=10, deadline=None, derandomize=True)
@given(points())
def test_every_model_has_one_step(point: tuple[Model, float]) -> None:
    model, T = point
    symmetric, one = solve(model, 0, T), solve(model, 1, T)
    assert symmetric.converged
    assert one.converged
    unstable = symmetric.replicon < 0 and symmetric.C_jump > 1e-9 * symmetric.C
    if one.status is Status.COLLAPSED:
        assert one.replicon >= 0
        assert not unstable
        return
    assert one.free_energy >= symmetric.free_energy - 1e-9 * abs(symmetric.free_energy)
    assert 0 < one.overlaps[0] < one.overlaps[1]
    assert one.breakpoints[0] > 0
    assert T == 0.0 or one.breakpoints[0] < 1
    assert one.p * model.field >= 0
    assert model.J0 * one.susceptibility <= 1 + 1e-9 or one.p == 0.0
    residuals_hold = one.residual < 1e-10 or one.error > 0
    assert residuals_hold
    assert abs(np.log(one.C / symmetric.C)) < 3
