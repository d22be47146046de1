"""The specific heat of measured potentials: what was put in comes out, beside theory."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from glasswell.compare import CompareConfig, compare
from glasswell.compare.confront.heat import POTENTIALS, Heats
from glasswell.compare.page.report import write_report as write
from glasswell.compare.page.report_json import as_dict
from glasswell.compare.sections.heat import SpecificHeat
from glasswell.sim import Archive
from glasswell.theory import Model, solve

from ..conftest import Samples

GLASS = Model(gamma=10.0)
CONFIG = CompareConfig(rsb=(0,), resamples=200)


@pytest.fixture(scope="module")
def drawn() -> Archive:
    """Sites drawn from the replica-symmetric theory: their heat must be that of RS."""
    solution = solve(GLASS, 0)
    rng = np.random.default_rng(7)
    h = np.sqrt(solution.q_hat) * rng.standard_normal((100, 150))
    return Samples.archive(GLASS, Samples.size(h, solution.C, 1.0))


@pytest.fixture(scope="module")
def heats(drawn: Archive) -> Heats:
    found = compare(drawn, CONFIG).heats
    assert isinstance(found, Heats)
    return found


def test_sites_drawn_from_theory_have_its_heat(heats: Heats) -> None:
    """C within errors from 5e-4 T_g on, and T_b; twice as many wells would be seen."""
    predicted = heats.predictions["RS"].heat
    T, band = heats.band.temperature, heats.band
    assert len(band.capacity.by_sample) == POTENTIALS // 150
    width = (band.capacity.high - band.capacity.low) / 2
    above = T > 5e-4 * heats.T_g
    z = ((band.capacity.value - predicted.capacity) / width)[above]
    assert np.max(np.abs(z)) < 3.5
    assert np.max(np.abs((band.capacity.value - 2 * predicted.capacity) / width)[above]) > 8.0
    assert abs(heats.bump.z(predicted.bump[0] / heats.T_g)) < 3.5
    where, exponent = heats.exponent
    n = int(np.argmin(np.abs(T - where * heats.T_g)))
    assert abs(exponent.z(predicted.exponent[n])) < 3.5


def test_page_and_record(drawn: Archive, tmp_path: Path) -> None:
    comparison = compare(drawn, CONFIG)
    assert "Specific heat" in write(comparison, tmp_path).page.read_text(encoding="utf-8")
    assert (tmp_path / "heat.png").exists()
    record = as_dict(comparison)["specific_heat"]
    json.dumps(record, allow_nan=False)
    assert record["samples"]["N"] == 150
    assert len(record["theory"]["RS"]["capacity"]) == len(record["temperature"])


@pytest.mark.parametrize(
    "model", [Model(gamma=2.0, J0=3.0), Model(gamma=10.0, field=1.0), Model(gamma=0.4)]
)
def test_none_without_a_glass_temperature(model: Model) -> None:
    h = np.random.default_rng(0).standard_normal((10, 20))
    comparison = compare(Samples.archive(model, Samples.size(h, 0.1, h)), CONFIG)
    assert comparison.heats is None
    assert not SpecificHeat().applies(comparison)
    assert SpecificHeat().record(comparison) == {"specific_heat": None}


def test_why_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty levels of a very stiff glass do not reach the highest T, and the page says so."""
    h = np.random.default_rng(0).standard_normal((10, 20))
    comparison = compare(Samples.archive(GLASS, Samples.size(h, 0.9, h)), CONFIG)
    monkeypatch.setattr("glasswell.compare.confront.heat.RANGE", (1e-4, 0.5))
    assert SpecificHeat().applies(comparison)
    assert "take more levels" in SpecificHeat().sentences(comparison)[0]
    assert SpecificHeat().figures(comparison) == {}
    assert as_dict(comparison)["specific_heat"] is None
