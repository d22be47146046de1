"""Continuation in H, J0, γ and T: it arrives where a solve does, and says where branches end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from glasswell.theory import (
    End,
    Model,
    SolveError,
    follow,
    glass_temperature,
    solve,
    temperature_AT,
)

GLASS = Model(gamma=10.0)


@pytest.mark.parametrize(
    ("parameter", "to", "there"),
    [
        ("field", 1.0, (Model(gamma=10.0, field=1.0), 0.0)),
        ("field", -1.0, (Model(gamma=10.0, field=-1.0), 0.0)),
        ("gamma", 3.0, (Model(gamma=3.0), 0.0)),
        ("J0", 0.9, (Model(gamma=10.0, J0=0.9), 0.0)),
        ("temperature", 20.0, (GLASS, 20.0)),
    ],
)
def test_it_arrives_where_a_solve_does(
    parameter: Any, to: float, there: tuple[Model, float]
) -> None:
    path = follow(solve(GLASS, 1), parameter, to)
    assert path.ended is End.REACHED
    model, T = there
    direct = solve(model, 1, T)
    assert path.last.model == model
    assert path.last.free_energy == pytest.approx(direct.free_energy, rel=1e-10)
    np.testing.assert_allclose(path.last.overlaps, direct.overlaps, rtol=1e-6)


def test_into_a_field_and_back() -> None:
    """p vanishes with the field, and the solution without field is met again."""
    model = Model(gamma=10.0, field=0.5)
    path = follow(solve(model, 1), "field", 0.0, spacing=0.25)
    assert path.ended is End.REACHED
    np.testing.assert_allclose(path.values, [0.5, 0.25, 0.0])
    assert path.last.p == 0.0
    assert path.last.free_energy == pytest.approx(solve(GLASS, 1).free_energy, rel=1e-10)


def test_breaking_ends_at_the_line() -> None:
    """Within the shortest step of T_AT; f of the path is concave in T."""
    model = Model(gamma=10.0, field=0.3)
    T = glass_temperature(GLASS)
    path = follow(solve(model, 1, 0.75 * T), "temperature", 1.1 * T, spacing=0.1 * T)
    assert path.ended is End.SYMMETRIC
    line = temperature_AT(model)
    assert line - 1e-3 * 0.4 * T < path.values[-1] <= line
    # Where breaking is too weak to be solved for, the replicon is that of replica symmetry.
    replicons = [solution.replicon for solution in path.solutions if solution.expansion is None]
    assert np.all(np.diff(replicons) > 0)
    assert replicons[-1] < 0


def test_replica_symmetry_is_followed_too() -> None:
    """A spontaneous p falls with J0 until there is none."""
    path = follow(solve(Model(gamma=2.0, J0=2.0)), "J0", 0.5)
    assert path.ended is End.LOST
    assert path.last.p > 0
    assert 1.0 < path.values[-1] < 1.5
    assert path.last.model.J0 * path.last.susceptibility == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"parameter": "a"}, "follow knows"),
        ({"parameter": "temperature", "to": -1.0}, "cannot be followed to"),
        ({"spacing": 0.0}, "spacing"),
        ({"to": np.nan}, "cannot be followed to"),
        ({"solution": solve(Model(gamma=0.4), 1)}, "converged solution"),
        ({"solution": solve(Model(gamma=10.0, field=-1.0))}, "across zero"),
    ],
)
def test_what_cannot_be_followed(change: dict[str, Any], message: str) -> None:
    arguments = {"solution": solve(GLASS), "parameter": "field", "to": 1.0, **change}
    with pytest.raises(SolveError, match=message) as caught:
        follow(**arguments)
    assert "\n" not in str(caught.value)
