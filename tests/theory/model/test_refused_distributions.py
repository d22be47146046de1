"""Distributions of γ, k and a that no model can have, and what is said of them."""

from __future__ import annotations

from typing import Any

import pytest
from glasswell.theory import (
    Model,
    ModelError,
    Random,
)
from scipy import stats

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "γ reaches below zero": ({"gamma": stats.norm(10, 1)}, "gamma must have no weight at zero"),
    "γ dense at zero": ({"gamma": stats.uniform(0, 2)}, "gamma must have no weight at zero"),
    "a dense at zero": ({"gamma": 1.0, "a": stats.expon()}, "a must have no weight at zero"),
    "J0 random": ({"gamma": 1.0, "J0": stats.norm()}, "J0 must be a number"),
    "discrete": ({"gamma": stats.poisson(3)}, "continuous"),
    "not frozen": ({"gamma": stats.norm}, "frozen"),
    "no width": ({"gamma": stats.uniform(8, 0)}, "variance"),
    "no variance": ({"gamma": stats.pareto(1.5)}, "variance"),
    "k with coefficients": (
        {"gamma": 1.0, "k": stats.norm(), "coefficients": (0.5, 0.1)},
        "not used with coefficients",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_distributions_that_are_refused(case: str) -> None:
    arguments, message = REFUSED[case]
    with pytest.raises(ModelError, match=message) as raised:
        Model(**arguments)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "distribution",
    [
        ("zipf", ()),
        ("no_such_thing", ()),
        ("lognorm", (("scale", 2.0),)),
        ("uniform", (("low", 2.0),)),
    ],
)
def test_names_that_are_refused(distribution: tuple[str, tuple[tuple[str, float], ...]]) -> None:
    with pytest.raises(ModelError, match=r"continuous distribution|takes"):
        Random(*distribution)
