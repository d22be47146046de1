"""Double wells of any even polynomial, tunnelling through them, and wells drawn from theory."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from glasswell.theory import (
    EvenPolynomial,
    Geometry,
    Model,
    Solution,
    SolveError,
    geometry,
    solve,
)
from glasswell.theory.model import EvenFunction
from glasswell.theory.site.stationary import stationary_points
from goodness import deviation
from numpy.typing import NDArray
from scipy import integrate, optimize

Floats = NDArray[np.float64]

TRIPLE = Model(gamma=1.0, coefficients=(0.6, -0.35, 0.035))
SOFT_SEXTIC = Model(gamma=4.0, coefficients=(0.5, -0.3, 0.03), field=0.7)
OCTIC = Model(gamma=1.0, coefficients=(-0.3, 0.5, -0.22, 0.02))
GENERAL = {"triple": TRIPLE, "in a field": SOFT_SEXTIC, "octic, k < 0": OCTIC}
QUANTITIES = ("barrier", "asymmetry", "distance", "exponent", "wkb_exponent", "tunnelling")


def coefficients(G: EvenFunction) -> tuple[Any, ...]:
    assert isinstance(G, EvenPolynomial)
    return G.coefficients


@cache
def solution_of(name: str) -> Solution:
    return solve(GENERAL[name])


@cache
def by_grid(name: str) -> tuple[Floats, Geometry]:
    """Probabilities and wells on 40,000 fields: midpoints, dense about h = 0."""
    solution = solution_of(name)
    reach = 1.01 * solution.wells.h_s
    u = (np.arange(-20_000, 20_000) + 0.5) / 20_000
    h = reach * u * np.abs(u)
    wells = geometry(h, solution.C, solution.model)
    mass = solution.field_density(h) * 2 * reach * np.abs(u) / 20_000
    return np.broadcast_to(mass[:, None], wells.double.shape), wells


def slopes(model: Model, C: float, h: float) -> Floats:
    """Coefficients of U'(v), the highest power first."""
    powers = np.zeros(2 * len(coefficients(model.G)))
    for n, c in enumerate(coefficients(model.G), start=1):
        powers[2 * n - 1] = 2 * n * c / model.gamma
    powers[1] -= C
    powers[0] = -h
    return powers[::-1]


@pytest.mark.parametrize("name", GENERAL)
def test_all_stationary_points_are_found(name: str) -> None:
    """Against a companion matrix, at random fields and responses, 1 to 4 minima."""
    model = GENERAL[name]
    rng = np.random.default_rng(11)
    h, C = rng.choice([0.3, 4.0], 300) * rng.normal(size=300), rng.uniform(-0.2, 1.2, size=300)
    found = geometry(h, C, model)
    minima = set()
    for n in range(300):
        roots = np.roots(slopes(model, C[n], h[n]))
        real = np.sort(roots[np.abs(roots.imag) < 1e-7].real)
        pairs = (len(real) - 1) // 2
        minima.add(pairs + 1)
        assert found.double[n].sum() == pairs
        ours = np.stack([found.lower[n], found.top[n], found.upper[n]])[:, :pairs]
        theirs = np.stack([real[:-2:2], real[1:-1:2], real[2::2]])
        np.testing.assert_allclose(ours, theirs, atol=1e-7)
        assert np.all(np.isnan(found.barrier[n, pairs:]))
    assert minima >= {1, 2, 3}


def test_spinodal_fields() -> None:
    """A pair of minima is lost where W' has an extremum, and not a part in 1e9 before."""
    C = 0.8
    W = TRIPLE.G.shifted(-C / 2)
    inflections = np.sqrt(np.roots([30 * 0.035, 12 * -0.35, 1.2 - C]))
    for h in np.abs(W.slope(inflections)):
        inside, outside = (geometry(h * (1 + s), C, TRIPLE).double.sum() for s in (-1e-9, 1e-9))
        assert inside - outside == 1


def test_points_at_the_edge_of_existence() -> None:
    """A pure power at h = 0, a single well, and arrays that broadcast."""
    assert stationary_points(EvenPolynomial((0.0, 0.0, 1.0)), np.zeros(()))[0] == pytest.approx(
        0.0, abs=1e-14
    )
    assert np.isnan(geometry(3.0, 0.0, TRIPLE).barrier).all()
    assert geometry(np.zeros((2, 1)), np.full(3, 0.8), TRIPLE).barrier.shape == (2, 3, 2)


def test_a_sextic_that_is_nearly_quartic() -> None:
    """The general way through, for a sixth power that does next to nothing: the closed form."""
    quartic = solve(Model(gamma=10.0))
    sextic = solve(Model(gamma=10.0, coefficients=(0.5, 1 / 24, 1e-13)))
    one, other = quartic.wells, sextic.wells
    assert other.h_s == pytest.approx(one.h_s, rel=1e-9)
    assert other.fraction == pytest.approx(one.fraction, rel=1e-9)
    assert other.P0 == pytest.approx(one.P0, rel=1e-9)
    for quantity in QUANTITIES:
        assert other.mean(quantity) == pytest.approx(one.mean(quantity), rel=1e-7), quantity
        low, high = one.support(quantity)
        assert other.support(quantity)[1] == pytest.approx(high, rel=1e-6)
        x = low + (high - low) * np.array([0.2, 0.5, 0.9])
        np.testing.assert_allclose(
            other.count_below(quantity, x), one.count_below(quantity, x), rtol=1e-6
        )
        np.testing.assert_allclose(other.pdf(quantity, x), one.pdf(quantity, x), rtol=1e-4)


@pytest.mark.parametrize("name", GENERAL)
def test_fraction_and_small_asymmetries(name: str) -> None:
    """Σ of all pairs' probabilities, and of those whose minima nearly agree in depth."""
    wells = solution_of(name).wells
    mass, grid = by_grid(name)
    # A spinodal may fall anywhere in a cell of 1e-4 of the range.
    assert wells.fraction == pytest.approx(mass[grid.double].sum(), rel=1e-4)
    narrow = 0.02 * wells.support("asymmetry")[1]
    near = mass[np.nan_to_num(grid.asymmetry, nan=np.inf) < narrow].sum()
    assert near / narrow == pytest.approx(wells.P0, rel=5e-3, abs=1e-9)


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("name", GENERAL)
def test_distributions_against_a_grid(name: str, quantity: str) -> None:
    """Mean, support and counts; the density is the slope of the count."""
    wells = solution_of(name).wells
    mass, grid = by_grid(name)
    value = getattr(grid, quantity)[grid.double]
    weight = mass[grid.double]
    low, high = wells.support(quantity)
    assert wells.mean(quantity) == pytest.approx(
        (value @ weight) / weight.sum(), rel=2e-2 if quantity == "tunnelling" else 2e-4
    )
    # The outermost cells end short of a spinodal, where distances go as a root: 2e-3.
    assert low == pytest.approx(value.min(), abs=5e-3 * high)
    # ω goes as its fourth root.
    assert high == pytest.approx(value.max(), rel=5e-2 if quantity == "tunnelling" else 5e-3)
    x = low + (high - low) * np.array([0.07, 0.3, 0.5, 0.7, 0.93])
    counts = np.array([weight[value < bound].sum() for bound in x])
    np.testing.assert_allclose(wells.count_below(quantity, x), counts, atol=2e-4 * wells.fraction)
    s = 1e-4 * (high - low)
    near, far = (
        wells.count_below(quantity, x + n * s) - wells.count_below(quantity, x - n * s)
        for n in (1, 2)
    )
    slope = (8 * near - far) / (12 * s)
    scale = wells.fraction / (high - low)
    smooth = np.abs(slope - near / (2 * s)) < 1e-4 * scale
    assert smooth.sum() >= 3
    np.testing.assert_allclose(
        wells.pdf(quantity, x)[smooth], slope[smooth], rtol=1e-5, atol=1e-5 * scale
    )


def test_densities_integrate_to_the_fraction(solved: Callable[..., Solution]) -> None:
    """Through edges where they diverge as an inverse square root, by quad's own weight for these.

    P(V) has one at V_0, where h = 0. P(λ) has one there and one at its upper edge, where λ turns
    as a function of h; between them, at λ = 3 λ(0)/√8 of the spinodal field, it has a step.
    """
    wells = solved(Model(gamma=10.0), 0).wells

    def integral(quantity: str, low: float, high: float, power: tuple[float, float]) -> float:
        inside = 1e-7 * (high - low)  # nearer to an edge x itself is lost in rounding

        def regular(x: float) -> float:
            x = min(max(x, low + inside), high - inside)
            density = wells.pdf(quantity, np.array([x]))[0]
            return float(density * (x - low) ** -power[0] * (high - x) ** -power[1])

        total, _ = integrate.quad(regular, low, high, weight="alg", wvar=power, epsrel=1e-5)
        return float(total)

    low, high = wells.support("barrier")
    assert high == pytest.approx(1.5 * low, rel=1e-12)
    total = integral("barrier", low, high, (-0.5, 0.0))
    assert total == pytest.approx(wells.fraction, rel=3e-5)

    low, high = wells.support("exponent")
    step = 3 / np.sqrt(8) * low
    assert low < step < high
    total = integral("exponent", low, step, (-0.5, 0.0))
    total += integral("exponent", step, high, (0.0, -0.5))
    assert total == pytest.approx(wells.fraction, rel=3e-5)


@pytest.mark.parametrize("h", [0.0, 1e-9, 1e-4, 0.1, 1.0, 2.1, -0.5])
@pytest.mark.parametrize("model", [Model(gamma=10.0), TRIPLE])
def test_wkb_exponent_is_its_integral(model: Model, h: float) -> None:
    """∫√(2 (U - E)) dv by scipy's quad from the shallower minimum to the turning point."""
    h = h if model is not TRIPLE else h / 10
    wells = geometry(h, 0.9, model)
    ours = np.atleast_1d(wells.wkb_exponent)
    ends = zip(*map(np.atleast_1d, (wells.lower, wells.top, wells.upper)), strict=True)
    W = model.G.shifted(-0.45, scale=1 / model.gamma)
    for n, (lower, top, upper) in enumerate(ends):
        if np.isnan(upper):
            continue
        depth = {float(v): float(W.value(v) - h * v) for v in (lower, upper)}
        shallow, deep = sorted(depth, key=depth.__getitem__, reverse=True)

        def above(v: float, E: float = depth[shallow]) -> float:
            return float(W.value(v) - h * v) - E

        turn = deep if above(deep) > -1e-14 else optimize.brentq(above, top, deep, xtol=1e-15)

        def momentum(v: float, above: Callable[[float], float] = above) -> float:
            return math.sqrt(2 * max(above(v), 0.0))

        low, high = sorted((shallow, turn))
        S, _ = integrate.quad(momentum, low, high, epsabs=1e-12, limit=400)
        # quad itself is off by 1e-9 where the wells nearly agree.
        assert ours[n] == pytest.approx(S, rel=5e-9)
    assert ours[0] > 0


def test_tunnelling_in_closed_form() -> None:
    """Symmetric quartic well: S = 2λ/3, ω0 = √(2B), Δ0 = ω0 exp(-λ)."""
    B = 0.9 - 0.6 / 10
    wells = geometry(0.0, 0.9, Model(gamma=10.0, k=0.6, a=1.7))
    # λ = 2 v_0 √(2 V_0) with v_0² = 6γB/a and V_0 = (3/2) γB²/a.
    exponent = 2 * np.sqrt(6 * 10 * B / 1.7) * np.sqrt(3 * 10 * B**2 / 1.7)
    assert wells.wkb_exponent == pytest.approx(2 / 3 * exponent, rel=1e-12)
    assert wells.frequency == pytest.approx(np.sqrt(2 * B), rel=1e-12)
    assert wells.tunnelling == pytest.approx(np.sqrt(2 * B) * np.exp(-exponent), rel=1e-10)


@pytest.mark.parametrize("name", GENERAL)
def test_samples_follow_the_theory(name: str) -> None:
    """Every quantity's cumulative counts, the sign of h, and determinism."""
    wells = solution_of(name).wells
    sample = wells.sample(3000, np.random.default_rng(2))
    for quantity in QUANTITIES:
        assert deviation(getattr(sample, quantity), wells, quantity) < 2.0, quantity
    mass, grid = by_grid(name)
    up = float(mass[grid.double & (grid.h > 0)].sum() / mass[grid.double].sum())
    error = np.sqrt(up * (1 - up) / 3000)
    assert np.mean(sample.h > 0) == pytest.approx(up, abs=4 * error)
    again = wells.sample(3000, np.random.default_rng(2))
    np.testing.assert_array_equal(sample.h, again.h)
    # Every draw is a double well of its own potential.
    for v in (sample.lower, sample.top, sample.upper):
        np.testing.assert_allclose(sample.W.slope(v), sample.h, atol=1e-6)
    assert np.all(sample.double)


def test_samples_negative_control(solved: Callable[..., Solution]) -> None:
    """Wells of another γ are told apart."""
    one, other = (solved(Model(gamma=gamma), 0).wells for gamma in (10.0, 11.0))
    sample = one.sample(3000, np.random.default_rng(2))
    assert deviation(sample.barrier, one, "barrier") < 2.0
    assert deviation(sample.barrier, other, "barrier") > 3.0


@pytest.mark.parametrize("name", GENERAL)
def test_moments_and_correlation(name: str) -> None:
    """Against sums over a grid of fields."""
    wells = solution_of(name).wells
    mass, grid = by_grid(name)
    weight = mass[grid.double] / mass[grid.double].sum()
    columns = np.stack([grid.asymmetry[grid.double], grid.exponent[grid.double]])
    covariance = np.cov(columns, aweights=weight, ddof=0)
    expected = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    assert wells.correlation("asymmetry", "exponent") == pytest.approx(expected, abs=2e-3)
    second = float(weight @ columns[0] ** 2)
    assert wells.moment("asymmetry", 2) == pytest.approx(second, rel=1e-3)


@pytest.mark.parametrize("name", GENERAL)
def test_joint_histogram(name: str) -> None:
    """Cell by cell against the grid; over everything it adds up to the fraction."""
    wells = solution_of(name).wells
    mass, grid = by_grid(name)
    pair = ("asymmetry", "exponent")
    edges = [np.linspace(0, 1.001 * wells.support(name)[1], 7) for name in pair]
    counts = wells.joint(*pair, *edges)
    assert counts.shape == (6, 6)
    assert counts.sum() == pytest.approx(wells.fraction, rel=1e-9)
    x, y = (getattr(grid, name)[grid.double] for name in pair)
    expected, _, _ = np.histogram2d(x, y, bins=tuple(edges), weights=mass[grid.double])
    np.testing.assert_allclose(counts, expected, atol=2e-4 * wells.fraction)
    inner = wells.joint(*pair, edges[0][2:5], edges[1][1:4])
    np.testing.assert_allclose(inner, counts[2:4, 1:3], atol=1e-12)


def test_no_wells_to_sample(solved: Callable[..., Solution]) -> None:
    """An error that says why, and NaN for what has no value."""
    wells = solved(Model(gamma=0.7), 0).wells
    with pytest.raises(SolveError, match="no double wells"):
        wells.sample(3, np.random.default_rng(0))
    assert np.isnan(wells.correlation("asymmetry", "exponent"))
    assert wells.curve().h.shape == (0,)
    np.testing.assert_array_equal(wells.joint("barrier", "distance", [0, 1], [0, 1]), [[0.0]])
