"""Modes about minima: against closed forms, traces that need no eigenvalue, and each other."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from backends import host
from glasswell.sim import NotAMinimumError, ShapeError, SimulationError, minimise
from glasswell.sim.sample import couplings, landscape, spectrum
from glasswell.theory import Model


def test_two_sites() -> None:
    """s ∓ J_12, both sites taking part; uncoupled, each mode is one site."""
    J = np.array([[0.0, 0.3], [0.3, 0.0]])
    found = spectrum.modes(np.zeros(2), J, Model(gamma=0.5))
    np.testing.assert_allclose(found.eigenvalue, [1.7, 2.3])
    np.testing.assert_allclose(found.participation, [1.0, 1.0])
    assert found.chi_SG == pytest.approx((1.7**-2 + 2.3**-2) / 2)
    apart = spectrum.modes(np.array([0.0, 1.0]), 0 * J, Model(gamma=0.5))
    np.testing.assert_allclose(apart.eigenvalue, [2.0, 3.0])
    np.testing.assert_allclose(apart.participation, [0.5, 0.5])


def test_traces(case: Any) -> None:
    """Σλ^n = Tr H^n for n = 1, 2, -1, -2, by products and inverses."""
    v = case.minima.v[:, 0]
    H = landscape.hessian(v, case.J, case.model)
    found = spectrum.modes(v, case.J, case.model)
    inverse = np.linalg.inv(H)
    traces = {1: np.trace(H), 2: (H**2).sum(), -1: np.trace(inverse), -2: (inverse**2).sum()}
    for power, trace in traces.items():
        assert (found.eigenvalue**power).sum() == pytest.approx(trace, rel=1e-8)
    assert found.chi_SG == pytest.approx(traces[-2] / len(v), rel=1e-8)
    assert found.eigenvalue[0] == pytest.approx(float(case.minima.smallest_eigenvalue[0]))


def test_random_vectors_have_a_third() -> None:
    """Gaussian components: Σψ⁴ = 3/(N + 2) for each of N modes on average."""
    model, N = Model(gamma=0.4), 200
    found = spectrum.modes(np.zeros(N), couplings.sample(model, N, seed=3), model)
    inverse = 1 / found.participation
    expected = 3 * N / (N + 2)
    assert abs(inverse.mean() - expected) < 4 * inverse.std() / math.sqrt(N)
    assert abs(inverse.mean() - 2.7) > 4 * inverse.std() / math.sqrt(N)


def test_every_backend_and_shape_agree(xp: Any, case: Any) -> None:
    v = np.stack([case.minima.v[:, :2], case.minima.v[:, 1:3]])
    stacked = spectrum.modes(xp.asarray(v), xp.asarray(np.stack([case.J, case.J])), case.model)
    alone = spectrum.modes(case.minima.v[:, 1], case.J, case.model)
    for name in ("eigenvalue", "participation"):
        found = host(getattr(stacked, name))
        assert found.shape == (2, 2, 24)
        np.testing.assert_allclose(found[1, 0], getattr(alone, name), rtol=1e-7)
    assert stacked.chi_SG.shape == (2, 2)


def test_lanczos_finds_the_lowest_modes(case: Any) -> None:
    v = case.minima.v[:, 0]
    all_modes = spectrum.modes(v, case.J, case.model)
    found, vectors = spectrum.lowest(v, case.J, case.model, 5)
    np.testing.assert_allclose(found.eigenvalue, all_modes.eigenvalue[:5], rtol=1e-9)
    np.testing.assert_allclose(found.participation, all_modes.participation[:5], rtol=1e-6)
    H = landscape.hessian(v, case.J, case.model)
    np.testing.assert_allclose(H @ vectors, vectors * found.eigenvalue, atol=1e-8)


def test_soft_modes_scale_away() -> None:
    """Frequencies do not depend on a: v = u/√a."""
    model = Model(gamma=10.0)
    J = couplings.sample(model, 16, seed=6)
    v = minimise(np.random.default_rng(1).standard_normal(16), J, model).v
    one, _ = spectrum.lowest(v, J, model, 3)
    other, _ = spectrum.lowest(v / 3.0, J, model.rescaled(9.0), 3)
    np.testing.assert_allclose(one.eigenvalue, other.eigenvalue)


def test_what_is_refused() -> None:
    model = Model(gamma=10.0)
    J = couplings.sample(model, 16, seed=6)
    with pytest.raises(NotAMinimumError, match="minimise first"):
        spectrum.lowest(np.zeros(16), J, model)
    for v, count in ((np.zeros((16, 2)), 3), (np.zeros(16), 16), (np.zeros(16), 0)):
        with pytest.raises(SimulationError, match="1 ≤ count < N"):
            spectrum.lowest(v, J, model, count)
    with pytest.raises(ShapeError):
        spectrum.modes(np.zeros(15), J, model)
