"""What a comparison is told, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from glasswell.compare import CompareConfig
from glasswell.compare.config import parse
from glasswell.sim import ConfigError


def test_the_same_with_other_values() -> None:
    config = CompareConfig(rsb=(0, 1), seed=3)
    other: Any = ["full", 0]
    assert config.replace(rsb=other) == CompareConfig(rsb=(0, "full"), seed=3)
    assert config.replace() == config


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"resample": 200}, "unknown option of a comparison 'resample': did you mean 'resamples'?"),
        ({"resamples": 10}, "resamples must be an integer of at least 100, got 10"),
        ({"rsb": -1}, "rsb must be a list of different steps"),
        ({"local_samples": 1}, "local_samples must be 0 or an integer of at least"),
        ({"temperature": 0.5}, "minima are states of T = 0"),
    ],
)
def test_other_values_are_looked_at(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        CompareConfig().replace(**change)
    assert str(caught.value).startswith(message)


def test_tables_know_their_keys() -> None:
    assert parse({"compare": {"seed": 2}, "theory": {"rsb": 1}}) == CompareConfig(rsb=(1,), seed=2)
    with pytest.raises(ConfigError, match="did you mean 'seed'"):
        parse({"compare": {"sed": 2}})
