"""γ, k or a drawn for every site: against pure models and against plain averages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from glasswell.compare.measured.local_heat import measured_heat
from glasswell.sim.sample import couplings, landscape
from glasswell.theory import (
    Component,
    EvenPolynomial,
    Model,
    ModelError,
    Random,
    Solution,
    glass_temperature,
    solve,
)
from glasswell.theory.model.potential import OnSite
from glasswell.theory.phases.lines import gamma_DWP, gamma_EG
from glasswell.theory.recursion.mixture import levels_of
from glasswell.theory.recursion.recursion import Order, recursion
from numpy.typing import NDArray
from scipy import integrate, optimize, stats

Floats = NDArray[np.float64]

UNIFORM = Model(gamma=stats.uniform(8, 4))
WIDE = Model(gamma=stats.lognorm(0.3, scale=5.0), J0=0.3, field=0.4)
TWO = Model(gamma=stats.uniform(4, 2), k=stats.norm(1.0, 0.15), J=1.2)
ALL = Model(gamma=stats.gamma(9.0, scale=0.4), k=stats.uniform(0.5, 1), a=stats.uniform(0.5, 1.5))


@pytest.mark.parametrize(
    ("name", "rsb", "temperature"),
    [("gamma", 0, 0.0), ("a", 1, 0.0), ("gamma", 2, 0.0), ("k", 1, 1.0)],
)
def test_a_narrow_distribution_is_the_pure_model(
    name: str, rsb: int, temperature: float, solved: Callable[..., Solution]
) -> None:
    """Width 1e-8: every number is that of the mean value, with its first-order shift gone."""
    pure = Model(gamma=10.0)
    known = solved(pure, rsb) if temperature == 0 else solve(pure, rsb, temperature)
    value = getattr(pure, name)
    drawn: dict[str, Any] = {name: stats.uniform(value - 5e-9, 1e-8)}
    narrow = replace(pure, **drawn)
    found = solve(narrow, rsb, temperature, guess=known) if rsb else solve(narrow, 0, temperature)
    assert found.converged
    for quantity in ("free_energy", "energy", "C", "C_reg", "C_jump", "q_hat", "susceptibility"):
        expected = getattr(known, quantity)
        assert getattr(found, quantity) == pytest.approx(expected, rel=1e-8, abs=1e-9), quantity
    np.testing.assert_allclose(found.overlaps, known.overlaps, rtol=1e-8)
    np.testing.assert_allclose(found.breakpoints, known.breakpoints, rtol=1e-7)
    h = np.linspace(-3, 3, 7)
    np.testing.assert_allclose(found.field_density(h), known.field_density(h), rtol=1e-7)


def minimiser(h: Floats, gamma: Floats, a: Floats, B: Floats) -> Floats:
    """v* of -h v - B v²/2 + a v⁴/(24 γ) for h ≥ 0: the cubic's largest root, in closed form."""
    p, q = -6 * gamma * B / a, -6 * gamma * h / a
    discriminant = (q / 2) ** 2 + (p / 3) ** 3
    root = np.sqrt(np.maximum(discriminant, 0.0))
    one = np.cbrt(-q / 2 + root) + np.cbrt(-q / 2 - root)
    size = np.sqrt(np.maximum(-p / 3, 1e-12))
    angle = np.arccos(np.clip(-q / 2 / size**3, -1, 1)) / 3
    return np.where(discriminant >= 0, one, 2 * size * np.cos(angle))


def plain_sites(model: Model) -> tuple[Floats, dict[str, Floats]]:
    """Weights and parameters on a uniform grid of midpoints of all random parameters."""
    count = 200 if len(model.random) == 1 else 30
    weights, values = [], []
    for name in model.random:
        frozen = getattr(model, name).frozen
        low, high = frozen.ppf(1e-10), frozen.isf(1e-10)
        x = low + (high - low) * (np.arange(count) + 0.5) / count
        values.append(x)
        weights.append(frozen.pdf(x) / frozen.pdf(x).sum())
    weight = np.ravel(weights[0] if len(weights) == 1 else np.outer(*weights))
    grid = [np.ravel(x) for x in np.meshgrid(*values, indexing="ij")]
    found = dict(zip(model.random, grid, strict=True))
    return weight, {
        name: found.get(name, np.full(len(weight), getattr(model, name)))
        for name in ("gamma", "k", "a")
    }


def plain_averages(model: Model, order: Order) -> tuple[float, float, float, float]:
    """f, p, q and C of replica symmetry from sums over sites and 4,000 fields."""
    sigma, centre = model.J * np.sqrt(order.q[0]), model.field + model.J0 * order.p
    weight, site = plain_sites(model)
    B = model.J**2 * order.C - site["k"] / site["gamma"]
    sums = np.zeros(4)
    # The jump of v* at h = 0 falls between two fields.
    for z in np.array_split((np.arange(-2000, 2000) + 0.5) * 4e-3 - centre / sigma, 20):
        mass = np.exp(-(z**2) / 2) * 4e-3 / np.sqrt(2 * np.pi)
        h = (centre + sigma * z)[:, None]
        v = np.sign(h) * minimiser(np.abs(h), site["gamma"], site["a"], B)
        g = h * v + B * v**2 / 2 - site["a"] * v**4 / (24 * site["gamma"])
        for n, value in enumerate((g, v, v**2, v * z[:, None] / sigma)):
            sums[n] += mass @ value @ weight
    g, p, q, C = sums
    f = model.J0 * order.p**2 / 2 + model.J**2 * order.C * order.q[0] / 2 - g
    return float(f), float(p), float(q), float(C)


@pytest.mark.parametrize("case", ["uniform", "lognormal, in a field", "two parameters"])
def test_replica_symmetry_against_plain_sums(case: str) -> None:
    """The saddle point's own equations, site by site and field by field, by brute force."""
    model = {"uniform": UNIFORM, "lognormal, in a field": WIDE, "two parameters": TWO}[case]
    solution = solve(model)
    assert solution.converged
    f, p, q, C = plain_averages(model, solution.levels.order)
    # Midpoints: 200 of one parameter, 30 of each of two; fields 4e-3 σ apart.
    rel = 3e-5 if len(model.random) == 1 else 3e-4
    assert solution.free_energy == pytest.approx(f, rel=rel)
    assert solution.p == pytest.approx(p, rel=rel, abs=1e-12)
    assert solution.overlaps[0] == pytest.approx(q, rel=rel)
    assert solution.C == pytest.approx(C, rel=rel)
    # The mean value of γ alone gives something else.
    pure = replace(model, gamma=model.gamma.frozen.mean())
    assert abs(solve(pure).free_energy / f - 1) > 2 * rel


def test_solutions_are_stationary(solved: Callable[..., Solution]) -> None:
    """No derivative of the averaged f is left; at the pure model's order parameters there is."""
    pure = solved(Model(gamma=5.0), 1)
    model = Model(gamma=stats.beta(2.0, 2.0, loc=3, scale=4))
    solution = solve(model, 1, guess=pure)
    assert solution.converged

    def steepest(order: Order) -> float:
        x = np.array([order.C, *order.q, *order.y])

        def f(x: Floats) -> float:
            q, y = np.split(x[1:], [2])
            return float(levels_of(model, Order(0.0, float(x[0]), q, y)).free_energy)

        ahead = [(f(x * (1 + step)) - f(x * (1 - step))) / 2e-3 for step in 1e-3 * np.eye(len(x))]
        return float(np.abs(ahead).max() / (order.C * order.q[-1]))

    # Differences of second order: 1e-6 of the third derivative, which y has the largest of.
    assert steepest(solution.levels.order) < 1e-6
    assert steepest(pure.levels.order) > 1e-4


def test_f_converges_with_the_number_of_sites(solved: Callable[..., Solution]) -> None:
    """Geometrically if all sites hold double wells; the default is good to rounding."""
    order = solved(Model(gamma=10.0), 0).levels.order

    def f(resolution: float) -> float:
        return sum(w * recursion(site, order).free_energy for w, site in UNIFORM.sites(resolution))

    errors = [abs(f(n / 12) - f(2.0)) for n in (2, 4, 6, 12)]
    assert len(UNIFORM.sites()) == 12
    assert errors[0] > 1e-4
    for coarse, fine in pairwise(errors[:3]):
        assert fine < 1e-2 * coarse
    assert errors[3] < 1e-12


def test_sites() -> None:
    """Weights add up to one; several parameters are independent; a pure model is its own site."""
    pure = Model(gamma=2.0)
    assert pure.sites() == ((1.0, pure),)
    for sites in (ALL.sites(), ALL.sites_by_quantile(200)):
        weights = np.array([weight for weight, _ in sites])
        assert weights.sum() == pytest.approx(1.0, rel=1e-13)
        values = np.array([(site.gamma, site.k, site.a) for _, site in sites])
        np.testing.assert_allclose(weights @ values, [3.6, 1.0, 1.25], rtol=5e-3)
        product = weights @ np.prod(values, axis=1)
        assert product == pytest.approx(3.6 * 1.0 * 1.25, rel=5e-3)
    assert [ALL.site_at(np.full(3, 0.5)).k, ALL.random] == [1.0, ("gamma", "k", "a")]


def test_energy_at_zero_temperature() -> None:
    """u = f, from the average of on-site energies and the bonds' by parts."""
    solution = solve(WIDE)
    assert solution.energy == pytest.approx(solution.free_energy, rel=1e-10)
    assert np.isnan(solution.entropy)


def uniform_mean(scale: float, C: float) -> tuple[float, float]:
    """E χ and E χ² at T = 0 for γ uniform in scale·[0.8, 1.2], where χ = γ/(1 - γC), J = k = 1.

    ∫γ/(1 - γC) dγ = -γ/C - ln(1 - γC)/C².
    """
    ends = scale * np.array([0.8, 1.2])
    first = float(np.diff(-ends / C - np.log1p(-ends * C) / C**2)[0])
    second, _ = integrate.quad(lambda x: (x / (1 - x * C)) ** 2, *ends)
    return first / (0.4 * scale), second / (0.4 * scale)


def test_the_ergodic_phase_at_zero_temperature() -> None:
    """Stable as long as E χ² < 1, which for sites that differ comes before C = E χ = 1."""

    def marginal_C(scale: float) -> float:
        pole = 1 / (1.2 * scale)
        return float(
            optimize.brentq(lambda C: uniform_mean(scale, C)[1] - 1, 1e-3, pole * (1 - 1e-6))
        )

    def excess(scale: float) -> float:
        return uniform_mean(scale, C := marginal_C(scale))[0] - C

    edge = float(optimize.brentq(excess, 0.4, 0.55))
    assert marginal_C(edge) < 0.995
    assert edge < 0.499

    ergodic = solve(Model(gamma=stats.uniform(0.8 * 0.99 * edge, 0.4 * 0.99 * edge)))
    chi, square = uniform_mean(0.99 * edge, ergodic.C)
    assert ergodic.q_hat == 0.0
    assert ergodic.C == pytest.approx(chi, rel=1e-10)
    assert ergodic.replicon == pytest.approx(1 - square, rel=1e-9)
    glass = solve(Model(gamma=stats.uniform(0.8 * 1.02 * edge, 0.4 * 1.02 * edge)))
    assert glass.converged
    assert glass.q_hat > 1e-4


def test_glass_temperature() -> None:
    """E χ² = 1 with C = E χ, and χ = β⟨v²⟩ from plain sums over v and γ."""
    T = glass_temperature(UNIFORM)
    v = np.linspace(0, 25, 1001)
    gamma = 8 + 4 * (np.arange(100) + 0.5)[:, None] / 100

    def chi(C: float) -> Floats:
        U = v**2 / (2 * gamma) + v**4 / (24 * gamma) - C * v**2 / 2
        weight = np.exp(-(U - U.min(axis=1, keepdims=True)) / T)
        weight[:, 0] /= 2
        return np.asarray((weight @ v**2) / weight.sum(axis=1) / T)

    C = optimize.brentq(lambda C: chi(C).mean() - C, 0.5, 1.0)
    assert np.mean(chi(C) ** 2) == pytest.approx(1.0, abs=1e-5)
    assert C < 0.9999
    above = solve(UNIFORM, temperature=1.01 * T)
    assert above.overlaps[0] == 0.0
    assert 0 < above.replicon < 0.1


def test_curie_weiss() -> None:
    """J = 0: p = E⟨v⟩ at the field J0 p, with ⟨v⟩ the root of a cubic; k of either sign."""
    model = Model(gamma=1.0, k=stats.norm(-0.2, 0.3), J=0.0, J0=0.5)
    solution = solve(model)
    k = model.k.quantile((np.arange(20_000) + 0.5) / 20_000)
    v = minimiser(np.full(20_000, 0.5 * solution.p), np.ones(1), np.ones(1), -k)
    assert solution.p > 1.0
    assert solution.p == pytest.approx(v.mean(), rel=1e-5)
    assert solution.overlaps[0] == pytest.approx(np.mean(v**2), rel=1e-5)
    f = 0.25 * solution.p**2 + np.mean(k * v**2 / 2 + v**4 / 24 - 0.5 * solution.p * v)
    assert solution.free_energy == pytest.approx(f, rel=1e-5)


def test_equal_distributions_are_equal() -> None:
    """Models can be compared, hashed and printed; how a distribution was frozen does not matter."""
    one = Model(gamma=stats.lognorm(0.2, scale=10))
    other = Model(gamma=stats.lognorm(s=0.2, loc=0.0, scale=10.0))
    assert one == other
    assert hash(one) == hash(other)
    assert one != Model(gamma=stats.lognorm(0.2, scale=11))
    assert one.gamma == Random("lognorm", (("s", 0.2), ("scale", 10.0)))
    assert "lognorm(s=0.2, loc=0, scale=10)" in repr(one)


def test_what_needs_one_potential_says_so() -> None:
    """Phase boundaries in γ, scaling with a and a sample's energy have no meaning for sites that
    differ."""
    calls: list[Callable[[], Any]] = [
        lambda: UNIFORM.G,
        lambda: gamma_EG(UNIFORM),
        lambda: gamma_DWP(UNIFORM),
        lambda: landscape.energy(np.zeros(4), couplings.sample(UNIFORM, 4, seed=1), UNIFORM),
    ]
    for call in calls:
        with pytest.raises(ModelError, match="differ"):
            call()
    with pytest.raises(ModelError, match="one a"):
        ALL.rescaled(2.0)


def test_components_at_many_kinds_of_site(solved: Callable[..., Solution]) -> None:
    """Quantiles and the Gauss rule give one density of fields; their γ are those of quantiles."""
    solution = solve(UNIFORM)
    components = Component.of(solution, 20)
    assert len(components) == 20
    gammas = sorted(part.model.gamma for part in components)
    at = (1 + np.polynomial.legendre.leggauss(20)[0]) / 2
    np.testing.assert_allclose(gammas, 8 + 4 * at, rtol=1e-12)
    h = np.linspace(-9, 9, 5)
    density = sum(part.weight * part.density(h) for part in components if part.density)
    np.testing.assert_allclose(density, solution.field_density(h), rtol=1e-10)
    assert len(Component.of(solved(Model(gamma=10.0), 0), 20)) == 1


def test_measured_heat_of_sites_that_differ() -> None:
    """Each site's own potential: the mean over sites of what they give one by one."""
    gamma, k = np.array([[4.0, 6.0], [8.0, 10.0]]), np.array([[1.0, 0.8], [1.2, 1.0]])
    h, C, T = np.array([[0.1, np.nan], [1.0, 2.0]]), 0.2, np.array([0.05, 0.1])
    sites = OnSite(gamma, EvenPolynomial.quartic(k, 1.0))
    found = measured_heat(h, C, sites, T, seed=1, count=12).capacity

    def alone(n: int, m: int) -> Floats:
        model = Model(gamma=float(gamma[n, m]), k=float(k[n, m]))
        one = np.full((2, 1), h[n, m])
        return measured_heat(one, C, model, T, seed=1, count=12).capacity.value

    np.testing.assert_allclose(found.by_sample[0], alone(0, 0), rtol=1e-8)
    second = (alone(1, 0) + alone(1, 1)) / 2
    np.testing.assert_allclose(found.by_sample[1], second, rtol=1e-8)
    same = measured_heat(h, C, Model(gamma=7.0), T, seed=1, count=12).capacity
    assert np.abs(same.by_sample / found.by_sample - 1).max() > 1e-2
