"""Numbers in print, read from tests/reference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from glasswell.theory import Model, Solution
from scipy import integrate, optimize, special


def test_density_of_small_asymmetries(
    published: dict[str, Any], solved: Callable[..., Solution]
) -> None:
    """γ = 10: P0 ≈ 6e-3 in RS, to the one digit in print."""
    printed = published["kuhn_horstmann"]["P0_rs"]
    density = solved(Model(gamma=10.0), 0).wells.P0
    assert density == pytest.approx(printed, abs=0.5e-3)


def test_one_step_halves_the_density_at_zero_field(
    published: dict[str, Any], solved: Callable[..., Solution]
) -> None:
    """γ = 10: 1RSB leaves about half of P_k(0), the density that P0 is proportional to."""
    rs, one_step = (float(solved(Model(gamma=10.0), rsb).field_density(0.0)) for rsb in (0, 1))
    # One digit in print: 0.45 to 0.55, widened by the 10 % that "about" allows.
    printed = published["kuhn_horstmann"]["P0_one_step_over_rs"]
    assert one_step / rs == pytest.approx(printed, rel=0.15)


def hard_spin_energy(solution: Solution) -> float:
    """f without its on-site part -1/(4γ) and without the softness of the spins, -[ℓ²]/(16 K).

    ℓ = h + C v is the whole force on a site, which stretches a spin of stiffness 8K = 2/γ.
    """
    gamma = solution.model.gamma

    def stretched(h: float) -> float:
        return float(solution.field_density(h) * (h + solution.C) ** 2)

    reach = 12.0 * np.sqrt(solution.q_hat) + 2 * float(np.sum(solution.breakpoints))
    square = 2.0 * integrate.quad(stretched, 0.0, reach, epsabs=1e-12, limit=200)[0]
    return float(solution.free_energy + 1 / (4 * gamma) + gamma * square / 4)


def sk_one_step(q_0: float, y: float) -> float:
    """f of the Sherrington–Kirkpatrick model in 1RSB at T = 0, with ∫dz in closed form."""
    z, weight = np.polynomial.hermite_e.hermegauss(200)
    h, variance = np.sqrt(q_0) * z, 1 - q_0
    width = np.sqrt(variance)
    both = [s * y * h + special.log_ndtr(s * h / width + y * width) for s in (1, -1)]
    g_0 = y * variance / 2 + np.logaddexp(*both) / y
    return float(y * (1 - q_0**2) / 4 - weight @ g_0 / weight.sum())


def sk_one_step_energy() -> float:
    """Its maximum over q_0 and y."""
    best = optimize.minimize(
        lambda x, *_: -sk_one_step(float(x[0]), float(x[1])),
        np.array([0.4, 1.2]),
        method="Nelder-Mead",
        options={"fatol": 1e-13},
    )
    return float(-best.fun)


def test_the_formula_for_hard_spins_gives_the_printed_number(published: dict[str, Any]) -> None:
    """-0.7652 is 1RSB with q_0 free; q_0 = 0 would give -0.7688."""
    printed = published["sherrington_kirkpatrick"]["one_step"]
    assert sk_one_step_energy() == pytest.approx(printed, abs=1e-4)
    at_zero = optimize.minimize_scalar(
        lambda y: -sk_one_step(0.0, y), bounds=(0.2, 3.0), method="bounded"
    )
    assert -at_zero.fun == pytest.approx(-0.768828, abs=1e-6)


@pytest.mark.parametrize("rsb", [0, 1])
def test_hard_spins(rsb: int, published: dict[str, Any], solved: Callable[..., Solution]) -> None:
    """k = -1, a = 6, γ → 0: v = ±1, and U without the on-site energy is the SK model's."""
    exact = sk_one_step_energy() if rsb else -float(np.sqrt(2 / np.pi))
    printed = published["sherrington_kirkpatrick"]["one_step" if rsb else "rs"]
    assert exact == pytest.approx(printed, abs=1e-4)
    gammas = np.array([0.04, 0.02, 0.01])
    errors = np.array(
        [hard_spin_energy(solved(Model(gamma=g, k=-1.0, a=6.0), rsb)) - exact for g in gammas]
    )
    # What is left is of second order in γ, with a coefficient of order one.
    assert np.all(np.abs(errors) < 2 * gammas**2)
    quarter = errors[1:] / errors[:-1]
    np.testing.assert_allclose(quarter, 0.25, atol=0.03)


def test_more_steps_approach_the_full_solution_from_below(
    published: dict[str, Any], solved: Callable[..., Solution]
) -> None:
    """SK: f_RS < f_1RSB < f_2RSB < f_full, each step covering most of what was missing."""
    full = published["sherrington_kirkpatrick"]["full"]
    model = Model(gamma=0.1, k=-1.0, a=6.0)
    # At γ = 0.1 the softness beyond first order is the same for all k to 1e-3.
    missing = np.array([full - hard_spin_energy(solved(model, rsb)) for rsb in (0, 1, 2)])
    gain = -np.diff(missing)
    assert np.all(gain > 0)
    assert gain[1] < 0.1 * gain[0]
