"""Specific heat: closed forms, the linear law, its parts, and measured ensembles."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from glasswell.compare.measured.local_heat import measured_heat, measured_states
from glasswell.theory import Component, LevelsError, Model, Solution, levels, local_ensemble
from glasswell.theory.heat import capacity
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Solved = Callable[..., Solution]

MODEL = Model(gamma=10.0)
LINEAR = np.pi**2 / 6


def test_harmonic_oscillator_in_closed_form() -> None:
    """Einstein's c = (x/2)²/sinh²(x/2) and s = x/(e^x - 1) - ln(1 - e^-x)."""
    T = np.geomspace(0.02, 4.0, 40)
    E = 1.3 * np.arange(60.0)
    x = 1.3 / T
    einstein = (x / 2) ** 2 / np.sinh(x / 2) ** 2
    s = x / np.expm1(x) - np.log(-np.expm1(-x))
    np.testing.assert_allclose(capacity.capacity(E, T), einstein, rtol=1e-4, atol=1e-14)
    np.testing.assert_allclose(capacity.entropy(E, T), s, rtol=1e-5, atol=1e-14)


def test_two_levels_in_closed_form() -> None:
    """Schottky's anomaly, by both routes, from E ≫ T to s = ln 2 at E ≪ T."""
    T = np.array([1e-3, 0.3, 1.0, 50.0])
    E = np.array([[0.0, 1.0], [0.0, 3.0]])
    x = E[:, 1:] / T
    expected = np.array([[(y / 2) ** 2 / np.cosh(min(y / 2, 300)) ** 2 for y in row] for row in x])
    np.testing.assert_allclose(capacity.schottky(E[:, 1], T), expected, rtol=1e-12, atol=1e-200)
    # A third level far above lets the full sum take any of these temperatures.
    spectrum = np.concatenate([E, np.full((2, 1), 1e6)], axis=1)
    np.testing.assert_allclose(capacity.capacity(spectrum, T), expected, rtol=1e-9, atol=1e-200)
    assert capacity.entropy(spectrum, T)[0, 3] == pytest.approx(np.log(2), abs=1e-4)


def test_entropy_is_the_integral_of_c_over_t() -> None:
    """s(T_2) - s(T_1) = ∫c/T dT for a double well's levels."""
    E = levels(0.05, 0.9, MODEL).excitation
    T = np.geomspace(0.02, 1.0, 4001)
    c, s = capacity.capacity(E, T), capacity.entropy(E, T)
    assert np.trapezoid(c, np.log(T)) == pytest.approx(s[-1] - s[0], rel=1e-6)


def test_linear_law_over_two_decades(solved: Solved) -> None:
    """C = (π²/6) P0 T to 2 % at γ = 10; a uniform grid in h loses it (the negative control)."""
    solution = solved(MODEL)
    T = np.geomspace(6e-4, 6e-2, 15)
    ensemble = local_ensemble(solution, T[0], count=8)
    found = capacity.curve(ensemble, T)
    law = LINEAR * solution.wells.P0 * T
    np.testing.assert_allclose(found.capacity, law, rtol=0.02)
    np.testing.assert_allclose(found.exponent, 1.0, atol=1e-3)
    h = np.linspace(-20, 20, 801)
    P = solution.field_density(h) * (h[1] - h[0])
    uniform = P @ capacity.capacity(levels(h, solution.C, MODEL, count=8).excitation, T)
    assert np.max(np.abs(uniform / law - 1)) > 0.5


def test_linear_law_is_exact_without_quantum_shifts(solved: Solved) -> None:
    """What is left of the law is the quantum shift of the wells' means: it goes away as ħ."""
    solution = solved(MODEL)
    T = np.geomspace(1e-4, 2e-3, 4)
    left = []
    for hbar in (1.0, 0.5, 0.25):
        ensemble = local_ensemble(solution, T[0], count=4, hbar=hbar)
        ratio = capacity.curve(ensemble, T).capacity / (LINEAR * solution.wells.P0 * T)
        left.append(float(ratio.mean()) - 1)
    # The mean ⟨v⟩ of the right well lies at v_0 (1 - cħ …): first order in ħ.
    assert left[0] / left[1] == pytest.approx(2.0, abs=0.1)
    assert left[1] / left[2] == pytest.approx(2.0, abs=0.05)
    assert 2 * left[2] - left[1] == pytest.approx(0.0, abs=3e-4)
    # ⟨v⟩ - v_0 = -(ħ/2ω) U'''/2ω² to first order, for m0 = 1.
    B = solution.C - 0.1
    v_0 = np.sqrt(60 * B)
    shift = (0.25 / (2 * np.sqrt(2 * B))) * (v_0 / 10) / (2 * 2 * B)
    assert left[2] == pytest.approx(shift / v_0, rel=0.05)


@pytest.mark.parametrize("rsb", [0, 1, 2])
def test_resolution_and_parts(solved: Solved, rsb: int) -> None:
    """More panels change nothing; the parts add up; at low T two-level systems are all."""
    solution = solved(MODEL, rsb)
    T = 59.6 * np.geomspace(1e-4, 1e-2, 25)
    found = capacity.curve(local_ensemble(solution, T[0], count=28), T)
    finer = capacity.curve(local_ensemble(solution, T[0], count=28, resolution=2.0), T)
    np.testing.assert_allclose(found.capacity, finer.capacity, rtol=1e-7)
    parts = found.two_level + found.harmonic + found.single_well
    np.testing.assert_allclose(parts, found.capacity, rtol=1e-12)
    assert found.two_level[0] / found.capacity[0] == pytest.approx(1.0, abs=1e-6)
    at_bump = int(np.argmin(np.abs(T - found.bump[0])))
    assert found.two_level[at_bump] < 0.05 * found.capacity[at_bump]
    assert 4e-3 < found.bump[0] / 59.6 < 7e-3
    # Bins from zero: low excitations per site are those of P0, up to the quantum shift.
    ensemble = local_ensemble(solution, 1e-3, count=4)
    low = capacity.density_of_states(ensemble, [0.01, 0.02, 0.04])
    np.testing.assert_allclose(low, solution.wells.P0, rtol=0.08)


def test_density_of_states_counts_every_level(solved: Solved) -> None:
    """∫n dE is the number of excited levels; a harmonic site has them at multiples of ħω."""
    ensemble = local_ensemble(solved(MODEL), 0.01, count=5)
    n = capacity.density_of_states(ensemble, np.linspace(0, 100, 51))
    assert n.sum() * 2.0 == pytest.approx(4.0, rel=1e-9)
    harmonic = local_ensemble(solved(Model(gamma=0.4, a=1e-9)), 0.01, count=4)
    omega = np.sqrt(1 / 0.4 - solved(Model(gamma=0.4, a=1e-9)).C)
    edges = omega * np.array([0.5, 0.99, 1.01, 1.99, 2.01])
    counts = capacity.density_of_states(harmonic, edges) * np.diff(edges)
    np.testing.assert_allclose(counts, [0, 1, 0, 1], atol=1e-6)
    with pytest.raises(LevelsError, match="increasing"):
        capacity.density_of_states(ensemble, [1.0, 0.5])


@pytest.mark.parametrize(
    "model",
    [Model(gamma=10.0, J0=1.6), Model(gamma=6.0, J=0.7, field=1.0, a=0.4)],
    ids=["polarised", "field, J"],
)
def test_fields_of_both_signs(solved: Solved, model: Model) -> None:
    """Folding h → -h: the sum over both signs by an independent fine rule around h = 0."""
    solution = solved(model)
    T = np.array([0.02, 0.3])
    found = capacity.curve(local_ensemble(solution, T[0], count=30), T).capacity
    # sinh spaces a trapezoidal rule as the crossing and the density need it.
    u, du = np.linspace(-14, 14, 1201, retstep=True)
    h = 1e-4 * np.sinh(u)
    P = solution.field_density(h) * 1e-4 * np.cosh(u) * du
    C = model.J**2 * solution.C
    expected = P @ capacity.capacity(levels(h, C, model, count=30).excitation, T)
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_components(solved: Solved) -> None:
    """A mixture is the weighted sum of its components; weights and densities are checked."""
    first, second = (Component.of(solved(Model(gamma=g)))[0] for g in (8.0, 12.0))
    T = np.array([0.01, 0.1, 0.5])
    alone = [capacity.curve(local_ensemble(c, T[0], count=20), T).capacity for c in (first, second)]
    mixed = [replace(first, weight=0.3), replace(second, weight=0.7)]
    found = capacity.curve(local_ensemble(mixed, T[0], count=20), T)
    np.testing.assert_allclose(found.capacity, 0.3 * alone[0] + 0.7 * alone[1], rtol=1e-12)
    with pytest.raises(LevelsError, match="weights must add up"):
        local_ensemble([first, second], 0.01)
    double = replace(first, density=lambda h: 2 * solved(Model(gamma=8.0)).field_density(h))
    with pytest.raises(LevelsError, match=r"integrates to 2"):
        local_ensemble(double, 0.01)


def test_other_potentials(solved: Solved) -> None:
    """A sextic has C(T) but no parts; the ergodic phase has one local potential."""
    sextic = solved(Model(gamma=4.0, coefficients=(0.5, -0.1, 0.01)))
    T = np.array([0.02, 0.2])
    found = capacity.curve(local_ensemble(sextic, 0.02, count=20), T)
    assert np.all(found.capacity > 0)
    assert np.all(np.isnan(found.two_level))
    ergodic = solved(Model(gamma=0.4))
    single = capacity.curve(local_ensemble(ergodic, 0.02, count=20), T)
    alone = capacity.capacity(levels(0.0, ergodic.C, ergodic.model, count=20).excitation, T)
    np.testing.assert_allclose(single.capacity, alone, rtol=1e-12)


def test_bump() -> None:
    """C = T + T³/[1 + ln²(T/T_b)/w²]: where its derivative vanishes."""
    x, dx = np.linspace(-6, 2, 400, retstep=True)
    T = np.exp(x)
    bell = T**3 * np.exp(-((x + 1.0) ** 2))
    found = capacity.bump(T, bell)
    assert np.log(found[0]) == pytest.approx(-1.0, abs=dx**2)
    assert found[1] == pytest.approx(1.0, abs=dx**2)
    assert np.all(np.isnan(capacity.bump(T, T)))


def drawn(solution: Solution, samples: int, sites: int, seed: int) -> Floats:
    """Fields h from P_0 of an RS solution, which is a Gaussian."""
    spread = np.sqrt(solution.overlaps[0])
    return np.asarray(stats.norm.rvs(0, spread, (samples, sites), random_state=seed))


def test_measured_samples_against_their_own_theory(solved: Solved) -> None:
    """Samples drawn from P(h) agree within their bands; those of another C do not."""
    solution = solved(MODEL)
    T = np.array([0.1, 0.2, 0.3, 0.4])
    theory = capacity.curve(local_ensemble(solution, T[0], count=16), T).capacity
    h = drawn(solution, 40, 50, seed=5)
    found = measured_heat(h, solution.C, MODEL, T, seed=1, count=16).capacity
    assert found.by_sample.shape == (40, 4)
    sigma = (found.high - found.low) / 2
    expected = found.by_sample.std(axis=0, ddof=1) / np.sqrt(40)
    np.testing.assert_allclose(sigma, expected, rtol=0.2)
    assert np.all(np.abs(found.value - theory) < 3 * sigma)
    wrong = measured_heat(h, solution.C - 0.15, MODEL, T, seed=1, count=16).capacity
    assert np.max(np.abs(wrong.value - theory) / sigma) > 6


def test_measured_entropy_and_density_of_states(solved: Solved) -> None:
    """S and n(E) of samples drawn from a theory are the theory's, and not those of another C."""
    solution = solved(MODEL)
    T = np.array([0.1, 0.4])
    ensemble = local_ensemble(solution, T[0], count=16)
    h = drawn(solution, 40, 50, seed=6)
    entropy = measured_heat(h, solution.C, MODEL, T, seed=1, count=16).entropy
    sigma = (entropy.high - entropy.low) / 2
    assert np.all(np.abs(entropy.value - capacity.curve(ensemble, T).entropy) < 3 * sigma)
    edges = np.array([0.2, 0.6, 1.0, 1.4, 1.8])
    expected = capacity.density_of_states(ensemble, edges)
    found = measured_states(h, solution.C, MODEL, edges, seed=1, count=16)
    sigma = (found.high - found.low) / 2
    assert np.all(np.abs(found.value - expected) < 3 * sigma)
    wrong = measured_states(h, solution.C - 0.15, MODEL, edges, seed=1, count=16)
    assert np.max(np.abs(wrong.value - expected) / sigma) > 6
    with pytest.raises(LevelsError, match="edges must be increasing"):
        measured_states(h, solution.C, MODEL, edges[::-1], seed=1)


def test_measured_samples_with_gaps() -> None:
    """A site that is not known is left out of its sample's mean; refusals are one line."""
    h = np.array([[0.3, np.nan, 5.0], [0.1, 2.0, -4.0]])
    T = np.array([0.3])
    found = measured_heat(h, np.full(h.shape, 0.9), MODEL, T, seed=0).capacity
    c = capacity.capacity(levels(np.array([0.3, 5.0]), 0.9, MODEL).excitation, T)
    assert found.by_sample[0] == pytest.approx(c.mean(axis=0), rel=1e-12)
    with pytest.raises(LevelsError, match="two samples or more"):
        measured_heat(h[:1], 0.9, MODEL, T, seed=0)
    with pytest.raises(LevelsError, match="hold no local potential"):
        measured_heat([[np.nan], [1.0]], 0.9, MODEL, T, seed=0)


def test_what_is_refused(solved: Solved) -> None:
    """Too hot for the levels there are, and temperatures that are none."""
    with pytest.raises(LevelsError, match="take more levels"):
        capacity.capacity([0.0, 1.0, 2.0], [1.0])
    with pytest.raises(LevelsError, match="positive numbers"):
        capacity.capacity([0.0, 1.0], [-1.0])
    with pytest.raises(LevelsError, match="lowest temperature"):
        local_ensemble(solved(MODEL), 0.0)


def test_threads_are_those_of_the_cores_it_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch queue that gives three cores of many gets three threads, in heat as in levels."""
    asked: list[int | None] = []

    class Pool(ThreadPoolExecutor):
        def __init__(self, max_workers: int | None = None) -> None:
            asked.append(max_workers)
            super().__init__(max_workers)

    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 2, 5}, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    for function in (capacity.capacity, levels):
        monkeypatch.setattr(sys.modules[function.__module__], "ThreadPoolExecutor", Pool)
    spectrum = levels(np.zeros(2), 0.9, MODEL, count=4)
    capacity.capacity(spectrum.excitation, [0.01])
    assert asked == [3, 3]
