"""``glasswell levels``, ``glasswell heat`` and the example that draws Fig. 2."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from glasswell.compare.cli import command as cli
from glasswell.compare.cli import heat
from glasswell.sim import SimulationConfig, SizeData, Status
from glasswell.sim.archive import writing
from glasswell.sim.run.provenance import describe
from glasswell.theory import Model, Solution, levels, solve
from glasswell.theory.plots.levels import level_figure

PNG = b"\x89PNG\r\n"
ROOT = Path(__file__).parents[3]


def test_levels_as_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The numbers are those of ``levels``; a splitting of zero is said to be unresolved."""
    figure = tmp_path / "levels.png"
    command = ["levels", "--gamma", "10", "--C", "0.95", "--h", "0", "0.2", "--count", "4"]
    assert cli.main([*command, "--json", "-o", str(figure)]) == 0
    record = json.loads(capsys.readouterr().out)
    expected = levels(np.array([0.0, 0.2]), 0.95, Model(gamma=10.0), count=4)
    for n, potential in enumerate(record["potentials"]):
        assert potential["energies"] == pytest.approx(list(expected.energy[n]), rel=1e-12)
    assert [p["splitting_resolved"] for p in record["potentials"]] == [False, True]
    assert 1e-19 < record["tunnel_splitting_h0"] < 1e-17
    assert figure.read_bytes().startswith(PNG)
    assert cli.main(command) == 0
    assert "below double precision" in capsys.readouterr().out


def test_level_figure() -> None:
    """Levels are drawn where they are classically allowed, barriers are in sight."""
    model, h = Model(gamma=10.0), np.array([0.0, 0.3, 5.0])
    spectrum = levels(h, 0.9, model, count=4)
    panels = level_figure(h, 0.9, model, spectrum).axes
    for n, ax in enumerate(panels):
        potential, *lines = ax.lines
        v, U = np.array(potential.get_data())
        assert len(lines) == 4
        assert np.min(U) == pytest.approx(spectrum.floor[n], abs=1e-2)
        assert U[[0, -1]] == pytest.approx(ax.get_ylim()[1])
        ground = np.isfinite(np.asarray(lines[0].get_ydata()))
        width = np.sum(ground) * (v[1] - v[0])
        # Harmonic turning points, in both wells at h = 0: 2 √(2E/U'').
        stiffness = model.G.curvature(v[np.argmin(U)]) / 10 - 0.9
        expected = 2 * np.sqrt(2 * spectrum.energy[n, 0] / stiffness) * (2 if n == 0 else 1)
        assert width == pytest.approx(expected, rel=0.1)
    assert np.all(np.asarray(panels[0].lines[0].get_ydata()) <= panels[0].get_ylim()[1])


def test_heat(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """RS at γ = 10: T_b, P0 and the linear law on one line, with kelvin beside them."""
    figure = tmp_path / "heat.png"
    command = ["heat", "--gamma", "10", "--rsb", "0", "--range", "1e-4", "1e-2"]
    command += ["--points", "40", "--count", "24"]
    assert cli.main([*command, "--json", "-o", str(figure)]) == 0
    record = json.loads(capsys.readouterr().out)
    row = record["theories"][0]
    assert record["T_g"] == pytest.approx(59.59746, rel=1e-6)
    assert row["P0"] == pytest.approx(6.126e-3, rel=1e-3)
    assert row["over_linear_law"] == pytest.approx(1.0, abs=0.02)
    assert row["exponent"] == pytest.approx(1.0, abs=1e-3)
    assert row["T_b"] == pytest.approx(5.68e-3, rel=5e-3)
    assert len(row["heat_capacity"]) == len(record["temperature"]) == 40
    assert figure.read_bytes().startswith(PNG)
    assert cli.main([*command, "--kelvin", "1473"]) == 0
    assert f"k = 0: T_b = {row['T_b'] * 1473:.3g} K" in capsys.readouterr().out


def test_heat_of_sites_that_differ_is_drawn(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a title of its own; the curve is that of one site, which is faster."""
    one = solve(Model(gamma=10.0))
    monkeypatch.setattr(heat, "solve", lambda *_, **__: one)
    config, figure = tmp_path / "my.toml", tmp_path / "heat.png"
    config.write_text('model.gamma = {distribution = "uniform", low = 8, high = 12}')
    command = ["heat", str(config), "--rsb", "0", "--range", "1e-4", "2e-4", "--points", "3"]
    assert cli.main([*command, "--count", "8", "-o", str(figure)]) == 0
    assert "T_g = 59.729" in capsys.readouterr().out
    assert figure.read_bytes().startswith(PNG)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["levels", "--gamma", "10", "--C", "1", "--count", "1"], "two or more"),
        (["levels", "--gamma", "10", "--C", "1", "-o", "no/such/place.png"], "there is no folder"),
        (["heat", "--gamma", "0.4"], "no glass temperature"),
        (["heat", "--gamma", "10", "--rsb", "0", "--range", "0.1", "1"], "take more levels"),
        (["heat", "--gamma", "10", "--range", "1", "0.1"], "must increase"),
        (["heat", "--gamma", "10", "--rsb", "0", "--kelvin", "-3"], "must be positive"),
    ],
)
def test_refusals(
    command: list[str], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """One line on stderr, exit code 2, nothing on stdout."""
    assert cli.main(command) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_fig2_reads_an_archive(
    solved: Callable[..., Solution], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The largest size, lowest states, whole samples; those without a certified state left out."""
    place = ROOT / "examples" / "fig2_specific_heat.py"
    spec = importlib.util.spec_from_file_location("fig2", place)
    assert spec is not None
    assert spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    rng = np.random.default_rng(0)
    config = SimulationConfig(sizes=(4, 20), samples=6, starts=2)
    status = np.zeros((6, 2), dtype=int)
    status[1] = int(Status.ITERATION_LIMIT)
    sizes = {}
    for N in config.sizes:
        h = 8 * rng.standard_normal((6, 2, N))
        h[1] = np.nan
        sizes[N] = SizeData(
            sample=np.arange(6),
            energy=np.full((6, 2), -10.0),
            displacement=np.zeros((6, 2, N)),
            cavity_field=h,
            cavity_susceptibility=np.where(np.isnan(h), np.nan, solved(Model(gamma=10.0)).C),
            gradient_norm=np.zeros((6, 2)),
            smallest_eigenvalue=np.ones((6, 2)),
            status=status,
            hits=(status[:, 0] == 0).astype(int),
        )
    path = tmp_path / "samples.h5"
    writing.write(path, sizes, describe(Model(gamma=10.0), config, device="cpu"))
    T = 59.6 * np.geomspace(1e-3, 8e-3, 12)
    N, band = example.of_archive(str(path), T)
    assert N == 20
    assert band.capacity.by_sample.shape == (5, 12)
    example.report("N = 20", band, 59.6)
    assert "T/T_g" in capsys.readouterr().out
