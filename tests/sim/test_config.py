"""Configurations: what is understood, and what is refused with a hint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from glasswell.sim import Anneal, ConfigError, Quench, SimulationConfig, SimulationError
from glasswell.sim.config import as_toml, load, parse
from glasswell.theory import Model, ModelError
from glasswell.theory.model import model_table, parse_model
from scipy import stats

FULL = """\
# a comment that is kept
[model]
gamma = 5
J0 = 0.5
coefficients = [0.5, 0.0, 1]
[simulation]
sizes = [8, 16]
samples = [4, 2]
starts = 3
seed = 9
method = "quench"
[theory]
rsb = [0, 1]
[compare]
bins = 3
"""


def _write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_full_file(tmp_path: Path) -> None:
    model, config, text, table = load(_write(tmp_path, FULL))
    assert model == Model(gamma=5, J0=0.5, coefficients=(0.5, 0.0, 1.0))
    assert config == SimulationConfig((8, 16), (4, 2), 3, 9, "quench")
    assert text == FULL
    assert table["theory"] == {"rsb": [0, 1]}
    assert table["compare"] == {"bins": 3}
    assert [config.samples_of(N) for N in config.sizes] == [4, 2]


def test_defaults(tmp_path: Path) -> None:
    model, config, _, _ = load(_write(tmp_path, "[model]\ngamma = 2.0\n"))
    assert model == Model(gamma=2.0)
    assert config == SimulationConfig() == parse({})
    assert config.samples_of(256) == 64
    assert config.kept == 32


def test_toml_and_back(tmp_path: Path) -> None:
    model = Model(gamma=0.1 + 0.2, field=-1e-7, coefficients=(0.5, 1e-3))
    config = SimulationConfig((4,), (2,), 3, 9, "anneal", states=2, friction=0.123456789)
    again = load(_write(tmp_path, as_toml(model, config)))
    assert again[:2] == (model, config)


@pytest.mark.parametrize(
    ("table", "model"),
    [
        (
            'gamma = {distribution = "uniform", low = 8, high = 12}',
            Model(gamma=stats.uniform(8, 4)),
        ),
        (
            'gamma = {distribution = "lognorm", s = 0.2, scale = 10}\n'
            'k = {distribution = "norm", loc = 1, scale = 0.1}',
            Model(gamma=stats.lognorm(0.2, scale=10), k=stats.norm(1, 0.1)),
        ),
    ],
)
def test_random_parameters(tmp_path: Path, table: str, model: Model) -> None:
    """A table for a number; what is written is read back as the same model."""
    read, config, _, _ = load(_write(tmp_path, f"[model]\n{table}\n"))
    assert read == model
    assert load(_write(tmp_path, as_toml(model, config)))[0] == model
    plain = {name: value for name, value in model_table(model).items() if value is not None}
    assert parse_model(json.loads(json.dumps(plain, allow_nan=False))) == model


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('gamma = {distribution = "unifrom", low = 1}', "no continuous distribution"),
        ('gamma = {distribution = "uniform", low = 1}', "low and high, or loc and scale"),
        ('gamma = {distribution = "uniform", low = 3, high = 1}', "in range"),
        ('gamma = {distribution = "uniform", low = "a", high = 1}', "numbers"),
        ('gamma = {distribution = "beta", a = 2, bb = 1}', "did you mean 'b'"),
        ('gamma = {distribution = "beta", a = 2}', "beta takes a, b, loc, scale"),
        ("gamma = {low = 3, high = 4}", "without a distribution"),
        ('gamma = 1\nJ0 = {distribution = "norm"}', "J0 must be a number"),
    ],
)
def test_bad_random_parameters(tmp_path: Path, table: str, message: str) -> None:
    with pytest.raises((ConfigError, ModelError), match=message) as caught:
        load(_write(tmp_path, f"[model]\n{table}\n"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[model]\ngama = 1", "did you mean 'gamma'"),
        ("[model]\ngamma = 1\n[simulation]\nsampels = 3", "did you mean 'samples'"),
        ("[model]\ngamma = 1\n[simulatoin]\n", "did you mean 'simulation'"),
        ("[model]\ngamma = 1\n[zzz]\n", "known are model, simulation"),
        ("[model]\nJ0 = 1", "needs gamma"),
        ("[simulation]\nseed = 1", r"no \[model\] table"),
        ("model = 3", "must be a table"),
        ("[model\ngamma = 1", "not valid TOML"),
        ("[model]\ngamma = 1\ncoefficients = 3", "list of numbers"),
        ("[model]\ngamma = 1\ncoefficients = [1, true]", "list of numbers"),
    ],
)
def test_bad_files(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        load(_write(tmp_path, text))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", ['"10"', "true", "nan", "-1.0"])
def test_bad_gamma(tmp_path: Path, value: str) -> None:
    with pytest.raises(ModelError, match="gamma"):
        load(_write(tmp_path, f"[model]\ngamma = {value}"))


def test_missing_and_binary_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        load(tmp_path / "nothing.toml")
    with pytest.raises(ConfigError, match="cannot read"):
        load(tmp_path)
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot read"):
        load(tmp_path / "binary.toml")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"sizes": [1]}, "at least 2"),
        ({"sizes": []}, "different"),
        ({"sizes": [4, 4]}, "different"),
        ({"sizes": 4}, "list of integers"),
        ({"sizes": [4.0]}, "integer"),
        ({"sizes": [True]}, "integer"),
        ({"samples": 0}, "at least 1"),
        ({"samples": "many"}, "integer"),
        ({"samples": [1, 2]}, "one number or one per size"),
        ({"starts": 0}, "at least 1"),
        ({"starts": True}, "integer"),
        ({"seed": -1}, "at least 0"),
        ({"seed": 1.0}, "integer"),
        ({"steps": 0}, "at least 1"),
        ({"states": 0}, "at least 1"),
        ({"method": "magic"}, "choose one of anneal, quench"),
        ({"method": 3}, "choose one of"),
        ({"least_hits": 0}, "least_hits must be"),
        ({"least_hits": 2, "method": "temper"}, "repeats anneals and quenches"),
        ({"precision": "half"}, "choose one of double, single"),
        ({"precision": "single", "method": "quench"}, "is for anneals"),
        ({"method": "temper", "starts": 5}, "starts must be even"),
        ({"coldest": 2.0}, "a ladder climbs"),
        ({"coldest": 0.0}, "coldest must be positive"),
        ({"temperatures": (1.0, 0.5)}, "must increase"),
        ({"temperatures": 1.0}, "list of numbers"),
        ({"temperatures": ("hot",)}, "list of numbers"),
        ({"rungs": 1}, "rungs must be an integer of at least 2"),
        ({"sweeps": 0}, "sweeps must be an integer"),
        ({"burn_in": -1}, "burn_in must be an integer"),
        ({"measure_every": 0}, "measure_every"),
        ({"leapfrog_steps": 0}, "leapfrog_steps"),
        ({"friction": "strong"}, "must be a number"),
        ({"friction": True}, "must be a number"),
        ({"friction": 0.0}, "positive"),
        ({"start_temperature": float("inf")}, "finite"),
        ({"start_temperature": 0.01}, "cools"),
    ],
)
def test_values_that_make_no_sense(table: dict[str, Any], message: str) -> None:
    with pytest.raises(SimulationError, match=message):
        parse(table)


def test_the_same_with_other_values() -> None:
    config = SimulationConfig(sizes=(8, 16), samples=(4, 2), steps=30, least_hits=2)
    longer = config.replace(samples=100, starts=64, steps=60)
    assert (longer.sizes, longer.samples, longer.least_hits) == ((8, 16), 100, 2)
    assert longer.sampler == Anneal(starts=64, steps=60)
    assert config == SimulationConfig(sizes=(8, 16), samples=(4, 2), steps=30, least_hits=2)
    assert config.replace() == config
    assert config.replace(sampler=Quench(starts=4), least_hits=1).method == "quench"
    assert longer.replace(method="quench").sampler == Quench(starts=64)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"sample": 100}, ConfigError, "unknown option of a simulation 'sample': did you mean"),
        ({"sample": 100}, ConfigError, "did you mean 'samples'?"),
        ({"stepps": 100}, ConfigError, "did you mean 'steps'?"),
        ({"leapfrog_step": 3}, ConfigError, "did you mean 'leapfrog_steps'?"),
        ({"samples": 0}, SimulationError, "samples must be an integer of at least 1, got 0"),
        ({"samples": (1, 2)}, SimulationError, "2 numbers for 1 sizes"),
        ({"starts": 0}, SimulationError, "starts must be an integer of at least 1, got 0"),
        ({"method": "temper", "least_hits": 2}, SimulationError, "repeats anneals and quenches"),
    ],
)
def test_other_values_are_looked_at(
    change: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as caught:
        SimulationConfig(sizes=(8,)).replace(**change)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
