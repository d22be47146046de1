"""The response with level crossings: against the Hessian, and fields put on by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from glasswell.sim import NotAMinimumError, SimulationError, minimise
from glasswell.sim.local import response
from glasswell.sim.sample import couplings, landscape
from glasswell.theory import Model

GLASS = Model(gamma=10.0)
NONE = np.zeros((20, 0))


def _sample(sample: int, N: int = 20) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Lowest state, all states, couplings, random signs."""
    J = couplings.sample(GLASS, N, seed=2, sample=sample)
    rng = np.random.default_rng(sample)
    minima = minimise(4.0 * rng.standard_normal((N, 24)), J, GLASS)
    v = minima.v[:, int(np.argmin(minima.energy))]
    return v, minima.v, J, np.sign(rng.standard_normal((N, 2)))


def test_in_a_harmonic_landscape_there_is_only_the_hessian() -> None:
    model = Model(gamma=0.4, a=1e-12)
    J = couplings.sample(model, 20, seed=2)
    signs = np.sign(np.random.default_rng(0).standard_normal((20, 3)))
    measured = response.measure(np.zeros(20), NONE, J, model, fields=[300.0, 1000.0], signs=signs)
    C = np.trace(np.linalg.inv(2.5 * np.eye(20) - J)) / 20
    assert measured.regular == pytest.approx(C, rel=1e-10)
    np.testing.assert_allclose(measured.same_state, C, rtol=2e-5)
    np.testing.assert_allclose(measured.lowest_state, C, rtol=2e-5)
    np.testing.assert_array_equal(measured.crossings, 0.0)


def test_the_response_is_that_to_a_field_put_on_by_hand() -> None:
    """No gauge: Newton's steps in the random field δσ itself, and what the Hessian explains."""
    v, _, J, signs = _sample(0)
    sigma, delta = signs[:, 0], 0.05
    measured = response.measure(v, NONE, J, GLASS, fields=[delta], signs=signs[:, :1])
    ends = []
    for push in (delta * sigma, -delta * sigma):
        x = v.copy()
        for _ in range(20):
            gradient = landscape.force(x, J, GLASS) + push
            x = x + np.linalg.solve(landscape.hessian(x, J, GLASS), gradient)
        ends.append(x)
    by_hand = sigma @ (ends[0] - ends[1]) / (2 * delta * 20)
    chi = np.linalg.inv(landscape.hessian(v, J, GLASS))
    noise = (sigma @ chi @ sigma - np.trace(chi)) / 20
    assert measured.same_state[0] == pytest.approx(by_hand - noise, rel=1e-8)
    assert abs(by_hand - noise - measured.regular) > 1e-7
    assert abs(noise) > 0.01


def test_small_fields_give_the_hessian_back_and_curvature_goes_with_the_square() -> None:
    v, _, J, signs = _sample(0)
    measured = response.measure(v, NONE, J, GLASS, fields=[0.02, 0.04], signs=signs)
    small, large = measured.same_state - measured.regular
    assert large / small == pytest.approx(4.0, rel=0.1)
    np.testing.assert_array_equal(measured.lowest_state, measured.same_state)


def test_crossings_add_to_the_response() -> None:
    """C ≥ C_reg within errors, by more than errors where fields are strong enough to cross."""
    defects, crossed = [], []
    for sample in range(36):
        v, candidates, J, signs = _sample(sample)
        measured = response.measure(v, candidates, J, GLASS, fields=[0.1, 0.3], signs=signs)
        assert np.all(measured.failed == 0.0)
        defects.append(measured.lowest_state - measured.same_state)
        crossed.append(measured.crossings)
    gain = np.mean(defects, axis=0)
    error = np.std(defects, axis=0) / np.sqrt(36)
    assert np.all(gain > -2.0 * error)
    assert gain[1] > 2.0 * error[1]
    assert np.mean(crossed, axis=0)[1] > np.mean(crossed, axis=0)[0]


def test_the_lowest_state_in_a_larger_field_magnetises_more() -> None:
    """E(δ) = min over states is concave, so that -dE/dδ never falls; with σ's noise put back."""
    v, candidates, J, signs = _sample(3)
    fields = [0.05, 0.1, 0.2, 0.4]
    chi = np.linalg.inv(landscape.hessian(v, J, GLASS))
    noise = (signs[:, 0] @ chi @ signs[:, 0] - np.trace(chi)) / 20
    measured = response.measure(v, candidates, J, GLASS, fields=fields, signs=signs[:, :1])
    assert np.all(np.diff(np.array(fields) * (measured.lowest_state + noise)) > 0.0)


def test_mirror_images_take_no_part() -> None:
    """-v alone as the other state: it would answer any field by turning over."""
    v, _, J, signs = _sample(0)
    measured = response.measure(v, -v[:, None], J, GLASS, fields=[1e-3], signs=signs)
    assert measured.crossings[0] == 0.0
    assert measured.lowest_state[0] == pytest.approx(measured.regular, rel=1e-4)


def test_every_backend_agrees(xp: Any) -> None:
    v, candidates, J, signs = _sample(1, N=8)
    reference = response.measure(v, candidates[:, :3], J, GLASS, fields=[0.3], signs=signs)
    other = response.measure(
        xp.asarray(v),
        xp.asarray(candidates[:, :3]),
        xp.asarray(J),
        GLASS,
        fields=[0.3],
        signs=signs,
    )
    assert other.lowest_state[0] == pytest.approx(reference.lowest_state[0], rel=1e-8)
    assert other.crossings[0] == reference.crossings[0]


def test_bad_questions() -> None:
    v, _, J, signs = _sample(0)
    with pytest.raises(SimulationError, match="without a field"):
        response.measure(v, NONE, J, replace(GLASS, field=0.1), fields=[0.1], signs=signs)
    with pytest.raises(SimulationError, match="positive"):
        response.measure(v, NONE, J, GLASS, fields=[0.0], signs=signs)
    with pytest.raises(SimulationError, match="±1"):
        response.measure(v, NONE, J, GLASS, fields=[0.1], signs=0.5 * signs)
    with pytest.raises(NotAMinimumError, match="minimise first"):
        response.measure(np.zeros(20), NONE, J, GLASS, fields=[0.1], signs=signs)
