"""Matrix elements, resonant scattering and the heat that phonons carry past it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from glasswell.theory import LevelsError, Model, Solution, geometry, levels
from glasswell.theory.heat.conductivity import (
    Phonons,
    absorption_of,
    conductivity,
    of_levels,
    of_standard_tunnelling,
)
from glasswell.theory.heat.standard_models import StandardTunnelling
from glasswell.theory.heat.units import LaboratoryUnits
from glasswell.theory.quantum.matrix_elements import Transitions, transitions
from scipy import constants, integrate

STANDARD = StandardTunnelling(density=3e-4, asymmetry=1e3, exponents=(0.0, 60.0))
PHONONS = Phonons(velocity=2.0, debye=30.0, stiffness=500.0, coupling=1.5)


def test_harmonic_matrix_elements() -> None:
    """|⟨n|v|n+1⟩|² = ħ(n + 1)/2mω; nothing else beyond ⟨v⟩² on the diagonal."""
    found = transitions([0.0, 0.4], -4.0, Model(gamma=1.0, k=0.0, a=1e-10), count=6, hbar=0.7)
    step = np.arange(1, 6) * 0.7 / (2 * 2.0)
    for strength in found.strength:
        np.testing.assert_allclose(np.diagonal(strength, 1), step, rtol=1e-7)
        np.testing.assert_allclose(np.triu(strength, 2), 0.0, atol=1e-12)
    np.testing.assert_allclose(found.excitation, [0.7 * 2.0 * np.arange(6)] * 2, rtol=1e-8)


def test_sum_rule() -> None:
    """Σ_n (E_n - E_m)|⟨m|v|n⟩|² = ħ²/2m (Thomas, Reiche and Kuhn), in a double well."""
    found = transitions(0.15, 0.9, Model(gamma=10.0), count=40, hbar=0.8, mass=1.3)
    gaps = found.excitation[None, :] - found.excitation[:, None]
    total = (gaps * found.strength).sum(axis=1)
    np.testing.assert_allclose(total[:15], 0.8**2 / (2 * 1.3), rtol=1e-9)


def test_tunnelling_matrix_element() -> None:
    """⟨0|v|1⟩ = (d/2) Δ0/E of a two-level system: h tilts what tunnels."""
    model, C = Model(gamma=3.5), 1.2
    free = transitions(0.0, C, model, count=2)
    tilt = 3e-7
    tilted = transitions(tilt, C, model, count=2)
    Delta0, E = float(free.excitation[1]), float(tilted.excitation[1])
    assert Delta0 == pytest.approx(float(levels(0.0, C, model).splitting), rel=1e-8)
    assert 1.2 < E / Delta0 < 20
    ratio = np.sqrt(tilted.strength[0, 1] / free.strength[0, 1])
    assert ratio == pytest.approx(Delta0 / E, rel=1e-6)
    half = float(geometry(0.0, C, model).distance) / 2
    assert np.sqrt(free.strength[0, 1]) == pytest.approx(half, rel=0.1)


def test_conductivity_of_the_standard_model_in_closed_form() -> None:
    """κ = (3/A) (c/ω_D³) (T/ħ)² ∫x³ e^x/(e^x - 1)² coth(x/2) dx where 1/l = A ω tanh(ħω/2T)."""
    T = np.array([0.01, 0.03, 0.1])
    found = conductivity(PHONONS, of_standard_tunnelling(STANDARD, 8.0), T)
    number, _ = integrate.quad(
        lambda x: x**3 * np.exp(-x) / (1 - np.exp(-x)) ** 2 / np.tanh(x / 2), 0, 60
    )
    # (Δ0/E)² is cut where Δ0 > ħω0 e^-λ_min = 1: not at these temperatures, to e^-10.
    A = np.pi * 1.5**2 * 3e-4 * 4.0**2 / (500.0 * 2.0)
    np.testing.assert_allclose(found, 3 * 2.0 / A / 30.0**3 * T**2 * number, rtol=1e-2)
    np.testing.assert_allclose(found[:2] / T[:2] ** 2, found[0] / T[0] ** 2, rtol=1e-4)
    twice = conductivity(
        Phonons(velocity=2.0, debye=30.0, stiffness=500.0, coupling=3.0),
        of_standard_tunnelling(STANDARD, 8.0),
        T,
    )
    np.testing.assert_allclose(found / twice, 4.0, rtol=1e-12)


def test_boundary_scattering_alone() -> None:
    """κ = (1/3) C_Debye c L, and C_Debye = 12π⁴/5 (T/ħω_D)³ at low T; without L it is refused."""

    def nothing(energy: np.ndarray, _: float) -> np.ndarray:
        return np.zeros_like(energy)

    T = np.array([0.1])
    bounded = Phonons(velocity=2.0, debye=30.0, stiffness=1.0, coupling=1.0, boundary=50.0)
    debye = 12 * np.pi**4 / 5 * (T / 30.0) ** 3
    np.testing.assert_allclose(conductivity(bounded, nothing, T), debye * 2.0 * 50.0 / 3, rtol=1e-6)
    with pytest.raises(LevelsError, match="give a boundary"):
        conductivity(PHONONS, nothing, T)


def test_absorption_of_given_levels() -> None:
    """∫S dE of lines is (p_m - p_n)|v_mn|² whatever their width; of STM's two-level systems S is
    the closed form."""
    lines = Transitions(np.array([[0.0, 2.0]]), np.array([[[0.0, 0.3], [0.3, 0.0]]]))
    E = np.geomspace(0.5, 8.0, 4001)
    S = absorption_of(np.ones(1), lines)(E, 1.5)
    assert np.trapezoid(S, E) == pytest.approx(0.3 * np.tanh(2.0 / 3.0), rel=1e-6)
    rng = np.random.default_rng(2)
    model = StandardTunnelling(density=1.0, asymmetry=0.6, exponents=(0.0, 4.0))
    Delta, exponent = model.sample(200_000, rng)
    Delta0 = np.exp(-exponent)
    energy = np.hypot(Delta, Delta0)
    strength = np.zeros((len(Delta), 2, 2))
    strength[:, 0, 1] = strength[:, 1, 0] = (0.5 * Delta0 / energy) ** 2
    drawn = Transitions(np.stack([0 * energy, energy], axis=1), strength)
    weight = np.full(len(Delta), 2.4 / len(Delta))
    at = np.array([0.2, 0.4])
    # Broadening adds 0.013 to what varies as E², and a sample of this size has σ = 0.009.
    found = absorption_of(weight, drawn)(at, 0.5)
    np.testing.assert_allclose(found, of_standard_tunnelling(model, 1.0)(at, 0.5), rtol=0.045)


def test_one_exponent_gives_no_square_law(solved: Callable[..., Solution]) -> None:
    """Within RS at γ = 10 low-energy wells tunnel with e^-44: phonons pass them unscattered."""
    T = 0.02
    absorption = of_levels(solved(Model(gamma=10.0)), T, count=8)
    low, high = absorption(np.array([T, 1.5]), T)
    assert 0 <= low < 1e-20 < 1e-3 < high


def test_laboratory_units() -> None:
    """Energy and length units by hand, and what they do to ħω0 of a harmonic site."""
    units = LaboratoryUnits(59.6, 1473.0, 60.08, hbar=0.5, model_mass=2.0)
    energy = constants.k * 1473.0 / 59.6
    assert units.joule == pytest.approx(energy)
    # A spring of 3 energy units per length unit²: ħω in joules, in the model and in SI.
    stiffness = 3.0 * units.joule / units.metre**2
    omega = np.sqrt(stiffness / (60.08 * constants.atomic_mass))
    assert constants.hbar * omega == pytest.approx(0.5 * np.sqrt(3.0 / 2.0) * energy)
    assert units.states * energy * 60.08 * constants.atomic_mass == pytest.approx(1.0)
    with pytest.raises(LevelsError, match="mass must be positive"):
        LaboratoryUnits(59.6, 1473.0, -1.0)
