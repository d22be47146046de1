"""Local potentials beyond their cavity form: the samples asked are those of the archive."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from glasswell.compare import CompareConfig, CompareError, compare
from glasswell.compare.cli import command
from glasswell.compare.confront.quantities import small_asymmetry
from glasswell.compare.measured import local_potentials
from glasswell.compare.page.report import write_report as write
from glasswell.compare.page.report_json import as_dict
from glasswell.compare.sections.double_wells import SHAPES, DoubleWells, well_fits, well_rows
from glasswell.compare.sections.local_potentials import response_lines, summary
from glasswell.sim import Archive, SimulationConfig, simulate
from glasswell.sim.archive import writing as archive
from glasswell.sim.local import response, three_ways
from glasswell.sim.sample import couplings
from glasswell.theory import Model, solve
from scipy import stats

from ..conftest import POLARISED, Samples

GLASS = Model(gamma=10.0)
CONFIG = CompareConfig(rsb=(0, 1), resamples=200)


@pytest.fixture(scope="module")
def glass(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Small samples of the glass, with many of their states."""
    config = SimulationConfig(sizes=(32, 48), samples=24, starts=12, seed=5)
    return simulate(GLASS, config, tmp_path_factory.mktemp("glass") / "samples.h5")


@pytest.fixture(scope="module")
def local(glass: Archive) -> dict[int, local_potentials.LocalPotentials]:
    return local_potentials.measure(glass, 16, resamples=200)


def test_they_are_those_of_the_archive(
    glass: Archive, local: dict[int, local_potentials.LocalPotentials]
) -> None:
    """Sample by sample what the functions of ``sim`` say at the stored minima."""
    data = glass.sizes[48]
    for row in range(16):
        J = couplings.sample(GLASS, 48, seed=5, sample=int(data.sample[row]))
        expected = three_ways.measure(data.displacement[row, 0], J, GLASS)
        found = local[48].wells.wells[row]
        np.testing.assert_array_equal(found.site, expected.site)
        np.testing.assert_allclose(found.path.barrier, expected.path.barrier, rtol=1e-9)
    assert sum(len(wells.site) for wells in local[48].wells.wells) > 3


def test_lowest_states_in_fields(
    glass: Archive, local: dict[int, local_potentials.LocalPotentials]
) -> None:
    """One sample by hand; and at least C_reg, since a field may only choose lower states."""
    answer, data = local[32].response, glass.sizes[32]
    assert answer is not None
    rows = range(16)
    width = np.sqrt(np.mean(data.displacement[rows, 0] ** 2))
    np.testing.assert_allclose(answer.field, np.array(local_potentials.FIELDS) * width)
    J = couplings.sample(GLASS, 32, seed=5, sample=3)
    v, energy = data.displacement[3], data.energy[3]
    distinct = [n for n in range(1, len(v)) if abs(energy[n] / energy[n - 1] - 1) > 1e-8]
    signs = np.random.default_rng([5, 32, 3]).choice([-1.0, 1.0], (32, 1))
    expected = response.measure(
        v[0], v[distinct].T, J, GLASS, fields=tuple(answer.field), signs=signs
    )
    np.testing.assert_allclose(answer.lowest_state[3], expected.lowest_state, rtol=1e-7)
    assert answer.regular[3] == expected.regular
    for lowest_state, same_state in zip(
        answer.averages("lowest_state"), answer.averages("same_state"), strict=True
    ):
        assert lowest_state.value >= same_state.value - 1e-9


def test_processes_change_nothing(
    glass: Archive, local: dict[int, local_potentials.LocalPotentials]
) -> None:
    again = local_potentials.measure(glass, 8, resamples=200, engine="process", workers=2)
    for N in (32, 48):
        first = [len(wells.site) for wells in local[N].wells.wells[:8]]
        assert [len(wells.site) for wells in again[N].wells.wells] == first


def test_no_crossings_where_replica_symmetry_is_stable(polarised: Archive) -> None:
    """There C has no jump part, and no double well is left."""
    found = local_potentials.measure(polarised, 20, resamples=200)
    for each in found.values():
        assert len(each.wells.status) == 0
        assert each.response is not None
        np.testing.assert_array_equal(each.response.crossings, 0.0)
        C = each.response.lowest_state[:, 0]
        np.testing.assert_allclose(C, each.response.regular, rtol=1e-3)
    comparison = compare(polarised, CompareConfig(), local=found)
    assert summary(comparison) == [
        "No cavity potential of these samples is a double well: nothing to ask of them."
    ]
    assert len(response_lines(comparison)) == 2 * (1 + len(local_potentials.FIELDS)) + 1


def test_page_and_record(
    glass: Archive, local: dict[int, local_potentials.LocalPotentials], tmp_path: Path
) -> None:
    comparison = compare(glass, CONFIG, local=local)
    page = write(comparison, tmp_path).page.read_text(encoding="utf-8")
    assert "Local potentials three ways" in page
    assert {"three_ways.png", "field_response.png"} <= {path.name for path in tmp_path.iterdir()}
    record = as_dict(comparison)
    json.dumps(record, allow_nan=False)
    assert record["local_potentials"]["48"]["wells"] == len(local[48].wells.status)
    names = [row["name"] for row in record["double_wells"]]
    assert names[0] == "N = 32, cavity, 24 samples"
    assert "N = 48, minimum-energy path, 16 samples" in names
    assert names[-1].startswith("1RSB")
    assert [line[0] for line in DoubleWells().tables(comparison)[0].rows] == names
    assert " % at N = 48" in summary(comparison)[0]


def test_the_command_measures_them(
    glass: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "samples.h5"
    archive.write(path, glass.sizes, glass.provenance)
    words = ["compare", str(path), "-o", str(tmp_path / "out"), "--rsb", "0", "--engine", "inline"]
    assert command.main([*words, "--local", "8"]) == 0
    printed = capsys.readouterr()
    assert "minimum-energy path, 8 samples" in printed.out
    assert "16/16" in printed.err
    assert command.main([*words, "--local", "3"]) == 2
    assert "local_samples must be 0 or an integer" in capsys.readouterr().err


def test_random_sites_are_refused(glass: Archive) -> None:
    model = replace(GLASS, gamma=stats.uniform(8.0, 4.0))
    provenance = replace(glass.provenance, model=model)
    with pytest.raises(CompareError, match="all sites are alike"):
        local_potentials.measure(Archive(glass.sizes, provenance), 8)


def test_small_asymmetries(samples: Samples) -> None:
    """One site in four a symmetric double well: P0 = 1/(4 w); none below zero width."""
    h = np.tile([0.0, 5.0, 5.0, 5.0], (10, 5))
    archive = samples.archive(GLASS, samples.size(h, 0.9, 1.0))
    states = compare(archive, CONFIG).largest
    assert states.small_asymmetries(0.5).value == pytest.approx(0.25 / 0.5)
    tilted = samples.archive(GLASS, samples.size(h + 0.5, 0.9, 1.0))
    assert compare(tilted, CONFIG).largest.small_asymmetries(0.5).value == 0.0


def test_distributions_of_wells(samples: Samples) -> None:
    """Wells drawn from a theory fit it; those of another do not, nor those of too large C."""
    solution = solve(GLASS, 1)
    rng = np.random.default_rng(1)
    grid = np.linspace(-40, 40, 40001)
    weight = solution.field_density(grid)
    h = rng.choice(grid, (60, 100), p=weight / weight.sum()) + rng.uniform(-1e-3, 1e-3, (60, 100))

    def distances(C: float) -> dict[str, tuple[float, ...]]:
        archive = samples.archive(GLASS, samples.size(h, C, 1.0))
        comparison = compare(archive, CONFIG)
        found = well_fits(comparison.distinct, comparison.largest)
        return {name: tuple(each.p_value for each in fits) for name, fits in found.items()}

    fits = distances(solution.C)
    assert len(fits["1RSB"]) == len(SHAPES)
    assert min(fits["1RSB"]) > 0.01
    assert max(fits["RS"]) < 0.01
    assert max(distances(1.05 * solution.C)["1RSB"]) < 0.01


def test_table_beside_theory(samples: Samples) -> None:
    """Theory's lines are its own means, and P0 the mean of P(Δ) up to half the mean Δ."""
    h = np.tile([0.0, 5.0, 5.0, 5.0], (10, 5))
    comparison = compare(samples.archive(GLASS, samples.size(h, 0.9, 1.0)), CONFIG)
    rows = {row.name: row for row in well_rows(comparison)}
    solution = comparison.solutions["1RSB"]
    width = small_asymmetry(comparison.solutions)
    assert width == pytest.approx(solution.wells.mean("asymmetry") / 2)
    theory = rows["1RSB, C_reg for C"]
    assert theory.C.value == solution.C_reg
    assert theory.values["barrier"].value == solution.wells.mean("barrier")
    fine = np.linspace(0.0, width, 2001)[1:]
    mean = float(np.mean(solution.wells.pdf("asymmetry", fine)))
    assert theory.values["P0"].value == pytest.approx(mean, rel=1e-3)
    assert math.isnan(theory.values["P0"].error)
    assert rows["N = 20, cavity, 10 samples"].values["fraction"].value == 0.25
    assert math.isnan(small_asymmetry({"RS": solve(POLARISED)}))


def test_wells_that_are_all_the_same(samples: Samples) -> None:
    """At h = 0 all wells are mirror images: every Δ is zero, and of V, d and λ there is one."""
    comparison = compare(samples.archive(GLASS, samples.size(np.zeros((10, 20)), 0.9, 1.0)), CONFIG)
    fits = dict(
        zip(SHAPES, well_fits(comparison.distinct, comparison.largest)["1RSB"], strict=True)
    )
    assert all(0.0 < fit.D <= 1.0 and fit.p_value < 0.01 for fit in fits.values())
    assert fits["asymmetry"].D == 1.0
    theory, barrier = comparison.solutions["1RSB"].wells, comparison.largest.wells.barrier[:1, 0]
    below = float(theory.count_below("barrier", barrier)[0]) / theory.fraction
    assert fits["barrier"].D == pytest.approx(max(below, 1.0 - below))
