"""The Hessian's spectrum: closed forms, identities with the saddle point, and random matrices."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from glasswell.theory import HessianSpectrum, Model, Solution, SolveError, Stiffness, solve
from scipy import integrate, stats

Solved = Callable[..., Solution]

N, SAMPLES = 300, 24


@pytest.mark.parametrize("model", [Model(gamma=0.4), Model(gamma=0.2, J=1.7, J0=0.5)])
def test_semicircle(solved: Solved, model: Model) -> None:
    """Harmonic: all stiffnesses are k/γ, and the Hessian is a shifted Gaussian matrix."""
    spectrum, middle, radius = solved(model).hessian_spectrum, model.k / model.gamma, 2 * model.J
    np.testing.assert_allclose(spectrum.bands, [[middle - radius, middle + radius]], rtol=1e-9)
    z = middle + radius * np.linspace(-1.2, 1.2, 41)
    x = np.clip((z - middle) / radius, -1.0, 1.0)
    expected = 2 / (math.pi * radius) * np.sqrt(1 - x**2)
    np.testing.assert_allclose(spectrum.density(z), expected, atol=1e-9)
    count = 0.5 + (x * np.sqrt(1 - x**2) + np.arcsin(x)) / math.pi
    np.testing.assert_allclose(spectrum.count_below(z), count, atol=1e-9)
    np.testing.assert_allclose(spectrum.participation(z[5:-5]), 1 / 3, rtol=1e-6)
    omega = math.sqrt(middle)
    assert spectrum.frequency_density(omega) == pytest.approx(2 * omega / (math.pi * model.J))


@pytest.mark.parametrize(
    "model",
    [
        Model(gamma=0.4),
        Model(gamma=2.0, J0=3.0),
        Model(gamma=2.0, J0=4.5, J=1.5, a=7.0),
        Model(gamma=1.0, field=6.0),
        Model(gamma=4.0, J0=3.0, coefficients=(0.5, 0.02, 0.01)),
    ],
    ids=["ergodic", "polarised", "J and a", "field", "sextic"],
)
def test_resolvent_at_zero_is_the_response(solved: Solved, model: Model) -> None:
    """Without jumps G(0) = C, and G'(0) = ∫P (v*')²/λ with the replicon λ of the saddle point."""
    solution = solved(model)
    assert solution.C_jump < 1e-9
    assert solution.hessian_spectrum.inverse_trace == pytest.approx(solution.C, rel=2e-5)
    assert solution.hessian_spectrum.inverse_square_trace == pytest.approx(
        solution.chi_SG, rel=2e-4
    )


def test_sites_that_differ(solved: Solved) -> None:
    """G(0) and G'(0) as above, with a stiffness of its own for every site; and its soft tail.

    Local stiffnesses s have a density ~ s^(3/2) where k - J² C and h have one at zero, so that
    D(ω) ~ ω⁴ (Bouchbinder et al., arXiv:2012.11558).
    """
    stable = solved(Model(gamma=1.0, k=stats.uniform(0.5, 0.5), J=0.2, field=0.6))
    assert stable.hessian_spectrum.inverse_trace == pytest.approx(stable.C, rel=5e-4)
    assert stable.hessian_spectrum.inverse_square_trace == pytest.approx(stable.chi_SG, rel=5e-4)
    soft = solved(Model(gamma=1.0, k=stats.uniform(0, 1), J=0.3, field=0.6)).hessian_spectrum
    assert 0.0 < soft.lower_edge < 0.01
    omega = np.geomspace(0.18, 0.4, 30)
    exponent, _ = np.polyfit(np.log(omega), np.log(soft.frequency_density(omega)), 1)
    assert exponent == pytest.approx(4.0, abs=0.15)


def test_spectrum_of_more_steps_comes_closer_to_zero(solved: Solved) -> None:
    """Jumps make C larger than what the Hessian of one minimum responds with; less so with k."""
    solutions = [solved(Model(gamma=2.0), k) for k in (0, 1, 2)]
    edges = [s.hessian_spectrum.lower_edge for s in solutions]
    excess = [s.C - s.hessian_spectrum.inverse_trace for s in solutions]
    assert edges == sorted(edges, reverse=True)
    assert excess == sorted(excess, reverse=True)
    assert edges[-1] > 0 < excess[-1]


@pytest.fixture(scope="module")
def uniform() -> HessianSpectrum:
    """Stiffnesses uniform between 0 and 1, and others at 6: two bands."""
    return HessianSpectrum(
        Stiffness.from_pieces(np.array([0.0, 6.0]), np.array([1.0, 6.0]), np.array([3.0, 1.0])), 0.6
    )


def test_moments(uniform: HessianSpectrum) -> None:
    """∫λ^n ρ for the free sum of independent matrices, from the moments of s and J alone."""
    s = [3 / 4 / (n + 1) + 6.0**n / 4 for n in range(5)]
    J2 = uniform.J**2
    expected = [1.0, s[1], s[2] + J2, s[3] + 3 * J2 * s[1]]
    for n, moment in enumerate(expected):
        found = sum(
            integrate.quad(
                lambda t, a=a, b=b, n=n: _at_angle(uniform, t, a, b, n), 0, math.pi, epsabs=1e-9
            )[0]
            for a, b in uniform.bands
        )
        assert found == pytest.approx(moment, rel=1e-6)


def _at_angle(spectrum: HessianSpectrum, t: float, a: float, b: float, n: int) -> float:
    z = (a + b) / 2 - (b - a) / 2 * math.cos(t)
    return float(z**n * spectrum.density(z) * (b - a) / 2 * math.sin(t))


def test_bands(uniform: HessianSpectrum) -> None:
    """The gap holds no mode and no participation; counts are continuous across its edges."""
    assert uniform.bands.shape == (2, 2)
    between = uniform.bands[0, 1] + 0.1
    assert uniform.density(between) == 0.0
    assert uniform.count_below(between) == 0.75
    middle = uniform.bands[1].mean()
    assert uniform.count_below(middle) == uniform.count_below(np.array([[middle]]))[0, 0]
    assert np.isnan(uniform.participation(between))
    near = uniform.bands.ravel() + 1e-7 * np.array([1, -1, 1, -1])
    np.testing.assert_allclose(uniform.count_below(near), [0, 0.75, 0.75, 1], atol=1e-6)
    assert uniform.count_below(np.array([-50.0, between, 50.0])).tolist() == [0.0, 0.75, 1.0]


def test_count_is_the_integral_of_the_density(solved: Solved) -> None:
    spectrum = solved(Model(gamma=2.0), 1).hessian_spectrum
    edges = np.linspace(spectrum.lower_edge - 0.1, 8.0, 25)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    half = np.diff(edges)[:, None] / 2
    z = (edges[1:] + edges[:-1])[:, None] / 2 + half * nodes
    integral = (half * spectrum.density(z) * weights).sum(axis=1)
    np.testing.assert_allclose(np.diff(spectrum.count_below(edges)), integral, atol=2e-5)


def test_bisection_finds_what_newton_finds(uniform: HessianSpectrum) -> None:
    z = np.concatenate([np.linspace(a, b, 9)[1:-1] for a, b in uniform.bands])
    np.testing.assert_allclose(uniform._between(z), uniform._w(z), atol=1e-8)


def test_pieces_are_fine_enough(solved: Solved) -> None:
    solution = solved(Model(gamma=10.0), 1)
    coarse, fine = (HessianSpectrum(Stiffness.of(solution.levels, n), 1.0) for n in (600, 1200))
    z = np.linspace(coarse.lower_edge, 8.0, 60)
    np.testing.assert_allclose(coarse.density(z), fine.density(z), atol=3e-5)
    np.testing.assert_allclose(coarse.participation(z[1:]), fine.participation(z[1:]), rtol=2e-3)
    assert coarse.lower_edge == pytest.approx(fine.lower_edge, abs=1e-5)


def _matrices(spectrum: HessianSpectrum, J: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues and participation ratios, (SAMPLES, N), of diag(s) - J_ij with s drawn from μ."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(SAMPLES):
        piece = rng.choice(len(spectrum.stiffness.mass), N, p=spectrum.stiffness.mass)
        low, high = spectrum.stiffness.lower[piece], spectrum.stiffness.upper[piece]
        upper = np.triu(rng.normal(0.0, J / math.sqrt(N), (N, N)), 1)
        values, vectors = np.linalg.eigh(np.diag(rng.uniform(low, high)) - upper - upper.T)
        found.append((values, 1 / (N * (vectors**4).sum(axis=0))))
    return np.array([values for values, _ in found]), np.array([ratios for _, ratios in found])


@pytest.fixture(scope="module")
def matrices(uniform: HessianSpectrum) -> tuple[np.ndarray, np.ndarray]:
    return _matrices(uniform, uniform.J, seed=1)


def _sigmas(per_matrix: np.ndarray, expected: np.ndarray | float) -> np.ndarray:
    """Distance of means over matrices, (SAMPLES, n), from what they should be."""
    error = per_matrix.std(axis=0, ddof=1) / math.sqrt(SAMPLES)
    return np.abs(per_matrix.mean(axis=0) - expected) / error


def _counts(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    return np.array([np.histogram(row, edges)[0] / N for row in values])


def test_random_matrices_have_this_spectrum(
    uniform: HessianSpectrum, matrices: tuple[np.ndarray, np.ndarray]
) -> None:
    values, ratios = matrices
    edges = np.linspace(-0.7, 1.7, 13)
    expected = np.diff(uniform.count_below(edges))
    assert _sigmas(_counts(values, edges), expected).max() < 4.0
    other = HessianSpectrum(uniform.stiffness, 1.1 * uniform.J)
    assert _sigmas(_counts(values, edges), np.diff(other.count_below(edges))).max() > 8.0
    # Modes in a window away from the edges; finite N adds to 1/participation a relative 1/N.
    window = (values > 0.2) & (values < 0.8)
    inverse = np.array([(1 / p[inside]).mean() for p, inside in zip(ratios, window, strict=True)])
    z = np.linspace(0.2, 0.8, 31)
    weight = uniform.density(z)
    predicted = np.average(1 / uniform.participation(z), weights=weight)
    assert abs(inverse.mean() / predicted - 1) < 0.02
    assert abs(inverse.mean() / 3 - 1) > 0.1


def test_powers_of_the_inverse(solved: Solved) -> None:
    """Tr H⁻¹/N and Tr H⁻²/N of matrices with the glass's stiffnesses."""
    spectrum = solved(Model(gamma=10.0)).hessian_spectrum
    values, _ = _matrices(spectrum, 1.0, seed=2)
    for power, predicted in ((1, spectrum.inverse_trace), (2, spectrum.inverse_square_trace)):
        traces = (values**-power).mean(axis=1)
        assert _sigmas(traces, predicted) < 4.0
        assert _sigmas(traces, 1.1 * predicted) > 6.0


def test_a_sample_of_stiffnesses_stands_for_their_distribution(uniform: HessianSpectrum) -> None:
    rng = np.random.default_rng(3)
    values = np.where(rng.random(20_000) < 0.75, rng.random(20_000), 6.0)
    found = HessianSpectrum(Stiffness.from_values(values), uniform.J)
    z = np.linspace(-0.5, 1.5, 21)
    np.testing.assert_allclose(found.density(z), uniform.density(z), atol=0.02)
    few = Stiffness.from_values(np.array([[2.0, 1.0], [1.0, 2.0]]))
    assert (few.mean, few.gaps()[1]) == (1.5, (1.0, 2.0))


def test_unstable_matrices_have_no_inverse() -> None:
    spectrum = HessianSpectrum(Stiffness.from_values([1.0]), 0.7)
    assert spectrum.lower_edge == pytest.approx(-0.4)
    assert math.isnan(spectrum.inverse_trace)
    assert spectrum.inverse_square_trace == math.inf


def test_what_has_no_spectrum_is_refused() -> None:
    with pytest.raises(SolveError, match="temperature 0"):
        _ = solve(Model(gamma=10.0), 0, 30.0).hessian_spectrum
    with pytest.raises(SolveError, match="without couplings"):
        _ = solve(Model(gamma=10.0, J=0.0)).hessian_spectrum
