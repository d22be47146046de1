"""The model's scales: the exact transition temperature, and covariance under rescaling."""

from __future__ import annotations

import math

import numpy as np
import pytest
from glasswell.sim.sample import scales
from glasswell.theory import Model


@pytest.mark.parametrize("a", [1.0, 7.0])
def test_transition_of_the_pure_quartic(a: float) -> None:
    """γ = 1: k/γ cancels C = 1, and T_g = (24/a)(Γ(3/4)/Γ(1/4))²."""
    exact = 24 / a * (math.gamma(0.75) / math.gamma(0.25)) ** 2
    assert scales.transition_temperature(Model(gamma=1.0, a=a)) == pytest.approx(exact, rel=1e-6)


def test_transition_vanishes_at_one_half() -> None:
    found = [scales.transition_temperature(Model(gamma=g)) for g in (0.5001, 0.51, 0.6)]
    near = [T for T in found if T is not None]
    assert len(near) == len(found)
    assert near == sorted(near)
    assert near[0] == pytest.approx(0.0, abs=1e-3)
    assert scales.transition_temperature(Model(gamma=0.4999)) is None


def test_hard_spins_freeze_at_one() -> None:
    assert scales.transition_temperature(Model(gamma=1e-3, k=-1.0, a=6.0)) == pytest.approx(
        1.0, abs=3e-4
    )


@pytest.mark.parametrize("J", [0.5, 2.0])
def test_transition_scales_with_the_disorder(J: float) -> None:
    """U(v; γ, J) = J U(v; Jγ, 1) on every sample."""
    one = scales.transition_temperature(Model(gamma=3.0 * J))
    assert one is not None
    assert scales.transition_temperature(Model(gamma=3.0, J=J)) == pytest.approx(J * one, rel=1e-5)


def test_no_couplings_no_transition() -> None:
    assert scales.transition_temperature(Model(gamma=3.0, J=0.0)) is None
    assert scales.temperature(Model(gamma=3.0, J=0.0)) > 0.0


def test_pure_ferromagnet_is_curie_weiss() -> None:
    """J = 0: the transition is at J0 β⟨v²⟩ = 1 in the bare single-site measure."""
    model = Model(gamma=2.0, J=0.0, J0=1.5)
    T = scales.transition_temperature(model)
    assert T is not None
    v = np.linspace(-30, 30, 20001)
    weight = np.exp(-model.G.value(v) / model.gamma / T)
    assert 1.5 * np.sum(v**2 * weight) / np.sum(weight) / T == pytest.approx(1.0, rel=1e-6)


@pytest.mark.parametrize("model", [Model(gamma=10.0), Model(gamma=0.3), Model(2.0, J0=2, field=1)])
def test_covariance(model: Model) -> None:
    other = model.rescaled(16.0)
    for of, power in (
        (scales.amplitude, 0.5),
        (scales.gradient_tolerance, 0.5),
        (scales.temperature, 1.0),
        (lambda m: scales.fastest_frequency(m, scales.temperature(m)), 0.0),
    ):
        assert of(other) * 16.0**power == pytest.approx(of(model), rel=1e-6)


def test_tolerance_is_1e_9_at_a_equal_to_one() -> None:
    assert scales.gradient_tolerance(Model(gamma=10.0)) == pytest.approx(1e-9)
    same = Model(gamma=10.0, coefficients=(0.5, 1 / 24))
    assert scales.gradient_tolerance(same) == pytest.approx(1e-9)


@pytest.mark.parametrize(
    "model",
    [Model(1.0, k=0.0, J=0.0), Model(1.0, J=0.0), Model(0.1, k=-1.0, a=6.0), Model(9.0, J0=-3.0)],
)
def test_scales_are_positive_for_odd_models(model: Model) -> None:
    assert scales.amplitude(model) > 1e-3
    assert scales.temperature(model) > 0.0
    assert scales.fastest_frequency(model, scales.temperature(model)) > 0.0
