"""Temperings of sites that differ, and of wells that sites have of their own, beside theory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from glasswell.compare.cli import command
from glasswell.compare.cli.exit_codes import ExitCode
from glasswell.compare.confront.tempering import Temperings, temperings
from glasswell.compare.sections.thermal_figures import thermal_figure
from glasswell.sim import Archive, load, minimise, simulate
from glasswell.sim.archive import writing
from glasswell.sim.equilibrium.jackknife import LIMIT
from glasswell.sim.sample import landscape, scales, sites
from glasswell.theory import Model, solve
from scipy import stats

LADDER = (1.5, 2.2)
"""Where replica symmetry is stable, and theory exact."""

SETTINGS = """
[simulation]
sizes = [16, 32]
samples = 64
method = "temper"
temperatures = [1.5, 2.2]
burn_in = 60
sweeps = 240
measure_every = 4
starts = 2
states = 1
seed = 3
[theory]
rsb = [0]
"""

MODELS = {
    "random γ": 'gamma = {distribution = "uniform", low = 8, high = 12}',
    "hard spins": "gamma = 0.3\nk = -1.0\na = 6.0",
}
OTHERS = {
    "random γ": Model(gamma=stats.uniform(9.0, 4.0)),
    "hard spins": Model(gamma=0.32, k=-1.0, a=6.0),
}
"""Models that are not far away: what the test must be able to tell from the right one."""


@pytest.fixture(scope="module", params=MODELS)
def archive(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A configuration simulated; with its name."""
    folder = tmp_path_factory.mktemp("tempered")
    config, path = folder / "model.toml", folder / "samples.h5"
    config.write_text(f"[model]\n{MODELS[request.param]}\n{SETTINGS}", encoding="utf-8")
    model, simulation, *_ = load(config)
    simulate(model, simulation, path, chunk=64)
    return request.param, path


@pytest.fixture(scope="module")
def judged(archive: tuple[str, Path]) -> Temperings:
    found = temperings(writing.read(archive[1]), [0])
    assert found is not None
    return found


def _largest(judged: Temperings, model: Model) -> float:
    """The largest deviation of e and q̂ from the limit N → ∞ of a model, in sigmas."""
    z = []
    for row in judged.comparison.rows:
        if row.key in ("energy", "q_hat"):
            exact = solve(model, temperature=row.temperature)
            z.append(row.row.measured.z(getattr(exact, row.key)))
    assert len(z) == 2 * len(LADDER)
    return float(np.abs(z).max())


def test_the_limit_is_that_of_theory(archive: tuple[str, Path], judged: Temperings) -> None:
    """Energy and self-overlap, extrapolated in 1/N; of another model they are not."""
    model = writing.read(archive[1]).model
    assert all(row.stable for row in judged.comparison.rows)
    assert _largest(judged, model) < 3.5
    assert _largest(judged, OTHERS[archive[0]]) > 6.0


def test_in_equilibrium(judged: Temperings) -> None:
    """Integration by parts, virial and drifts."""
    assert judged.in_equilibrium
    for size in judged.sizes:
        assert np.all(np.abs(size.evidence.scores) < LIMIT)
        assert np.all(size.evidence.acceptance > 0.7)
        assert np.all(size.evidence.round_trips > 5)


def test_the_archive_holds_what_sites_are(archive: tuple[str, Path]) -> None:
    """Series, last states and minima are those of the sites that the archive keeps."""
    content: Archive = writing.read(archive[1])
    data = content.sizes[16]
    run = data.tempering
    assert run is not None
    unit = scales.temperature(content.model)
    np.testing.assert_allclose(run.temperatures / unit, LADDER, rtol=1e-12)
    assert set(data.parameters) == set(content.model.random)
    for s in (0, 5):
        sample = content.sample(16, s)
        own = sites.with_parameters(
            content.model, {name: x[s] for name, x in data.parameters.items()}
        )
        last = run.displacement[s, 1, 0]
        energy = landscape.energy(last, sample.J, own) / 16
        assert run.energy[s, 1, 0, -1] == pytest.approx(energy, rel=1e-9)
        virial = landscape.virial(last, sample.J, own)
        assert run.virial[s, 1, 0, -1] == pytest.approx(virial, rel=1e-8)
        minimum = minimise(last, sample.J, own)
        assert run.inherent_energy[s, 1, 0] == pytest.approx(float(minimum.energy) / 16, rel=1e-9)
        assert np.abs(landscape.force(data.displacement[s, 0], sample.J, own)).max() < 1e-8


def test_inspected_and_drawn(
    archive: tuple[str, Path], judged: Temperings, capsys: pytest.CaptureFixture[str]
) -> None:
    name, path = archive
    assert command.main(["inspect", str(path), "--json"]) == ExitCode.DONE
    content = json.loads(capsys.readouterr().out)
    assert content["sizes"]["16"]["tempering"]["divergences"] == 0
    mirrored = {"16": 16, "32": 32} if name == "hard spins" else None
    assert content["settings"].get("mirror_moves") == mirrored
    figure = thermal_figure(judged.comparison)
    figure.canvas.draw()
    shown = {"random γ": "γ uniform in 8–12", "hard spins": "γ = 0.3"}
    assert shown[name] in figure.get_suptitle()
