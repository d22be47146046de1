"""Quantum levels against closed forms, published numbers and an independent discretisation."""

from __future__ import annotations

import re
from typing import Any

import array_api_compat
import numpy as np
import pytest
from glasswell.theory import (
    EvenPolynomial,
    LevelsError,
    Model,
    ModelError,
    PrecisionWarning,
    geometry,
    levels,
)
from glasswell.theory.quantum import tunnelling
from numpy.typing import NDArray
from scipy import linalg, optimize

Floats = NDArray[np.float64]

QUARTIC = (1.0603620904841828996, 3.7996730298013941688, 7.4556979379867383922)
"""E_0, E_1, E_2 of p² + x⁴; Bender & Orszag give 1.060 362 09 for the first."""


def oscillator_basis(h: float, C: float, model: Model, size: int, hbar: float = 1.0) -> Floats:
    """Levels from a harmonic-oscillator basis about the origin, m0 = 1: an independent route."""
    n = np.arange(size + 12)
    omega = np.sqrt(max(abs(C), 1.0))
    lower = np.diag(np.sqrt(hbar * n[1:] / (2 * omega)), 1)
    v = lower + lower.T
    p = np.diag(np.sqrt(hbar * omega * n[1:] / 2), 1)
    p = p - p.T
    U = -h * v - C * v @ v / 2
    power = np.eye(len(n))
    assert isinstance(model.G, EvenPolynomial)
    for c in model.G.coefficients:
        power = power @ v @ v
        U = U + c / model.gamma * power
    return np.asarray(linalg.eigvalsh((-p @ p / 2 + U)[:size, :size]), dtype=np.float64)


def as_numpy(array: Any) -> Floats:
    return np.asarray(array.get() if array_api_compat.is_cupy_array(array) else array)


def test_harmonic(xp: Any) -> None:
    """a → 0: E_n = ħω (n + 1/2) in every namespace, for arrays of h and C."""
    model = Model(gamma=1.0, k=0.0, a=1e-11)
    C = xp.asarray([-1.0, -4.0, -0.25])
    h = xp.asarray([[0.0], [0.3]])
    spectrum = levels(h, C, model, count=12, hbar=0.7, mass=1.9)
    expected = 0.7 * np.sqrt(np.array([1.0, 4.0, 0.25]) / 1.9)[:, None] * (np.arange(12) + 0.5)
    assert spectrum.energy.shape == (2, 3, 12)
    found = as_numpy(spectrum.energy)
    np.testing.assert_allclose(found, np.stack([expected, expected]), rtol=1e-9)
    floor = [[0.0] * 3, [-(0.3**2) / (2 * c) for c in (1.0, 4.0, 0.25)]]
    np.testing.assert_allclose(as_numpy(spectrum.floor), floor, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("count", [3, 40])
def test_pure_quartic(count: int) -> None:
    """p² + x⁴ to rounding, and its scaling E ∝ (ħ²/2m)^(2/3) (a/24γ)^(1/3)."""
    model = Model(gamma=1.0, k=0.0, a=24.0)
    found = levels(0.0, 0.0, model, mass=0.5, count=count).energy
    np.testing.assert_allclose(found[:3], QUARTIC, rtol=1e-12)
    scaled = levels(0.0, 0.0, Model(gamma=7.0, k=0.0, a=3.0), hbar=0.2, mass=3.0, count=count)
    unit = (0.2**2 / 6.0) ** (2 / 3) * (3.0 / (24 * 7.0)) ** (1 / 3)
    np.testing.assert_allclose(scaled.energy, unit * found, rtol=1e-10)


@pytest.mark.parametrize(
    "model",
    [Model(gamma=10.0), Model(gamma=4.0, coefficients=(0.5, -0.3, 0.02))],
    ids=["quartic", "sextic"],
)
def test_against_an_oscillator_basis(model: Model) -> None:
    """Tilted double and single wells, forty levels to 1e-10, ħ = 1 and ħ = 1/2."""
    h = np.array([0.0, 0.03, -0.5, 1.9, 6.0])
    for hbar in (1.0, 0.5):
        spectrum = levels(h, 0.9, model, hbar=hbar)
        for n, field in enumerate(h):
            reference = oscillator_basis(field, 0.9, model, 420, hbar)[:40]
            np.testing.assert_allclose(
                spectrum.energy[n], reference - spectrum.floor[n], rtol=1e-10, atol=1e-11
            )


def test_minimum_against_a_search() -> None:
    """The floor is the global minimum also where two minima compete or U'' vanishes there."""
    model = Model(gamma=10.0)
    h = np.array([1e-9, -0.4, 2.3, 0.0])
    C = np.array([0.9, 0.9, 0.9, 0.1])
    spectrum = levels(h, C, model, count=2)
    for n in range(len(h)):
        grid = np.linspace(-15, 15, 20001)

        def U(v: Any, n: int = n) -> Any:
            return -h[n] * v - C[n] * v**2 / 2 + model.G.value(v) / model.gamma

        start = grid[np.argmin(U(grid))]
        found = optimize.minimize_scalar(U, bracket=(start - 1e-3, start + 1e-3), tol=1e-12)
        assert spectrum.floor[n] == pytest.approx(found.fun, rel=1e-13, abs=1e-14)


def test_random_ensemble_to_the_tolerance() -> None:
    """Many potentials of any kind, most of which the choice of basis did not look at."""
    rng = np.random.default_rng(4)
    h, C = 8 * rng.standard_normal(600), 0.9 + 0.4 * rng.standard_normal(600)
    gamma = rng.uniform(1.0, 20.0, 600)
    model = Model(gamma=1.0)
    found = levels(h, C, model, gamma=gamma, count=20)
    finer = levels(h, C, model, gamma=gamma, count=20, tol=1e-13)
    error = np.abs(found.energy - finer.energy) - found.precision[:, None]
    assert np.max(error / finer.energy) < 1e-10
    rough = levels(h, C, model, gamma=gamma, count=20, tol=1e-4)
    assert np.max(np.abs(rough.energy / finer.energy - 1)) > 1e-10


def test_order_of_potentials_does_not_matter(xp: Any) -> None:
    """Sorting by difficulty is undone, h → -h is a symmetry, and γ may be an array."""
    h = np.array([5.0, 0.0, -0.3, 40.0])
    gamma = np.array([10.0, 2.0, 5.0, 1.0])
    spectrum = levels(xp.asarray(h), 0.9, Model(gamma=1.0), gamma=xp.asarray(gamma), count=6)
    for n in range(4):
        alone = levels(-h[n], 0.9, Model(gamma=float(gamma[n])), count=6, tol=1e-13)
        np.testing.assert_allclose(as_numpy(spectrum.energy)[n], alone.energy, rtol=1e-10)


def test_units_of_a() -> None:
    """v = u/√a: levels scale as 1/a if ħ does (physics.md §1)."""
    one = levels(0.7, 0.9, Model(gamma=10.0), count=10, hbar=1.0)
    other = levels(0.7 / np.sqrt(5.0), 0.9, Model(gamma=10.0, a=5.0), count=10, hbar=1 / 5.0)
    np.testing.assert_allclose(other.energy, one.energy / 5.0, rtol=1e-10)


def test_what_is_refused() -> None:
    """One line each, saying what to do."""
    model = Model(gamma=10.0)
    cases: list[tuple[dict[str, Any], str]] = [
        ({"h": np.nan, "C": 0.9}, "not finite"),
        ({"h": 0.0, "C": 0.9, "gamma": -1.0}, "γ must be positive"),
        ({"h": 0.0, "C": 0.9, "count": 1}, "two or more"),
        ({"h": np.zeros(0), "C": 0.9}, "no potentials"),
        ({"h": 0.0, "C": 0.9, "hbar": 0.0}, "hbar must be positive"),
        ({"h": 0.0, "C": 0.9, "count": 1500}, "ask for fewer"),
    ]
    for arguments, message in cases:
        with pytest.raises(LevelsError, match=re.escape(message)) as error:
            levels(model=model, **arguments)
        assert "\n" not in str(error.value)


def test_splittings_below_double_precision_are_flagged() -> None:
    """E_1 - E_0 of 1e-18 is rounding, and says so; one of 1e-5 is not."""
    deep = levels(np.array([0.0, 0.1]), 0.95, Model(gamma=10.0), count=2)
    np.testing.assert_array_equal(deep.resolved, [False, True])
    with pytest.warns(PrecisionWarning, match="1 splittings lie below"):
        assert np.all(np.abs(deep.splitting[0]) < 1e-12)
    shallow = levels(0.0, 1.2, Model(gamma=3.0), count=2)
    assert shallow.resolved
    assert shallow.splitting == pytest.approx(tunnelling.splitting(1.2, Model(gamma=3.0)), rel=1e-8)


@pytest.mark.parametrize(("pair", "C"), [(0, [0.9, 1.2]), (1, [1.2, 1.5])])
def test_splittings_where_they_can_be_subtracted(pair: int, C: list[float]) -> None:
    """γ = 3: splittings of 1e-2 to 1e-7 from an even and an odd block at high resolution."""
    model = Model(gamma=3.0)
    found = tunnelling.splitting(np.array(C), model, pair=pair)
    for n, response in enumerate(C):
        energy = oscillator_basis(0.0, response, model, 200)
        assert found[n] == pytest.approx(
            energy[2 * pair + 1] - energy[2 * pair], rel=1e-9, abs=1e-13
        )


def test_splittings_over_two_hundred_decades() -> None:
    """Instantons with two loops: Δ = 2ħω √(6S/πħ) e^(-S/ħ) (1 - 71ħ/72S - 6299ħ²/10368S² …).

    S is the WKB action of the symmetric quartic well; Zinn-Justin & Jentschura, Ann. Phys. 313,
    197 (2004), with S = 1/(6g). What is left is of the order of S^-3.
    """
    for gamma in (10.0, 30.0, 100.0):
        model = Model(gamma=gamma)
        S = float(geometry(0.0, 0.9, model).wkb_exponent)
        omega = np.sqrt(2 * (0.9 - 1 / gamma))
        loops = 1 - 71 / (72 * S) - 6299 / (10368 * S**2)
        instanton = 2 * omega * np.sqrt(6 * S / np.pi) * np.exp(-S) * loops
        found = float(tunnelling.splitting(0.9, model))
        assert abs(found / instanton - 1) < 2 / S**3
        assert abs(found / (instanton / loops) - 1) > 0.9 / S


def test_two_levels_beside_the_full_spectrum() -> None:
    """Δ with zero-point energy is E_1 - E_0 to a few per cent for Δ ≪ ħω0, and parts later."""
    model, hbar = Model(gamma=10.0), 0.25
    h = np.array([0.002, 0.01, -0.02])
    approximate = tunnelling.two_level(h, 0.9, model, hbar=hbar)
    exact = levels(h, 0.9, model, count=2, hbar=hbar).splitting
    np.testing.assert_allclose(approximate.energy, exact, rtol=0.02)
    beyond = tunnelling.two_level(0.2, 0.9, model, hbar=hbar).energy
    assert beyond > 3 * levels(0.2, 0.9, model, count=2, hbar=hbar).splitting
    assert np.isnan(tunnelling.two_level(10.0, 0.9, model).energy)


def test_tunnelling_exponents() -> None:
    """The paper's λ is 3/2 times the WKB exponent, which e^-λ follows as ħ → 0."""
    model = Model(gamma=3.0)
    wkb = tunnelling.two_level(0.0, 1.2, model, wkb=True)
    paper = tunnelling.two_level(0.0, 1.2, model)
    omega = np.sqrt(2 * (1.2 - 1 / 3.0))
    assert np.log(omega / paper.tunnelling) == pytest.approx(
        1.5 * np.log(omega / wkb.tunnelling), rel=1e-12
    )
    hbar = np.array([1.0, 0.5])
    logs = [np.log(tunnelling.splitting(1.2, model, hbar=x)) for x in hbar]
    S = float(geometry(0.0, 1.2, model).wkb_exponent)
    # Between the two ħ the prefactor √ħ and the loops take a part in S.
    assert logs[0] - logs[1] == pytest.approx(S, abs=0.6)


def test_no_pair_below_the_first() -> None:
    with pytest.raises(LevelsError, match="doublets from 0"):
        tunnelling.splitting(0.9, Model(gamma=10.0), pair=-1)


@pytest.mark.parametrize("gamma", [0.5, 10.0])
@pytest.mark.parametrize("C", [-4.0, 0.0, None])
def test_a_single_well_has_the_distance_of_two_levels(gamma: float, C: float | None) -> None:
    """No doublets there: numbers of the oscillator basis, and no warning; C = k/γ is flattest."""
    model = Model(gamma=gamma)
    response = 1 / gamma if C is None else C
    energy = oscillator_basis(0.0, response, model, 300)
    found = [float(tunnelling.splitting(response, model, pair=pair)) for pair in (0, 3)]
    assert found == pytest.approx([energy[1] - energy[0], energy[7] - energy[6]], rel=1e-9)


def test_splittings_down_to_the_smallest_float() -> None:
    """ψ passes e^700 on its way: 1e-311 as the instanton gives it, and zero far below, in silence.

    Two loops as above; 40 of the 53 bits are lost to the smallest floats.
    """
    model, hbar = Model(gamma=10.0), 0.02
    S = float(geometry(0.0, 0.5, model).wkb_exponent) / hbar
    omega = np.sqrt(2 * (0.5 - 1 / 10.0))
    loops = 1 - 71 / (72 * S) - 6299 / (10368 * S**2)
    instanton = 2 * hbar * omega * np.sqrt(6 * S / np.pi) * np.exp(-S) * loops
    found = float(tunnelling.splitting(0.5, model, hbar=hbar))
    assert 0.0 < found < np.finfo(np.float64).tiny
    assert found == pytest.approx(instanton, rel=1e-6)
    assert tunnelling.splitting(0.5, model, hbar=0.01) == 0.0


def test_two_levels_of_another_potential_are_refused() -> None:
    with pytest.raises(ModelError, match="two-level systems are made of two wells"):
        tunnelling.two_level([0.0, 1.0], 0.9, Model(gamma=4.0, coefficients=(0.5, -0.3, 0.02)))
