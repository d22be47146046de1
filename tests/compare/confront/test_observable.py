"""A user's own observables: rows like all others, and one line for what cannot be measured."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from glasswell.compare import (
    CompareConfig,
    CompareError,
    Comparison,
    LowestStates,
    Observable,
    compare,
)
from glasswell.compare.page.report import write_report as write
from glasswell.compare.page.report_json import as_text
from glasswell.compare.sections import overview
from glasswell.sim import Archive, blocks
from glasswell.theory import Limit, Model

from ..conftest import Samples

GLASS = Model(gamma=10.0)
CONFIG = CompareConfig(rsb=(0, 1), resamples=100)


@pytest.fixture(scope="module")
def archive() -> Archive:
    """Two sizes of a glass whose fields are drawn at random."""
    rng = np.random.default_rng(3)
    sizes = []
    for N in (12, 24):
        h = 10 * rng.standard_normal((10, N))
        sizes.append(Samples.size(h, 0.3 + 0.6 * rng.random((10, N)), h))
    return Samples.archive(GLASS, *sizes)


def _overlap(states: LowestStates) -> Any:
    return (states.displacement**2).mean(axis=1)


def _row(comparison: Comparison, key: str) -> Any:
    return next(row for row in comparison.rows if row.key == key)


def _compared(archive: Archive, *observables: Observable) -> Comparison:
    return compare(archive, CONFIG, observables=observables)


def test_the_same_function_gives_the_same_row(archive: Archive) -> None:
    """Value, error, limit N → ∞ and z of the self-overlap, defined once more outside."""
    again = Observable(
        name="v² once more",
        measured=_overlap,
        predicted=lambda theory: theory.q_hat,
        extrapolate="always",
    )
    comparison = _compared(archive, again)
    mine, theirs = (_row(comparison, key) for key in ("v² once more", "q"))
    assert mine.where == theirs.where == "N → ∞"
    assert (mine.measured, mine.predictions) == (theirs.measured, theirs.predictions)


def test_a_wrong_prediction_misses(archive: Archive) -> None:
    """The negative control, and what is not extrapolated has a second error."""
    right, wrong = (
        Observable(
            name=f"{factor} q",
            measured=_overlap,
            predicted=lambda theory, factor=factor: factor * theory.q_hat,  # type: ignore[misc]  # of a lambda's default
        )
        for factor in (1.0, 3.0)
    )
    comparison = _compared(archive, right, wrong)
    rows = [_row(comparison, observable.key) for observable in (right, wrong)]
    assert all(row.where == "N = 24" for row in rows)
    assert rows[0].measured.finite_size == rows[1].measured.finite_size >= 0.0
    assert [row.predictions[0].verdict for row in rows] == ["agrees", "misses"]


@pytest.mark.parametrize(
    ("J0", "extrapolate", "where"),
    [
        (0.0, "never", "N = 24"),
        (0.0, "stable", "N = 24"),
        (0.0, "always", "N → ∞"),
        (3.0, "stable", "N → ∞"),
    ],
)
def test_finite_size(archive: Archive, J0: float, extrapolate: Any, where: str) -> None:
    """Replica symmetry is stable at γ = 2, J0 = 3, and not at γ = 10, J0 = 0."""
    model = Model(gamma=2.0, J0=J0) if J0 else GLASS
    other = Samples.archive(model, *map(next, map(blocks, archive.sizes.values())))
    own = Observable(name="mine", measured=_overlap, extrapolate=extrapolate)
    comparison = compare(other, CompareConfig(rsb=(0,), resamples=100), observables=[own])
    assert _row(comparison, "mine").where == where


def test_sums_and_weights(archive: Archive) -> None:
    """A mean over double wells is a ratio of sums over samples."""

    def barrier(states: LowestStates) -> tuple[Any, Any]:
        double = states.wells.double
        return np.where(double, states.wells.barrier, 0.0).sum(axis=1), double.sum(axis=1)

    comparison = _compared(archive, Observable(name="V", measured=barrier))
    assert comparison.largest.wells.double.any()
    assert _row(comparison, "V").by_size[24] == comparison.largest.scalar("barrier")


def test_rare_events_have_an_error(archive: Archive) -> None:
    never = Observable(
        name="never",
        measured=lambda states: np.zeros(states.samples),
        trials=lambda states: states.field.size,
    )
    assert _row(_compared(archive, never), "never").measured.error == 1 / 240


def test_measured_only_is_shown_everywhere_and_not_judged(archive: Archive, tmp_path: Path) -> None:
    own = Observable(name="<v²> & more", unit="Å²", key="mine", measured=_overlap)
    comparison = _compared(archive, own)
    row = _row(comparison, "mine")
    assert row.predictions == ()
    line = next(x for x in as_text(comparison).splitlines() if x.startswith("<v²> & more / Å²"))
    assert line.split()[-2:] == ["-", "-"]
    assert not any("& more" in sentence for sentence in overview.summary(comparison))
    page = write(comparison, tmp_path).page.read_text(encoding="utf-8")
    assert f"<td>&lt;v²&gt; &amp; more / Å²</td><td>N = 24</td><td>{row.measured}</td>" in page
    record = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    (found,) = [row for row in record["table"] if row["key"] == "mine"]
    assert found["predictions"] == {}
    assert found["unit"] == "Å²"
    assert found["measured"]["value"] == record["sizes"]["24"]["mine"]["value"]
    assert record["sizes"]["12"]["mine"]["error"] > 0


def test_the_error_of_a_limit_widens_z(archive: Archive) -> None:
    def own(error: float) -> Observable:
        return Observable(
            name=f"{error}", measured=_overlap, predicted=lambda _: Limit(200.0, error)
        )

    sure, doubtful = own(0.0), own(50.0)
    comparison = _compared(archive, sure, doubtful)
    z = [abs(_row(comparison, o.key).predictions[0].z) for o in (sure, doubtful)]
    assert z[1] < 2.5 < z[0]


def test_none_is_what_theory_does_not_say(archive: Archive) -> None:
    own = Observable(name="mine", measured=_overlap, predicted=lambda _: None)
    (first, second) = _row(_compared(archive, own), "mine").predictions
    assert math.isnan(first.value)
    assert second.verdict == "cannot be compared"


def _velocity(states: LowestStates) -> Any:
    return states.velocity  # type: ignore[attr-defined]  # what is refused


WRONG_MEASUREMENTS: dict[str, tuple[Callable[[LowestStates], Any], str]] = {
    "raises": (_velocity, r"raised AttributeError \(.*velocity.*\): correct"),
    "per site": (lambda s: s.displacement, r"shape \(10, 12\): return one number per sample"),
    "scalar": (lambda s: s.displacement.mean(), r"shape \(\): return .* shape \(10,\)"),
    "nan": (lambda s: np.where(_overlap(s) > 90, np.nan, 1.0), "not finite in . of 10 samples"),
    "text": (lambda _: "much", "no numbers: return one per sample"),
    "three": (lambda s: (_overlap(s),) * 3, r"tuple of 3: return \(sums, weights\)"),
    "negative": (lambda s: (_overlap(s), -_overlap(s)), "negative weight"),
}


@pytest.mark.parametrize("case", WRONG_MEASUREMENTS)
def test_what_cannot_be_measured_is_one_line(archive: Archive, case: str) -> None:
    measured, reason = WRONG_MEASUREMENTS[case]
    with pytest.raises(CompareError, match=reason) as caught:
        _compared(archive, Observable(name="mine", measured=measured))
    assert str(caught.value).startswith('observable "mine": measured ')
    assert "\n" not in str(caught.value)


WRONG_PREDICTIONS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "raises": (lambda _: 1 / 0, r"predicted raised ZeroDivisionError \(division by zero\)"),
    "array": (lambda _: np.ones(3), "predicted returned ndarray for RS: return one number"),
    "text": (lambda _: "1.0", "predicted returned str for RS"),
    "nan": (lambda _: math.nan, "predicted returned nan for RS: return None where"),
}


@pytest.mark.parametrize("case", WRONG_PREDICTIONS)
def test_what_cannot_be_predicted_is_one_line(archive: Archive, case: str) -> None:
    predicted, reason = WRONG_PREDICTIONS[case]
    with pytest.raises(CompareError, match=reason) as caught:
        _compared(archive, Observable(name="mine", measured=_overlap, predicted=predicted))
    assert "\n" not in str(caught.value)


def test_a_mistake_keeps_its_traceback(archive: Archive) -> None:
    """The one line is for people; whoever debugs finds the cause."""
    own = Observable(name="mine", measured=_velocity)
    with pytest.raises(CompareError) as caught:
        _compared(archive, own)
    assert isinstance(caught.value.__cause__, AttributeError)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"name": "mine"}, {"name": "mine"}),
        ({"name": "mine", "key": "a"}, {"name": "yours", "key": "a"}),
        ({"name": "q"}, {"name": "mine"}),
        ({"name": "self-overlap [v²]"}, {"name": "mine"}),
    ],
    ids=["name", "key", "built-in key", "built-in name"],
)
def test_names_are_unique(archive: Archive, first: Any, second: Any) -> None:
    own = [Observable(measured=_overlap, **options) for options in (first, second)]
    with pytest.raises(CompareError, match=r"two observables .* a name of its own"):
        _compared(archive, *own)


@pytest.mark.parametrize(
    "options",
    [
        {"name": " "},
        {"name": "two\nlines"},
        {"measured": 1.0},
        {"measured": None},
        {"predicted": 1.0},
        {"extrapolate": "sometimes"},
        {"unit": 3},
    ],
    ids=str,
)
def test_wrong_options(options: dict[str, Any]) -> None:
    with pytest.raises(CompareError, match="must be"):
        Observable(**{"name": "mine", "measured": _overlap, **options})
