"""Lowest states by hand: averages, gauge, wells, and who does not take part."""

from __future__ import annotations

import numpy as np
import pytest
from glasswell.compare import CompareError
from glasswell.compare.measured.lowest_states import LowestStates, check_sizes
from glasswell.sim import SizeData, Status
from glasswell.sim.sample.scales import amplitude
from glasswell.theory import Model, geometry

from ..conftest import Samples

MODEL = Model(gamma=10.0)


def _of(data: SizeData, model: Model = MODEL, *, polarised: bool = False) -> LowestStates:
    return LowestStates.of(data, model, 200, 1, polarised=polarised)


def _random(samples: Samples, S: int = 12, N: int = 30, **other: object) -> SizeData:
    rng = np.random.default_rng(0)
    h, C = 5.0 * rng.standard_normal((S, N)), 0.3 + 0.05 * rng.standard_normal((S, N))
    return samples.size(h, C, 9.0 * np.sign(h) + h, **other)


def test_averages(samples: Samples) -> None:
    data = _random(samples, energy=np.linspace(-3.0, -2.0, 12)[:, None])
    states = _of(data)
    v = data.displacement[:, 0]
    expected = {
        "energy": -2.5,
        "q": np.mean(v**2),
        "p": np.mean(v),
        "C": data.cavity_susceptibility.mean(),
    }
    for name, value in expected.items():
        estimate = states.scalar(name)
        assert estimate.value == pytest.approx(value)
        per_sample, _ = states.scalar_sums(name)
        assert estimate.error == pytest.approx(per_sample.std(ddof=1) / np.sqrt(12), rel=0.25)
    assert (states.N, states.samples, states.left_out, states.found_twice) == (30, 12, 0, 1.0)


def test_wells_are_those_of_each_sites_own_potential(samples: Samples) -> None:
    """At k/γ = 0.1 there is a double well where C is 0.2 and h is 0, one site in four."""
    h = np.tile([0.0, 0.0, 10.0, 0.0], (10, 1))
    C = np.tile([0.2, 0.05, 0.2, 0.05], (10, 1))
    states = _of(samples.size(h, C, 1.0))
    assert states.scalar("dwp_fraction").value == 0.25
    exact = geometry(0.0, 0.2, MODEL)
    for name in ("barrier", "asymmetry", "distance", "exponent"):
        assert states.scalar(name).value == pytest.approx(float(getattr(exact, name)))
    assert states.scalar("barrier").value == pytest.approx(1.5 * 10 * 0.1**2)
    density = states.well_histogram("barrier", np.array([0.1, 0.2]))
    assert density.density @ density.widths == pytest.approx(0.25)


def test_every_two_adjacent_minima_count(samples: Samples) -> None:
    """G'/γ = v (v² - 1)(v² - 4) has two pairs where h = 0, and one of each site's is deeper."""
    model = Model(gamma=1.0, coefficients=(2.0, -1.25, 1 / 6))
    h = np.tile([0.0, 0.0, 0.0, 9.0], (10, 1))
    states = _of(samples.size(h, 0.0, 1.0), model)
    assert states.scalar("dwp_fraction").value == 2 * 3 / 4
    exact = geometry(0.0, 0.0, model)
    for name in ("barrier", "asymmetry", "distance", "exponent"):
        expected = float(np.mean(getattr(exact, name)))
        assert states.scalar(name).value == pytest.approx(expected)
    assert states.small_asymmetries(2.0).value == pytest.approx(2 * 3 / 4 / 2.0)
    density = states.well_histogram("distance", np.array([1.9, 2.1]))
    assert density.density @ density.widths == pytest.approx(2 * 3 / 4)


def test_no_double_well_is_no_error(samples: Samples) -> None:
    states = _of(samples.size(np.ones((10, 5)), 0.05, 1.0))
    fraction = states.scalar("dwp_fraction")
    assert (fraction.value, fraction.error) == (0.0, 1 / 50)
    assert np.isnan(states.scalar("barrier").value)


def test_density_near_zero_counts_both_signs(samples: Samples) -> None:
    h = np.tile([-0.4, 0.2, 0.4, 3.0], (10, 1))
    estimate = _of(samples.size(h, 0.2, 1.0)).near_zero(0.5)
    assert estimate.value == pytest.approx(0.75)
    signed = _of(samples.size(h, 0.2, 1.0), Model(gamma=10.0, field=0.1))
    assert signed.near_zero(0.5).value == pytest.approx(0.75)


@pytest.mark.parametrize("polarised", [False, True])
def test_gauge(samples: Samples, polarised: bool) -> None:
    """Mirrored samples are turned back in the polarised phase, and only there."""
    data = samples.size(np.full((10, 6), 16.0), 0.14, 5.5)
    sign = np.where(np.arange(10) % 2, 1.0, -1.0)[:, None, None]
    mirrored = samples.size(
        (sign * data.cavity_field)[:, 0], 0.14, (sign * data.displacement)[:, 0]
    )
    states = _of(mirrored, Model(gamma=2.0, J0=3.0), polarised=polarised)
    assert states.signed == states.gauged == polarised
    assert states.scalar("p").value == pytest.approx(5.5 if polarised else 0.0)
    edges = np.array([-20.0, 0.0, 20.0]) if polarised else np.array([0.0, 20.0])
    expected = [0.0, 1 / 20] if polarised else [1 / 40]
    np.testing.assert_allclose(states.field_histogram(edges).density, expected)


def test_a_field_fixes_the_sign_by_itself(samples: Samples) -> None:
    """With H ≠ 0 the mirror state is another one: nothing may be turned."""
    data = samples.size(np.full((10, 6), -2.0), 0.2, -1.0)
    states = _of(data, Model(gamma=2.0, J0=3.0, field=0.3), polarised=True)
    assert states.signed
    assert not states.gauged
    assert states.scalar("p").value == -1.0


def test_uncertified_samples_are_left_out_and_counted(samples: Samples) -> None:
    status = np.zeros((12, 1), dtype=int)
    status[:3, 0] = [Status.MARGINAL, Status.ITERATION_LIMIT, Status.NOT_FINITE]
    data = _random(samples, status=status, energy=np.full((12, 1), -1.0))
    for values in (data.cavity_field, data.cavity_susceptibility, data.displacement, data.energy):
        values[:3] = np.nan
    states = _of(data)
    assert (states.samples, states.left_out) == (9, 3)
    for name in ("energy", "q", "C", "dwp_fraction"):
        assert np.isfinite(states.scalar(name).value)
    status[:5] = int(Status.MARGINAL)
    with pytest.raises(CompareError, match="7 samples are too few"):
        _of(data)


def test_what_is_left_of_v_zero_is_zero(samples: Samples) -> None:
    """A minimiser stops at 1e-11, not at 0: such a state is the ergodic one."""
    model = Model(gamma=0.4)
    rest = 1e-9 * amplitude(model) * np.random.default_rng(0).standard_normal((10, 8))
    data = samples.size(rest, 0.5, rest, energy=np.full((10, 1), 1e-20))
    states = _of(data, model)
    for name in ("energy", "q", "p"):
        estimate = states.scalar(name)
        assert (estimate.value, estimate.error) == (0.0, 0.0)
        assert estimate.z(0.0) == 0.0
    assert np.all(states.field == 0.0)


def test_hits(samples: Samples) -> None:
    hits = np.array([1, 1, 1, 2, 5, 9, 1, 1, 1, 1, 1, 1])
    assert _of(_random(samples, hits=hits)).found_twice == 0.25


def test_nothing_to_compare() -> None:
    with pytest.raises(CompareError, match="simulate first"):
        check_sizes({})
