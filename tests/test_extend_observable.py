"""The example of an observable of one's own: its prediction, its rows, and what inspect says."""

from __future__ import annotations

import json
import math
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from glasswell.compare import CompareConfig, CompareError, Observable, compare, inspect
from glasswell.sim import SimulationConfig, simulate
from glasswell.theory import Model, solve

EXAMPLE = Path(__file__).parents[1] / "examples" / "extend" / "observable.py"
POLARISED = Model(gamma=2.0, J0=3.0)


@pytest.fixture(scope="module")
def example() -> dict[str, Any]:
    return runpy.run_path(str(EXAMPLE))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("observable") / "samples.h5"
    config = SimulationConfig(sizes=(32, 64), samples=60, starts=2, states=1, method="quench")
    simulate(POLARISED, config, path)
    return path


def test_it_is_short() -> None:
    assert len(EXAMPLE.read_text(encoding="utf-8").splitlines()) < 60


def test_the_prediction_is_that_of_a_gaussian(example: dict[str, Any]) -> None:
    """With replica symmetry P(h) has mean J0 p and variance J² q: [|h|] is the folded normal's."""
    solution = solve(POLARISED)
    mu, sigma = POLARISED.J0 * float(solution.p), math.sqrt(float(solution.q_hat))
    folded = sigma * math.sqrt(2 / math.pi) * math.exp(-(mu**2) / (2 * sigma**2))
    folded += mu * math.erf(mu / (sigma * math.sqrt(2)))
    assert float(example["mean_field_of_theory"](solution)) == pytest.approx(folded, rel=1e-4)


def test_its_rows_and_what_inspect_says(example: dict[str, Any], path: Path) -> None:
    from glasswell.sim.archive import writing

    config = CompareConfig(rsb=(0,), resamples=200)
    archive = writing.read(path)
    comparison = compare(archive, config, observables=example["OBSERVABLES"])
    field, participation = comparison.rows[-2:]
    assert field.where == "N → ∞"
    assert abs(field.predictions[0].z) < 4
    assert participation.predictions == ()
    content = inspect(path, example["OBSERVABLES"], config)
    json.dumps(content, allow_nan=False)
    found = content["sizes"]["64"]["observables"]["participation"]
    assert (found["value"], found["error"]) == (
        participation.measured.value,
        participation.measured.error,
    )
    v = archive.sizes[64].displacement[:, 0]
    expected = np.mean((v**2).mean(axis=1) ** 2 / (v**4).mean(axis=1))
    assert found["value"] == pytest.approx(expected)
    assert "observables" not in inspect(path)["sizes"]["64"]


def test_another_model_misses(example: dict[str, Any], path: Path) -> None:
    """The negative control: γ off by a quarter."""
    from glasswell.sim.archive import writing

    archive = writing.read(path)
    wrong = example["OBSERVABLES"][0]
    shifted = Observable(
        name=wrong.name,
        measured=wrong.measured,
        predicted=lambda _: wrong.predicted(solve(Model(gamma=2.5, J0=3.0))),
        extrapolate="stable",
    )
    comparison = compare(archive, CompareConfig(rsb=(0,)), observables=[shifted])
    assert comparison.rows[-1].predictions[0].verdict == "misses"


def test_inspect_refuses_in_one_line(path: Path) -> None:
    wrong = Observable(name="mine", measured=lambda states: states.displacement)
    with pytest.raises(CompareError, match='observable "mine": measured returned the shape'):
        inspect(path, [wrong])
