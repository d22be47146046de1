"""The global minimiser of W(v) - h v, where it jumps, and the grid in h that follows it."""

from __future__ import annotations

import numpy as np
import pytest
from glasswell.theory import EvenPolynomial, Model
from glasswell.theory.model import EvenFunction
from glasswell.theory.site.envelope import convex_envelope
from glasswell.theory.site.ground import GroundSite
from numpy.typing import NDArray
from scipy import optimize

Floats = NDArray[np.float64]

POTENTIALS = {
    "quartic, one well": (0.5, 1 / 24),
    "quartic, two wells": (-0.5, 1 / 24),
    "pure quartic": (0.0, 0.3),
    "sextic, one well": (0.5, -0.1, 0.01),
    "sextic, three wells": (0.5, -0.45, 0.08),
    "sextic, middle well the higher": (0.5, -0.6, 0.08),
    "sextic, no well beside": (0.5, -0.35, 0.08),
    "octic, four wells": (-1.0, 0.9, -0.2305, 0.018),
    "degree ten": (-0.3, 0.05, 0.02, -0.008, 0.0006),
}


def brute_minimum(W: EvenFunction, h: float) -> tuple[float, float]:
    """(v*, min W - h v) on a dense grid, polished."""
    v = np.linspace(-12.0, 12.0, 24001)
    values = W.value(v) - h * v
    at = int(np.argmin(values))
    best = optimize.minimize_scalar(
        lambda x: float(W.value(x) - h * x),
        bounds=(v[at] - 2e-3, v[at] + 2e-3),
        method="bounded",
        options={"xatol": 1e-12},
    )
    return float(best.x), float(best.fun)


def site(coefficients: tuple[float, ...]) -> GroundSite:
    W = EvenPolynomial(coefficients)
    return GroundSite(W, convex_envelope(W))


FIELDS = np.concatenate([np.linspace(-3.0, 3.0, 41) + 0.0137, [1e-3, -1e-3, 7.0, -20.0]])


@pytest.mark.parametrize("case", POTENTIALS)
def test_global_minimiser(case: str) -> None:
    """v*(h) and g(h) = -min U are those found by looking everywhere."""
    W = site(POTENTIALS[case])
    brute = np.array([brute_minimum(W.W, h) for h in FIELDS])
    # A bounded search finds a minimum's place to √eps of its width and its depth to rounding.
    np.testing.assert_allclose(W.slope(FIELDS), brute[:, 0], atol=3e-6)
    np.testing.assert_allclose(W.g(FIELDS), -brute[:, 1], atol=1e-11)


@pytest.mark.parametrize("case", POTENTIALS)
def test_g_is_convex_with_slope_v(case: str) -> None:
    """g' = v* and g'' = dv*/dh away from the jumps, by differences of fourth order."""
    W = site(POTENTIALS[case])
    jumps = np.array([sign * j.h for j in W.jumps for sign in (1, -1)])
    near = np.min(np.abs(FIELDS[:, None] - jumps), axis=1) if len(jumps) else np.full(45, np.inf)
    flat = np.abs(FIELDS) < 0.2 if case == "pure quartic" else np.zeros(len(FIELDS), dtype=bool)
    h = FIELDS[(near > 0.01) & ~flat]
    assert len(h) > 30
    s = 1e-3

    def slope(f: object) -> Floats:
        assert callable(f)
        return np.asarray((8 * (f(h + s) - f(h - s)) - (f(h + 2 * s) - f(h - 2 * s))) / (12 * s))

    # Rounding 1e-15/s, and s⁴ times a fifth derivative that grows towards h = 0.
    np.testing.assert_allclose(slope(W.g), W.slope(h), atol=1e-7)
    np.testing.assert_allclose(slope(W.slope), W.response(h), rtol=1e-4)
    assert np.all(W.response(h) > 0)


@pytest.mark.parametrize("case", POTENTIALS)
def test_jumps(case: str) -> None:
    """At a jump two minima are equally deep; between jumps v* is continuous."""
    W = site(POTENTIALS[case])
    for jump in W.jumps:
        ends = np.array([jump.v, jump.v + jump.size])
        np.testing.assert_allclose(W.W.slope(ends), jump.h, atol=1e-10)
        depths = W.W.value(ends) - jump.h * ends
        assert depths[0] == pytest.approx(depths[1], abs=1e-11)
        assert depths[0] == pytest.approx(brute_minimum(W.W, jump.h)[1], abs=1e-11)
        # A field beside the jump; v* moves there by its response, at most 50, times 2e-8.
        before, after = W.slope(np.array([jump.h - 1e-8, jump.h + 1e-8]))
        assert before == pytest.approx(jump.v, abs=1e-5)
        assert after == pytest.approx(jump.v + jump.size, abs=1e-5)
    h = np.linspace(0.0, 4.0, 40001)
    v = W.slope(h)
    leaps = np.flatnonzero(np.diff(v) > 0.05)
    at_zero = [j for j in W.jumps if j.h == 0.0]
    assert len(leaps) == len(W.jumps) - len(at_zero)
    for n, jump in zip(leaps, [j for j in W.jumps if j.h > 0], strict=True):
        assert h[n] <= jump.h <= h[n + 1]


def test_triple_well_in_closed_form() -> None:
    """W = v²(v² - 1)² has three equal minima at 0, ±1: both jumps at h = 0."""
    W = site((1.0, -2.0 + 1e-9, 1.0))
    # Lifted by 1e-9 v⁴ the middle one is lowest, and gives way at h = 1e-9 to first order.
    assert W.envelope.v_0 == 0.0
    (jump,) = W.jumps
    assert jump.h == pytest.approx(1e-9, rel=1e-3)
    assert jump.size == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("J", [0.0, 0.5, 2.0])
def test_local_potential_carries_the_reaction(J: float) -> None:
    """U_eff = -h v - J² C v²/2 + G(v)/γ."""
    model = Model(gamma=4.0, J=J, k=0.7, a=2.0)
    v = np.linspace(-2, 2, 9)
    expected = model.G.value(v) / 4.0 - J**2 * 0.8 * v**2 / 2
    np.testing.assert_allclose(GroundSite.of(model, 0.8).W.value(v), expected, rtol=1e-14)


@pytest.mark.parametrize("folded", [False, True])
@pytest.mark.parametrize("case", POTENTIALS)
def test_grid_integrates_over_all_fields(case: str, folded: bool) -> None:
    """∫ N(h; 0, σ²) F over the grid is that of a fine Riemann sum that ends at the jumps."""
    W = site(POTENTIALS[case])
    sigma, reach = 0.8, 8.5 * 0.8
    grid = W.grid(reach, sigma, folded=folded, resolution=2.0)
    density = np.exp(-((grid.h / sigma) ** 2) / 2) / (sigma * np.sqrt(2 * np.pi))
    weight = grid.weight * density * (1 + folded)
    # 2e-17 of the Gaussian is cut off; the panels are three standard deviations wide.
    assert weight.sum() == pytest.approx(1.0, abs=1e-11)
    assert weight @ grid.h**2 == pytest.approx(sigma**2, abs=1e-11)
    assert weight @ np.cosh(grid.h) == pytest.approx(np.exp(sigma**2 / 2), rel=1e-11)
    np.testing.assert_allclose(grid.slope, W.slope(grid.h), atol=1e-6)
    np.testing.assert_allclose(grid.g, W.g(grid.h) - W.g(np.zeros(1)), atol=1e-12)
    # E[h v*] = σ² E[dv*/dh], where the jumps count: the identity that C rests on.
    jumps = sum(
        j.size * np.exp(-((j.h / sigma) ** 2) / 2) * (1 if j.h == 0 else 2) for j in W.jumps
    ) / (sigma * np.sqrt(2 * np.pi))
    smooth = weight @ grid.curvature
    # The response diverges as h^(-2/3) for the pure quartic, but not in the grid's variable.
    assert weight @ (grid.h * grid.slope) == pytest.approx(sigma**2 * (smooth + jumps), rel=1e-9)
