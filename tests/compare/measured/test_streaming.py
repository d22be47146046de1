"""What is measured in blocks of samples is, bit for bit, what is measured of all at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from glasswell.compare import (
    CompareConfig,
    LowestStates,
    Observable,
    compare,
    inspect,
)
from glasswell.compare.measured import lowest_states
from glasswell.compare.page.report_json import as_dict
from glasswell.compare.statistics import histogram as histogram_module
from glasswell.sim import Archive, SimulationConfig, open_archive, simulate
from glasswell.sim.records import blocks as blocks_module
from glasswell.theory import Model
from scipy import stats

CONFIG = SimulationConfig(sizes=(6, 8), samples=24, starts=6, states=3, method="quench")
SETTINGS = CompareConfig(rsb=(0,), resamples=100)
MODELS = {"alike": Model(gamma=10.0), "random": Model(gamma=stats.uniform(8, 4))}

FOURTH = Observable(name="[v⁴]", measured=lambda states: (states.displacement**4).mean(axis=1))
DEEP = Observable(
    name="deepest well",
    measured=lambda states: np.nan_to_num(states.wells.barrier).max(axis=1),
    trials=lambda states: states.field.size,
)


@pytest.fixture(scope="module", params=MODELS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("streaming") / "samples.h5"
    simulate(MODELS[request.param], CONFIG, path)
    return path


@pytest.fixture
def little_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a sample or two of the archive, and of five of what is measured."""
    monkeypatch.setattr(blocks_module, "BLOCK_BYTES", 2**11)
    monkeypatch.setattr(lowest_states, "AT_ONCE", 40)
    monkeypatch.setattr(histogram_module, "AT_ONCE", 24)


def _record(archive: Archive) -> dict[str, object]:
    found: dict[str, object] = as_dict(
        compare(archive, SETTINGS, beside=[archive], observables=[FOURTH, DEEP])
    )
    return found


def test_a_comparison_in_blocks(made: Path, request: pytest.FixtureRequest) -> None:
    with open_archive(made) as archive:
        whole = _record(archive)
        request.getfixturevalue("little_at_once")
        states = LowestStates.of(archive.sizes[8], archive.model, 100, 1, polarised=False)
        assert len(list(states.parts())) == 5
        assert _record(archive) == whole


def test_inspection_in_blocks(made: Path, request: pytest.FixtureRequest) -> None:
    whole = inspect(made, [FOURTH, DEEP])
    request.getfixturevalue("little_at_once")
    assert inspect(made, [FOURTH, DEEP]) == whole


def test_wells_of_a_part_are_those_of_the_whole(made: Path, little_at_once: None) -> None:
    del little_at_once
    with open_archive(made) as archive:
        states = LowestStates.of(archive.sizes[8], archive.model, 100, 1, polarised=False)
    known = states.double_wells
    assert len(known.sample) == np.count_nonzero(states.wells.double)
    for name, values in known.values.items():
        np.testing.assert_array_equal(values, getattr(states.wells, name)[states.wells.double])
    for part in states.parts():
        np.testing.assert_array_equal(part.double_wells.number, part.wells.double.sum(axis=1))
