"""Sorting and counting: what is the same state, and what only looks like it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from glasswell.sim import Status
from glasswell.sim.minima.collect import collect, hits, same_energy
from glasswell.sim.minima.minimiser import Minima
from glasswell.sim.sample import cavity
from glasswell.sim.sample.scales import amplitude
from glasswell.theory import Model
from scipy import stats

GLASS = Model(gamma=10.0)
PLACE = np.random.default_rng(0).standard_normal(8) * 9.0


def test_mirror_images_are_one_state() -> None:
    v = np.stack([PLACE, PLACE, -PLACE, -PLACE], axis=1)
    assert hits(np.full(4, -30.0), v, GLASS) == 4


def test_in_a_field_they_are_two() -> None:
    v = np.stack([PLACE, PLACE, -PLACE, -PLACE], axis=1)
    assert hits(np.full(4, -30.0), v, Model(gamma=10.0, field=0.1)) == 2


def test_equal_energy_elsewhere_is_no_hit() -> None:
    other = PLACE.copy()
    other[0] *= -1.0
    assert hits(np.full(2, -30.0), np.stack([PLACE, other], axis=1), GLASS) == 1


def test_another_energy_is_no_hit() -> None:
    v = np.stack([PLACE, PLACE], axis=1)
    assert hits(np.asarray([-30.0, -30.0 + 1e-5]), v, GLASS) == 1
    assert hits(np.asarray([-30.0, -30.0 + 1e-11]), v, GLASS) == 2


@pytest.mark.parametrize("model", [GLASS, Model(gamma=0.6), Model(gamma=stats.uniform(8.0, 4.0))])
def test_the_same_energy_is_so_in_any_units(model: Model) -> None:
    """Near zero too, where a difference relative to the energy itself means nothing."""
    unit = 2.0 * amplitude(model) ** 2
    for scaled in (model, model.rescaled(1e6)):
        size = unit * scaled.a**-1
        for energy in (0.0, -size):
            apart = size * np.array([0.0, 5e-10, -5e-10, 2e-8, -2e-8])
            found = same_energy(energy + apart, energy, scaled)
            assert found.tolist() == [True, True, True, False, False]


def _relabelled(minima: Minima, status: list[int]) -> Minima:
    return Minima(**{**vars(minima), "status": np.asarray(status)})


def test_states_are_sorted_and_their_fields_are_those_of_cavity(case: Any) -> None:
    data = collect(7, case.minima, case.J, case.model, kept=4)
    assert data.sample.tolist() == [7]
    assert data.displacement.shape == data.cavity_field.shape == (1, 4, 24)
    assert np.all(np.diff(data.energy[0]) >= 0.0)
    np.testing.assert_allclose(data.energy[0], np.sort(case.minima.energy)[:4] / 24)
    local = cavity.fields(data.displacement[0].T, case.J, case.model)
    np.testing.assert_allclose(data.cavity_field[0].T, local.h)
    np.testing.assert_allclose(data.cavity_susceptibility[0].T, local.C)
    assert 1 <= data.hits[0] <= 6


@pytest.mark.parametrize("case", ["glass"], indirect=True)
def test_what_is_no_minimum_comes_last_and_has_no_fields(case: Any) -> None:
    lowest = int(np.argmin(case.minima.energy))
    status = [int(Status.ITERATION_LIMIT) if r == lowest else 0 for r in range(6)]
    data = collect(0, _relabelled(case.minima, status), case.J, case.model, kept=6)
    assert data.status[0].tolist() == [0, 0, 0, 0, 0, int(Status.ITERATION_LIMIT)]
    assert np.all(np.isnan(data.cavity_field[0, 5]))
    assert np.all(np.isfinite(data.cavity_field[0, :5]))


@pytest.mark.parametrize("case", ["glass"], indirect=True)
def test_no_minimum_no_hits(case: Any) -> None:
    failed = _relabelled(case.minima, [int(Status.ITERATION_LIMIT)] * 6)
    assert collect(0, failed, case.J, case.model, kept=6).hits[0] == 0
