"""What holds for the mean-field theory of every model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from glasswell.theory import Model, Solution, Status, solve
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate

few = settings(max_examples=12, deadline=None, derandomize=True)


@st.composite
def models(draw: st.DrawFn, rsb: int) -> Model:
    """γ ∈ [0.3, 50] (log), J0 ∈ [0, 3], |H| from √γ/1000 to √γ, the scale of h at small γ.

    In 1RSB γ begins at 2 and J0 stops at 1: beyond, in a polarised glass or in a field next to the
    AT line, q_0 and q_1 nearly coincide and the transition matrices become large, so that a solve
    takes seconds to a minute.
    """
    lowest, most = (2.0, 1.0) if rsb else (0.3, 3.0)
    gamma = float(np.exp(draw(st.floats(np.log(lowest), np.log(50.0)))))
    J0 = draw(st.sampled_from([0, 1])) * draw(st.floats(0.0, most))
    field = draw(st.sampled_from([0, 1])) * draw(st.integers(-1000, 1000)) / 1000 * np.sqrt(gamma)
    return Model(gamma=gamma, J0=J0, field=float(field))


cases = st.sampled_from([0, 1]).flatmap(lambda rsb: st.tuples(models(rsb), st.just(rsb)))


def numbers(solution: Solution) -> dict[str, float]:
    """Everything that scales, by name."""
    values = {
        "f": solution.free_energy,
        "p": solution.p,
        "C": solution.C,
        "fraction": solution.wells.fraction,
        "P0": solution.wells.P0,
        "P_h0": float(solution.field_density(0.0)),
    }
    values |= {f"q_{n}": float(q) for n, q in enumerate(solution.overlaps)}
    return values | {f"y_{n}": float(y) for n, y in enumerate(solution.breakpoints, start=1)}


def assert_scaled(one: Solution, other: Solution, factors: dict[str, float]) -> None:
    """other = factor · one for every number; a factor's name is the number's first letter."""
    assert one.status is other.status
    found, expected = numbers(other), numbers(one)
    for name, value in expected.items():
        factor = factors.get(name, factors.get(name[0], 1.0))
        # Two runs stop at different points with residuals of 1e-10, and where q_0 and q_1 nearly
        # coincide the softest combination of unknowns amplifies that 1e4 times.
        assert found[name] == pytest.approx(factor * value, rel=2e-6, abs=1e-9, nan_ok=True), name


@few
@given(cases)
def test_convergence_is_honest(case: tuple[Model, int]) -> None:
    """A converged flag has a residual below 1e-9 and shapes that fit; anything else says so."""
    model, rsb = case
    solution = solve(model, rsb=rsb)
    assert solution.converged == (solution.status in (Status.CONVERGED, Status.COLLAPSED))
    assert solution.overlaps.shape == (rsb + 1,)
    assert solution.breakpoints.shape == (rsb,)
    assert solution.q_hat >= solution.p**2 * (1 - 1e-9)
    if not solution.converged:
        return
    assert solution.residual <= 1e-9
    assert np.all(np.diff(solution.overlaps) >= 0)
    total = solution.C_reg + solution.C_jump
    assert total == pytest.approx(solution.C, rel=1e-8)
    assert np.sign(solution.p) == np.sign(model.field) or model.symmetric
    if rsb:
        assert solution.free_energy >= solve(model).free_energy - 1e-9


@few
@given(cases)
def test_field_density_is_normalised(case: tuple[Model, int]) -> None:
    """∫P_k dh = 1, ∫P_k h v* and the overlap from P_k itself, wherever P_k is not a point mass."""
    model, rsb = case
    solution = solve(model, rsb=rsb)
    q = solution.q_hat
    if not solution.converged or q < 1e-6:
        return
    centre = model.field + model.J0 * solution.p
    width = np.sqrt(q)
    pull = float(np.nansum(solution.breakpoints * np.diff(solution.overlaps)) * 3 * width)
    ends = [centre - 12 * width - pull, centre + 12 * width + pull]
    edges = np.unique(
        np.clip([ends[0], 0.0, centre, centre - 3 * width, centre + 3 * width], *ends)
    )
    total = sum(
        integrate.quad_vec(solution.field_density, low, high, epsabs=1e-11, epsrel=1e-11)[0]
        for low, high in zip(edges, [*edges[1:], ends[1]], strict=True)
    )
    # The package cuts Gaussians at 8.5 standard deviations and lays six to a panel of 16 nodes.
    assert total == pytest.approx(1.0, abs=1e-8)


@few
@given(cases, st.floats(0.05, 20.0))
def test_scaling_with_the_anharmonicity(case: tuple[Model, int], a: float) -> None:
    """v = u/√a: f, q scale as 1/a, p, h as 1/√a, y as a, P_k(0) as √a, P0 as a; C not at all."""
    model, rsb = case
    one, other = solve(model, rsb=rsb), solve(model.rescaled(a), rsb=rsb)
    factors = {"f": 1 / a, "q": 1 / a, "p": a**-0.5, "y": a, "P_h0": a**0.5, "P0": a}
    assert_scaled(one, other, factors | {"fraction": 1.0})


@few
@given(cases, st.floats(0.1, 10.0))
def test_scaling_with_the_couplings(case: tuple[Model, int], J: float) -> None:
    """U(γ, J0, J, H) = J U(γJ, J0/J, 1, H/J): f scales as J, h as J, C and y as 1/J; p, q not."""
    model, rsb = case
    scaled = replace(model, gamma=model.gamma / J, J0=model.J0 * J, J=J, field=model.field * J)
    one, other = solve(model, rsb=rsb), solve(scaled, rsb=rsb)
    factors = {"f": J, "C": 1 / J, "y": 1 / J, "P_h0": 1 / J, "P0": 1 / J}
    assert_scaled(one, other, factors | {"fraction": 1.0})


@few
@given(cases)
def test_sign_symmetry(case: tuple[Model, int]) -> None:
    """H → -H turns p around, and P_k(h) into P_k(-h)."""
    model, rsb = case
    one, other = solve(model, rsb=rsb), solve(replace(model, field=-model.field), rsb=rsb)
    # Without a field the sign of a spontaneous p is the solver's choice, made once.
    sign = 1.0 if model.symmetric else -1.0
    assert_scaled(one, other, {"p": sign})
    h = np.linspace(-2, 2, 9) * np.sqrt(one.q_hat)
    np.testing.assert_allclose(
        other.field_density(sign * h), one.field_density(h), rtol=1e-5, atol=1e-9
    )
