"""Vibrations against the resolvent: agreement where theory is exact, and by preparation."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from glasswell.compare import CompareConfig, CompareError, compare
from glasswell.compare.cli import command
from glasswell.compare.confront.vibrations import spectrum_fits
from glasswell.compare.measured.lowest_states import LowestStates
from glasswell.compare.measured.preparation import by_preparation
from glasswell.compare.measured.responses import scatter_law
from glasswell.compare.page.report import write_report as write
from glasswell.compare.sections.fields import Fields
from glasswell.compare.sections.vibrations import eigenvalue_sentence
from glasswell.sim import Archive, SimulationConfig, simulate
from glasswell.sim.archive import writing as archive
from glasswell.theory import HessianSpectrum, Model, solve

from ..conftest import POLARISED, Samples

CONFIG = CompareConfig(rsb=(0,))


def test_polarised_spectrum_agrees(polarised: Archive) -> None:
    """Where replica symmetry is stable the resolvent is exact: every bin of ρ(λ) must come out."""
    comparison = compare(polarised, CONFIG)
    (fit,) = comparison.vibration_fits
    assert fit.deviation.p_value > 0.01
    assert fit.deviation.bins == 40
    assert "extrapolated to N → ∞ in 1/N" in eigenvalue_sentence(comparison)
    largest = comparison.vibrations[96]
    assert abs(largest.chi_SG.z(solve(POLARISED).chi_SG)) < 3.5
    assert abs(largest.chi_SG.z(2 * solve(POLARISED).chi_SG)) > 6.0


@pytest.mark.parametrize(
    "spectrum",
    [
        solve(Model(gamma=2.0, J0=3.3)).hessian_spectrum,
        HessianSpectrum(solve(POLARISED).hessian_spectrum.stiffness, 0.6),
    ],
    ids=["other J0", "weaker couplings"],
)
def test_another_spectrum_does_not(polarised: Archive, spectrum: HessianSpectrum) -> None:
    """The negative control: J0 off by 10 %, or the level repulsion by couplings."""
    comparison = compare(polarised, CONFIG)
    theory: Any = SimpleNamespace(hessian_spectrum=spectrum)
    (fit,) = spectrum_fits({"": theory}, list(comparison.vibrations.values()), comparison.omega)
    assert fit.deviation.p_value < 0.01


def test_modes_belong_to_their_samples(polarised: Archive) -> None:
    """Mixed-up couplings would give Hessians that are not those of minima."""
    comparison = compare(polarised, CONFIG)
    data = polarised.sizes[48]
    modes = comparison.vibrations[48]
    np.testing.assert_allclose(modes.eigenvalue[:, 0], data.smallest_eigenvalue[:, 0], rtol=1e-6)
    assert 1.0 < modes.softest_participation.value < 48.0
    everything = modes.participation_in(np.array([0.0, 100.0]))[0]
    assert everything.value == pytest.approx(modes.participation.mean())
    density = modes.frequency_histogram(np.linspace(0.0, 100.0, 11))
    assert density.density @ density.widths == pytest.approx(1.0)


@pytest.fixture(scope="module")
def glass(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Archive]:
    """A few samples of the glass, quenched and annealed briefly."""
    folder = tmp_path_factory.mktemp("glass")
    options: dict[str, Any] = {"sizes": (24, 48), "samples": 24, "starts": 8, "steps": 300}
    return {
        method: simulate(
            Model(gamma=10.0),
            SimulationConfig(**options, method=method),
            folder / f"{method}.h5",
        )
        for method in ("quench", "anneal")
    }


def test_preparations_are_kept_apart(glass: dict[str, Archive]) -> None:
    comparison = compare(glass["anneal"], CONFIG, [glass["quench"]])
    names = [kind.name for kind in comparison.prepared]
    assert names == [
        "lowest of 8 anneals of 300 steps",
        "others of 8 anneals of 300 steps",
        "lowest of 8 quenches",
        "others of 8 quenches",
    ]
    energies = [kind.values["energy"].value for kind in comparison.prepared]
    assert energies[0] == pytest.approx(comparison.largest.scalar("energy").value)
    assert energies[0] < energies[1] < energies[3]
    assert energies[0] <= energies[2] < energies[3]
    for key in ("C", "dwp_fraction"):
        expected = comparison.largest.scalar(key).value
        assert comparison.prepared[0].values[key].value == pytest.approx(expected)
    softest = comparison.prepared[0].values["softest"].value
    assert softest == pytest.approx(comparison.vibrations[48].softest.value, rel=1e-6)


def test_means_over_other_minima_by_hand(samples: Samples) -> None:
    """States that repeat the lowest are left out, others count once per start, sites by wells."""
    S, N = 10, 4
    field = np.zeros((S, 3, N))
    field[:, 1], field[:, 2] = 0.5, 20.0
    data = samples.size(field[:, 0], 0.2, 1.0)
    several = replace(
        data,
        energy=np.tile([-2.0, -2.0 + 1e-12, -1.0], (S, 1)),
        displacement=np.ones((S, 3, N)),
        cavity_field=field,
        cavity_susceptibility=np.full((S, 3, N), 0.2),
        smallest_eigenvalue=np.tile([3.0, 3.0, 1.0], (S, 1)),
        status=np.zeros((S, 3), dtype=int),
    )
    archive = samples.archive(Model(gamma=10.0), several)
    lowest, others = by_preparation([archive], N, 1.0, 200, 1)
    assert (lowest.minima, others.minima) == (S, S)
    assert (lowest.values["energy"].value, others.values["energy"].value) == (-2.0, -1.0)
    assert (lowest.values["dwp_fraction"].value, others.values["dwp_fraction"].value) == (1.0, 0.0)
    assert (lowest.values["P_h0"].value, others.values["P_h0"].value) == (0.5, 0.0)
    assert others.values["softest"].value == 1.0
    assert math.isnan(others.values["barrier"].value)
    assert by_preparation([archive], 5, 1.0, 200, 1) == ()


def test_archives_of_different_models_are_refused(
    polarised: Archive, glass: dict[str, Archive]
) -> None:
    with pytest.raises(CompareError, match="one model"):
        compare(polarised, CONFIG, [glass["quench"]])


def test_scatter_of_responses_in_the_ergodic_phase(tmp_path: Path) -> None:
    """About v = 0 the Hessian is random only: Var C_i = 2 J⁴ χ_SG/N, and the power is 1/2."""
    model = Model(gamma=0.35)
    config = SimulationConfig(sizes=(48, 96), samples=(60, 30), starts=1, states=1, method="quench")
    comparison = compare(simulate(model, config, tmp_path / "samples.h5"), CONFIG)
    law = comparison.scatter
    assert abs(law.exponent.z(0.5)) < 3.5
    assert abs(law.exponent.z(1.0)) > 6.0
    expected = np.sqrt(2 * solve(model).chi_SG / law.sizes)
    # Corrections are of relative order 1/N.
    assert np.all(np.abs(law.values - expected) < 4 * law.errors + expected / law.sizes)
    assert np.all(np.abs(law.values - 1.2 * expected) > 4 * law.errors)


def test_scatter_follows_a_power_of_N(samples: Samples) -> None:
    rng = np.random.default_rng(3)

    def law(*sizes: int) -> tuple[float, float]:
        data = [samples.size(1.0, 0.3 + N**-0.4 * rng.standard_normal((40, N)), 1.0) for N in sizes]
        model = Model(gamma=10.0)
        found = scatter_law([LowestStates.of(d, model, 200, 1, polarised=False) for d in data])
        return found.exponent.value, found.exponent.error

    value, error = law(20, 80, 320)
    assert abs(value - 0.4) < 4 * error
    assert abs(value - 0.5) > 4 * error
    assert math.isnan(law(20)[1])


def test_report_shows_them(glass: dict[str, Archive], tmp_path: Path) -> None:
    """The command line, with another preparation beside."""
    for method, samples in glass.items():
        archive.write(tmp_path / f"{method}.h5", samples.sizes, samples.provenance)
    files = [str(tmp_path / f"{method}.h5") for method in ("anneal", "quench")]
    folder = tmp_path / "report"
    arguments = ["compare", files[0], "--beside", files[1], "--rsb", "0", "-o", str(folder)]
    assert command.main(arguments) == 0
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "others of 8 quenches" in page
    assert "extrapolated to N → ∞ in N^(-2/3), assumed as for the energy" in page
    record = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert len(record["preparation"]) == 4
    assert [row["theory"] for row in record["eigenvalue_distribution"]] == ["RS"]
    softest = record["vibrations"]["24"]["softest"]["value"]
    assert softest == pytest.approx(glass["anneal"].sizes[24].smallest_eigenvalue[:, 0].mean())
    drawn = {path.name for path in folder.iterdir()}
    assert {"vibrations.png", "pseudogap.png", "scatter.png"} <= drawn


def test_without_couplings_there_are_no_vibrations(samples: Samples, tmp_path: Path) -> None:
    model = Model(gamma=1.0, J0=2.0, J=0.0)
    v = solve(model).p
    data = samples.size(np.full((10, 20), 2 * v), 0.0, v)
    comparison = compare(samples.archive(model, data), CONFIG)
    assert comparison.vibrations == {}
    assert eigenvalue_sentence(comparison) == ""
    assert write(comparison, tmp_path).page.exists()


def test_states_at_rest_have_no_pseudogap_to_draw(samples: Samples) -> None:
    """Just above the transition small samples may be at rest where theory is not."""
    data = samples.size(np.zeros((10, 20)), 0.3, 0.0)
    comparison = compare(samples.archive(Model(gamma=0.6), data), CONFIG)
    assert "pseudogap" in Fields().figures(comparison)
