"""Configurations that are damaged in any way: read as something valid, or refused in one line."""

from __future__ import annotations

import math
import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from glasswell.compare import config as compare_config
from glasswell.sim import SimulationConfig
from glasswell.sim.config import as_toml, load, parse
from glasswell.theory import GlasswellError, Model
from glasswell.theory.model import parse_model, toml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

LONGEST = 500
"""Characters of a refusal."""

VALID: dict[str, dict[str, Any]] = {
    "model": {
        "gamma": 10.0,
        "J0": 0.0,
        "J": 1.0,
        "k": {"distribution": "uniform", "low": 0.5, "high": 1.5},
        "a": 1.0,
        "field": 0.0,
    },
    "simulation": {
        "sizes": [8, 16],
        "samples": [12, 8],
        "starts": 4,
        "seed": 1,
        "method": "anneal",
        "least_hits": 1,
        "rounds": 8,
        "states": 2,
        "steps": 100,
        "start_temperature": 0.6,
        "final_temperature": 0.02,
        "friction": 0.05,
        "precision": "double",
        "coldest": 0.1,
        "hottest": 1.5,
        "rungs": 4,
        "temperatures": [0.5, 1.0],
        "sweeps": 100,
        "burn_in": 10,
        "measure_every": 10,
        "leapfrog_steps": 10,
    },
    "theory": {"rsb": [0, "full"], "temperature": 0.0},
    "compare": {"resamples": 200, "seed": 1, "local_samples": 0},
}

EXTREME = [
    *(0, -1, 2**31, 2**63, 2**64, 10**400, -(10**400), 10**12),
    *(0.0, -0.0, math.inf, -math.inf, math.nan, 1e300, 1e-300, -1e-300, 5e-324),
    *("", "full", "γ\u200b\u0000\u001b[31m\n", "x" * 10_000, "uniform", "ncf", "__class__"),
    *(True, False, [], {}, [[1]], [0, 0], [1e300, -1e300], [1.0] * 2000),
    *(
        {"distribution": "ncf", "dfn": 5, "dfd": 9, "nc": 4},
        {"distribution": "lognorm", "s": 1e300},
    ),
    *({"distribution": "gamma", "a": 1e300}, {"distribution": "uniform", "low": 1, "high": 1}),
    *({"distribution": ["uniform"]}, {"distribution": "norm", "loc": True}, {"low": 1, "high": 2}),
]

scalars = st.one_of(
    st.integers(), st.floats(), st.text(max_size=20), st.booleans(), st.sampled_from(EXTREME)
)
values: st.SearchStrategy[Any] = st.one_of(
    scalars,
    st.recursive(
        scalars,
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
        ),
        max_leaves=8,
    ),
).map(deepcopy)
keys = st.one_of(
    st.sampled_from(["gama", "coefficients", "", "\u202e", "k" * 5000]), st.text(max_size=12)
)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A valid configuration with one to three things changed, as text."""
    tables: dict[str, Any] = deepcopy(VALID)
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["value", "value", "key", "drop", "table", "coefficients"]))
        name = draw(st.sampled_from(sorted(tables))) if tables else "model"
        table = tables.get(name)
        if kind == "table" or not isinstance(table, dict) or not table:
            tables[draw(st.sampled_from(["model", "theory", "Model"]) | keys)] = draw(values)
        elif kind == "value":
            table[draw(st.sampled_from(sorted(table)))] = draw(values)
        elif kind == "key":
            table[draw(keys)] = draw(values)
        elif kind == "drop":
            del table[draw(st.sampled_from(sorted(table)))]
        else:
            tables["model"] = {"gamma": 4.0, "coefficients": draw(values)}
    text = tomli_w.dumps(tables)
    cut = draw(st.one_of(st.none(), st.integers(0, len(text))))
    if cut is not None and draw(st.booleans()):
        junk = draw(st.sampled_from(["[", "=", '"', "\x00", "gamma = 3\n", "[model]\n", "é" * 9]))
        text = text[:cut] + junk + text[cut + draw(st.integers(0, 3)) :]
    return text


def _read(path: Path) -> tuple[Any, Any, str, Any] | GlasswellError:
    try:
        model, config, text, tables = load(path)
        return model, config, text, compare_config.parse(tables)
    except GlasswellError as error:
        return error


def _read_or_refused(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8", newline="")
    found = _read(path)
    if isinstance(found, GlasswellError):
        assert str(found).isprintable()
        assert 10 < len(str(found)) <= LONGEST
        return
    model, config, again, settings_ = found
    assert isinstance(model, Model)
    assert isinstance(config, SimulationConfig)
    assert isinstance(settings_, compare_config.CompareConfig)
    assert compare_config.from_text(again) == settings_
    path.write_text(as_toml(model, config), encoding="utf-8")
    assert load(path)[:2] == (model, config)


def _settings(examples: int) -> settings:
    quiet = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
    return settings(max_examples=examples, deadline=10_000, suppress_health_check=quiet)


@_settings(30)
@given(text=damaged())
def test_read_or_refused(text: str, tmp_path: Path) -> None:
    _read_or_refused(text, tmp_path / "damaged.toml")


@pytest.mark.slow
@_settings(300)
@given(text=damaged())
def test_read_or_refused_many_times(text: str, tmp_path: Path) -> None:
    _read_or_refused(text, tmp_path / "damaged.toml")


def test_the_undamaged_one_is_read(tmp_path: Path) -> None:
    """The control: what is damaged above is valid before."""
    path = tmp_path / "valid.toml"
    path.write_text(tomli_w.dumps(VALID), encoding="utf-8")
    model, config, _, tables = load(path)
    assert model.random == ("k",)
    assert dict(config.unused)["temperatures"] == (0.5, 1.0)
    assert compare_config.parse(tables).rsb == (0, "full")


positive = st.floats(1e-3, 1e3)


@given(
    model=st.fixed_dictionaries(
        {"gamma": positive},
        optional={"J0": st.floats(-3, 3), "J": positive, "field": st.floats(-3, 3)},
    ),
    potential=st.one_of(
        st.just({}),
        st.fixed_dictionaries({"k": st.floats(-3, 3), "a": positive}),
        st.fixed_dictionaries({"coefficients": st.tuples(st.floats(-3, 3), positive)}),
        st.fixed_dictionaries({"k": st.just({"distribution": "norm", "loc": 0.1, "scale": 0.3})}),
    ),
    simulation=st.fixed_dictionaries(
        {"sizes": st.sets(st.integers(2, 999), min_size=1, max_size=4).map(sorted)},
        optional={
            "samples": st.integers(1, 999),
            "seed": st.integers(0, 2**63 - 1),
            "states": st.integers(1, 99),
            "temperatures": st.sets(st.floats(1e-3, 9.0), min_size=1, max_size=5).map(sorted),
        },
    ),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_as_toml_is_read_back(
    model: dict[str, Any], potential: dict[str, Any], simulation: dict[str, Any], tmp_path: Path
) -> None:
    table = {name: list(x) if isinstance(x, tuple) else x for name, x in potential.items()}
    what, config = parse_model({**model, **table}), parse(simulation)
    path = tmp_path / "again.toml"
    path.write_text(as_toml(what, config), encoding="utf-8")
    assert load(path)[:2] == (what, config)


@given(text=st.text(st.characters(codec="utf-8"), max_size=30))
@example(text='a "quoted" word \\ and\nmore')
def test_any_text_is_written_as_toml(text: str) -> None:
    content = {"model": {"text": text, "table": {"inner": text}, "nothing": None}}
    written = toml.text_of(content)
    assert tomllib.loads(written) == {"model": {"text": text, "table": {"inner": text}}}
