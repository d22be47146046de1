"""Thermal observables beside theory: exact draws must agree, and made-up data as it was made."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from glasswell.compare import CompareError
from glasswell.compare.confront.thermal import ThermalComparison, compare_thermal
from glasswell.compare.confront.thermal_observable import measure
from glasswell.compare.confront.thermal_quantities import THERMAL, overlap_moment
from glasswell.compare.confront.thermal_theory import Curve, predict
from glasswell.compare.measured.thermal import ThermalData
from glasswell.compare.report.plain_text import table_text
from glasswell.compare.sections import thermal, thermal_figures
from glasswell.compare.statistics.extrapolation import extrapolate_errors
from glasswell.sim import Tempered
from glasswell.theory import Model, glass_temperature, solve, solve_full
from numpy.typing import NDArray
from scipy import integrate

Floats = NDArray[np.float64]

GLASS = Model(gamma=10.0)
T_G = glass_temperature(GLASS)
SIZES = (32, 64, 128)
RATIOS = np.array([0.6, 1.05, 1.6, 2.0, 2.5, 3.0])
ERROR = 1e-3


def test_heat_capacity_of_sites_without_neighbours() -> None:
    """β²(⟨U²⟩ - ⟨U⟩²) of one site."""
    T, model = 0.8, Model(gamma=2.0, J=0.0)
    v = np.linspace(-15, 15, 20_001)
    U = v**2 / 4 + v**4 / 48
    weight = np.exp(-U / T)
    Z = integrate.simpson(weight, x=v)
    e, e2 = (integrate.simpson(weight * U**n, x=v) / Z for n in (1, 2))
    found = predict(model, 0, [T])
    assert found.at("heat_capacity", T) == pytest.approx((e2 - e**2) / T**2, rel=1e-6)
    assert found.at("energy", T) == pytest.approx(e, rel=1e-10)


@pytest.mark.parametrize("rsb", [0, 1])
def test_heat_capacity_is_that_of_the_entropy(rsb: int) -> None:
    """c = T ds/dT, with s from the free energy."""
    T, step = 0.6 * T_G, 1e-3
    s = [solve(GLASS, rsb=rsb, temperature=T * f).entropy for f in (1 - step, 1 + step)]
    found = predict(GLASS, rsb, [T])
    assert found.at("heat_capacity", T) == pytest.approx((s[1] - s[0]) / (2 * step), rel=1e-5)


def test_the_mean_of_the_overlap_distribution() -> None:
    """χ = β(q̂ - [q]): the susceptibility knows P(q) by another way."""
    T = 0.6 * T_G
    for rsb in (0, 1, 2):
        solution = solve(GLASS, rsb=rsb, temperature=T)
        mean = solution.q_hat - T * solution.susceptibility
        assert overlap_moment(solution, 1) == pytest.approx(mean, rel=1e-9)


def test_binder_of_theory() -> None:
    """0 above T_g, 1 in RS below, and in between with breaking."""
    T = [0.6 * T_G, 1.2 * T_G]
    rs, broken = (predict(GLASS, rsb, T) for rsb in (0, 1))
    assert rs.values["binder"].tolist() == [1.0, 0.0]
    assert broken.values["binder"][1] == 0.0
    solution = solve(GLASS, rsb=1, temperature=T[0])
    (m,), (q_0, q_1) = solution.breakpoints, solution.overlaps
    second, fourth = (m * q_0**n + (1 - m) * q_1**n for n in (2, 4))
    assert broken.values["binder"][0] == pytest.approx(0.5 * (3 - fourth / second**2), rel=1e-12)
    assert math.isnan(rs.at("chi_SG", T[0]))
    assert rs.stability(T[0]) < 0 < rs.stability(T[1])
    assert math.isnan(broken.stability(T[0]))


def test_full_breaking_is_a_theory_like_others() -> None:
    """Beyond 2RSB on the side away from RS; above T_g it is RS, and replica symmetry stable."""
    T = [0.5 * T_G, 1.2 * T_G]
    rs, two, full = (predict(GLASS, rsb, T) for rsb in (0, 2, "full"))
    assert full.name == "full RSB"
    for key in ("energy", "q_hat", "heat_capacity", "binder"):
        steps = [curve.at(key, T[0]) for curve in (rs, two, full)]
        assert abs(steps[2] - steps[1]) < 0.3 * abs(steps[1] - steps[0])
        assert (steps[2] - steps[1]) * (steps[1] - steps[0]) > 0
        assert full.at(key, T[1]) == pytest.approx(rs.at(key, T[1]), rel=1e-9)
    assert full.at("energy", T[0]) == pytest.approx(float(solve_full(GLASS, T[0]).energy), abs=1e-5)
    assert math.isnan(full.stability(T[0]))
    assert full.stability(T[1]) == pytest.approx(rs.stability(T[1]))


@pytest.fixture(scope="module")
def curve() -> Curve:
    return predict(GLASS, 0, list(T_G * RATIOS))


def made_up(curve: Curve, b: float, noise: float = ERROR, seed: int = 1) -> list[ThermalData]:
    """Theory + b/N + noise of known size, for every observable."""
    rng = np.random.default_rng(seed)
    keys = {key: np.nan_to_num(curve.values[key], nan=1.0) for key in curve.values}
    return [
        ThermalData(
            N,
            curve.temperatures,
            {key: x + b / N + noise * rng.standard_normal(len(x)) for key, x in keys.items()},
            {key: np.full(len(x), ERROR) for key, x in keys.items()},
        )
        for N in SIZES
    ]


@pytest.fixture(scope="module")
def comparison(curve: Curve) -> ThermalComparison:
    return compare_thermal(GLASS, made_up(curve, b=2.0), rsb=(0, 1), guides=())


def test_the_trend_is_the_one_put_in(comparison: ThermalComparison) -> None:
    """Limits and slopes within errors, whose scatter is 1, and a b of zero excluded."""
    fits = [row.fit for row in comparison.rows if row.fit is not None and row.stable]
    assert len(fits) == 4 * len(THERMAL)
    slopes = np.array([fit.slope.z(2.0) for fit in fits])
    assert np.all(np.abs(slopes) < 4)
    assert all(abs(fit.slope.z(0.0)) > 5 for fit in fits)
    z = np.array([row.row.predictions[0].z for row in comparison.rows if row.stable and row.fit])
    assert np.all(np.abs(z) < 4)
    assert np.mean(z**2) == pytest.approx(1.0, abs=4 * math.sqrt(2 / len(z)))


def test_a_limit_that_is_off_is_seen(curve: Curve) -> None:
    shifted = [
        ThermalData(
            size.N,
            size.temperatures,
            {"energy": size.values["energy"] + 0.05},
            {"energy": size.errors["energy"]},
        )
        for size in made_up(curve, b=2.0)
    ]
    found = compare_thermal(GLASS, shifted, rsb=(0,), guides=())
    assert all(row.row.predictions[0].z > 10 for row in found.select("energy", stable=True)[1:])
    assert "misses theory" in thermal.summary(found)[0]


def test_the_critical_window_is_not_judged(comparison: ThermalComparison) -> None:
    """N λ³ at 1.05 T_g is 128/690."""
    window = [row for row in comparison.rows if row.critical]
    assert {round(row.temperature / T_G, 2) for row in window} == {1.05}
    assert all(row.fit is None and math.isnan(row.row.predictions[0].z) for row in window)
    assert any("critical window" in note for note in thermal.summary(comparison))


def test_below_the_transition(comparison: ThermalComparison) -> None:
    """Limits where the law is known; else N = 128 and how far from its limit it may be."""
    (energy,) = comparison.select("energy", stable=False)
    assert energy.row.where == "N → ∞"
    assert energy.fit is not None
    assert energy.fit.omega == 2 / 3
    (c,) = comparison.select("heat_capacity", stable=False)
    assert c.row.where == "N = 128"
    assert [p.theory for p in c.row.predictions] == ["RS", "1RSB"]
    expected = (2.0 / 64 - 2.0 / 128) / (2 ** (2 / 3) - 1)
    assert c.row.measured.finite_size == pytest.approx(expected, rel=0.3)
    assert comparison.select("chi_SG", stable=False) == []


def test_sizes_on_different_ladders_have_no_trend(curve: Curve) -> None:
    large = made_up(curve, b=0.0)[2]
    coarse = ThermalData(
        64,
        large.temperatures[::2] * 1.01,
        {key: x[::2] for key, x in large.values.items()},
        {key: x[::2] for key, x in large.errors.items()},
    )
    found = compare_thermal(GLASS, [large, coarse], rsb=(0,), guides=())
    assert all(row.fit is None for row in found.rows)
    assert len(found.select("energy", stable=True)) == 7
    assert "no two sizes share a temperature" in thermal.summary(found)[0]
    assert set(thermal_figures.draw(found)) == {"thermal"}


def empty_run(T: Floats, samples: int, N: int) -> Tempered:
    """A run with these temperatures that measured nothing yet."""
    nothing: dict[str, Any] = {field.name: np.empty(0) for field in fields(Tempered)}
    displacement = np.zeros((samples, len(T), 2, N))
    return Tempered(
        **{
            **nothing,
            "temperatures": T,
            "displacement": displacement,
            "measure_every": 1,
            "last": None,
        }
    )


def test_exact_draws_of_a_harmonic_glass_agree() -> None:
    """v ~ Normal(0, T H⁻¹): the whole way from displacements to z-scores."""
    stiffness, T, rng = 2.6, np.array([0.5, 2.0]), np.random.default_rng(5)

    def draw(N: int, S: int) -> ThermalData:
        J = np.triu(rng.standard_normal((S, N, N)) / math.sqrt(N), 1)
        H = stiffness * np.eye(N) - J - J.transpose(0, 2, 1)
        root = np.linalg.inv(np.linalg.cholesky(H)).transpose(0, 2, 1)
        noise = np.sqrt(T)[:, None, None, None] * rng.standard_normal((S, 2, 2, N, 30))
        v = root[:, None, None] @ noise
        energy = np.einsum("stcin,sij,stcjn->stcn", v, H, v, optimize=True) / (2 * N)
        overlap = np.mean(v[:, :, :1] * v[:, :, 1:], axis=3)
        series = empty_run(T, S, N)
        run = replace(series, energy=energy, q_hat=np.mean(v**2, axis=3), overlap=overlap[:, :, 0])
        return measure(run, THERMAL)

    data = [draw(16, 400), draw(32, 300), draw(64, 200)]
    found = compare_thermal(Model(gamma=1 / stiffness, a=1e-6), data, rsb=(0,), guides=())
    z = {(row.key, row.temperature): row.row.predictions[0].z for row in found.rows}
    assert len(z) == 2 * len(THERMAL)
    assert all(abs(score) < 4 for score in z.values())
    wrong = compare_thermal(Model(gamma=1 / (1.05 * stiffness), a=1e-6), data, rsb=(0,), guides=())
    assert all(row.row.predictions[0].z > 5 for row in wrong.rows if row.key == "q_hat")


def test_a_table_and_figures(comparison: ThermalComparison, tmp_path: Path) -> None:
    lines = table_text(thermal.thermal_table(comparison)).splitlines()
    assert lines[0].split()[:3] == ["quantity", "T/T_g", "where"]
    assert len(lines) == 2 + len(comparison.rows)
    figures = thermal_figures.draw(comparison)
    assert set(figures) == {"thermal", "thermal_trends"}
    for name, draw in figures.items():
        draw().savefig(tmp_path / f"{name}.png", dpi=40)
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000


def test_fit_from_errors_against_least_squares() -> None:
    """With a covariance from (XᵀWX)⁻¹, and a poor fit that enlarges it."""
    N = np.array([16.0, 32.0, 64.0])
    values, errors = np.array([1.2, 1.05, 1.04]), np.array([0.01, 0.02, 0.01])
    X = np.stack([np.ones(3), 1 / N], axis=1)
    covariance = np.linalg.inv(X.T @ (X / errors[:, None] ** 2))
    best = covariance @ X.T @ (values / errors**2)
    chi2 = np.sum(((values - X @ best) / errors) ** 2)
    fit = extrapolate_errors(N, values, errors, 1.0)
    assert (fit.limit.value, fit.slope.value) == pytest.approx(tuple(best), rel=1e-10)
    assert fit.chi2 == pytest.approx(chi2)
    assert chi2 > 1
    assert fit.limit.error == pytest.approx(math.sqrt(chi2 * covariance[0, 0]), rel=1e-10)
    with pytest.raises(CompareError, match="two sizes"):
        extrapolate_errors(N[:1], values[:1], errors[:1], 1.0)
    with pytest.raises(CompareError, match="positive error"):
        extrapolate_errors(N, values, 0 * errors, 1.0)


def test_a_polarised_model_has_no_critical_window() -> None:
    """J0 > J without disorder: replica symmetry is stable on both sides of the Curie point."""
    model, T = Model(gamma=2.0, J=0.0, J0=1.5), np.array([0.5, 60.0])
    solved = predict(model, 0, list(T))
    one = np.ones(2)
    data = [
        ThermalData(N, T, {"energy": solved.values["energy"] + 3 / N}, {"energy": 0.01 * one})
        for N in (16, 32)
    ]
    found = compare_thermal(model, data, rsb=(0,))
    assert [row.row.where for row in found.rows] == ["N → ∞"] * 2
    assert all(abs(row.row.predictions[0].z) < 1e-6 for row in found.rows)
    assert "T   " in table_text(thermal.thermal_table(found)).splitlines()[0]


def test_bad_input(curve: Curve) -> None:
    T, x = np.array([1.0, 2.0]), np.zeros(2)
    with pytest.raises(CompareError, match="ascending order"):
        ThermalData(8, T[::-1], {"energy": x}, {"energy": x})
    with pytest.raises(CompareError, match="no such observable"):
        compare_thermal(GLASS, [ThermalData(8, T, {"enthalpy": x}, {"enthalpy": x})], rsb=(0,))
    with pytest.raises(CompareError, match="both values and errors"):
        ThermalData(8, T, {"energy": x}, {})
    with pytest.raises(CompareError, match="one entry per temperature"):
        ThermalData(8, T, {"energy": x[:1]}, {"energy": x})
    with pytest.raises(CompareError, match="one size and one theory"):
        compare_thermal(GLASS, [], rsb=(0,), guides=())
    size = made_up(curve, b=0.0)[0]
    with pytest.raises(CompareError, match="same N"):
        compare_thermal(GLASS, [size, size], rsb=(0,), guides=())
