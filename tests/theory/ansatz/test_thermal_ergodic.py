"""The ergodic phase and T_g: closed forms, and sites without neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from glasswell.theory import Model, Status, glass_temperature, solve
from glasswell.theory.recursion.recursion import Recursion
from scipy import integrate, optimize, special


@pytest.mark.parametrize("a", [1.0, 4.0])
def test_T_g_at_gamma_one_is_that_of_the_pure_quartic(a: float) -> None:
    exact = 24 / a * (special.gamma(0.75) / special.gamma(0.25)) ** 2
    assert glass_temperature(Model(gamma=1.0, a=a)) == pytest.approx(exact, rel=1e-13)


def test_T_g_solves_its_equation() -> None:
    def excess(T: float) -> float:
        def weight(v: float) -> float:
            return float(np.exp(-(v**2 / 20 + v**4 / 240 - v**2 / 2) / T))

        Z, second = (
            integrate.quad(lambda v, n=n: v**n * weight(v), 0, 60, epsrel=1e-12, limit=500)[0]
            for n in (0, 2)
        )
        return second / Z / T - 1

    T_g = glass_temperature(Model(gamma=10.0))
    assert T_g == pytest.approx(optimize.brentq(excess, 40, 80, xtol=1e-12), rel=1e-10)
    assert T_g == pytest.approx(59.59746, abs=1e-5)


def test_T_g_vanishes_at_gamma_one_half() -> None:
    assert glass_temperature(Model(gamma=0.5)) == 0.0
    assert glass_temperature(Model(gamma=0.4)) == 0.0
    assert 0 < glass_temperature(Model(gamma=0.501)) < 1e-2


def test_T_g_of_hard_spins_is_one() -> None:
    K = 400.0
    assert glass_temperature(Model(gamma=1 / (4 * K), k=-1.0, a=6.0)) == pytest.approx(1, abs=5 / K)


def test_T_g_scales_with_J() -> None:
    # U(γ, J)/J = U(γ J, 1).
    reference = glass_temperature(Model(gamma=10.0))
    assert glass_temperature(Model(gamma=5.0, J=2.0)) == pytest.approx(2 * reference, rel=1e-12)


@pytest.mark.parametrize("ratio", [1.001, 1.5, 10.0])
def test_above_T_g_every_site_is_alike(ratio: float) -> None:
    model = Model(gamma=10.0)
    T = ratio * glass_temperature(model)
    solution = solve(model, temperature=T)
    C = solution.C
    assert solution.converged
    assert solution.p == solution.overlaps[0] == 0.0
    assert solution.q_hat == pytest.approx(T * C)
    assert solution.chi_SG == pytest.approx(C**2 / (1 - C**2))
    assert solution.replicon == pytest.approx(1 - C**2)
    assert isinstance(solution.levels, Recursion)
    assert solution.levels.site.response(np.zeros(1))[0] == pytest.approx(C, rel=1e-12)
    assert solution.levels.free_energy == pytest.approx(
        T * C**2 / 4 - solution.levels.site.g(np.zeros(1))[0], rel=1e-13
    )


def test_more_steps_collapse_above_T_g() -> None:
    model = Model(gamma=2.0)
    solution = solve(model, rsb=2, temperature=1.2 * glass_temperature(model))
    assert solution.status is Status.COLLAPSED
    assert np.isnan(solution.breakpoints).all()


def test_high_temperature_second_virial_coefficient() -> None:
    """f = f_0 - β (J²/4) ⟨v²⟩² + O(J⁴), with f_0 and ⟨v²⟩ those of a site alone."""
    alone = solve(Model(gamma=1.0, J=0.0), temperature=100.0)
    for J in (0.02, 0.01):
        f = solve(Model(gamma=1.0, J=J), temperature=100.0).free_energy
        second = -(J**2) * alone.q_hat**2 / 400
        # The next term is β³ J⁴ ⟨v²⟩² (⟨v⁴⟩ - ⟨v²⟩²)/… ~ second · (J C)².
        assert f - alone.free_energy == pytest.approx(second, rel=(J * alone.C) ** 2)


@pytest.mark.parametrize("field", [0.0, 0.7])
def test_sites_without_neighbours(field: float) -> None:
    T = 0.8
    solution = solve(Model(gamma=2.0, J=0.0, field=field), temperature=T)
    v = np.linspace(-15, 15, 200_001)
    U = v**2 / 4 + v**4 / 48 - field * v
    weight = np.exp(-U / T)
    Z = integrate.simpson(weight, x=v)
    assert solution.free_energy == pytest.approx(-T * np.log(Z), rel=1e-12)
    assert solution.energy == pytest.approx(integrate.simpson(weight * U, x=v) / Z, rel=1e-12)
    assert solution.p == pytest.approx(integrate.simpson(weight * v, x=v) / Z, abs=1e-13)
    assert solution.q_hat == pytest.approx(integrate.simpson(weight * v**2, x=v) / Z, rel=1e-12)


@pytest.mark.parametrize(("T", "ordered"), [(0.5, True), (60.0, False)])
def test_curie_weiss(T: float, ordered: bool) -> None:
    model = Model(gamma=2.0, J=0.0, J0=1.5)
    solution = solve(model, temperature=T)
    assert solution.converged
    assert (solution.p > 0) is ordered
    v = np.linspace(-15, 15, 100_001)

    def free_energy(p: float) -> float:
        weight = np.exp(-(v**2 / 4 + v**4 / 48 - 1.5 * p * v) / T)
        return float(0.75 * p**2 - T * np.log(integrate.simpson(weight, x=v)))

    lowest = optimize.minimize_scalar(free_energy, bounds=(0, 9), method="bounded")
    assert solution.free_energy == pytest.approx(lowest.fun, rel=1e-9)
