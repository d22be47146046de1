"""What is refused, what is reported, and in which form."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from glasswell.theory import (
    EvenPolynomial,
    GlasswellError,
    Model,
    ModelError,
    Solution,
    SolveError,
    Status,
    solve,
)

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "gamma zero": ({"gamma": 0.0}, "gamma"),
    "gamma negative": ({"gamma": -1.0}, "gamma"),
    "gamma NaN": ({"gamma": math.nan}, "gamma"),
    "gamma infinite": ({"gamma": math.inf}, "gamma"),
    "gamma text": ({"gamma": "10"}, "gamma"),
    "gamma boolean": ({"gamma": True}, "gamma"),
    "J negative": ({"gamma": 1.0, "J": -0.1}, "J"),
    "J NaN": ({"gamma": 1.0, "J": math.nan}, "J"),
    "J0 NaN": ({"gamma": 1.0, "J0": math.nan}, "J0"),
    "field infinite": ({"gamma": 1.0, "field": math.inf}, "field"),
    "a zero": ({"gamma": 1.0, "a": 0.0}, "stabilise"),
    "a negative": ({"gamma": 1.0, "a": -1.0}, "stabilise"),
    "quadratic": ({"gamma": 1.0, "coefficients": (0.5,)}, "stabilise"),
    "quadratic in disguise": ({"gamma": 1.0, "coefficients": (0.5, 0.0)}, "stabilise"),
    "sextic downwards": ({"gamma": 1.0, "coefficients": (0.5, 0.1, -0.01)}, "stabilise"),
    "no terms": ({"gamma": 1.0, "coefficients": ()}, "stabilise"),
    "coefficient NaN": ({"gamma": 1.0, "coefficients": (math.nan, 1.0)}, "finite"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_models_that_are_refused(case: str) -> None:
    """What does not define a model is refused by name when the model is made."""
    arguments, message = REFUSED[case]
    with pytest.raises(ModelError, match=message) as raised:
        Model(**arguments)
    assert isinstance(raised.value, GlasswellError)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rsb": -1}, "rsb"),
        ({"temperature": -0.1}, "temperature"),
        ({"temperature": math.nan}, "temperature"),
        ({"temperature": math.inf}, "temperature"),
    ],
)
def test_requests_that_are_refused(arguments: dict[str, Any], message: str) -> None:
    """A solve that makes no sense is refused by name."""
    with pytest.raises(SolveError, match=message):
        solve(Model(gamma=1.0), **arguments)


def test_a_guess_must_fit(solved: Callable[..., Solution]) -> None:
    """A guess has steps to start from, and overlaps that differ."""
    with pytest.raises(SolveError, match="guess"):
        solve(Model(gamma=9.0), rsb=1, guess=solved(Model(gamma=10.0), 0))
    with pytest.raises(SolveError, match="distinct"):
        solve(Model(gamma=0.4), rsb=1, guess=solved(Model(gamma=0.4), 1))


def test_statuses_are_advice() -> None:
    """Only two statuses may be used; the others say what to do."""
    usable = {Status.CONVERGED, Status.COLLAPSED}
    assert {s for s in Status if s.converged} == usable
    for status in set(Status) - usable:
        assert any(do in status.advice for do in ("guess=", "lower rsb", "ask for"))


KEYS = {
    *("free_energy", "overlaps", "breakpoints", "C", "p", "q_hat", "replicon", "P_h0"),
    *("dwp_fraction", "P0", "residual", "converged", "status", "rsb", "temperature"),
}


@pytest.mark.parametrize(
    ("model", "rsb"),
    [
        (Model(gamma=10.0), 0),
        (Model(gamma=10.0), 1),
        (Model(gamma=2.0, J0=3.0), 1),
        (Model(gamma=0.4), 2),
        (Model(gamma=3.0, J=0.0, J0=1.0), 0),
    ],
)
def test_plain_numbers(model: Model, rsb: int, solved: Callable[..., Solution]) -> None:
    """to_dict survives JSON unchanged, has null for what is infinite, and every promised key."""
    solution = solved(model, rsb)
    plain = solution.to_dict()
    assert plain.keys() >= KEYS
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert len(plain["overlaps"]) == rsb + 1
    assert len(plain["breakpoints"]) == rsb
    assert plain["converged"] is True
    assert plain["residual"] < 1e-9
    jumps = solution.C_jump > 0
    assert (plain["replicon"] is None) == jumps
    assert (plain["P_h0"] is None) == (solution.q_hat * model.J == 0)
    if solution.status is Status.COLLAPSED:
        assert plain["breakpoints"] == [None] * rsb


def test_repr_is_for_people(solved: Callable[..., Solution]) -> None:
    """The repr names the approximation, the model and the numbers, and says whether to use them."""
    text = repr(solved(Model(gamma=10.0), 1))
    for part in ("1RSB at T = 0", "gamma=10.0", "free energy", "breakpoints", "converged"):
        assert part in text
    assert max(len(line) for line in text.splitlines()) <= 100
    assert "-37.6185539888" in repr(solved(Model(gamma=10.0), 0))
    assert "breakpoints" not in repr(solved(Model(gamma=10.0), 0))


def test_field_density_keeps_shapes(solved: Callable[..., Solution]) -> None:
    """P_k(h) of a number is a number, of an array an array of that shape, even without a field."""
    for rsb in (0, 1):
        solution = solved(Model(gamma=10.0), rsb)
        h = np.linspace(0, 5, 6).reshape(2, 3)
        density = solution.field_density(h)
        assert density.shape == (2, 3)
        assert solution.field_density(0.0).shape == ()
        np.testing.assert_array_equal(density, solution.field_density(-h))


def test_scaling_is_for_the_quartic() -> None:
    """rescaled(a) has no meaning for a general G."""
    with pytest.raises(ModelError, match="quartic"):
        Model(gamma=1.0, coefficients=(0.5, 0.1, 0.01)).rescaled(2.0)


def test_on_site_potential() -> None:
    """G = k v²/2 + a v⁴/4! and its derivatives, at numbers."""
    G = Model(gamma=1.0, k=-0.4, a=3.0).G
    v = 1.3
    assert G.value(v) == pytest.approx(-0.2 * v**2 + v**4 / 8, rel=1e-14)
    assert G.slope(v) == pytest.approx(-0.4 * v + v**3 / 2, rel=1e-14)
    assert G.curvature(v) == pytest.approx(-0.4 + 1.5 * v**2, rel=1e-14)
    assert EvenPolynomial((0.0, 0.0, 1.0)).degree == 6
    sextic = Model(gamma=1.0, coefficients=(0.5, -0.1, 0.01)).G
    assert sextic.slope(v) == pytest.approx(v - 0.4 * v**3 + 0.06 * v**5, rel=1e-14)
    assert sextic.curvature(v) == pytest.approx(1 - 1.2 * v**2 + 0.3 * v**4, rel=1e-14)
