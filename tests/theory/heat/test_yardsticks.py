"""The standard tunnelling model and soft potentials, against closed forms and their own samples."""

from __future__ import annotations

import numpy as np
import pytest
from glasswell.theory import LevelsError, Model, geometry, levels
from glasswell.theory.heat import capacity
from glasswell.theory.heat.standard_models import SoftPotentialModel, StandardTunnelling, Yardstick
from numpy.typing import NDArray
from scipy import integrate

Floats = NDArray[np.float64]

STANDARD = StandardTunnelling(density=2e-4, asymmetry=30.0, exponents=(1.0, 25.0), attempt=1.3)
SOFT = SoftPotentialModel(Model(gamma=10.0), field=3.0, responses=(-0.2, 0.9))


def test_linear_specific_heat() -> None:
    """C = (π²/6) P0 T with P0 = P̄ (λ_max - λ_E), logarithmically corrected for slow Δ0 < T only.

    n(E) = P̄ [arcosh(E/Δ0_min)] for E below ħω0 e^-λ_min: the integral is done by quad.
    """
    T = np.array([1e-4, 1e-2])
    least = 1.3 * np.exp(-25.0)
    for t, found in zip(T, STANDARD.capacity(T), strict=True):
        expected, _ = integrate.quad(
            lambda x, t=t: (
                2e-4 * np.arccosh(x * t / least) * t * (x / 2) ** 2 / np.cosh(x / 2) ** 2
            ),
            least / t,
            80,
            limit=200,
        )
        assert found == pytest.approx(expected, rel=1e-6)
    assert STANDARD.P0 == pytest.approx(2e-4 * 24.0)


def test_standard_heat_against_its_samples() -> None:
    """Two-level systems drawn from P(Δ, λ) have the heat of the integral."""
    rng = np.random.default_rng(3)
    Delta, exponent = STANDARD.sample(40_000, rng)
    number = 2e-4 * 30.0 * 24.0
    T = np.array([2.0, 8.0])
    c = number * capacity.schottky(np.hypot(Delta, 1.3 * np.exp(-exponent)), T)
    sigma = c.std(axis=0) / np.sqrt(len(c))
    assert np.all(np.abs(c.mean(axis=0) - STANDARD.capacity(T)) < 4 * sigma)
    doubled = StandardTunnelling(density=2.2e-4, asymmetry=30.0, exponents=(1.0, 25.0))
    assert np.all(np.abs(c.mean(axis=0) - doubled.capacity(T)) > 4 * sigma)


@pytest.mark.parametrize("model", [STANDARD, SOFT], ids=["standard", "soft"])
def test_density_against_samples(model: Yardstick) -> None:
    """pdf integrated over a box is the part of the samples in it, to 4 σ, in every box.

    SOFT.pdf counts per site: its samples are double wells only, a known part of all sites.
    """
    rng = np.random.default_rng(8)
    size = 40_000
    Delta, exponent = model.sample(size, rng)
    if isinstance(model, SoftPotentialModel):
        h, C = model.potentials(200_000, rng)
        number = float(geometry(h, C, model.model).double.mean())
    else:
        number = 2e-4 * 30.0 * 24.0
    checked = 0
    for box in [(1.0, 2.0, 8.0, 12.0), (0.2, 1.0, 14.0, 20.0), (4.0, 7.0, 18.0, 24.0)]:
        left, right, low, high = box
        inside = (Delta > left) & (Delta < right) & (exponent > low) & (exponent < high)
        x, dx = np.polynomial.legendre.leggauss(60)
        D = (left + right) / 2 + (right - left) / 2 * x
        L = (low + high) / 2 + (high - low) / 2 * x
        area = (right - left) * (high - low) / 4
        expected = area * dx @ model.pdf(D[:, None], L) @ dx / number
        sigma = np.sqrt(expected * (1 - expected) / size)
        assert abs(inside.mean() - expected) < 4 * sigma + 0.01 * expected
        assert abs(inside.mean() - 0.7 * expected) > 4 * sigma
        checked += 1
    assert checked == 3


def test_soft_potentials_heat_against_their_samples() -> None:
    """Levels of potentials drawn from P(h, C), beside the quadrature."""
    rng = np.random.default_rng(5)
    T = np.array([0.15, 0.3])
    model = SoftPotentialModel(Model(gamma=10.0), field=0.5, responses=(0.2, 0.6))
    h, C = model.potentials(1500, rng)
    c = capacity.capacity(levels(h, C, model.model, count=18).excitation, T)
    sigma = c.std(axis=0) / np.sqrt(len(c))
    found = model.capacity(T)
    assert np.all(np.abs(c.mean(axis=0) - found) < 4 * sigma)
    assert np.all(np.abs(c.mean(axis=0) - 0.8 * found) > 4 * sigma)


def test_what_is_refused() -> None:
    with pytest.raises(LevelsError, match="must be positive"):
        StandardTunnelling(density=-1.0, asymmetry=1.0, exponents=(0.0, 1.0))
    with pytest.raises(LevelsError, match="responses increase"):
        SoftPotentialModel(Model(gamma=10.0), field=1.0, responses=(1.0, 0.0))
    single = SoftPotentialModel(Model(gamma=10.0), field=1.0, responses=(-1.0, 0.05))
    with pytest.raises(LevelsError, match="no double wells"):
        single.sample(10, np.random.default_rng(0))
