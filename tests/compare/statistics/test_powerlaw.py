"""Exponents from windows: closed forms, draws from power laws, and what must not pass for one."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from glasswell.compare import Resampling
from glasswell.compare.statistics.powerlaw import (
    FEWEST_EVENTS,
    exponent_of,
    mean_logarithm,
    measured,
    predicted,
    scan,
    windows,
)
from scipy import integrate, stats

S, N = 60, 100


def _draw(theta: float, rng: np.random.Generator, shape: tuple[int, int] = (S, N)) -> np.ndarray:
    """x in (0, 1) with density (θ + 1) x^θ."""
    return np.asarray(rng.random(shape) ** (1 / (theta + 1)))


@pytest.mark.parametrize("theta", [-2.0, -1.0, 0.0, 1.0, 4.0, 12.0])
def test_mean_logarithm(theta: float) -> None:
    def weighted(t: float, power: int) -> float:
        return float(t**power * math.exp((theta + 1) * t))

    norm, first = (
        integrate.quad(weighted, math.log(0.2), math.log(0.9), args=(power,))[0] for power in (0, 1)
    )
    mean = float(mean_logarithm(np.array(theta), 0.2, 0.9))
    assert mean == pytest.approx(first / norm, rel=1e-10)
    assert float(exponent_of(np.array(mean), 0.2, 0.9)) == pytest.approx(theta, abs=1e-4)


@pytest.mark.parametrize("theta", [0.0, 1.0, 4.0])
def test_a_power_law_is_found_with_its_error(theta: float) -> None:
    """Over many sets: no bias, and errors as large as the scatter."""
    rng = np.random.default_rng(1)
    laws = [
        measured(_draw(theta, rng, (30, 100)), 0.25, 1.0, Resampling.draw(30, 200, rng)).exponent
        for _ in range(150)
    ]
    z = np.array([law.z(theta) for law in laws])
    assert abs(z.mean()) < 4 / math.sqrt(len(z))
    assert z.std() == pytest.approx(1.0, abs=4 / math.sqrt(2 * len(z)))
    assert abs(np.mean([law.z(theta + 0.5) for law in laws])) > 4 / math.sqrt(len(z))


def test_errors_are_those_of_samples_not_of_values() -> None:
    """Copies of one value in a sample carry no more than one of them does."""
    rng = np.random.default_rng(2)
    x = _draw(1.0, rng, (S, 1))
    resampling = Resampling.draw(S, 400, rng)
    once = measured(x, 0.1, 1.0, resampling).exponent
    copied = measured(np.repeat(x, 50, axis=1), 0.1, 1.0, resampling).exponent
    assert (copied.value, copied.error) == pytest.approx((once.value, once.error))


def test_prediction_is_the_limit_of_many_values() -> None:
    """A density that is no power law has the same exponent by integral and by drawing."""
    assert predicted(lambda x: 3 * x**2.5, 0.1, 0.7) == pytest.approx(2.5, abs=1e-4)
    assert math.isnan(predicted(np.zeros_like, 0.1, 0.7))
    values = np.abs(np.random.default_rng(3).standard_normal((S, 400)))
    law = measured(values, 0.5, 2.0, Resampling.draw(S, 400, np.random.default_rng(4)))
    expected = predicted(stats.norm.pdf, 0.5, 2.0)
    assert abs(law.exponent.z(expected)) < 4
    assert expected < -0.5
    assert law.events == np.count_nonzero((values > 0.5) & (values < 2.0))


def test_scan_is_level_for_a_power_law_only() -> None:
    rng = np.random.default_rng(5)
    resampling = Resampling.draw(S, 300, rng)
    level = [law.exponent.z(1.0) for law in scan(_draw(1.0, rng), resampling)]
    assert len(level) >= 4
    assert max(map(abs, level)) < 4
    # A finite density at zero under a rise, as of P(h) in 1RSB.
    gap = np.where(rng.random((S, N)) < 0.1, rng.random((S, N)), _draw(3.0, rng))
    low = measured(gap, 0.02, 0.2, resampling).exponent
    high = measured(gap, 0.5, 1.0, resampling).exponent
    assert low.value + 4 * low.error < 2.0 < high.value - 4 * high.error


def test_windows_cover_the_range() -> None:
    found = windows(0.01, 1.0, 4.0)
    assert found[0][0] == pytest.approx(0.01)
    assert found[-1][1] == pytest.approx(1.0)
    assert all(high / low == pytest.approx(4.0) for low, high in found)
    assert all(b[0] < a[1] for a, b in pairwise(found))
    assert windows(0.5, 1.0, 4.0) == [(0.5, 2.0)]
    assert windows(1.0, 0.5) == windows(0.0, 1.0) == []


def test_too_few_values_have_no_exponent() -> None:
    few = np.full((S, 1), np.nan)
    few[: FEWEST_EVENTS - 1] = 0.5
    resampling = Resampling.draw(S, 200, np.random.default_rng(6))
    law = measured(few, 0.1, 1.0, resampling)
    assert (law.events, math.isnan(law.exponent.value)) == (FEWEST_EVENTS - 1, True)
    assert scan(few, resampling) == []
    # All in two samples: a value has no error there, and so no exponent.
    crowded = np.full((S, 40), np.nan)
    crowded[:2] = np.linspace(0.2, 0.9, 40)
    assert math.isnan(measured(crowded, 0.1, 1.0, resampling).exponent.error)
