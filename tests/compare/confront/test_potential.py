"""Cross-checks of potentials that are not the quartic: rows, page, and archives without code."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from glasswell.compare import CompareConfig, CompareError, Comparison, compare
from glasswell.compare.cli.command import main
from glasswell.compare.page.report import write_report
from glasswell.compare.page.report_json import as_text
from glasswell.compare.report.titles import model_title
from glasswell.sim import Archive, ArchiveError, SimulationConfig, simulate
from glasswell.sim.archive import writing
from glasswell.theory import Model, solve
from glasswell.theory.recursion.recursion import Recursion
from potentials import Cosh, Opaque

from ..conftest import Samples

QUARTIC = Model(gamma=10.0)
TRIPLE = Model(gamma=1.0, coefficients=(0.6, -0.35, 0.035))
SOFT = Model(gamma=1.0, potential=Cosh(s=1.0, b=2.5))
RS_ONLY = CompareConfig(rsb=(0,), resamples=300)


def drawn(model: Model, N: int = 60, S: int = 40) -> Archive:
    """Samples whose sites are drawn from the model's own RS theory: no finite-size effects."""
    rng = np.random.default_rng(5)
    solution = solve(model)
    h = model.J * math.sqrt(solution.q_hat) * rng.standard_normal((S, N))
    energy = solution.free_energy + 0.1 * rng.standard_normal((S, 1))
    C = model.J**2 * solution.C * np.ones((S, N))
    assert isinstance(solution.levels, Recursion)
    size = Samples.size(h, C, solution.levels.site.slope(h), energy=energy)
    return Samples.archive(model, size)


def scores(comparison: Comparison) -> dict[str, float]:
    return {row.key: row.predictions[0].z for row in comparison.rows}


WELLS = {
    "dwp_fraction",
    "P0",
    "mean_barrier",
    "mean_asymmetry",
    "mean_distance",
    "mean_exponent",
}


@pytest.mark.parametrize("model", [TRIPLE, SOFT, Opaque.of(QUARTIC)], ids=["triple", "cosh", "4"])
def test_double_wells_of_every_potential(model: Model, tmp_path: Path) -> None:
    """Measured in samples that are drawn from theory, all rows agree; the page shows them."""
    comparison = compare(drawn(model), RS_ONLY)
    z = scores(comparison)
    assert set(z) >= WELLS
    judged = [abs(z[key]) for key in WELLS if math.isfinite(z[key])]
    assert len(judged) >= 5
    assert max(judged) < 4.0
    page = write_report(comparison, tmp_path / "report").page.read_text(encoding="utf-8")
    assert "quartic" not in page
    assert "Double wells" in page
    record = json.loads((tmp_path / "report" / "report.json").read_text())
    assert record["sizes"]["60"]["dwp_fraction"]["value"] > 0.1
    assert record["double_wells"]


def test_wells_of_another_potential_are_told_apart() -> None:
    """The negative control: samples of one potential, said to be of another."""
    other = Model(gamma=1.0, potential=Cosh(s=1.0, b=1.2))
    archive = drawn(other)
    claimed = replace(archive, provenance=replace(archive.provenance, model=SOFT))
    z = scores(compare(claimed, RS_ONLY))
    assert max(abs(z[key]) for key in WELLS if math.isfinite(z[key])) > 4.0


def test_a_veiled_quartic_has_the_same_rows() -> None:
    """The same samples: coefficients or values of G make no difference in any number."""
    archive = drawn(QUARTIC)
    veiled = Opaque.of(QUARTIC)
    other = replace(archive, provenance=replace(archive.provenance, model=veiled))
    one, again = compare(archive, RS_ONLY), compare(other, RS_ONLY)
    for row, same in zip(one.rows, again.rows, strict=True):
        assert (row.key, row.name, row.where) == (same.key, same.name, same.where)
        assert same.measured.value == pytest.approx(row.measured.value, rel=1e-8)
        expected, found = row.predictions[0].value, same.predictions[0].value
        assert found == pytest.approx(expected, rel=1e-8)


def test_crosscheck_from_python(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Simulate and compare; from the file alone, the potential is asked for."""
    model = Model(gamma=2.0, J0=3.0, potential=Cosh())
    config = SimulationConfig(sizes=(24, 48), samples=60, starts=2, states=1, method="quench")
    path = tmp_path / "samples.h5"
    made = simulate(model, config, path)
    comparison = compare(made, CompareConfig())
    assert comparison.stable
    assert max(abs(value) for value in scores(comparison).values()) < 4.0
    assert as_text(comparison)
    assert "Cosh(s=1.0, b=0.0)" in model_title(model)
    read = writing.read(path)
    with pytest.raises(CompareError, match="compare from there"):
        compare(read, CompareConfig())
    again = compare(read, CompareConfig(), beside=[read], potential=Cosh())
    assert scores(again) == scores(comparison)
    with pytest.raises(ArchiveError, match="is not the one described"):
        compare(read, CompareConfig(), potential=Cosh(s=1.1))
    assert main(["compare", str(path), "-o", str(tmp_path / "report")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "report").exists()
    assert main(["inspect", str(path)]) == 0
    assert "potentials:Cosh(s=1.0, b=0.0)" in capsys.readouterr().out
