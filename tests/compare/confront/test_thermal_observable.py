"""Thermal observables and theories of a user's own: rows like all others, refusals in one line."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from glasswell.compare import (
    CompareConfig,
    CompareError,
    Observable,
    ThermalObservable,
    compare,
    inspect,
    temperings,
    write_report,
)
from glasswell.compare.sections import SECTIONS, thermal_figures
from glasswell.compare.sections.thermal import AgainstTemperature
from glasswell.sim import Archive, simulate
from glasswell.sim import observables as averages
from glasswell.sim.archive import writing
from glasswell.sim.config import parse
from glasswell.theory import Model, Solution, solve

MODEL = Model(gamma=10.0)
CONFIG = CompareConfig(rsb=(0,), resamples=100)
RUN: dict[str, Any] = {
    "sizes": [8, 12],
    "samples": 32,
    "method": "temper",
    "temperatures": [0.7, 1.5, 4.0],
    "burn_in": 100,
    "sweeps": 600,
    "measure_every": 4,
    "starts": 2,
    "states": 1,
}

VIRIAL = ThermalObservable(
    name="virial [⟨v ∂U/∂v⟩]",
    key="virial",
    unit="J",
    measured=lambda run: run.virial.mean(axis=(-2, -1)),
    predicted=lambda theory: theory.temperature,
    extrapolate="always",
)
"""The virial theorem: T at every N, whatever the couplings."""

FOURTH = ThermalObservable(
    name="fourth moment", measured=lambda run: averages.mean(run.fourth_moment)
)
KINETIC = Observable(name="[v⁴]", measured=lambda states: (states.displacement**4).mean(axis=1))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tempered") / "samples.h5"
    simulate(MODEL, parse(RUN), path, chunk=32)
    return path


@pytest.fixture(scope="module")
def archive(path: Path) -> Archive:
    return writing.read(path)


def test_the_virial_theorem_holds_and_its_negation_misses(archive: Archive) -> None:
    """In sigmas, at every temperature, on both sides of T_g; a T half as large again is seen."""
    wrong = ThermalObservable(
        name="wrong",
        measured=VIRIAL.measured,
        predicted=lambda theory: 1.5 * theory.temperature,
        extrapolate="always",
    )
    found = temperings(archive, [0], [VIRIAL, wrong])
    assert found is not None
    rows = [row for row in found.comparison.rows if row.key == "virial"]
    assert len(rows) == len(archive.sizes[8].tempering.temperatures)  # type: ignore[union-attr]
    assert {row.stable for row in rows} == {True, False}
    judged = [row.row.predictions[0].z for row in rows if not row.critical]
    assert judged
    assert all(abs(z) < 4 for z in judged)
    missed = [r.row.predictions[0].z for r in found.comparison.rows if r.key == "wrong"]
    assert min(z for z in missed if math.isfinite(z)) < -5


def test_it_is_shown_wherever_the_built_in_ones_are(archive: Archive, tmp_path: Path) -> None:
    comparison = compare(archive, CONFIG, observables=[KINETIC, VIRIAL, FOURTH])
    assert [row.key for row in comparison.own_rows] == ["[v⁴]"]
    assert comparison.thermal is not None
    figures = thermal_figures.draw(comparison.thermal.comparison)
    titles = [ax.get_title(loc="left") for ax in figures["thermal"]().get_axes()]
    assert "(e) virial [⟨v ∂U/∂v⟩]" in titles
    assert "(f) fourth moment" in titles
    trends = [ax.get_title(loc="left") for ax in figures["thermal_trends"]().get_axes()]
    assert "(e) virial [⟨v ∂U/∂v⟩]" in trends
    assert not any("fourth" in title for title in trends)
    report = write_report(comparison, tmp_path, sections=[AgainstTemperature()])
    page = report.page.read_text(encoding="utf-8")
    assert "virial [⟨v ∂U/∂v⟩] / J" in page
    assert "fourth moment" in page
    record = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    keys = [row["key"] for row in record["thermal"]["table"]]
    assert keys.count("virial") == keys.count("fourth moment") == 3


def test_inspect_measures_it(path: Path, archive: Archive) -> None:
    content = inspect(path, [KINETIC, VIRIAL])
    for N, data in archive.sizes.items():
        assert data.tempering is not None
        found = content["sizes"][str(N)]["observables"]
        assert set(found) == {"[v⁴]", "virial"}
        assert found["virial"]["temperatures"] == data.tempering.temperatures.tolist()
        expected = data.tempering.virial.mean(axis=(0, 2, 3))
        assert found["virial"]["value"] == pytest.approx(expected.tolist())
        assert len(found["virial"]["error"]) == 3
    json.dumps(content)


def test_without_a_tempering_it_has_nothing_to_measure(tmp_path: Path) -> None:
    plain = simulate(
        MODEL,
        parse({"sizes": [8], "samples": 8, "starts": 2, "method": "quench", "states": 1}),
        tmp_path / "plain.h5",
    )
    assert compare(plain, CONFIG, observables=[VIRIAL]).thermal is None


@pytest.mark.parametrize(
    ("measured", "message"),
    [
        (lambda run: run.N / 0, "measured raised ZeroDivisionError"),
        (lambda run: run.enthalpy, "measured raised AttributeError"),
        (lambda run: run.energy, r"measured returned the shape \(32, 3, 2, 150\): return time"),
        (lambda run: f"{run.N} sites", "measured returned no numbers"),
        (lambda run: averages.mean(run.energy[:, :2]), r"an Average of shape \(2,\)"),
    ],
)
def test_what_cannot_be_measured_is_one_line(archive: Archive, measured: Any, message: str) -> None:
    own = ThermalObservable(name="mine", measured=measured)
    with pytest.raises(CompareError, match=message) as error:
        compare(archive, CONFIG, observables=[own])
    assert str(error.value).startswith('observable "mine": ')
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("predicted", "message"),
    [
        (lambda theory: [theory.energy], "predicted returned list for RS"),
        (lambda theory: theory.energy * math.nan, "predicted returned nan for RS"),
        (lambda theory: theory.enthalpy, "predicted raised AttributeError"),
    ],
)
def test_what_cannot_be_predicted_is_one_line(
    archive: Archive, predicted: Any, message: str
) -> None:
    own = ThermalObservable(name="mine", measured=VIRIAL.measured, predicted=predicted)
    with pytest.raises(CompareError, match=message):
        temperings(archive, [0], [own])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": ""}, "the name of an observable"),
        ({"measured": None}, "measured must be a function"),
        ({"predicted": 3.0}, "predicted must be a function"),
        ({"extrapolate": "below"}, "extrapolate must be one of never, stable, always"),
        ({"drawn": ("table",)}, 'drawn must be a tuple of "curve" and "trend"'),
    ],
)
def test_wrong_options(options: dict[str, Any], message: str) -> None:
    with pytest.raises(CompareError, match=message):
        ThermalObservable(**{"name": "mine", "measured": VIRIAL.measured, **options})


@pytest.mark.parametrize("name", ["energy e", "energy", "χ"])
def test_names_are_unique(archive: Archive, name: str) -> None:
    own = [ThermalObservable(name=n, measured=VIRIAL.measured) for n in (name, "χ")]
    with pytest.raises(CompareError, match=f'two observables "{name}"'):
        compare(archive, CONFIG, observables=own)


def test_what_is_no_observable(archive: Archive) -> None:
    wrong: Any = [test_wrong_options]
    with pytest.raises(CompareError, match="must be Observable or ThermalObservable, got function"):
        compare(archive, CONFIG, observables=wrong)


@dataclass(frozen=True)
class Renamed:
    """Replica symmetry under a name of its own, its energy off by a given amount."""

    solution: Solution
    name: str
    shift: float = 0.0

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self.solution, attribute)

    @property
    def free_energy(self) -> float:
        return self.solution.free_energy + self.shift


def test_a_theory_of_ones_own_has_a_column(archive: Archive, tmp_path: Path) -> None:
    """It says what its numbers are, and a wrong one is seen to be wrong."""
    solution = solve(MODEL)
    assert isinstance(solution, Solution)
    same: Any = Renamed(solution, "mine")
    off: Any = Renamed(solution, "off", shift=-5.0)
    comparison = compare(archive, CONFIG, theories=[same, off])
    assert list(comparison.solutions) == ["RS", "mine", "off"]
    energy = comparison.rows[0]
    rs, mine, wrong = energy.predictions
    assert (mine.theory, mine.value, mine.z) == ("mine", rs.value, rs.z)
    assert wrong.z - rs.z == pytest.approx(
        5.0 / math.hypot(energy.measured.error, energy.measured.finite_size)
    )
    report = write_report(comparison, tmp_path, sections=SECTIONS)
    assert report.missing == {}
    assert "mine" in report.page.read_text(encoding="utf-8")


def test_a_theory_that_does_not_belong(archive: Archive) -> None:
    hot = solve(MODEL, temperature=1.0)
    other = solve(Model(gamma=9.0))
    renamed: Any = Renamed(other, "RS")
    double: Any = [Renamed(solve(MODEL), "twin")] * 2
    for theories, message in (
        ([Renamed(hot, "hot")], 'theory "hot" is at T = 1: lowest states need T = 0'),
        ([renamed], 'theory "RS" is of another model'),
        ([solve(MODEL)], 'two theories "RS"'),
        (double, 'two theories "twin"'),
    ):
        own: Any = theories
        with pytest.raises(CompareError, match=message):
            compare(archive, CONFIG, theories=own)


def test_the_series_know_their_size(archive: Archive) -> None:
    for N, data in archive.sizes.items():
        assert data.tempering is not None
        assert data.tempering.N == N
        assert np.isfinite(VIRIAL.average(data.tempering).value).all()
