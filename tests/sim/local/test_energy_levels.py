"""Levels and heat of samples by sim's own basis, against theory's and closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from glasswell.sim.local import energy_levels, oscillator_basis
from glasswell.sim.local.cavity_potential import CavityPotentials
from glasswell.sim.local.energy_levels import EnergyLevels
from glasswell.sim.local.heat import heat_and_entropy
from glasswell.theory import levels
from glasswell.theory.heat.capacity import moments
from glasswell.theory.model import EvenPolynomial, LevelsError, Model
from scipy.linalg import eigh_tridiagonal

from .test_double_wells import TRIPLE, Cosh, Floats, Opaque, Sites, drawn

GLASS = Model(gamma=10.0)


def of(h: Any, C: Any, model: Any, **options: Any) -> EnergyLevels:
    potentials = CavityPotentials.of(h, C, model)
    return EnergyLevels.of(potentials, **options)


def theirs(h: Floats, C: Floats, model: Model, **options: Any) -> Floats:
    found = levels(h, C, model, **options)
    return np.asarray(found.energy + found.floor[..., None])


@pytest.mark.parametrize(
    ("model", "options"),
    [
        (GLASS, {}),
        (GLASS, {"count": 12, "hbar": 0.3}),
        (GLASS, {"count": 60, "mass": 0.2}),
        (Model(gamma=40.0, k=2.0, a=0.5), {}),
        (TRIPLE, {"count": 20}),
    ],
)
def test_two_routes_to_the_levels(model: Model, options: dict[str, object]) -> None:
    """Oscillator functions here, sinc functions there; a thousandth of C shows."""
    h, C = drawn(2, 20)
    h[0, :4] = [0.0, 1e-9, 0.01, 20.0]
    ours, reference = of(h, C, model, **options), theirs(h, C, model, **options)
    height = reference - reference[..., :1] + 0.1
    off = np.abs(ours.energy - reference)
    assert np.max(off / height) < 1e-8
    assert np.all(off.max(axis=-1) <= ours.error + 1e-9 * height[..., -1])
    wrong = of(h, C + 1e-3, model, **options).energy
    assert np.min(np.max(np.abs(wrong - reference) / height, axis=-1)) > 1e-5


def test_two_routes_to_the_heat() -> None:
    """c(T) and s(T) of a sample's sites, to 1e-6, from where one soft double well decides on."""
    h, C = drawn(2, 40)
    h[:, 0] = 1e-3
    T = np.geomspace(2e-3, 1.0, 30)
    c, s = heat_and_entropy(of(h, C, GLASS).excitation, T)
    expected = moments(levels(h, C, GLASS).excitation, T)
    np.testing.assert_allclose(c.mean(axis=1), expected[0].mean(axis=1), rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(s.mean(axis=1), expected[1].mean(axis=1), rtol=1e-6, atol=1e-12)
    wrong, _ = heat_and_entropy(of(h, C + 1e-3, GLASS).excitation, T)
    assert np.max(np.abs(wrong.mean(axis=1) / expected[0].mean(axis=1) - 1)) > 1e-3


def test_the_error_is_a_bound() -> None:
    """Against a basis that is far larger than needed."""
    h, C = drawn(2, 30)
    loose, tight = of(h, C, GLASS, tol=1e-5), of(h, C, GLASS, tol=1e-13)
    off = np.abs(loose.energy - tight.energy).max(axis=-1)
    assert np.all(off <= loose.error)
    assert np.max(off / (tight.energy[..., -1] - tight.energy[..., 0])) < 1e-5
    assert np.all(loose.size < tight.size)
    # Upper bounds, which every larger basis lowers.
    assert np.all(loose.energy >= tight.energy - 1e-9)


def test_harmonic_oscillator() -> None:
    """E_n = ħω (n + 1/2) - h²/2k, with ω = √(k/m)."""
    h = np.array([0.0, 2.0, -5.0])
    found = of(h, 0.5, Model(gamma=1.0, k=4.5, a=1e-14), count=30, hbar=0.5, mass=0.25)
    expected = 0.5 * 4.0 * (np.arange(30) + 0.5) - (h**2 / 8)[:, None]
    np.testing.assert_allclose(found.energy, expected, rtol=1e-10)
    c, s = heat_and_entropy(found.excitation[0], [0.5, 1.0, 3.0])
    x = 2.0 / np.array([0.5, 1.0, 3.0])
    np.testing.assert_allclose(c, (x / 2) ** 2 / np.sinh(x / 2) ** 2, rtol=1e-6)
    np.testing.assert_allclose(s, x / np.expm1(x) - np.log(-np.expm1(-x)), rtol=1e-7)


def test_scaling() -> None:
    """v = u/√a: levels as 1/a at ħ/a, over twenty decades."""
    h, C = drawn(1, 5)
    one = of(h, C, GLASS, count=12)
    for a in (1e-10, 1e10):
        other = of(h / np.sqrt(a), C, GLASS.rescaled(a), count=12, hbar=1 / a)
        np.testing.assert_allclose(other.energy * a, one.energy, rtol=1e-9, atol=1e-9)


def test_published_levels_of_the_pure_quartic() -> None:
    """-ψ'' + x⁴ ψ = E ψ (F. T. Hioe and E. W. Montroll, J. Math. Phys. 16, 1945 (1975))."""
    found = of(0.0, 1.0, Model(gamma=1.0, k=1.0, a=24.0), count=8, mass=0.5)
    published = [1.060362090484182, 3.799673029801394, 7.455697937986738, 11.644745511378162]
    np.testing.assert_allclose(found.energy[:4], published, rtol=2e-9)


def test_a_potential_that_is_no_polynomial() -> None:
    """Quadrature gives what powers give, and for cosh v what finite differences give."""
    h, C = drawn(1, 5)
    exact = of(h, C, GLASS, count=20, tol=1e-12)
    hidden = of(h, C, Sites(10.0, Opaque(GLASS.G)), count=20, tol=1e-12)
    np.testing.assert_allclose(hidden.energy, exact.energy, rtol=1e-10, atol=1e-9)
    found = of([0.0, 0.4], 1.5, Sites(1.0, Cosh()), count=10).energy

    def differences(h: float, n: int) -> Floats:
        v, step = np.linspace(-7.0, 7.0, n, retstep=True)
        U = np.cosh(v) - 1 - 0.75 * v**2 - h * v
        beside = np.full(n - 1, -0.5 / step**2)
        diagonal = 1 / step**2 + U
        return np.asarray(
            eigh_tridiagonal(diagonal, beside, select="i", select_range=(0, 9), eigvals_only=True)
        )

    for n, field in enumerate((0.0, 0.4)):
        coarse, fine = differences(field, 301), differences(field, 601)
        np.testing.assert_allclose(found[n], fine + (fine - coarse) / 3, rtol=3e-5)
        assert np.max(np.abs(found[n] - coarse)) > 1e-4


def test_a_jump_in_a_derivative_is_not_taken_for_converged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """G = v²/2 + |v|³: levels converge as a power of the functions, and the error says so.

    Against the same levels of the half line by finite differences, even ones from ψ'(0) = 0.
    """

    class Cusp:
        """Smooth but at v = 0."""

        def value(self, v: Floats) -> Floats:
            return v**2 / 2 + np.abs(v) ** 3

        def slope(self, v: Floats) -> Floats:
            return v + 3 * v * np.abs(v)

        def curvature(self, v: Floats) -> Floats:
            return 1 + 6 * np.abs(v)

    def even(n: int) -> Floats:
        step = 4.0 / n
        v = (np.arange(n, dtype=np.float64) + 0.5) * step
        diagonal = 1 / step**2 + Cusp().value(v)
        diagonal[0] -= 0.5 / step**2
        beside = np.full(n - 1, -0.5 / step**2)
        return np.asarray(
            eigh_tridiagonal(diagonal, beside, select="i", select_range=(0, 2), eigvals_only=True)
        )

    exact = (4 * even(4000) - even(2000)) / 3
    found = of(0.0, 0.0, Sites(1.0, Cusp()), count=6, tol=5e-6)
    off = np.abs(found.energy[::2] - exact)
    assert off.max() < found.error < 1e-4
    assert found.size > 3 * of(0.0, 0.0, GLASS, count=6, tol=5e-6).size
    monkeypatch.setattr(energy_levels, "LARGEST", 200)
    with pytest.raises(LevelsError, match="more than 200 functions"):
        of(0.0, 0.0, Sites(1.0, Cusp()), count=6, tol=1e-13)


def test_every_site_has_parameters_of_its_own() -> None:
    rng = np.random.default_rng(5)
    gamma, k, a = (x + rng.random((2, 3)) for x in (9.0, 0.5, 0.8))
    h, C = drawn(2, 3)
    found = of(h, C, Sites(gamma, EvenPolynomial.quartic(k, a)), count=15)
    for n in np.ndindex(2, 3):
        model = Model(gamma=float(gamma[n]), k=float(k[n]), a=float(a[n]))
        alone = theirs(h[n], C[n], model, count=15)
        np.testing.assert_allclose(found.energy[n], alone, rtol=1e-8, atol=1e-8)


def test_quadrature_is_exact_for_powers() -> None:
    """⟨n|x⁶|m⟩ from nodes and from the matrix x; with fewer nodes it is not."""
    nodes, functions = oscillator_basis._quadrature(10)
    momentum, powers = oscillator_basis._matrices(10, 6)
    np.testing.assert_allclose((functions * nodes**6) @ functions.T, powers[6], atol=1e-9)
    np.testing.assert_allclose(momentum + powers[2], np.diag(2.0 * np.arange(10) + 1), atol=1e-12)


def test_what_is_refused() -> None:
    for options, why in (
        ({"count": 1}, "two or more"),
        ({"hbar": 0.0}, "hbar must be positive"),
        ({"mass": np.inf}, "mass must be positive"),
        ({"count": 900}, "ask for fewer"),
    ):
        with pytest.raises(LevelsError, match=why):
            of(0.1, 0.9, GLASS, **options)
    with pytest.raises(LevelsError, match="leave it out"):
        of([0.1, np.nan], 0.9, GLASS)
    with pytest.raises(LevelsError, match="empty"):
        of(np.zeros(0), 0.9, GLASS)
    with pytest.raises(LevelsError, match="take more levels"):
        heat_and_entropy([0.0, 1.0, 2.0], [1.0])
    with pytest.raises(LevelsError, match="positive numbers"):
        heat_and_entropy([0.0, 1.0], [-1.0])


def test_threads_change_nothing() -> None:
    h, C = drawn(1, 40)
    one, two = (of(h, C, GLASS, count=10, workers=n).energy for n in (1, 2))
    np.testing.assert_array_equal(one, two)
