"""Theory against samples: agreement where theory is exact, disagreement where it is not."""

from __future__ import annotations

import importlib
import json
import math
from pathlib import Path

import numpy as np
import pytest
from glasswell.compare import CompareConfig, Comparison, Estimate, compare
from glasswell.compare.confront.fields import bin_density
from glasswell.compare.confront.verdicts import Prediction
from glasswell.compare.page.report import write_report as write
from glasswell.compare.page.report_json import as_dict
from glasswell.compare.report.phrases import z_text
from glasswell.compare.report.plain_text import table_text
from glasswell.compare.sections import overview
from glasswell.compare.statistics.extrapolation import OMEGA_GLASS, OMEGA_STABLE
from glasswell.sim import Archive, SimulationConfig, simulate
from glasswell.theory import Model, solve
from glasswell.theory.recursion.recursion import Recursion

from ..conftest import POLARISED, Samples


def _claiming(archive: Archive, model: Model) -> Archive:
    """The same samples, said to be of another model."""
    provenance = type(archive.provenance)(**{**vars(archive.provenance), "model": model})
    return Archive(archive.sizes, provenance)


def _z(comparison: Comparison, theory: str = "RS") -> dict[str, float]:
    return {
        row.key: next(p.z for p in row.predictions if p.theory == theory) for row in comparison.rows
    }


def test_polarised_phase_agrees(polarised: Archive) -> None:
    """Where replica symmetry is stable, it is exact: e, q, p, C and all of P(h) must come out."""
    comparison = compare(polarised, CompareConfig())
    assert comparison.stable
    assert comparison.omega == OMEGA_STABLE
    z = _z(comparison)
    assert set(z) == {"energy", "q", "p", "C", "P_h0", "dwp_fraction"}
    assert max(abs(value) for value in z.values()) < 3.0
    (fit,) = comparison.field_fits
    assert fit.theory == "RS = 1RSB"
    assert fit.deviation.p_value > 0.01
    assert all(states.found_twice > 0.9 for states in comparison.measured)


@pytest.mark.parametrize("model", [Model(gamma=2.5, J0=3.0), Model(gamma=2.0, J0=3.2)])
def test_samples_of_another_model_are_told_apart(polarised: Archive, model: Model) -> None:
    """The negative control: γ off by 25 %, or J0 by 7 %, misses."""
    comparison = compare(_claiming(polarised, model), CompareConfig())
    assert max(abs(value) for value in _z(comparison).values() if math.isfinite(value)) > 4.0
    assert comparison.field_fits[0].deviation.p_value < 0.01


def test_finite_sizes_alone_would_not_agree(polarised: Archive) -> None:
    """Why limits are taken: at N = 96, C is off by many errors."""
    largest = compare(polarised, CompareConfig()).largest
    assert largest.scalar("C").z(solve(POLARISED).C) > 8.0


def test_ergodic_phase(tmp_path: Path) -> None:
    """v = 0 in every sample and in theory; C alone is not trivial."""
    config = SimulationConfig(sizes=(16, 32), samples=20, starts=2, method="quench")
    archive = simulate(Model(gamma=0.4), config, tmp_path / "samples.h5")
    comparison = compare(archive, CompareConfig())
    z = _z(comparison)
    assert z["energy"] == z["q"] == z["P_h0"] == z["dwp_fraction"] == 0.0
    assert abs(z["C"]) < 3.5
    assert comparison.field_fits == ()
    assert write(comparison, tmp_path / "report").page.exists()
    text = (tmp_path / "report" / "report.json").read_text()
    assert "NaN" not in text
    assert "e-1" not in table_text(overview.verdict_table(comparison))


def _drawn(model: Model, sizes: tuple[int, ...], S: int = 40) -> Archive:
    """Samples whose sites are drawn from the model's own RS theory: no finite-size effects."""
    rng = np.random.default_rng(5)
    solution = solve(model)
    data = []
    for N in sizes:
        width = model.J * math.sqrt(solution.q_hat)
        h = model.field + model.J0 * solution.p + width * rng.standard_normal((S, N))
        assert isinstance(solution.levels, Recursion)
        v = solution.levels.site.slope(h)
        C = model.J**2 * solution.C * np.ones((S, N))
        energy = solution.free_energy + 0.1 * rng.standard_normal((S, 1))
        data.append(Samples.size(h, C, v, energy=energy))
    return Samples.archive(model, *data)


@pytest.mark.parametrize(
    "model",
    [
        Model(gamma=10.0),
        Model(gamma=10.0, J=1.7, a=3.0),
        Model(gamma=6.0, field=2.0),
        Model(gamma=4.0, coefficients=(0.5, 0.02, 0.01)),
    ],
    ids=["glass", "J and a", "field", "sextic"],
)
@pytest.mark.parametrize("sizes", [(50,), (50, 100)])
def test_theory_agrees_with_samples_drawn_from_it(model: Model, sizes: tuple[int, ...]) -> None:
    """Every factor J², every sign and every density, at one size and at two."""
    comparison = compare(_drawn(model, sizes), CompareConfig(rsb=(0,)))
    z = _z(comparison)
    judged = {key: value for key, value in z.items() if key != "C_reg" and math.isfinite(value)}
    assert {"energy", "q", "P_h0", "C"} <= set(judged)
    assert "dwp_fraction" in z
    assert max(abs(value) for value in judged.values()) < 4.0
    assert comparison.field_fits[0].deviation.p_value > 0.005
    glass = comparison.omega == OMEGA_GLASS
    assert glass == (solve(model).replicon < 0)
    # In a glass the limit of P(h) is tested too, and said to rest on an assumed exponent.
    assert bool(comparison.limit_field_fits) == (glass and len(sizes) > 1)
    assert all(fit.deviation.p_value > 0.005 for fit in comparison.limit_field_fits)
    text = " ".join(overview.summary(comparison))
    assert ("assumed as for the energy" in text) == (glass and len(sizes) > 1)
    wheres = {row.key: row.where for row in comparison.rows}
    assert wheres["energy"] == ("N → ∞" if len(sizes) > 1 else "N = 50")


@pytest.mark.parametrize(
    "model",
    [
        Model(gamma=10.0),
        Model(gamma=4.0, coefficients=(0.5, 0.02, 0.01)),
    ],
    ids=["quartic", "sextic"],
)
def test_the_record_is_json(model: Model) -> None:
    comparison = compare(_drawn(model, (50, 100)), CompareConfig(rsb=(0,)))
    assert json.dumps(as_dict(comparison), allow_nan=False)


def test_no_disorder_has_no_errors_and_no_verdicts() -> None:
    """J = 0: every sample is the same, P(h) is a point mass, and nothing fails."""
    model = Model(gamma=1.0, J0=2.0, J=0.0)
    v = solve(model).p
    data = Samples.size(np.full((10, 20), 2 * v), 0.0, v, energy=np.full((10, 1), -1.0))
    comparison = compare(Samples.archive(model, data), CompareConfig())
    verdicts = {row.key: row.predictions[0].verdict for row in comparison.rows}
    assert verdicts["q"] == verdicts["p"] == "agrees"
    assert verdicts["energy"] == "cannot be compared"
    assert comparison.field_fits == ()


def test_bin_density_integrates_the_theory() -> None:
    solution = solve(Model(gamma=10.0), rsb=1)
    edges = np.linspace(0.0, 80.0, 41)
    even = bin_density(solution, edges, signed=False)
    assert even @ np.diff(edges) == pytest.approx(0.5, abs=1e-6)
    ergodic = bin_density(solve(Model(gamma=0.4)), np.array([-1.0, 1.0, 2.0]), signed=True)
    np.testing.assert_array_equal(ergodic, [0.5, 0.0])


def test_a_theory_that_did_not_converge_is_shown_but_not_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.import_module("glasswell.theory.ansatz.trial"), "TOL", -1.0)
    comparison = compare(_drawn(Model(gamma=10.0), (50,)), CompareConfig(rsb=(0,)))
    assert not comparison.converged
    assert comparison.distinct == {}
    assert {p.verdict for row in comparison.rows for p in row.predictions} == {"cannot be compared"}
    assert any("did not converge" in sentence for sentence in overview.summary(comparison))


def test_full_replica_symmetry_breaking_is_a_theory_like_others(tmp_path: Path) -> None:
    """Its limits are judged, and the page says what they are limits of."""
    model = Model(gamma=0.8)
    comparison = compare(_drawn(model, (50,)), CompareConfig(rsb=("full", 0), resamples=200))
    full = comparison.solutions["full RSB"]
    energies = next(row for row in comparison.rows if row.key == "energy").predictions
    assert [p.theory for p in energies] == ["RS", "full RSB"]
    assert energies[1].value == full.free_energy > energies[0].value
    assert any("of the continuous equations" in note for note in overview.caveats(comparison))
    assert write(comparison, tmp_path / "report").page.exists()


@pytest.mark.parametrize(
    ("z", "verdict"),
    [(1.9, "agrees"), (-3.0, "in tension"), (4.1, "misses"), (math.nan, "cannot be compared")],
)
def test_verdicts(z: float, verdict: str) -> None:
    assert Prediction("RS", 1.0, z).verdict == verdict


@pytest.mark.parametrize(
    ("z", "text"), [(-0.01, "0.0"), (4.44, "+4.4"), (-231.2, "-231"), (2e4, "+>1000")]
)
def test_z_as_text(z: float, text: str) -> None:
    assert z_text(z) == text


def test_finite_size_widens_the_verdict() -> None:
    """A value that still moves with N does not refute a limit within its reach."""
    assert Estimate(0.0028, 0.0005).z(0.007) < -4
    assert abs(Estimate(0.0028, 0.0005, finite_size=0.003).z(0.007)) < 2
