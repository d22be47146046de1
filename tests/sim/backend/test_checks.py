"""Counts and states that make no sense: one typed line each, whichever function takes them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from glasswell.sim import Noise, NotAMinimumError, ShapeError, SimulationError, minimise
from glasswell.sim.local import path, relaxation, response, three_ways
from glasswell.sim.minima import saddle
from glasswell.sim.sample import cavity, couplings, spectrum
from glasswell.sim.samplers import ladder_tuning, langevin, tempering
from glasswell.theory import Model

GLASS, N = Model(gamma=10.0), 8
SIGNS = np.ones((N, 2))


@cache
def landscape() -> tuple[np.ndarray, np.ndarray]:
    """J and a minimum, (N,)."""
    J = couplings.sample(GLASS, N, seed=1)
    return J, minimise(4.0 * np.random.default_rng(0).standard_normal(N), J, GLASS).v


def connect(change: Callable[[np.ndarray], Any], **how: Any) -> None:
    J, v = landscape()
    start, end = change(v[:, None])
    path.connect(start, end, J, GLASS, **how)


@pytest.mark.parametrize(
    ("change", "how", "error", "message"),
    [
        (lambda v: (v, v), {}, SimulationError, "two different minima.*column 0"),
        (
            lambda v: (np.concat([v, v], 1), np.concat([-v, v], 1)),
            {},
            SimulationError,
            "are one in column 1",
        ),
        (lambda v: (v, -v), {"images": 2}, SimulationError, "images must be at least 3, got 2"),
        (lambda v: (v, -v), {"images": 3.5}, SimulationError, "images must be an integer"),
        (lambda v: (v, -v), {"max_iterations": 0}, SimulationError, "max_iterations"),
        (lambda v: (v, 1.0 - v), {}, NotAMinimumError, "a path's end is no minimum"),
        (lambda v: (0.0 * v, v), {}, NotAMinimumError, "a path's start is no minimum"),
        (lambda v: (v, np.nan * v), {}, NotAMinimumError, "a path's end is no minimum"),
        (lambda v: (v[:, 0], -v[:, 0]), {}, ShapeError, r"must be \(N, P\)"),
        (lambda v: (v[:, :0], v[:, :0]), {}, ShapeError, r"must be \(N, P\)"),
        (lambda v: (np.concat([v, v], 1), -v), {}, ShapeError, "got end of shape"),
        (lambda v: (v[1:], -v[1:]), {}, ShapeError, r"got start of shape \(7, 1\)"),
    ],
)
def test_paths(change: Any, how: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        connect(change, **how)
    assert "\n" not in str(caught.value)


def test_the_fewest_images_are_enough() -> None:
    connect(lambda v: (v, -v), images=path.FEWEST_IMAGES)


def _loop(sites: Any, ends: Any, points: Any = 4, at: Any = None) -> None:
    J, v = landscape()
    relaxation.loop(
        v if at is None else at, J, GLASS, np.asarray(sites), np.asarray(ends), points=points
    )


def _measure(**how: Any) -> None:
    J, v = landscape()
    three_ways.measure(how.pop("v", v), J, GLASS, **how)


def _respond(candidates: Any, signs: Any = SIGNS, fields: Any = (0.1,), v: Any = None) -> None:
    J, lowest = landscape()
    chosen = lowest if v is None else v
    response.measure(chosen, candidates, J, GLASS, fields=fields, signs=signs)


def _minimise(v: Any, **how: Any) -> None:
    minimise(v, landscape()[0], GLASS, **how)


def _langevin(temperatures: Any = (1.0,), **how: Any) -> None:
    J, v = landscape()
    usual: dict[str, Any] = {"time_step": 0.1, "friction": 0.1, "keys": np.asarray([1, 2])}
    langevin.langevin(v, J, GLASS, temperatures, **(usual | how))


def _tune(coldest: float = 1.0, hottest: float = 2.0, **how: Any) -> None:
    ladder_tuning.tune(landscape()[0], GLASS, coldest, hottest, noise=Noise(1, N, (0,)), **how)


NOTHING = np.zeros((N, 0))


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda: _loop([1], [3.0], 0), SimulationError, "points must be at least 1"),
        (lambda: _loop([1], [3.0], 2.5), SimulationError, "points must be an integer"),
        (lambda: _loop([1], [3.0], True), SimulationError, "points must be an integer"),
        (lambda: _loop([N], [3.0]), SimulationError, "sites must be among 0 … 7"),
        (lambda: _loop([-1], [3.0]), SimulationError, "sites must be among 0 … 7"),
        (lambda: _loop([1], [np.nan]), SimulationError, "ends must be finite"),
        (lambda: _loop([1, 2], [3.0]), ShapeError, "sites and ends"),
        (lambda: _loop([], []), ShapeError, "sites and ends"),
        (lambda: _loop([1], [3.0], at=np.zeros((N, 1))), ShapeError, r"must be \(N,\)"),
        (lambda: _measure(points=0), SimulationError, "points must be at least 1"),
        (lambda: _measure(images=2), SimulationError, "images must be at least 3"),
        (lambda: _measure(v=np.zeros((N, 1))), ShapeError, r"must be \(N,\)"),
        (lambda: _respond(np.zeros((3, 1))), ShapeError, "candidates must have a row per site"),
        (lambda: _respond(np.zeros(N)), ShapeError, "candidates must have a row per site"),
        (lambda: _respond(NOTHING, SIGNS[:3]), ShapeError, "signs must have a row per site"),
        (lambda: _respond(NOTHING, fields=[np.nan]), SimulationError, "positive numbers"),
        (lambda: _respond(NOTHING, v=np.zeros((N, 1))), ShapeError, r"must be \(N,\)"),
        (lambda: _minimise(NOTHING), ShapeError, "no displacements"),
        (lambda: _minimise(np.ones((N, 1), dtype=int)), SimulationError, "floating-point"),
        (lambda: _minimise(np.ones(N), max_iterations=1.5), SimulationError, "an integer"),
        (lambda: _minimise(np.ones(N), tolerance=np.inf), SimulationError, "positive and finite"),
        (lambda: saddle.refine(NOTHING, landscape()[0], GLASS), ShapeError, "must be"),
        (lambda: saddle.refine(np.ones(N), landscape()[0], GLASS), ShapeError, "must be"),
        (
            lambda: saddle.refine(np.full((N, 1), np.nan), landscape()[0], GLASS),
            SimulationError,
            "finite",
        ),
        (lambda: cavity.fields(NOTHING, landscape()[0], GLASS), ShapeError, "no displacements"),
        (lambda: spectrum.modes(NOTHING, landscape()[0], GLASS), ShapeError, "no displacements"),
        (
            lambda: spectrum.lowest(landscape()[1], landscape()[0], GLASS, 1.5),  # type: ignore[arg-type]  # what is refused
            SimulationError,
            "an integer",
        ),
        (lambda: _langevin(noise_every=0), SimulationError, "noise_every must be"),
        (lambda: _langevin(time_step=0.0), SimulationError, "time_step > 0"),
        (lambda: _langevin(friction=-1.0), SimulationError, "not negative"),
        (lambda: _langevin(temperatures=[1.0, -1.0]), SimulationError, "not negative"),
        (lambda: _tune(count=0), SimulationError, "count must be at least 2"),
        (lambda: _tune(count=2.5), SimulationError, "count must be an integer of at least 2"),
        (lambda: _tune(coldest=0.0), SimulationError, "temperatures must be positive"),
        (
            lambda: tempering.Plan(1.5, 10),  # type: ignore[arg-type]  # what is refused
            SimulationError,
            "burn_in must be an integer",
        ),
    ],
)
def test_what_makes_no_sense(ask: Callable[[], None], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        ask()
    assert "\n" not in str(caught.value)


def test_whole_numbers_of_numpy_are_whole_numbers() -> None:
    connect(lambda v: (v, -v), images=np.int64(3))
