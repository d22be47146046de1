"""Every ordinary model ends CONVERGED, or COLLAPSED where replica symmetry is stable."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from glasswell.theory import Model, Status, glass_temperature, solve
from glasswell.theory.ansatz.trial import AT_THE_LINE
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


def test_at_the_glass_temperature_itself() -> None:
    """T_g comes back with a rounding error: C is 1/J there, q = 0, and nothing is broken."""
    for gamma, k in ((0.3, 0.0), (10.0, 1.0)):
        model = Model(gamma=gamma, k=k)
        one = solve(model, 1, glass_temperature(model))
        assert one.status is Status.COLLAPSED
        assert abs(one.C - 1.0) < 1e-12
        # In the weakest of fields q goes as |H|^(2/3) or so, far from every start.
        weak = solve(replace(model, field=1e-4), 1, glass_temperature(model))
        assert weak.converged
        assert weak.p > 0


@settings(max_examples=10, deadline=None, derandomize=True)
@given(points())
def test_every_model_has_one_step(point: tuple[Model, float]) -> None:
    model, T = point
    symmetric, one = solve(model, 0, T), solve(model, 1, T)
    assert symmetric.converged
    assert one.converged
    unstable = symmetric.replicon < 0 and symmetric.C_jump > 1e-9 * symmetric.C
    if one.status is Status.COLLAPSED:
        assert one.replicon >= -AT_THE_LINE
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
