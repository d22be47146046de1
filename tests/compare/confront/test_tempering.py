"""Temperings from simulation to report: proved in equilibrium, or caught when they are not."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from glasswell.compare import CompareConfig, Comparison, compare
from glasswell.compare.cli import command
from glasswell.compare.cli import compare as compare_command
from glasswell.compare.cli.exit_codes import ExitCode
from glasswell.compare.confront.tempering import Temperings, temperings
from glasswell.compare.sections import SECTIONS, equilibrium, equilibrium_figures
from glasswell.sim import Archive, blocks, minimise, simulate
from glasswell.sim.archive import writing
from glasswell.sim.config import parse
from glasswell.sim.equilibrium import identities
from glasswell.sim.equilibrium.identities import integration_by_parts
from glasswell.sim.equilibrium.jackknife import LIMIT
from glasswell.sim.sample import couplings, landscape
from glasswell.theory import Model, glass_temperature

MODEL = Model(gamma=10.0)
LADDER = (0.3, 0.45, 0.7, 1.1, 1.5)
RUN: dict[str, Any] = {
    "sizes": [8, 16],
    "samples": 32,
    "method": "temper",
    "temperatures": list(LADDER),
    "burn_in": 100,
    "sweeps": 400,
    "measure_every": 4,
    "starts": 2,
    "states": 1,
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tempering long enough for sizes as small as these."""
    path = tmp_path_factory.mktemp("tempered") / "samples.h5"
    simulate(MODEL, parse(RUN), path, chunk=32)
    return path


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Larger samples, stopped after four sweeps from v = 0."""
    path = tmp_path_factory.mktemp("hasty") / "samples.h5"
    stopped = {**RUN, "sizes": [32], "burn_in": 0, "sweeps": 4, "measure_every": 1}
    stopped["temperatures"] = [0.3, 0.45, 1.5]
    simulate(MODEL, parse(stopped), path, chunk=32)
    return path


@pytest.fixture(scope="module")
def comparison(whole: Path) -> Comparison:
    return compare(writing.read(whole), CompareConfig(rsb=(0,), resamples=100))


@pytest.fixture(scope="module")
def judged(comparison: Comparison) -> Temperings:
    assert comparison.thermal is not None
    return comparison.thermal


def test_a_run_in_equilibrium(judged: Temperings) -> None:
    assert [size.N for size in judged.sizes] == [8, 16]
    assert judged.in_equilibrium
    for size in judged.sizes:
        scores = size.evidence.scores
        assert scores.shape == (5, len(LADDER))
        assert np.all(np.abs(scores) < LIMIT)
        assert np.all(size.evidence.round_trips >= 0)
        assert np.all(size.evidence.tau > 0)


def test_a_run_stopped_early_is_refuted(
    hasty: Path, judged: Temperings, comparison: Comparison
) -> None:
    """At every temperature; its observables keep their values and lose errors and verdicts."""
    found = temperings(writing.read(hasty), [0])
    assert found is not None
    (size,) = found.sizes
    assert not found.in_equilibrium
    assert np.all(size.evidence.parts.z > LIMIT)
    assert comparison.converged
    assert not replace(comparison, thermal=found).converged
    assert size.evidence.refuted.all()
    cold = [row for row in found.comparison.rows if row.key == "energy"]
    assert all(math.isfinite(row.row.measured.value) for row in cold)
    assert all(math.isnan(row.row.measured.error) for row in cold)
    assert all(math.isnan(p.z) for row in found.comparison.rows for p in row.row.predictions)
    assert "NOT in equilibrium at T = 0.3, 0.45" in equilibrium.evidence_sentences(found)[0]
    assert "no sign against equilibrium" in equilibrium.evidence_sentences(judged)[0]


def test_a_report(
    whole: Path,
    comparison: Comparison,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All that the command does, but for the theory and the figures of the lowest states."""
    monkeypatch.setattr(compare_command, "compare", lambda *_: comparison)
    for section in SECTIONS[:9]:
        monkeypatch.setattr(type(section), "figures", lambda *_: {})
    assert command.main(["compare", str(whole), "-o", str(tmp_path)]) == ExitCode.DONE
    printed = capsys.readouterr().out
    assert "bond energy e_J" in printed
    assert "Binder ratio g" in printed
    assert "<h2>Equilibrium</h2>" in (tmp_path / "report.html").read_text(encoding="utf-8")
    for name in ("equilibrium", "overlaps", "inherent_structures", "thermal"):
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000
    thermal = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["thermal"]
    assert thermal["in_equilibrium"] is True
    assert set(thermal["sizes"]) == {"8", "16"}
    ratios = np.array(thermal["sizes"]["16"]["temperatures"]) / glass_temperature(MODEL)
    np.testing.assert_allclose(ratios, LADDER, rtol=1e-6)
    assert len(thermal["sizes"]["16"]["z"]) == len(LADDER)
    assert {row["key"] for row in thermal["table"]} >= {"energy", "q_hat", "binder", "chi_SG"}


@pytest.mark.parametrize("overlap", [0.0, math.nan])
def test_overlaps_that_say_nothing_are_drawn(judged: Temperings, overlap: float) -> None:
    size = judged.sizes[0]
    run = replace(size.run, overlap=np.full_like(size.run.overlap, overlap))
    odd = replace(judged, sizes=(replace(size, run=run),))
    drawings = equilibrium_figures.draw(odd, {})
    drawings["overlaps"]().canvas.draw()


def test_inspect_says_what_series_there_are(
    whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["inspect", str(whole)]) == ExitCode.DONE
    lines = capsys.readouterr().out.splitlines()
    assert any("5 temperatures" in line and "100 measurements" in line for line in lines)
    assert command.main(["inspect", str(whole), "--json"]) == ExitCode.DONE
    series = json.loads(capsys.readouterr().out)["sizes"]["16"]["tempering"]
    assert series["temperatures"][0] == pytest.approx(0.3 * glass_temperature(MODEL), rel=1e-6)
    assert series["measurements"] == 100
    assert series["measure_every"] == 4
    assert "overlap" in series["series"]


def test_inherent_structures(whole: Path, judged: Temperings) -> None:
    """Each is the minimum below the displacements that were kept; colder ones lie lower."""
    run = writing.read(whole).sizes[8].tempering
    assert run is not None
    J = couplings.sample(MODEL, 8, seed=1, sample=3)
    start = run.displacement[3, 1, 0]
    minimum = minimise(start, J, MODEL)
    assert run.inherent_energy[3, 1, 0] == pytest.approx(float(minimum.energy) / 8, rel=1e-9)
    assert run.inherent_energy[3, 1, 0] < landscape.energy(start, J, MODEL) / 8
    means = judged.sizes[1].inherent.value
    assert means[0] < means[-1]


def test_an_archive_without_series(whole: Path) -> None:
    content = writing.read(whole)
    bare = {N: replace(next(blocks(x)), tempering=None) for N, x in content.sizes.items()}
    assert temperings(Archive(bare, content.provenance), [0]) is None


def test_the_control_variate(whole: Path) -> None:
    """Its mean is zero; what regresses on it takes noise off, and no more than noise."""
    J = couplings.batch(Model(gamma=1.0, J0=1.5, J=0.7), 12, seed=5, samples=range(2000))
    x = identities.coupling_variance(J, Model(gamma=1.0, J0=1.5, J=0.7))
    assert abs(x.mean()) < 4 * x.std() / math.sqrt(2000)
    # Σ_{i≠j} counts each bond twice: variance 4 (N(N-1)/2) 2 (J²/N)²/N².
    assert x.std() == pytest.approx(2 * 0.49 * math.sqrt(12 * 11) / 144, rel=4 / math.sqrt(2000))
    data = writing.read(whole).sizes[16]
    run = data.tempering
    assert run is not None
    control = identities.coupling_variance(
        couplings.batch(MODEL, 16, seed=1, samples=data.sample.tolist()), MODEL
    )
    plain = integration_by_parts(run.moments, run.temperatures, 16, MODEL)
    found = integration_by_parts(run.moments, run.temperatures, 16, MODEL, control)
    d = plain.left.value - plain.right.value
    per_sample = run.bond_energy.mean(axis=(2, 3))
    np.testing.assert_allclose(found.left.value, per_sample.mean(axis=0), rtol=1e-12)
    # Least squares of the differences on the control, at control = 0, by hand.
    Q2 = (run.q_hat**2).mean(axis=(2, 3))
    R2 = (run.overlap**2).mean(axis=2)
    K, L = run.fourth_moment.mean(axis=(2, 3)), run.square_overlap.mean(axis=2)
    right = -(Q2 - R2 - (K - L) / 16) / (2 * run.temperatures)
    fits = [np.polyfit(control, (per_sample - right)[:, n], 1)[1] for n in range(len(LADDER))]
    np.testing.assert_allclose(found.difference.value, fits, rtol=1e-9)
    assert np.all(np.abs(found.difference.value - d) > 0)
    assert found.difference.error[-1] < plain.difference.error[-1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("temperatures = [0.5, 0.5]", "must increase"),
        ("temperatures = [0.5, 0.3]", "must increase"),
        ("temperatures = [0.0, 0.3]", "positive and finite"),
        ("temperatures = [0.1, nan]", "must be finite numbers, got nan"),
        ("temperatures = [0.1, inf]", "finite"),
        ("temperatures = []", "at least one number"),
        ("temperatures = 0.5", "list of numbers"),
        ('temperatures = ["cold"]', "list of numbers"),
        ("coldest = 2.0", "coldest must lie below hottest"),
        ("rungs = 1", "rungs must be an integer of at least 2"),
        ("sweeps = 0", "sweeps must be an integer of at least 1"),
        ("measure_every = 0", "measure_every must be"),
        ("starts = 3", "starts must be even"),
        ("temperature = 0.5", "did you mean 'temperatures'"),
    ],
)
def test_bad_temperings(
    change: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "bad.toml"
    config.write_text(
        f'[model]\ngamma = 10.0\n[simulation]\nsizes = [8]\nmethod = "temper"\n{change}\n'
    )
    assert command.main(["simulate", str(config), "-o", str(tmp_path / "bad.h5")]) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == [config]
