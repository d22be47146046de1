"""Energies of stored minima beside the number of states of one step of breaking."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from glasswell.compare import CompareConfig, Comparison, compare, write_report
from glasswell.compare.sections.states import NumberOfStates
from glasswell.sim import SimulationConfig, simulate
from glasswell.theory import Model, complexity
from scipy import stats


def compared(model: Model, folder: Path, rsb: tuple[int, ...]) -> Comparison:
    config = SimulationConfig(sizes=(24, 48), samples=12, starts=8, method="quench", states=3)
    archive = simulate(model, config, folder / "samples.h5")
    return compare(archive, CompareConfig(rsb=rsb, resamples=100))


def test_quenches_end_above_the_threshold(tmp_path: Path) -> None:
    comparison = compared(Model(gamma=10.0), tmp_path, (0, 1))
    section = NumberOfStates()
    assert section.applies(comparison)
    record = section.record(comparison)["number_of_states"]
    threshold = complexity(comparison.model).threshold
    assert threshold is not None
    assert record["threshold"] == pytest.approx(threshold[1], rel=1e-12)
    for N, size in comparison.archive.sizes.items():
        energies = np.ravel(size.energy)
        energies = energies[np.isfinite(energies)]
        above = float(np.mean(energies > threshold[1]))
        assert record["above_threshold"][str(N)] == pytest.approx(above)
        assert above > 0.5
    folder = tmp_path / "report"
    folder.mkdir()
    write_report(comparison, folder, sections=[section])
    assert json.loads((folder / "report.json").read_text(encoding="utf-8"))["number_of_states"]
    assert (folder / "states.png").stat().st_size > 5_000
    assert "beyond one unit" in (folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", ["no steps", "sites that differ"])
def test_where_there_is_nothing_to_count(case: str, tmp_path: Path) -> None:
    model = Model(gamma=10.0) if case == "no steps" else Model(gamma=stats.uniform(8, 4))
    comparison = compared(model, tmp_path, (0,) if case == "no steps" else (0, 1))
    assert not NumberOfStates().applies(comparison)
    assert NumberOfStates().record(comparison) == {"number_of_states": None}
