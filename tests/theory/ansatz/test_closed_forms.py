"""T = 0 where the answer is known in closed form."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from glasswell.theory import Model, Solution, Status, solve
from scipy import optimize, special


@pytest.mark.parametrize("gamma", [0.05, 0.2, 0.4, 0.499, 0.5])
@pytest.mark.parametrize("J0", [0.0, 0.9])
def test_ergodic_phase(gamma: float, J0: float) -> None:
    """p = q = f = 0 and C² - C/γ + 1 = 0, smaller root, for γ ≤ 1/2."""
    solution = solve(Model(gamma=gamma, J0=J0))
    assert solution.status is Status.CONVERGED
    assert solution.p == 0.0
    np.testing.assert_array_equal(solution.overlaps, [0.0])
    assert solution.free_energy == pytest.approx(0.0, abs=1e-14)
    C = solution.C
    # Rounding of a quadratic whose terms are up to 1/γ²; at γ = 1/2 the root is double, so √eps.
    assert C**2 - C / gamma + 1 == pytest.approx(0.0, abs=1e-14 / gamma**2)
    assert C <= 1.0 + 1e-7
    assert solution.replicon == pytest.approx(1 - C**2, abs=1e-12)


@pytest.mark.parametrize("J0", [0.0, 0.5, 0.9])
def test_glass_begins_at_one_half(J0: float) -> None:
    """E–G at γ = (1 + d)/2: q = 2d/a + O(d²), from v* = h/r - a h³/(6γr⁴) with r = 1/γ - C."""
    a, distance = 3.0, 1e-3
    assert solve(Model(gamma=0.5 * (1 - distance), J0=J0, a=a)).overlaps[0] == 0.0
    above = solve(Model(gamma=0.5 * (1 + distance), J0=J0, a=a))
    assert above.converged
    assert above.p == 0.0
    # The next order is a few times d = 1e-3.
    assert above.overlaps[0] == pytest.approx(2 * distance / a, rel=0.01)


@pytest.mark.parametrize("J0", [1.2, 2.0, 3.0])
def test_polarisation_begins_where_the_ergodic_phase_ends(J0: float) -> None:
    """E–P: 1/γ = J0 + 1/J0 for J0 ≥ 1, with p² ∝ distance."""
    edge = 1 / (J0 + 1 / J0)
    assert solve(Model(gamma=edge * (1 - 1e-4), J0=J0)).p == 0.0
    near, far = (solve(Model(gamma=edge * (1 + d), J0=J0)) for d in (1e-3, 4e-3))
    assert near.converged
    assert far.converged
    assert abs(near.p) > 0
    # p ∝ √distance, up to a relative correction of the order of the distance, times a few.
    assert abs(far.p / near.p) == pytest.approx(2.0, rel=0.03)


def test_onset_of_double_wells_in_replica_symmetry() -> None:
    """γ C = 1 at γ* = (3/2) μ^{3/2}, where U_eff is purely quartic: q = 4γ*²/a, f = -γ*/a."""
    mu = 2 ** (1 / 3) * math.gamma(5 / 6) / math.sqrt(math.pi)
    onset = 1.5 * mu**1.5
    a = 2.5
    # v* = (6γh/a)^{1/3} makes every moment a Gamma function; 1e-9 is the solver's residual and a
    # saddle point of condition ten.
    solution = solve(Model(gamma=onset, a=a))
    assert solution.converged
    assert onset * solution.C == pytest.approx(1.0, rel=1e-8)
    assert solution.overlaps[0] == pytest.approx(4 * onset**2 / a, rel=1e-8)
    assert solution.free_energy == pytest.approx(-onset / a, rel=1e-8)
    found = optimize.brentq(lambda g: g * solve(Model(gamma=g)).C - 1, 0.8, 2.0, xtol=1e-10)
    assert found == pytest.approx(onset, rel=1e-7)
    assert solve(Model(gamma=onset * 0.99)).wells.fraction == 0.0
    assert solve(Model(gamma=onset * 1.01)).wells.fraction > 0.0


def test_moments_at_the_onset() -> None:
    """The same anchor from E|z|^s = 2^{s/2} Γ((1+s)/2)/√π, not from the printed constants."""

    def moment(s: float) -> float:
        return 2 ** (s / 2) * float(special.gamma((1 + s) / 2)) / math.sqrt(math.pi)

    def mismatch(x: np.ndarray) -> list[float]:
        gamma, q = np.exp(x)
        cube = (6 * gamma) ** (1 / 3)
        # C = 1/γ at the onset, and C = E[z v*]/√q.
        return [
            cube**2 * q ** (1 / 3) * moment(2 / 3) / q - 1,
            cube * q ** (1 / 6) * moment(4 / 3) / math.sqrt(q) * gamma - 1,
        ]

    gamma, q = np.exp(optimize.root(mismatch, [0.1, 1.5], tol=1e-13).x)
    solution = solve(Model(gamma=float(gamma)))
    assert solution.overlaps[0] == pytest.approx(q, rel=1e-8)
    assert gamma * solution.C == pytest.approx(1.0, rel=1e-8)


CURIE_WEISS = {
    "ferromagnet": Model(gamma=10.0, J=0.0, J0=1.0),
    "ferromagnet in a field": Model(gamma=4.0, J=0.0, J0=0.8, field=0.6),
    "paramagnet in a field": Model(gamma=0.5, J=0.0, J0=0.7, field=-0.4),
    "below threshold": Model(gamma=0.5, J=0.0, J0=1.0),
    "no coupling at all": Model(gamma=3.0, J=0.0, field=2.0, a=3.0),
    "antiferromagnet in a field": Model(gamma=2.0, J=0.0, J0=-0.5, field=1.0),
}


@pytest.mark.parametrize("case", CURIE_WEISS)
@pytest.mark.parametrize("rsb", [0, 1])
def test_without_disorder(case: str, rsb: int, solved: Callable[..., Solution]) -> None:
    """J = 0: p solves G'(p)/γ = J0 p + H and minimises G/γ - J0 p²/2 - H p = f; C = dv*/dh."""
    model = CURIE_WEISS[case]
    solution = solved(model, rsb)
    assert solution.converged
    cubic = [model.a / (6 * model.gamma), 0.0, model.k / model.gamma - model.J0, -model.field]
    roots = np.roots(cubic)
    roots = roots[np.abs(roots.imag) < 1e-9].real

    def energy(v: float) -> float:
        on_site = (model.k * v**2 / 2 + model.a * v**4 / 24) / model.gamma
        return float(on_site - model.J0 * v**2 / 2 - model.field * v)

    best = min(roots, key=energy)
    assert solution.free_energy == pytest.approx(energy(best), rel=1e-12, abs=1e-14)
    p = abs(solution.p) if model.symmetric else solution.p
    assert p == pytest.approx(abs(best) if model.symmetric else best, rel=1e-10, abs=1e-12)
    assert solution.q_hat == pytest.approx(best**2, rel=1e-10, abs=1e-12)
    stiffness = (model.k + model.a * best**2 / 2) / model.gamma
    assert stiffness * solution.C == pytest.approx(1.0, rel=1e-9)


@pytest.mark.parametrize(
    ("model", "rsb"),
    [
        (Model(gamma=10.0, field=0.4), 0),
        (Model(gamma=10.0, field=0.4), 1),
        (Model(gamma=3.0, J0=0.6, field=0.2), 0),
        (Model(gamma=10.0, J0=1.6, J=1.1, field=0.1), 0),
    ],
)
def test_energies_are_derivatives_of_f(
    model: Model, rsb: int, solved: Callable[..., Solution]
) -> None:
    """p = -∂f/∂H, and e_J = J0 ∂f/∂J0 + J ∂f/∂J = -J0 p²/2 - J² [C q_k + Σ y_l Δ(q_l²)/2].

    Here e_J = -(1/N)⟨Σ_{i<j} J_ij v_i v_j⟩; with the on-site energy -γ ∂f/∂γ and the field's -H p
    it adds up to f itself.
    """

    def f(**change: Any) -> float:
        solution = solved(replace(model, **change), rsb)
        assert solution.converged
        return float(solution.free_energy)

    def derivative(name: str, step: float = 2e-3) -> float:
        x = getattr(model, name)
        near, far = (f(**{name: x + n * step}) - f(**{name: x - n * step}) for n in (1, 2))
        return (8 * near - far) / (12 * step)

    s = solved(model, rsb)
    # Fourth order in a step of 2e-3, and f good to 1e-10: 1e-7 of the derivative.
    assert derivative("field") == pytest.approx(-s.p, rel=1e-6)
    assert derivative("J0") == pytest.approx(-(s.p**2) / 2, rel=1e-6)
    disorder = -(model.J**2) * (s.C * s.q_hat + np.dot(s.breakpoints, np.diff(s.overlaps**2)) / 2)
    assert model.J * derivative("J") == pytest.approx(disorder, rel=1e-6)
    on_site = -model.gamma * derivative("gamma")
    total = disorder - model.J0 * s.p**2 / 2 - model.field * s.p + on_site
    assert total == pytest.approx(s.free_energy, rel=1e-6)


@pytest.mark.parametrize("gamma", [2.0, 10.0])
@pytest.mark.parametrize("rsb", [0, 1, 2])
def test_susceptibility_to_a_uniform_field(
    gamma: float, rsb: int, solved: Callable[..., Solution]
) -> None:
    """dp/dH at H = J0 = 0 is χ = C + Σ y_l (q_l - q_{l-1}) = ∫P_0 g_0''.

    So the glass polarises where J0 χ = 1; that is J0 C = 1 in RS only.
    """
    glass = solved(Model(gamma=gamma), rsb)
    chi = glass.C + float(np.dot(glass.breakpoints, np.diff(glass.overlaps)))
    field = 1e-3
    in_field = solved(Model(gamma=gamma, field=field), rsb)
    # p is odd in H, so p/H misses terms of order H²/q.
    assert in_field.p / field == pytest.approx(chi, rel=1e-5)


@pytest.mark.parametrize("rsb", [0, 1, 2])
def test_a_glass_that_can_polarise_does(rsb: int, solved: Callable[..., Solution]) -> None:
    """γ = 10, J0 = 1.6: the polarised state lies ten below the glass, for every number of steps."""
    solution = solved(Model(gamma=10.0, J0=1.6), rsb)
    assert solution.converged
    assert abs(solution.p) == pytest.approx(8.6, abs=0.05)
    assert solution.free_energy == pytest.approx(-47.72, abs=0.01)
