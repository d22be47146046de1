"""Commands that take a model: by flags, or by a configuration with all that a model can have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from glasswell.compare.cli.command import main
from glasswell.theory import (
    Model,
    ModelError,
    Solution,
    SolveError,
    glass_temperature,
    levels,
    solve,
)
from glasswell.theory.model import load_model
from scipy import stats

FILES = {
    "plain.toml": "gamma = 10.0\nJ0 = 0.5\nk = 0.9",
    "sextic.toml": "gamma = 4.0\ncoefficients = [0.5, -0.1, 0.01]",
    "random.toml": 'gamma = {distribution = "uniform", low = 8, high = 12}',
    "stiff.toml": 'gamma = 10.0\nk = {distribution = "norm", loc = 1, scale = 0.1}',
    "field.toml": "gamma = 10.0\nfield = 0.2",
}
PLAIN = ["--gamma", "10", "--J0", "0.5", "--k", "0.9"]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with configurations, which also hold what is not of the model."""
    monkeypatch.chdir(tmp_path)
    for name, model in FILES.items():
        Path(name).write_text(f"[model]\n{model}\n[simulation]\nsizes = [8]\n[theory]\nrsb = [0]\n")
    return tmp_path


def _record(words: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main([*words, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert isinstance(record, dict)
    return record


@pytest.mark.parametrize(
    "words",
    [
        ["solve", "--rsb", "1"],
        ["levels", "--h", "0", "0.1", "--count", "3"],
        ["heat", "--rsb", "0", "--range", "1e-4", "1e-3", "--points", "5", "--count", "12"],
    ],
    ids=lambda words: words[0],
)
@pytest.mark.usefixtures("files")
def test_file_and_flags_say_the_same(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert _record([*words[:1], "plain.toml", *words[1:]], capsys) == _record(
        [*words, *PLAIN], capsys
    )


@pytest.mark.usefixtures("files")
def test_phases_along_their_axes(capsys: pytest.CaptureFixture[str]) -> None:
    """γ and J0 of the file give way to the axes; k does not."""
    axes = ["--gamma", "2", "--J0", "0"]
    from_file = _record(["phases", "plain.toml", *axes], capsys)
    assert from_file == _record(["phases", *axes, "--k", "0.9"], capsys)
    assert from_file["gamma_EG"] == pytest.approx(0.45, rel=1e-12)
    sextic = _record(["phases", "sextic.toml", *axes], capsys)
    assert sextic["gamma_EG"] == pytest.approx(0.5, rel=1e-12)  # G''(0)/(2J) = 2 c_1/2


@pytest.mark.usefixtures("files")
def test_solve_takes_coefficients_distributions_and_a_field(
    capsys: pytest.CaptureFixture[str],
) -> None:
    models = {
        "sextic.toml": Model(gamma=4.0, coefficients=(0.5, -0.1, 0.01)),
        "random.toml": Model(gamma=stats.uniform(8, 4)),
        "field.toml": Model(gamma=10.0, field=0.2),
    }
    for name, model in models.items():
        assert load_model(name) == model
        found = _record(["solve", name], capsys)
        assert found["free_energy"] == solve(model).free_energy, name


@pytest.mark.usefixtures("files")
def test_heat_takes_coefficients_and_a_field(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--rsb", "0", "--range", "1e-4", "1e-3", "--points", "3", "--count", "12"]
    for name in ("sextic.toml", "field.toml"):
        record = _record(["heat", name, *words], capsys)
        model = load_model(name)
        assert record["T_g"] == pytest.approx(glass_temperature(model), rel=1e-12)
        assert record["theories"][0]["C"] == pytest.approx(solve(model).C, rel=1e-12)


def test_heat_takes_random_sites(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They reach the ensemble, which has a test of its own and takes a while."""
    reached = []

    def record(solution: Solution, *_rest: object, **_options: object) -> None:
        reached.append(solution.model)
        raise SolveError("far enough")

    monkeypatch.setattr("glasswell.theory.heat.prediction.local_ensemble", record)
    assert main(["heat", str(files / "random.toml"), "--rsb", "0"]) == 2
    assert reached == [Model(gamma=stats.uniform(8, 4))]


@pytest.mark.usefixtures("files")
def test_levels_of_a_sextic_potential(capsys: pytest.CaptureFixture[str]) -> None:
    """Levels there are; two-level systems are of two wells, and a sextic may have three."""
    found = _record(["levels", "sextic.toml", "--C", "0.9", "--count", "3"], capsys)
    (potential,) = found["potentials"]
    expected = levels(0.0, 0.9, load_model("sextic.toml"), count=3).energy
    assert potential["energies"] == pytest.approx(list(expected), rel=1e-12)
    assert potential["asymmetry"] is None
    assert potential["tunnelling_wkb"] is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["solve"], "give --gamma 10, or a CONFIG.toml"),
        (["levels", "--C", "1"], "give --gamma 10, or a CONFIG.toml"),
        (["heat", "--J0", "1"], "give --gamma 10, or a CONFIG.toml"),
        (["solve", "plain.toml", "--J0", "1", "--field", "0"], "--J0 --field beside plain.toml"),
        (["levels", "plain.toml", "--gamma", "1"], "--gamma beside plain.toml"),
        (["heat", "plain.toml", "--k", "1"], "--k beside plain.toml"),
        (["phases", "plain.toml", "--a", "1"], "--a beside plain.toml"),
        (["levels", "random.toml"], "random.toml draws gamma site by site"),
        (["levels", "stiff.toml"], "give k as a number"),
        (["phases", "stiff.toml"], "phase boundaries need sites that are alike"),
        (["phases", "random.toml"], "give gamma as a number"),
        (["phases", "field.toml"], "need field = 0"),
        (["solve", "nothing.toml"], "cannot read the configuration nothing.toml"),
        (["heat", "/dev/zero"], "it is a device"),
        (["phases", "."], "cannot read the configuration"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
@pytest.mark.usefixtures("files")
def test_refusals(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.usefixtures("files")
def test_unknown_keys_in_a_file_for_solve(capsys: pytest.CaptureFixture[str]) -> None:
    for text, message in (
        ("[model]\ngama = 1", "did you mean 'gamma'"),
        ("[modle]\ngamma = 1", "did you mean 'model'"),
        ("[simulation]\nsizes = [8]", "no [model] table"),
    ):
        Path("bad.toml").write_text(text)
        assert main(["solve", "bad.toml"]) == 2
        assert message in capsys.readouterr().err


def test_levels_of_sites_that_differ_are_refused() -> None:
    """In Python as on the command line: γ, a distribution, was taken for a number here."""
    with pytest.raises(ModelError, match="sites differ in gamma"):
        levels(0.0, 0.9, Model(gamma=stats.uniform(8, 4)), count=3)
