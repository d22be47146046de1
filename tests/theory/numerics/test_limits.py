"""Limits as numbers: copied, pickled, compared, and errors that arithmetic carries along."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
import operator
import pickle
from collections.abc import Callable
from fractions import Fraction
from functools import cache, partial
from typing import Any, cast

import numpy as np
import pytest
from glasswell.theory import FullSolution, Limit, Model, solve_full
from glasswell.theory.numerics.limits import error_of
from hypothesis import given
from hypothesis import strategies as st

VALUES = st.floats(0.1, 100.0) | st.floats(-100.0, -0.1)
LIMITS = st.builds(Limit, VALUES, st.floats(0.0, 1e-4))
BINARY: tuple[Callable[[float, float], float], ...] = (
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
)


def flip(f: Callable[[float, float], float], second: float, first: float) -> float:
    return f(first, second)


def same(one: Limit, other: Limit) -> bool:
    return type(one) is type(other) and dataclasses.astuple(one) == dataclasses.astuple(other)


@given(limit=st.builds(Limit, st.floats(allow_nan=False), st.floats(0.0, allow_nan=False)))
def test_copies_keep_value_and_error(limit: Limit) -> None:
    routes: tuple[Callable[[Limit], Limit], ...] = (
        copy.copy,
        copy.deepcopy,
        dataclasses.replace,
        *(lambda x, p=p: pickle.loads(pickle.dumps(x, p)) for p in range(2, 6)),
    )
    for route in routes:
        assert same(route(limit), limit)
    assert dataclasses.asdict(limit) == {"value": limit.value, "error": limit.error}


def first_order(f: Callable[..., float], *at: Limit) -> float:
    """Σ |f(… x + δx …) - f(… x - δx …)|/2: what steps of one error each do, by themselves."""
    total = 0.0
    for n, limit in enumerate(at):
        ends = []
        for sign in (1, -1):
            values = [x.value for x in at]
            values[n] += sign * limit.error
            ends.append(f(*values))
        total += abs(ends[0] - ends[1]) / 2
    return total


@given(one=LIMITS, other=LIMITS)
def test_errors_of_two_limits_add_to_first_order(one: Limit, other: Limit) -> None:
    for f in BINARY:
        found = cast(Callable[..., Limit], f)(one, other)
        assert isinstance(found, Limit)
        assert found.value == f(one.value, other.value)
        assert found.error == pytest.approx(first_order(f, one, other), rel=1e-4, abs=1e-11)


@given(limit=LIMITS, number=VALUES)
def test_errors_beside_a_number(limit: Limit, number: float) -> None:
    for f in BINARY:
        for swapped in (False, True):
            g = partial(f, number) if swapped else partial(flip, f, number)
            found = cast(Callable[..., Limit], g)(limit)
            assert isinstance(found, Limit)
            assert found.value == g(limit.value)
            assert found.error == pytest.approx(first_order(g, limit), rel=1e-4, abs=1e-11)


@given(limit=st.builds(Limit, st.floats(0.1, 10.0), st.floats(0.0, 1e-5)), n=st.floats(-3.0, 3.0))
def test_errors_of_powers(limit: Limit, n: float) -> None:
    powers: tuple[Callable[[Any], Any], ...] = (lambda x: x**n, lambda x: 1.5**x)
    for f in powers:
        found = f(limit)
        assert found.value == pytest.approx(f(limit.value), rel=1e-12)
        assert found.error == pytest.approx(first_order(f, limit), rel=1e-4, abs=1e-11)


def test_signs_and_special_powers() -> None:
    limit = Limit(-2.0, 0.1)
    assert same(-limit, Limit(2.0, 0.1))
    assert same(+limit, limit)
    assert same(abs(limit), Limit(2.0, 0.1))
    assert same(limit**2, Limit(4.0, 4 * 0.1))
    assert same(limit**0, Limit(1.0, 0.0))
    assert (Limit(0.0, 0.1) ** 0.5).error == math.inf
    assert (Limit(0.0, 0.0) ** 0.5).error == 0.0
    with pytest.raises(ZeroDivisionError):
        1 / Limit(0.0, 0.1)


def test_errors_add_because_limits_err_together() -> None:
    """No cancelling of what may be correlated: a difference with itself is in doubt twice."""
    limit = Limit(3.0, 0.25)
    assert same(limit - limit, Limit(0.0, 0.5))
    assert sum([limit, limit], start=1.0) == 7.0
    assert error_of(sum([limit, limit], start=1.0)) == 0.5


def test_an_unknown_error_stays_unknown() -> None:
    unknown = Limit(1.0, math.nan)
    for found in (unknown + 1, 2 * unknown, unknown - Limit(1.0, 0.1), unknown**2, 1 / unknown):
        assert math.isnan(found.error)


@pytest.mark.parametrize("number", [2, 2.0, Fraction(2), np.float64(2), np.float32(2), np.int64(2)])
def test_any_kind_of_real_number(number: float) -> None:
    limit = Limit(3.0, 0.5)
    assert same(number * limit, Limit(6.0, 1.0))
    assert same(limit * number, Limit(6.0, 1.0))
    assert same(number - limit, Limit(-1.0, 0.5))
    assert number < limit
    assert limit > number
    assert limit != number
    assert Limit(2.0, 0.5) == number


def test_comparison_is_by_value() -> None:
    one, other = Limit(1.0, 0.1), Limit(1.0, 0.2)
    assert one == other == 1.0
    assert hash(one) == hash(other) == hash(1.0)
    assert one <= other
    assert one >= other
    assert sorted([Limit(2.0, 0.0), one, Limit(-1.0, 9.0)])[0] == -1.0
    unknown = Limit(math.nan, 0.1)
    comparisons = (operator.lt, operator.le, operator.gt, operator.ge, operator.eq)
    assert not any(compare(unknown, x) for compare in comparisons for x in (one, 1.0, unknown))


def test_nothing_is_lost_without_a_word() -> None:
    """Arrays, text and lists are refused: NumPy would make objects, or numbers without errors."""
    limit = Limit(1.0, 0.1)
    refused: tuple[Any, ...] = (np.ones(3), "1", [1.0], None, 1j)
    for other in refused:
        for f in (operator.add, operator.mul, operator.sub, operator.truediv, operator.lt):
            with pytest.raises(TypeError):
                f(limit, other)
            with pytest.raises(TypeError):
                f(other, limit)
    with pytest.raises(dataclasses.FrozenInstanceError):
        limit.error = 0.0  # type: ignore[misc]  # frozen


def test_as_a_number_and_as_text() -> None:
    limit = Limit(-36.528421, 3.2e-6)
    assert float(limit) == limit.value
    assert f"{limit}" == str(limit) == "-36.528421 ± 3e-06"
    assert f"{limit:.3f}" == "-36.528"
    assert math.isfinite(limit)
    array = np.array([limit, Limit(1.0, 0.5)])
    assert array.dtype == np.float64
    assert array.tolist() == [limit.value, 1.0]
    assert bool(limit)
    assert not Limit(0.0, 1.0)
    assert same(Limit(-1e-9, 1e-8).at_least(0.0), Limit(0.0, 1e-8))
    assert same(limit.at_least(-100.0), limit)
    assert math.isnan(Limit(math.nan, 0.1).at_least(0.0).value)


@cache
def full() -> FullSolution:
    return solve_full(Model(gamma=2.0), steps=6)


def test_negative_quantities_have_limits() -> None:
    """f at γ = 2 is -4.2517071, from staircases and from Parisi's equations, and so is any other.

    The reference is the value that ``free_energy`` had, computed without ``limit_of``.
    """
    for found in (full(), FullSolution(full().solutions)):
        limit = found.limit_of(lambda s: s.free_energy, 4.0)
        assert limit == pytest.approx(-4.2517071, abs=2e-5)
        assert abs(limit.value - full().free_energy.value) <= limit.error + 1e-6
        q_hat = found.limit_of(lambda s: s.q_hat, 4.0)
        inverted = found.limit_of(lambda s: -s.q_hat, 4.0)
        assert same(inverted, -q_hat)


def test_the_record_is_plain_numbers() -> None:
    record = json.loads(json.dumps(full().to_dict()))
    assert record["free_energy"] == full().free_energy.value
    assert record["errors"]["free_energy"] == full().free_energy.error
    assert record["dwp_fraction"] >= 0.0
    clone = pickle.loads(pickle.dumps(full()))
    assert same(clone.free_energy, full().free_energy)
